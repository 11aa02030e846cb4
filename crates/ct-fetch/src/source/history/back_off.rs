//! The maximum number of attempts for a request, and the waits between the attempts.

use std::time::Duration;

/// The maximum wait before a retry. The maximum wait of the AWS CLI is the same.
const CAP: Duration = Duration::from_secs(20);

/// The maximum wait before the first retry.
const FIRST: Duration = Duration::from_millis(200);

/// The maximum number of failures of one request, after which the region fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempts {
    /// The maximum before the region's first page. With the default maximum, a wrong endpoint is
    /// reported after about 6 s, and after 13 s at most.
    pub(crate) at_first: u32,
    /// The maximum after the region's first page. This maximum is higher, because the run has
    /// already made progress.
    pub(crate) later: u32,
    /// The maximum number of throttled attempts. The default is no limit, because throttling ends
    /// when other programs stop using the quota.
    pub(crate) throttled: u32,
}

impl Attempts {
    /// Sets all maximums to `number`.
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

/// Returns how long to wait after the `failures`th consecutive failure: a random part of a maximum
/// that doubles with each failure.
///
/// `random`, from 0 to 1, is the part of the maximum that is waited. Waits are random, so that runs
/// that failed together do not retry together (AWS Architecture Blog, "Exponential Backoff And
/// Jitter", full jitter).
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
