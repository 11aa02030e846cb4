//! The command line of `ct-fetch`, and the query that it describes.

pub(crate) mod archive;
mod attribute_value;
mod category_name;
mod destination;
mod field_test;
mod filter_options;
pub(crate) mod lint;
mod lookup_attributes;
pub(crate) mod near_miss;
mod pace;
pub(crate) mod public_keys;
mod question;
pub(crate) mod targets;
pub(crate) mod validate;
pub(crate) mod window_options;

use std::ffi::OsString;

use anyhow::anyhow;
use clap::{Parser, Subcommand};
use ct_aws::http::pool;
use ct_core::exit::Failure;
use ct_core::query::{Category, Query};
use ct_core::record::category::EventCategory;
use jiff::Zoned;

use crate::format::Formatting;
use crate::source::history::attempts::Attempts;
use crate::source::history::limits::{FollowLimits, Limits};
use crate::source::history::range::HistoryPeriod;
use crate::source::order::Order;

pub(crate) use archive::ArchiveOptions;
use archive::athena::AthenaOptions;
use archive::athena_ddl;
pub(crate) use destination::Destination;
use filter_options::FilterOptions;
use pace::RequestLimits;
use targets::TargetOptions;
use window_options::WindowOptions;

/// Fetches CloudTrail events: one record per line, unchanged, newest first
///
/// Filter options may be repeated: an event must match at least one value of each option used. A
/// leading `!` means "not", `*` matches any characters, and a backslash escapes both; put such
/// values in single quotes for the shell.
///
/// CloudTrail can look up only one attribute at a time, so ct-fetch sends the most selective plain
/// value to the service and checks the rest itself; -v shows which part is checked where.
#[derive(Debug, Parser)]
#[expect(
    clippy::doc_markdown,
    reason = "clap prints these comments as help, where backticks would be noise"
)]
#[command(name = "ct-fetch", version, after_help = STATUSES, args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(flatten)]
    filters: FilterOptions,

    #[command(flatten)]
    window: WindowOptions,

    /// The accounts and regions to query.
    #[command(flatten)]
    pub(crate) targets: TargetOptions,

    #[command(flatten)]
    pace: RequestLimits,

    /// The record files to read.
    #[command(flatten)]
    pub(crate) archive: ArchiveOptions,

    /// Archives that Athena searches.
    #[command(flatten)]
    pub(crate) athena: AthenaOptions,

    /// The format of the output.
    #[command(flatten)]
    pub(crate) formatting: Formatting,

    /// Where the records are written.
    #[command(flatten)]
    pub(crate) destination: Destination,

    /// Print which filters the service evaluates and which ct-fetch checks
    #[arg(short, long, help_heading = "Messages")]
    pub(crate) verbose: bool,

    /// Print no progress, and no summary of what was covered
    #[arg(short, long, help_heading = "Messages")]
    pub(crate) quiet: bool,

    /// Treat warnings as errors, for unattended jobs
    ///
    /// A warning then ends the run with status 252. It is also an error if the start is before the
    /// event history begins, or if none of --region, AWS_REGION and AWS_DEFAULT_REGION sets the
    /// region.
    #[arg(long, help_heading = "Messages")]
    pub(crate) strict: bool,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// The subcommands of `ct-fetch`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Verify that an archive is what CloudTrail delivered, using the trail's digests
    ///
    /// Each digest is verified by its signature and by the next digest, and each log file by the
    /// SHA-256 of its content. A file is valid, invalid, missing or not covered; files that are not
    /// valid are listed with the reason. The location of the archive does not matter, because the
    /// names of its files identify them.
    ///
    /// A digest's signature is in the next digest. The newest digest's signature is only in the metadata of its
    /// object: save the output of aws s3api head-object next to the digest NAME as .NAME.metadata.json.
    Validate(validate::ValidateOptions),
    /// Print the definition of an Athena table over a trail's files, for --from athena:TABLE
    ///
    /// A row of the table is a line of a file, so that any string in the file can be searched.
    /// Partitions are projected: new days need no change, but a new account or region needs a new
    /// definition. Accounts, regions and kinds of files that are not given are found by listing the
    /// bucket.
    AthenaDdl(athena_ddl::AthenaDdlOptions),
}

const STATUSES: &str = "\
Examples:
  ct-fetch --access-key AKIAIOSFODNN7EXAMPLE | ct-jq -r .eventName
  ct-fetch --region all --since 7d -o week.ndjson
  ct-fetch --from AWSLogs/ --where errorCode=AccessDenied --order none
  ct-fetch --since 1d --format csv --fields eventTime,eventName,userIdentity.arn -o day.csv
  ct-fetch validate AWSLogs/ --keys keys.json
  ct-fetch --from athena:ct_raw --since 30d --access-key AKIAIOSFODNN7EXAMPLE

