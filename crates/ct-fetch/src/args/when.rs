//! The options that say when the events happened, how many are wanted and in which order.

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use ct_core::exit::Failure;
use ct_core::time::{self, Parsed, Window};
use jiff::Zoned;

use crate::source::history::range::{self, History};
use crate::source::order::Order;

/// The values of `--order`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum OrderName {
    /// The newest event first.
    #[default]
    Newest,
    /// The oldest event first.
    Oldest,
    /// As the files have them.
    None,
}

/// The window, and the way through it.
#[derive(Debug, Args)]
#[command(next_help_heading = "When")]
pub(crate) struct When {
    /// Oldest event to fetch [default: all of the 90 days the service keeps]
    ///
    /// A time, a UTC date, or an age such as 90m, 36h, 7d, '2 hours ago', today or yesterday. A
    /// weekday or a clock time, such as monday or 14:30, is the latest that is past. A time without
    /// a zone is UTC.
    #[arg(
        long,
        visible_alias = "since",
        value_name = "TIME",
        allow_hyphen_values = true
    )]
    pub(super) start_time: Option<String>,

    /// Newest event to fetch, that second included [default: the newest there is]
    #[arg(
        long,
        visible_alias = "until",
        value_name = "TIME",
        allow_hyphen_values = true
    )]
    pub(super) end_time: Option<String>,

    /// Days of events that the service keeps; an endpoint of your own may keep more than CloudTrail
    ///
    /// A window that ends earlier is refused, and of one that starts earlier the rest is not called complete.
    #[arg(long, value_name = "N", env = "CT_FETCH_HISTORY_DAYS", default_value_t = range::DAYS, hide_env_values = true,
        value_parser = clap::value_parser!(u32).range(1..=36_500))]
    history_days: u32,

    /// Then go on with new events, oldest first, until ctrl-C
    ///
    /// Asks again every 10 seconds, and with half of the quota at most. Events arrive up to 15
    /// minutes late: those that come after newer ones are not passed over. A failing network is
    /// waited for. An archive is listed again after a second up to a minute.
    #[arg(long, conflicts_with_all = ["end_time", "output_file", "journal", "keep_duplicates"])]
    pub(super) follow: bool,

    /// Stop after this many events
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) max_items: Option<u64>,

    /// Which events come first
    ///
    /// newest, oldest or, of an archive, none. `oldest` is the other way round, events of one moment too.
    /// The service lists the newest first, so that with it the first records take a little longer to
    /// come. `none` is the order in which the files have them, and needs the least time and memory.
    #[arg(
        long,
        value_name = "ORDER",
        value_enum,
        default_value_t,
        hide_possible_values = true
    )]
    order: OrderName,
}

impl When {
    /// Which events come first; `None` where any order will do.
    pub(super) fn order(&self) -> Option<Order> {
        match self.order {
            OrderName::Newest => Some(Order::Newest),
            OrderName::Oldest => Some(Order::Oldest),
            OrderName::None => None,
        }
    }

    /// How far back the service can tell.
    pub(super) fn history(&self, now: &Zoned) -> History {
        History::new(self.history_days, now)
    }

    /// The window, and warnings on how its times were read.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a text that is no time, and for a window that ends before it starts.
    pub(super) fn window(&self, now: &Zoned) -> Result<(Window, Vec<String>), Failure> {
        window(self.start_time.as_deref(), self.end_time.as_deref(), now)
    }
}

/// The window between two times as typed, and warnings on how they were read.
///
/// # Errors
/// [`Failure::Usage`] for a text that is no time, and for a window that ends before it starts.
pub(crate) fn window(
    start: Option<&str>,
    end: Option<&str>,
    now: &Zoned,
) -> Result<(Window, Vec<String>), Failure> {
    let start = parse_time(start, now)?;
    let end = parse_time(end, now)?;
    let warnings = [&start, &end].into_iter().flatten();
    let warnings = warnings.filter_map(|parsed| parsed.warning.as_ref());
    let warnings = warnings.map(ToString::to_string).collect();
    let second = |parsed: Option<Parsed>| parsed.map(|parsed| parsed.second);
    let window =
        Window::new(second(start), second(end)).map_err(|error| Failure::Usage(anyhow!(error)))?;
    Ok((window, warnings))
}

fn parse_time(text: Option<&str>, now: &Zoned) -> Result<Option<Parsed>, Failure> {
    text.map(|text| time::parse(text, now))
        .transpose()
        .map_err(|error| Failure::Usage(anyhow!(error)))
}
