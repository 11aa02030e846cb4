//! Whether a failed request is sent again, how often, and after which wait.
//!
//! This module classifies the failures of every service. `lookup-events` follows botocore's rules,
//! which add error codes and have their own numbers of attempts and waits. `--follow` and
//! `ListPublicKeys` have their own limits, but wait as this module says.

use std::time::Duration;

use crate::error::{RequestError, ServiceError, SetupError};

/// How to continue after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAction {
    /// Wait, then retry, because there were too many requests.
    SlowDown,
    /// Retry, because the failure may be temporary.
    BackOff,
    /// Retry immediately, because the cause, such as expired credentials, has been removed.
    RetryNow,
    /// Restart the listing at its current position, because its `NextToken` is no longer valid.
    NewListing,
    /// Give up, because a retry cannot succeed.
    GiveUp,
}

/// Whether an error code means that there were too many requests.
///
/// Source: AWS SDKs and Tools reference guide, "Retry behavior".
#[must_use]
pub fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "ThrottlingException"
            | "Throttling"
            | "ThrottledException"
            | "RequestLimitExceeded"
            | "TooManyRequestsException"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "SlowDown"
            | "BandwidthLimitExceeded"
            | "PriorRequestNotComplete"
    )
}

/// Whether an error code means that the service did not receive the request in time.
#[must_use]
pub fn is_timeout(code: &str) -> bool {
    matches!(code, "RequestTimeout" | "RequestTimeoutException")
}

impl ServiceError {
    /// How to continue after the error.
    #[must_use]
    pub fn retry_action(&self) -> RetryAction {
        match (self.code.as_str(), self.http_status) {
            (code, status) if is_throttling(code) || status == 429 => RetryAction::SlowDown,
            ("InvalidNextTokenException", _) => RetryAction::NewListing,
            (code, status) if is_timeout(code) || status >= 500 => RetryAction::BackOff,
            _ => RetryAction::GiveUp,
        }
    }

    /// Whether the credentials have expired, so that refreshing them may help.
    #[must_use]
    pub fn is_expired(&self) -> bool {
        matches!(
            self.code.as_str(),
            "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" | "TokenRefreshRequired"
        )
    }
}

impl SetupError {
    /// How to continue after the error.
    #[must_use]
    pub fn retry_action(&self) -> RetryAction {
        match self {
            Self::Unreachable(_) => RetryAction::BackOff,
            // STS has a separate quota, which the pacing of requests to other services does not cover.
            Self::Refused { error, .. } => match error.retry_action() {
                RetryAction::SlowDown | RetryAction::BackOff => RetryAction::BackOff,
                _ => RetryAction::GiveUp,
            },
            _ => RetryAction::GiveUp,
        }
    }
}

impl RequestError {
    /// How to continue after the failure.
    #[must_use]
    pub fn retry_action(&self) -> RetryAction {
        match self {
            Self::Connection(_) | Self::BadAnswer(_) => RetryAction::BackOff,
            Self::Renewed => RetryAction::RetryNow,
            Self::Service(error) => error.retry_action(),
            Self::Credentials(error) => error.retry_action(),
        }
    }
}

/// The maximum number of attempts for one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryLimits {
    /// The maximum number of failed attempts, not counting throttled ones.
    pub failures: u32,
    /// The maximum number of throttled attempts.
    pub throttles: u32,
}

impl RetryLimits {
    /// The limits for a request to S3 or Athena. `failures` is the configured maximum number of failed attempts, or
    /// `None` for the default.
    pub(crate) fn storage(failures: Option<u32>) -> Self {
        Self {
            failures: failures.unwrap_or(7),
            throttles: 30,
        }
    }
}

/// The consecutive failures of one request so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FailureCounts {
    failures: u32,
    throttles: u32,
}

impl FailureCounts {
    /// Counts a failure with the given action. Returns the number of failures of this kind so far, or `None` if the
    /// request must not be sent again.
    pub fn count(&mut self, action: RetryAction, limits: RetryLimits) -> Option<u32> {
        let (count, limit) = match action {
            RetryAction::SlowDown => (&mut self.throttles, limits.throttles),
            RetryAction::BackOff => (&mut self.failures, limits.failures),
            RetryAction::RetryNow => return Some(0),
            RetryAction::NewListing | RetryAction::GiveUp => return None,
        };
        *count += 1;
        (*count < limit).then_some(*count)
    }
}