ct-fetch lookup-events … is aws cloudtrail lookup-events …: see ct-fetch lookup-events --help.
ct-fetch validate-logs … is aws cloudtrail validate-logs …: see ct-fetch validate-logs --help.

Exit status: 0 everything was delivered, 129 SIGHUP, 130 ctrl-C, 141 standard output was closed,
143 SIGTERM, 252 invalid usage, 253 no region or no credentials, 254 a service refused a request,
255 any other error.";

impl Args {
    /// Returns the query, and warnings about it. An age such as `7d` counts back from `now`.
    ///
    /// # Errors
    /// [`Failure::Usage`] for invalid values, and for a query that cannot match any event.
    pub(crate) fn query(&self, now: &Zoned) -> Result<(Query, Vec<String>), Failure> {
        let (window, mut warnings) = self.window.window(now)?;
        let conditions = self.filters.conditions()?;
        warnings.extend(lint::warnings(&conditions));
        let (predicate, doubts) = self.filters.predicate();
        warnings.extend(doubts);
        let category = if self.archive.is_asked() {
            if self.archive.names_the_history() {
                self.history(now).check(window)?;
                self.filters.category()?
            } else {
                Category::default()
            }
        } else {
            self.archive.check_unused()?;
            self.athena.check_unused()?;
            self.destination.check_unused()?;
            self.history(now).check(window)?;
            if self.window.order().is_none() {
                return Err(Failure::Usage(anyhow!(
                    "--order none is only for archives: add --from, or use a different order"
                )));
            }
            self.filters.category()?
        };
        let query = Query {
            window,
            conditions,
            predicate,
            category,
        };
        Ok((query, warnings))
    }

    /// Returns the problems that are errors only with `--strict`: a window that starts before the
    /// event history, and a missing region. A region is missing if neither `--region` nor a
    /// variable in `environment` sets it.
    #[must_use]
    pub(crate) fn omissions(
        &self,
        query: &Query,
        now: &Zoned,
        environment: &[(OsString, OsString)],
    ) -> Vec<String> {
        let mut omissions = Vec::new();
        if let Some(shortfall) = self.history(now).shortfall(query.window) {
            omissions.push(format!("{shortfall}: use a later start"));
        }
        if !self.targets.names_a_region(environment) {
            omissions.push(
                "no region is set: pass --region or --region all, or set AWS_REGION".to_owned(),
            );
        }
        omissions
    }

    /// Returns the length of the event history, in days.
    pub(crate) fn history_days(&self) -> u32 {
        self.window.history_days
    }

    /// Returns the window that the event history covers, relative to `now`.
    #[must_use]
    pub(crate) fn history(&self, now: &Zoned) -> HistoryPeriod {
        self.window.history(now)
    }

    /// Returns the order in which records are written; `None` if the records of an archive are
    /// written in the order of its files.
    #[must_use]
    pub(crate) fn order(&self) -> Option<Order> {
        self.window.order()
    }

    /// Whether the command line contains `--order newest`.
    #[must_use]
    pub(crate) fn names_newest_first(&self) -> bool {
        self.window.names_newest_first()
    }

    /// Whether the run follows new events, as `--follow` requests.
    #[must_use]
    pub(crate) fn is_following(&self) -> bool {
        self.window.follow
    }

    /// Returns the categories of records to select from an archive; `None` for all categories.
    #[must_use]
    pub(crate) fn categories(&self) -> Option<Vec<EventCategory>> {
        self.filters.categories()
    }

    /// Returns how many times a request may fail before the run gives up; `None` if the command
    /// line does not say.
    #[must_use]
    pub(crate) fn max_attempts(&self) -> Option<u32> {
        self.pace.max_attempts
    }

    /// Returns the limits of the rate, the number and the order of events. `now` is the time when
    /// the run began.
    #[must_use]
    pub(crate) fn limits(&self, now: &Zoned) -> Limits {
        let attempts = self.pace.max_attempts;
        let follow = self.window.follow.then(|| FollowLimits {
            attempts: Attempts::all(attempts.unwrap_or(u32::MAX)),
            started: now.timestamp().as_second(),
        });
        Limits {
            follow,
            rate: self.pace.rate,
            requests: pool::most_requests(),
            attempts: attempts.map_or_else(Attempts::default, Attempts::all),
            max_items: self.window.max_items,
            order: match self.destination.state {
                Some(_) => Order::Oldest,
                None => self.window.order().unwrap_or_default(),
            },
            keep_duplicates: self.filters.keep_duplicates,
            allow_disabled: self.targets.is_every_region(),
            memory_bytes: self.archive.memory,
        }
    }
}
