//! botocore's rules for retries: the class of an error, the number of attempts, and the wait before each retry.

use std::time::Duration;

use ct_aws::retry::{is_throttling, is_timeout};

/// The class of a failure, which determines the number of retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureClass {
    /// Too many requests.
    Throttled,
    /// A response with status 200 that is not a page.
    Malformed,
    /// A temporary failure.
    Passing,
    /// A permanent failure.
    Lasting,
}

impl FailureClass {
    /// The class of an error response. botocore has more codes for throttling than other AWS SDKs.
    pub(super) fn of_error(code: &str, http_status: u16) -> Self {
        let is_throttled = is_throttling(code)
            || matches!(
                code,
                "ProvisionedThroughputExceededException"
                    | "TransactionInProgressException"
                    | "LimitExceededException"
                    | "EC2ThrottledException"
            );
        match http_status {
            // botocore treats status 429 as a temporary failure and does not give it more attempts.
            429 if is_throttled => Self::Passing,
            _ if is_throttled => Self::Throttled,
            500 | 502 | 503 | 504 => Self::Passing,
            _ if is_timeout(code) => Self::Passing,
            _ => Self::Lasting,
        }
    }
}

/// The number of attempts for each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attempts {
    /// The number of attempts for temporary failures. The AWS CLI makes the same number of
    /// attempts.
    standard: u32,
    /// The number of attempts for throttled requests. Without a configured number, more attempts
    /// are made than in the AWS CLI, because other clients share the quota and throttling is
    /// temporary.
    throttled: u32,
    /// The number of attempts for malformed responses. Without a configured number, more attempts
    /// are made than in the AWS CLI, so that one malformed response does not end the listing.
    malformed: u32,
}

impl Attempts {
    /// `asked` is the setting `max_attempts`. `has_mode` is whether a retry mode is configured. If
    /// either is configured, throttled requests and malformed responses get no more attempts than
    /// temporary failures.
    pub(crate) fn new(asked: Option<u32>, has_mode: bool) -> Self {
        let standard = asked.unwrap_or(3);
        let (throttled, malformed) = if asked.is_some() || has_mode {
            (standard, standard)
        } else {
            (8, 5)
        };
        Self {
            standard,
            throttled,
            malformed,
        }
    }

    /// The number of attempts for `class`.
    pub(crate) fn max_for(self, class: FailureClass) -> u32 {
        match class {
            FailureClass::Throttled => self.throttled,
            FailureClass::Malformed => self.malformed,
            FailureClass::Passing => self.standard,
            FailureClass::Lasting => 0,
        }
    }
}

/// The wait before the retry number `retry`, as in botocore: `random` (0 to 1) times 1, 2, 4, 8, 16
/// or 20 seconds.
///
/// After throttling, the wait is at least half a second, after which the quota permits one more
/// request.
pub(crate) fn wait(class: FailureClass, retry: u32, random: f64) -> Duration {
    let bound = f64::from(2_u32.saturating_pow(retry.saturating_sub(1)).min(20));
    let least = if class == FailureClass::Throttled {
        0.5
    } else {
        0.0
    };
    Duration::from_secs_f64((random * bound).max(least))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throttling_and_invalid_pages_get_more_attempts() {
        let attempts = Attempts::new(None, false);
        assert_eq!(attempts.max_for(FailureClass::Throttled), 8);
        assert_eq!(attempts.max_for(FailureClass::Malformed), 5);
        assert_eq!(attempts.max_for(FailureClass::Passing), 3);
        assert_eq!(
            Attempts::new(Some(2), false).max_for(FailureClass::Throttled),
            2
        );
        assert_eq!(
            Attempts::new(None, true).max_for(FailureClass::Throttled),
            3
        );
    }

    #[test]
    fn the_wait_doubles_up_to_twenty_seconds() {
        let waits = [1, 2, 5, 6, 40].map(|retry| wait(FailureClass::Passing, retry, 1.0).as_secs());
        assert_eq!(waits, [1, 2, 16, 20, 20]);
        assert_eq!(wait(FailureClass::Throttled, 1, 0.0).as_millis(), 500);
    }
}