/// Waits whose upper bound doubles with each failure, up to 20 seconds, which is the maximum of the AWS CLI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The upper bound of the wait after the first failure.
    first: Duration,
}

impl Backoff {
    /// The waits between requests to CloudTrail.
    pub const CLOUDTRAIL: Self = Self {
        first: Duration::from_millis(200),
    };

    /// The waits between requests to S3 and Athena.
    pub(crate) const STORAGE: Self = Self {
        first: Duration::from_millis(100),
    };

    /// The upper bound of every wait.
    const LONGEST: Duration = Duration::from_secs(20);

    /// The upper bound of the wait after `failures` consecutive failures.
    #[must_use]
    pub fn bound(self, failures: u32) -> Duration {
        let Some(doublings) = failures.checked_sub(1) else {
            return Duration::ZERO;
        };
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(doublings));
        doubled.min(Self::LONGEST)
    }

    /// The wait after `failures` consecutive failures: the fraction `random`, from 0 to 1, of the upper bound.
    ///
    /// The jitter is full, so that runs that failed together do not retry together (AWS Architecture Blog,
    /// "Exponential Backoff And Jitter").
    #[must_use]
    pub fn wait(self, failures: u32, random: f64) -> Duration {
        self.bound(failures).mul_f64(random)
    }
}

#[cfg(test)]
mod tests {
    use super::RetryAction::{BackOff, GiveUp, NewListing, RetryNow, SlowDown};
    use super::*;

    #[test]
    fn transient_failures_are_retried_and_permanent_ones_are_not() {
        let seen = [
            (400, r#"{"__type":"ThrottlingException"}"#),
            (429, ""),
            (500, "{}"),
            (503, "<html>"),
            (400, r#"{"__type":"RequestTimeoutException"}"#),
            (400, r#"{"__type":"InvalidNextTokenException"}"#),
            (400, r#"{"__type":"AccessDeniedException"}"#),
            (400, r#"{"__type":"ExpiredTokenException"}"#),
            (302, "<html>sign in</html>"),
        ]
        .map(|(status, body)| RequestError::read(status, body.as_bytes()).retry_action());
        assert_eq!(
            seen,
            [
                SlowDown, SlowDown, BackOff, BackOff, BackOff, NewListing, GiveUp, GiveUp, BackOff
            ]
        );
    }

    #[test]
    fn unavailable_credentials_are_requested_again() {
        let refused = |http_status, code: &str| SetupError::Refused {
            operation: "AssumeRole",
            error: ServiceError {
                http_status,
                code: code.to_owned(),
                message: None,
            },
        };
        let seen = [
            SetupError::Unreachable("no connection".to_owned()),
            refused(503, "ServiceUnavailable"),
            refused(400, "Throttling"),
            refused(403, "AccessDenied"),
            SetupError::NoCredentials,
            SetupError::Setting("no source_profile".to_owned()),
        ]
        .map(|error| RequestError::Credentials(error).retry_action());
        assert_eq!(seen, [BackOff, BackOff, BackOff, GiveUp, GiveUp, GiveUp]);
    }

    #[test]
    fn throttled_attempts_and_other_failures_have_separate_limits() {
        let limits = RetryLimits {
            failures: 2,
            throttles: 3,
        };
        let mut counts = FailureCounts::default();
        let seen = [
            SlowDown, BackOff, RetryNow, SlowDown, NewListing, SlowDown, BackOff,
        ]
        .map(|action| counts.count(action, limits));
        assert_eq!(seen, [Some(1), Some(1), Some(0), Some(2), None, None, None]);
    }

    #[test]
    fn the_bound_doubles_up_to_twenty_seconds() {
        let bounds = [0, 1, 2, 3, 8, 200].map(|failures| Backoff::CLOUDTRAIL.bound(failures));
        assert_eq!(
            bounds.map(|bound| bound.as_millis()),
            [0, 200, 400, 800, 20_000, 20_000]
        );
    }

    #[test]
    fn the_wait_is_a_fraction_of_the_bound() {
        assert_eq!(Backoff::CLOUDTRAIL.wait(1, 0.25), Duration::from_millis(50));
        assert_eq!(Backoff::STORAGE.wait(3, 1.0), Duration::from_millis(400));
    }
}
