//! The maximum number of attempts for a request, and the waits between attempts.

use std::time::Duration;

/// The maximum wait, which is the same as in the AWS CLI.
const CAP: Duration = Duration::from_secs(20);

/// The upper bound of the first wait.
const FIRST: Duration = Duration::from_millis(200);

/// The maximum number of failures of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempts {
    /// Before the region's first page: a wrong endpoint is reported after about 6 s, and after 13 s
    /// at most.
    pub(crate) at_first: u32,
    /// After the first page, when there is progress to preserve.
    pub(crate) later: u32,
    /// For throttled requests: the quota is shared with others, and throttling is temporary.
    pub(crate) throttled: u32,
}

impl Attempts {
    /// The same maximum for all cases.
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

/// The wait after the `failures`th consecutive failure: a random part of a bound that doubles with
/// each failure.
///
/// `random` is in 0..1. The jitter is full, so that runs that failed together do not retry together
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
    fn the_wait_is_a_fraction_of_the_bound() {
        assert_eq!(wait(1, 0.25).as_millis(), 50);
    }
}
