//! The options of `ct-fetch` itself, and the query they make.

mod destination;
mod pace;
mod when;
mod which;

use clap::Parser;
use ct_core::exit::Failure;
use ct_core::query::Query;
use jiff::Zoned;

use crate::format::Formatting;
use crate::limits::{Following, Limits};
use crate::places::Places;
use crate::retry::Attempts;

pub use destination::Destination;
use pace::Pace;
use when::When;
use which::Which;

/// Fetches CloudTrail events: one record a line, as received, newest first
///
/// Options that name a value may be repeated: one of an option's values is enough, and every
/// option used must be met. A `!` in front of a value means "not", `*` stands for any text, and a
/// backslash takes their meaning away; put such values in single quotes for the shell.
///
/// CloudTrail can look up one attribute at a time, so the most selective plain value goes to the
/// service and the rest is checked here; -v says which.
#[derive(Debug, Parser)]
#[command(name = "ct-fetch", version, after_help = STATUSES)]
pub struct Args {
    #[command(flatten)]
    which: Which,

    #[command(flatten)]
    when: When,

    /// Whom and where to ask.
    #[command(flatten)]
    pub places: Places,

    #[command(flatten)]
    pace: Pace,

    /// How records are written.
    #[command(flatten)]
    pub formatting: Formatting,

    /// Where the records go.
    #[command(flatten)]
    pub destination: Destination,

    /// Say what the service looks up and what is checked here
    #[arg(short, long, help_heading = "Messages")]
    pub verbose: bool,

    /// No progress, and no line at the end on what was covered
    #[arg(short, long, help_heading = "Messages")]
    pub quiet: bool,
}

const STATUSES: &str = "\
ct-fetch lookup-events … is aws cloudtrail lookup-events …: see ct-fetch lookup-events --help.

Exit status: 0 all delivered, 130 ctrl-C, 141 the reader of standard output left, 252 wrong
usage, 253 no region or no credentials, 254 the service refused, 255 anything else.";

impl Args {
    /// What is asked of the event history; `now` is what ages count from.
    ///
    /// Warnings on how a time was read come with it.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a text that is no time, and for a window that ends before it starts.
    pub fn query(&self, now: &Zoned) -> Result<(Query, Vec<String>), Failure> {
        let (window, warnings) = self.when.window(now)?;
        let query = Query {
            window,
            conditions: self.which.conditions(),
            category: self.which.category(),
        };
        Ok((query, warnings))
    }

    /// How hard to ask, and for how much; `now` is what following begins with.
    #[must_use]
    pub fn limits(&self, now: &Zoned) -> Limits {
        let attempts = self.pace.max_attempts;
        let follow = self.when.follow.then(|| Following {
            attempts: Attempts::all(attempts.unwrap_or(u32::MAX)),
            started: now.timestamp().as_second(),
        });
        Limits {
            follow,
            rate: self.pace.rate,
            attempts: attempts.map_or_else(Attempts::default, Attempts::all),
            max_items: self.when.max_items,
            order: self.when.order,
            keep_duplicates: self.which.keep_duplicates,
            allow_disabled: self.places.is_every_region(),
        }
    }
}
