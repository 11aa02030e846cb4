//! The options that say how fast to ask, and how often after a failure.

use clap::Args;

use crate::source::history::pacer;

/// How hard to ask.
#[derive(Debug, Args)]
#[command(next_help_heading = "Where")]
pub(crate) struct Pace {
    /// Requests a second; CloudTrail allows two, an endpoint of your own may allow more
    #[arg(long, value_name = "N", default_value_t = pacer::QUOTA, value_parser = rate)]
    pub(super) rate: f64,

    /// Give up when one request has failed this often
    ///
    /// [default: 7 times before anything came, 15 times later; being throttled is never a reason]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) max_attempts: Option<u32>,
}

fn rate(text: &str) -> Result<f64, &'static str> {
    let rate = text
        .parse::<f64>()
        .ok()
        .filter(|rate| (0.001..=100_000.0).contains(rate));
    rate.ok_or("a rate is a number from 0.001 to 100000")
}
