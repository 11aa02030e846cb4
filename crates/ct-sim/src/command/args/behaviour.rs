//! The options for how LookupEvents responds: quota, latency, faults, pages and formats.

use std::ops::RangeInclusive;
use std::time::Duration;

use clap::Args;

use super::values;
use crate::clock::duration;
use crate::fault::Fault;
use crate::services::lookup::token::TokenKind;
use crate::services::lookup::wire::TimeFormat;

/// The options for LookupEvents' responses.
#[derive(Debug, Args)]
#[command(next_help_heading = "Behaviour")]
pub(crate) struct BehaviourArgs {
    /// Requests per second in each account and region [default: no limit]
    ///
    /// CloudTrail allows 2. Requests beyond the quota are throttled and do not count against it.
    #[arg(long, value_name = "RATE", value_parser = values::positive)]
    pub(super) quota: Option<f64>,

    /// Maximum number of requests at once
    #[arg(long, value_name = "N", default_value = "2", value_parser = values::positive, requires = "quota")]
    pub(super) burst: f64,

    /// Latency of each response: 300ms, or 50ms..300ms at random
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = duration::parse_range)]
    pub(super) latency: RangeInclusive<Duration>,

    /// Inject a fault: 500@3, drop@10%, denied@eu-west-1; repeatable
    ///
    /// The format is KIND@WHEN; the first fault that applies to a request takes effect. Kinds: 500,
    /// 500-html, 503, 429, throttle, drop, reset, truncate, `stall[:DURATION]`, `hang[:DURATION]`,
    /// `slow[:DURATION]`, html, empty, malformed, expired, denied, opt-in, unrecognized, token,
    /// error:CODE. WHEN is the number of a LookupEvents request, counted from 1 (3 or 3,7 or 3..5
    /// or 3..), /4 for every fourth request, 10% for requests chosen at random, a region, or an
    /// account; without @WHEN, the fault applies to every request. denied@ACCOUNT also refuses
    /// AssumeRole for the account's roles.
    #[arg(long, value_name = "FAULT")]
    pub(super) fault: Vec<Fault>,

    /// Maximum number of events on the first page of a listing, the second, and so on in rotation
    ///
    /// 0 gives an empty page with a token, which the service may also send.
    #[arg(
        long,
        value_name = "N,N…",
        value_delimiter = ',',
        value_parser = values::page_size
    )]
    pub(super) page_sizes: Vec<usize>,

    /// Content of a token: key or position
    ///
    /// A key identifies the next event. A position counts the preceding events: for each newer
    /// event that arrives while a listing is paged, the next page repeats one.
    #[arg(long, value_name = "KIND", default_value = "key")]
    pub(super) token_kind: TokenKind,

    /// Format of event times: sci, int, float, ms or iso
    ///
    /// In this order: 1.601542800E9, 1601542800, 1601542800.0, 1601542800.5,
    /// "2020-10-01T09:00:00Z".
    #[arg(long, value_name = "FORMAT", default_value = "sci")]
    pub(super) time_format: TimeFormat,
}
