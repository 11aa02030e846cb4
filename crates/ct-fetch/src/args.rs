//! The options of `ct-fetch` itself, and the query they make.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Parser;
use clap::builder::{PathBufValueParser, PossibleValue, PossibleValuesParser, TypedValueParser};
use ct_core::attribute::Attribute;
use ct_core::exit::Failure;
use ct_core::pattern::Pattern;
use ct_core::query::{Category, Condition, Conditions, Query};
use ct_core::time::{self, Parsed, Window};
use jiff::Zoned;

use crate::limits::{Following, Limits};
use crate::lookup_attributes::{self, Lookup};
use crate::order::Order;
use crate::pacer;
use crate::places::Places;
use crate::retry::Attempts;

/// Fetches CloudTrail events: one record a line, as received, newest first
///
/// Options that name a value may be repeated: one of an option's values is enough, and every
/// option used must be met. A `!` in front of a value means "not", `*` stands for any text, and a
/// backslash takes their meaning away; put such values in single quotes for the shell.
///
/// CloudTrail can look up one attribute at a time, so the most selective plain value goes to the
/// service and the rest is checked here; -v says which.
#[derive(Debug, Parser)]
#[expect(
    clippy::doc_markdown,
    reason = "shown as help, where backticks are noise"
)]
#[command(name = "ct-fetch", version, after_help = STATUSES)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag a person types"
)]
pub struct Args {
    /// Events signed with this access key
    #[arg(long, value_name = "KEY", help_heading = "Which events")]
    access_key: Vec<Pattern>,

    /// The event with this ID
    #[arg(long, value_name = "ID", help_heading = "Which events")]
    event_id: Vec<Pattern>,

    /// Events of this name, such as RunInstances or 'Describe*'
    #[arg(long, value_name = "NAME", help_heading = "Which events")]
    event_name: Vec<Pattern>,

    /// Events of this service, such as ec2.amazonaws.com
    #[arg(long, value_name = "SOURCE", help_heading = "Which events")]
    event_source: Vec<Pattern>,

    /// Events of this user, role session or root
    #[arg(long, value_name = "NAME", help_heading = "Which events")]
    username: Vec<Pattern>,

    /// Events on a resource of this type, such as AWS::S3::Bucket
    #[arg(long, value_name = "TYPE", help_heading = "Which events")]
    resource_type: Vec<Pattern>,

    /// Events on the resource of this name
    #[arg(long, value_name = "NAME", help_heading = "Which events")]
    resource_name: Vec<Pattern>,

