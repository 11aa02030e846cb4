//! How many times a request may fail, and how long to wait before it is sent again.

use std::time::Duration;

/// The maximum wait before a request is sent again. It is the same as that of the AWS CLI.
const CAP: Duration = Duration::from_secs(20);

/// The maximum wait after the first failure.
const FIRST: Duration = Duration::from_millis(200);

/// How many times one request to a region may fail before the run gives up the region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempts {
    /// The number of failures before the region's first page. With the default of 7, a wrong
    /// endpoint is reported after about 6 s, and after 13 s at most.
    pub(crate) at_first: u32,
    /// The number of failures after the region's first page. It is higher than
    /// [`Attempts::at_first`], because the run would lose progress.
    pub(crate) later: u32,
    /// The number of times that CloudTrail may throttle a request. The default is no limit, because
    /// throttling ends when other programs stop using the quota.
    pub(crate) throttled: u32,
}

impl Attempts {
    /// Sets all three limits to `number`.
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

/// Returns how long to wait after a request has failed `failures` times in a row: a random share of
/// a maximum that doubles with each failure.
///
/// `random` is this share, from 0 to 1. Waits are random, so that runs that failed at the same time
/// do not all retry at the same time (AWS Architecture Blog, "Exponential Backoff And Jitter", full
/// jitter).
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
    fn the_wait_is_a_random_part_of_the_maximum() {
        assert_eq!(wait(1, 0.25).as_millis(), 50);
    }
}
