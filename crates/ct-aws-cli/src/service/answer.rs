//! Classifies a response: a body to parse, or an error that a retry may or may not resolve.

use std::time::Duration;

use crate::cli_error::{CliError, ServiceError};
use ct_aws::python::loads;
use ct_aws::python::value::Value;

/// The result of one request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RequestResult {
    /// The body of a response with status 200.
    Page(Vec<u8>),
    Error {
        code: String,
        message: String,
        http_status: u16,
    },
    /// No complete response arrived. Contains botocore's message.
    Broken(String),
}

/// The class of a failure, which determines the number of retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Too many requests.
    Throttled,
    /// The response has status 200, but is not a page.
    Malformed,
    /// A temporary failure.
    Passing,
    /// A permanent failure.
    Lasting,
}

/// The maximum number of attempts for a request, by the class of its failure.
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
    /// `asked` is the setting `max_attempts`. `has_mode` says whether a retry mode is configured.
    /// If either is configured, throttled requests and malformed responses get no more attempts
    /// than temporary failures.
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

    /// The number of attempts for `trouble`.
    pub(crate) fn of(self, trouble: Trouble) -> u32 {
        match trouble {
            Trouble::Throttled => self.throttled,
            Trouble::Malformed => self.malformed,
            Trouble::Passing => self.standard,
            Trouble::Lasting => 0,
        }
    }
}

/// The wait before the retry number `retry`, as in botocore: `random` (0 to 1) times 1, 2, 4, 8, 16
/// or 20 seconds.
///
/// After throttling, the wait is at least half a second, because the quota permits one more request
/// after that time.
pub(crate) fn wait(trouble: Trouble, retry: u32, random: f64) -> Duration {
    let bound = f64::from(2_u32.saturating_pow(retry.saturating_sub(1)).min(20));
    let least = if trouble == Trouble::Throttled {
        0.5
    } else {
        0.0
    };
    Duration::from_secs_f64((random * bound).max(least))
}

impl RequestResult {
    /// Classifies a response by its status and body.
    pub(crate) fn read(http_status: u16, body: Vec<u8>) -> Self {
        if http_status < 301 {
            return Self::Page(body);
        }
        let text = String::from_utf8_lossy(&body);
        if http_status >= 500 && (text.trim().is_empty() || text.trim().starts_with("<html>")) {
            let message = reason(http_status).to_owned();
            return Self::Error {
                code: http_status.to_string(),
                message,
                http_status,
            };
        }
        let value = loads::loads(&text)
            .unwrap_or_else(|_| Value::Map(vec![("message".into(), Value::from(text.as_ref()))]));
        let member = |name| match value.get(name) {
            Some(Value::String(text)) => Some(text.to_string()),
            _ => None,
        };
        let kind = member("__type").unwrap_or_else(|| http_status.to_string());
        let code = kind.split(':').next().unwrap_or_default();
        Self::Error {
            code: code.rsplit('#').next().unwrap_or_default().to_owned(),
            message: member("message")
                .or_else(|| member("Message"))
                .unwrap_or_default(),
            http_status,
        }
    }

    /// The class of the failure, or `None` for a page.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::Page(_) => None,
            Self::Broken(_) => Some(Trouble::Passing),
            Self::Error {
                code, http_status, ..
            } => Some(match (code.as_str(), http_status) {
                (
                    "Throttling"
                    | "ThrottlingException"
                    | "ThrottledException"
                    | "RequestThrottledException"
                    | "TooManyRequestsException"
                    | "ProvisionedThroughputExceededException"
                    | "TransactionInProgressException"
                    | "RequestLimitExceeded"
                    | "BandwidthLimitExceeded"
                    | "LimitExceededException"
                    | "RequestThrottled"
                    | "SlowDown"
                    | "PriorRequestNotComplete"
                    | "EC2ThrottledException",
                    _,
                ) => match http_status {
                    // botocore treats status 429 as a temporary failure, with the normal number of
                    // attempts.
                    429 => Trouble::Passing,
                    _ => Trouble::Throttled,
                },
                ("RequestTimeout" | "RequestTimeoutException", _) | (_, 500 | 502 | 503 | 504) => {
                    Trouble::Passing
                }
                _ => Trouble::Lasting,
            }),
        }
    }

    /// The error that ends the run after `retries` retries.
    pub(crate) fn into_fault(self, retries: Option<u32>) -> CliError {
        match self {
            Self::Error { code, message, .. } => CliError::Service(ServiceError {
                operation: "LookupEvents",
                code,
                message,
                retries,
            }),
            Self::Broken(message) => CliError::General(message),
            Self::Page(_) => CliError::General("the answer is a page".to_owned()),
        }
    }
}

fn reason(http_status: u16) -> &'static str {
    match http_status {
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(http_status: u16, body: &str) -> (String, String, Option<Trouble>) {
        let answer = RequestResult::read(http_status, body.as_bytes().to_vec());
        let trouble = answer.trouble();
        match answer {
            RequestResult::Error { code, message, .. } => (code, message, trouble),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_error_has_a_code_and_a_message() {
        let body = r#"{"__type":"com.amazonaws#AccessDeniedException:http://x","Message":"no"}"#;
        assert_eq!(
            read(400, body),
            (
                "AccessDeniedException".to_owned(),
                "no".to_owned(),
                Some(Trouble::Lasting)
            )
        );
    }

    #[test]
    fn a_proxys_error_page_is_identified_by_its_status() {
        assert_eq!(
            read(502, "<html>x</html>"),
            (
                "502".to_owned(),
                "Bad Gateway".to_owned(),
                Some(Trouble::Passing)
            )
        );
        assert_eq!(
            read(403, "no"),
            ("403".to_owned(), "no".to_owned(), Some(Trouble::Lasting))
        );
    }

    #[test]
    fn throttling_and_invalid_pages_get_more_attempts() {
        let attempts = Attempts::new(None, false);
        assert_eq!(attempts.of(Trouble::Throttled), 8);
        assert_eq!(attempts.of(Trouble::Malformed), 5);
        assert_eq!(attempts.of(Trouble::Passing), 3);
        assert_eq!(Attempts::new(Some(2), false).of(Trouble::Throttled), 2);
        assert_eq!(Attempts::new(None, true).of(Trouble::Throttled), 3);
    }

    #[test]
    fn the_wait_doubles_up_to_twenty_seconds() {
        let waits = [1, 2, 5, 6, 40].map(|retry| wait(Trouble::Passing, retry, 1.0).as_secs());
        assert_eq!(waits, [1, 2, 16, 20, 20]);
        assert_eq!(wait(Trouble::Throttled, 1, 0.0).as_millis(), 500);
    }
}
