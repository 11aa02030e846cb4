//! The options for the time window, the number of events and their order.

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use ct_core::exit::Failure;
use ct_core::time::{self, Parsed, Window};
use jiff::Zoned;

use crate::source::history::range::{self, HistoryPeriod};
use crate::source::order::Order;

/// The values of `--order`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum OrderName {
    /// The newest record first.
    #[default]
    Newest,
    /// The oldest record first.
    Oldest,
    /// The records of an archive in the order of its files.
    None,
}

/// The options for the time window, the number of events and their order.
#[derive(Debug, Args)]
#[command(next_help_heading = "When")]
pub(crate) struct WindowOptions {
    /// Oldest event to fetch [default: the start of the event history]
    ///
    /// A time, a UTC date, or an age such as 90m, 36h, 7d, '2 hours ago', today or yesterday. A
    /// weekday such as monday, or a clock time such as 14:30, means the most recent such time. The
    /// default time zone is UTC.
    #[arg(
        long,
        visible_alias = "since",
        value_name = "TIME",
        allow_hyphen_values = true
    )]
    pub(super) start_time: Option<String>,

    /// Newest event to fetch, including that second [default: the newest available]
    #[arg(
        long,
        visible_alias = "until",
        value_name = "TIME",
        allow_hyphen_values = true
    )]
    pub(super) end_time: Option<String>,

    /// Length of the event history, in days; other endpoints may keep more than CloudTrail
    ///
    /// A window that ends before the event history begins is refused. A window that starts before
    /// the event history begins is not reported as complete.
    #[arg(long, value_name = "N", env = "CT_FETCH_HISTORY_DAYS", default_value_t = range::DAYS, hide_env_values = true,
        value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(super) history_days: u32,

    /// Continue with new events, oldest first, until ctrl-C
    ///
    /// ct-fetch queries the event history every 10 seconds, with at most half of the quota. Events
    /// may arrive up to 15 minutes late; late events are included. After a network failure,
    /// requests are retried until the network works again. An archive is listed again at intervals
    /// of one second to one minute.
    #[arg(long, conflicts_with_all = ["end_time", "output_file", "journal", "keep_duplicates"])]
    pub(super) follow: bool,

    /// Stop after this many events
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) max_items: Option<u64>,

    /// Order of the records [default: newest]
    ///
    /// ORDER is newest, oldest or, for an archive, none. `oldest` is the exact reverse of `newest`,
    /// including events with the same time, except for records with the same event ID. The service
    /// lists the newest events first, so with `oldest` the first records take a little longer.
    /// `none` is the order of the files, and needs the least time and memory.
    #[arg(long, value_name = "ORDER", value_enum, hide_possible_values = true)]
    order: Option<OrderName>,
}

impl WindowOptions {
    /// Returns the order in which records are written; `None` if the records of an archive are
    /// written in the order of its files.
    pub(super) fn order(&self) -> Option<Order> {
        match self.order.unwrap_or_default() {
            OrderName::Newest => Some(Order::Newest),
            OrderName::Oldest => Some(Order::Oldest),
            OrderName::None => None,
        }
    }

    /// Whether the command line contains `--order newest`.
    pub(super) fn names_newest_first(&self) -> bool {
        self.order == Some(OrderName::Newest)
    }

    /// Returns the window that the event history covers, relative to `now`.
    pub(super) fn history(&self, now: &Zoned) -> HistoryPeriod {
        HistoryPeriod::new(self.history_days, now)
    }

    /// Returns the time window, and warnings that say how its times were interpreted.
    ///
    /// # Errors
    /// [`Failure::Usage`] for an invalid time, and for a window that ends before it starts.
    pub(super) fn window(&self, now: &Zoned) -> Result<(Window, Vec<String>), Failure> {
        window(self.start_time.as_deref(), self.end_time.as_deref(), now)
    }
}

/// Parses a window from `since` to `until`, which are times as typed by the user. Returns the
/// window, and warnings that say how the times were interpreted.
///
/// # Errors
/// [`Failure::Usage`] for an invalid time, and for a window that ends before it starts.
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