    /// Events that only read, or with `false` those that may have changed something
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", help_heading = "Which events",
        value_parser = read_only())]
    read_only: Vec<Pattern>,

    /// The AWS CLI's form: AttributeKey=KEY,AttributeValue=VALUE
    ///
    /// The value is taken as it stands, without `!` and `*`. JSON works as well, and file://FILE with either.
    #[arg(long, value_name = "LOOKUP", num_args = 1.., help_heading = "Which events",
        value_parser = lookup_attributes::parse)]
    lookup_attributes: Vec<Vec<Lookup>>,

    /// Oldest event to fetch [default: all of the 90 days the service keeps]
    ///
    /// A time, a UTC date, or an age such as 90m, 36h, 7d, '2 hours ago', today or yesterday. A
    /// time without a zone is UTC.
    #[arg(
        long,
        visible_alias = "since",
        value_name = "TIME",
        allow_hyphen_values = true,
        help_heading = "When"
    )]
    start_time: Option<String>,

    /// Newest event to fetch, that second included [default: the newest there is]
    #[arg(
        long,
        visible_alias = "until",
        value_name = "TIME",
        allow_hyphen_values = true,
        help_heading = "When"
    )]
    end_time: Option<String>,

    /// Insights events instead of management events
    #[arg(long, value_name = "CATEGORY", help_heading = "Which events", value_parser = ["insight"])]
    event_category: Option<String>,

    /// Then go on with new events, oldest first, until ctrl-C
    ///
    /// Asks again every 10 seconds, and with half of the quota at most. Events arrive up to 15
    /// minutes late: those that come after newer ones are not passed over. A failing network is
    /// waited for.
    #[arg(long, conflicts_with_all = ["end_time", "output_file", "journal", "keep_duplicates"], help_heading = "When")]
    follow: bool,

    /// Stop after this many events
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "When")]
    max_items: Option<u64>,

    /// Which events come first
    ///
    /// `oldest` is the other way round, events of one moment too. The service lists the newest
    /// first, so that with it the first records take a little longer to come.
    #[arg(
        long,
        value_name = "ORDER",
        value_enum,
        default_value_t,
        hide_possible_values = true,
        help_heading = "When"
    )]
    order: Order,

    /// Write an event as often as the listings have it, not once by its ID
    #[arg(long, help_heading = "Which events")]
    keep_duplicates: bool,

    /// Whom and where to ask.
    #[command(flatten)]
    pub places: Places,

    /// Requests a second; CloudTrail allows two, an endpoint of your own may allow more
    #[arg(long, value_name = "N", default_value_t = pacer::QUOTA, value_parser = rate, help_heading = "Where")]
    rate: f64,

    /// Give up when one request has failed this often
    ///
    /// [default: 7 times before anything came, 15 times later; being throttled is never a reason]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Where")]
    max_attempts: Option<u32>,

    /// Write to this file instead of standard output; only you may read it
    ///
    /// One run at a time does. A device or a named pipe is written to as standard output is.
    #[arg(short, value_name = "FILE", value_parser = output_file())]
    pub output_file: Option<PathBuf>,

    /// Keep what is done in this file, so that the same command goes on where it stopped
    ///
    /// [default with -o: the file's name with .journal added] A region or account that had refused is
    /// asked again, and if it answers now the run goes back to where it was lost. Where the records
    /// go to standard output, those after that come twice; else the ones of a page at most.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,

    /// Go on where the same command stopped, and refuse to begin anew
    #[arg(long, conflicts_with = "restart")]
    pub resume: bool,

    /// Begin anew, whatever the journal holds
    #[arg(long)]
    pub restart: bool,

    /// Say what the service looks up and what is checked here
    #[arg(short, long)]
    pub verbose: bool,

    /// No progress, and no line at the end on what was covered
    #[arg(short, long)]
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
        let start = parse_time(self.start_time.as_deref(), now)?;
        let end = parse_time(self.end_time.as_deref(), now)?;
        let warnings = [&start, &end].into_iter().flatten();
        let warnings = warnings.filter_map(|parsed| parsed.warning.as_ref());
        let warnings = warnings.map(ToString::to_string).collect();
        let second = |parsed: Option<Parsed>| parsed.map(|parsed| parsed.second);
        let window = Window::new(second(start), second(end))
            .map_err(|error| Failure::Usage(anyhow!(error)))?;
        let category = self
            .event_category
            .as_ref()
            .map_or(Category::Management, |_| Category::Insight);
        Ok((
            Query {
                window,
                conditions: self.conditions(),
                category,
            },
            warnings,
        ))
    }

    /// The oldest moment, as typed.
    #[must_use]
    pub fn start_time(&self) -> Option<&str> {
        self.start_time.as_deref()
    }

    /// The newest moment, as typed.
    #[must_use]
    pub fn end_time(&self) -> Option<&str> {
        self.end_time.as_deref()
    }

    fn conditions(&self) -> Conditions {
        let options = [
            (Attribute::AccessKeyId, &self.access_key),
            (Attribute::EventId, &self.event_id),
            (Attribute::EventName, &self.event_name),
            (Attribute::EventSource, &self.event_source),
            (Attribute::Username, &self.username),
            (Attribute::ResourceType, &self.resource_type),
            (Attribute::ResourceName, &self.resource_name),
            (Attribute::ReadOnly, &self.read_only),
        ];
        let conditions = options.into_iter().map(|(attribute, any_of)| {
            let looked_up = self
                .lookup_attributes
                .iter()
                .flatten()
                .filter(|lookup| lookup.attribute == attribute);
            let looked_up = looked_up.map(|lookup| Pattern::literal(&lookup.value));
            Condition {
                attribute,
                any_of: any_of.iter().cloned().chain(looked_up).collect(),
            }
        });
        Conditions::new(
            conditions
                .filter(|condition| !condition.any_of.is_empty())
                .collect(),
        )
    }

    /// Where the journal is, if one is kept: where none is named only beside an output that
    /// `is_file`, since a device or a pipe can not be gone on with.
    #[must_use]
    pub fn journal(&self, is_file: bool) -> Option<PathBuf> {
        self.journal.clone().or_else(|| {
            let beside = self.output_file.as_ref().filter(|_| is_file)?;
            let mut path = beside.clone().into_os_string();
            path.push(".journal");
            Some(path.into())
        })
    }

    /// How hard to ask, and for how much; `now` is what following begins with.
    #[must_use]
    pub fn limits(&self, now: &Zoned) -> Limits {
        let attempts = self
            .max_attempts
            .map_or_else(Attempts::default, Attempts::all);
        let follow = self.follow.then(|| Following {
            attempts: Attempts::all(self.max_attempts.unwrap_or(u32::MAX)),
            started: now.timestamp().as_second(),
        });
        Limits {
            follow,
            rate: self.rate,
            attempts,
            max_items: self.max_items,
            order: self.order,
            keep_duplicates: self.keep_duplicates,
            allow_disabled: self.places.is_every_region(),
        }
    }
}

fn parse_time(text: Option<&str>, now: &Zoned) -> Result<Option<Parsed>, Failure> {
    text.map(|text| time::parse(text, now))
        .transpose()
        .map_err(|error| Failure::Usage(anyhow!(error)))
}

/// `true` or `false`; `!` in front is said of all options, so it is not listed again.
fn read_only() -> impl TypedValueParser<Value = Pattern> {
    let negated = ["!true", "!false"].map(|value| PossibleValue::new(value).hide(true));
    let values = ["true", "false"].map(PossibleValue::new);
    PossibleValuesParser::new(values.into_iter().chain(negated))
        .try_map(|value| value.parse::<Pattern>())
}

/// Standard output has no name here: a file called `-` would come as a surprise.
fn output_file() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| {
        if path.as_os_str() == "-" {
            return Err("`-` is no file: leave -o out for standard output");
        }
        Ok(path)
    })
}

fn rate(text: &str) -> Result<f64, &'static str> {
    let rate = text
        .parse::<f64>()
        .ok()
        .filter(|rate| (0.001..=100_000.0).contains(rate));
    rate.ok_or("a rate is a number from 0.001 to 100000")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(words: &[&str]) -> Conditions {
        let words = [&["ct-fetch"], words].concat();
        Args::try_parse_from(words).unwrap().conditions()
    }

    fn condition(attribute: Attribute, pattern: &str) -> Conditions {
        Conditions::new(vec![Condition {
            attribute,
            any_of: vec![pattern.parse().unwrap()],
        }])
    }

    #[test]
    fn read_only_is_true_unless_it_says_otherwise() {
        for (words, pattern) in [
            (vec!["--read-only"], "true"),
            (vec!["--read-only", "false"], "false"),
            (vec!["--read-only", "!true"], "!true"),
        ] {
            assert_eq!(
                conditions(&words),
                condition(Attribute::ReadOnly, pattern),
                "{words:?}"
            );
        }
    }
}
