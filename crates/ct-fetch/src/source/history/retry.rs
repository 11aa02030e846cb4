//! How often a request is tried, and how long to wait in between.

use std::time::Duration;

/// The longest wait, as the AWS CLI's.
const CAP: Duration = Duration::from_secs(20);

/// The most a first wait can be.
const FIRST: Duration = Duration::from_millis(200);

/// How often one request may fail before the run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempts {
    /// Before anything came from the region: a wrong endpoint takes six seconds to show, twelve at most.
    pub(crate) at_first: u32,
    /// Once pages have come: there is a run to save.
    pub(crate) later: u32,
    /// Of being throttled: others use the same quota, and it passes.
    pub(crate) throttled: u32,
}

impl Attempts {
    /// The same number for everything.
    #[must_use]
    pub(crate) fn all(number: u32) -> Self {
        Self {
            at_first: number,
            later: number,
            throttled: number,
        }
    }
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            at_first: 7,
            later: 15,
            throttled: u32::MAX,
        }
    }
}

/// The wait after the `failures`th failure in a row: anything up to a bound that doubles each time.
///
/// `random` is in 0..1. Full jitter, so that runs that failed together do not come back together
/// (AWS Architecture Blog, "Exponential Backoff And Jitter").
#[must_use]
pub(crate) fn wait(failures: u32, random: f64) -> Duration {
    let doubled = FIRST.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
    doubled.min(CAP).mul_f64(random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_doubles_up_to_the_cap() {
        let bounds = [1, 2, 3, 8, 200].map(|failures| wait(failures, 1.0).as_millis());
        assert_eq!(bounds, [200, 400, 800, 20_000, 20_000]);
    }

    #[test]
    fn the_wait_is_a_share_of_the_bound() {
        assert_eq!(wait(1, 0.25).as_millis(), 50);
    }
}
