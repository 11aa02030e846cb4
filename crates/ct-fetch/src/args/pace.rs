//! The options for the rate of requests, and for retries.

use clap::Args;

use crate::source::history::pacer;

/// The options for the rate of requests, and for retries.
#[derive(Debug, Args)]
#[command(next_help_heading = "Where")]
pub(crate) struct RequestLimits {
    /// Requests per second for each account and region; CloudTrail allows two, another endpoint may allow more
    #[arg(long, value_name = "N", default_value_t = pacer::QUOTA, value_parser = rate)]
    pub(super) rate: f64,

    /// Give up after this many failures of one request
    ///
    /// [default: 7 before the first response, 15 later; throttling does not count]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) max_attempts: Option<u32>,
}

fn rate(text: &str) -> Result<f64, &'static str> {
    let rate = text
        .parse::<f64>()
        .ok()
        .filter(|rate| (0.001..=100_000.0).contains(rate));
    rate.ok_or("a rate must be a number from 0.001 to 100000")
}
