//! The failure of one request, and whether a retry can succeed.

use std::fmt;

use crate::error::SetupError;
pub use crate::error::{RetryAction, ServiceError};

/// Why a request returned no valid response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestError {
    /// The service rejected the request or failed.
    Service(ServiceError),
    /// There are no credentials to sign with.
    Credentials(SetupError),
    /// The credentials had expired and have been refreshed.
    Renewed,
    /// No complete response arrived: the connection was refused, closed or reset, timed out, or failed in TLS.
    Connection(String),
    /// The response is invalid: a redirect, or a response with status 200 whose body is empty,
    /// HTML, truncated or without `Events`.
    BadAnswer(String),
}

impl RequestError {
    /// Classifies a response whose status is not 200.
    ///
    /// A status below 400 is not an error response: CloudTrail does not redirect, but a captive portal does.
    #[must_use]
    pub fn read(http_status: u16, body: &[u8]) -> Self {
        if http_status < 400 {
            return Self::BadAnswer(format!("the HTTP status was {http_status}"));
        }
        Self::Service(ServiceError::read(http_status, body))
    }

    /// Whether the credentials have expired, so that refreshing them may help.
    #[must_use]
    pub fn is_expired(&self) -> bool {
        let (Self::Service(error) | Self::Credentials(SetupError::Refused { error, .. })) = self
        else {
            return false;
        };
        matches!(
            error.code.as_str(),
            "ExpiredToken" | "ExpiredTokenException" | "RequestExpired"
        )
    }

    /// How to continue after the failure.
    #[must_use]
    pub fn remedy(&self) -> RetryAction {
        match self {
            Self::Connection(_)
            | Self::BadAnswer(_)
            | Self::Credentials(SetupError::Unreachable(_)) => RetryAction::BackOff,
            Self::Renewed => RetryAction::RetryNow,
            Self::Service(error) => error.remedy(),
            // STS has a separate quota, so slowing down LookupEvents requests does not help.
            Self::Credentials(SetupError::Refused { error, .. }) => match error.remedy() {
                RetryAction::SlowDown | RetryAction::BackOff => RetryAction::BackOff,
                _ => RetryAction::GiveUp,
            },
            Self::Credentials(_) => RetryAction::GiveUp,
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(error) => error.fmt(formatter),
            Self::Credentials(error) => error.fmt(formatter),
            Self::Renewed => formatter.write_str("the credentials had expired"),
            Self::Connection(reason) => formatter.write_str(reason),
            Self::BadAnswer(reason) => {
                write!(formatter, "the response is not a page of events: {reason}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RetryAction::{BackOff, GiveUp, NewListing, SlowDown};
    use super::*;

    fn remedy(http_status: u16, body: &str) -> RetryAction {
        RequestError::read(http_status, body.as_bytes()).remedy()
    }

    #[test]
    fn an_errors_code_is_its_type_without_the_namespace() {
        let body = br#"{"__type":"com.amazonaws.cloudtrail#AccessDeniedException:http://x/","Message":"no"}"#;
        let expected = ServiceError {
            http_status: 400,
            code: "AccessDeniedException".to_owned(),
            message: Some("no".to_owned()),
        };
        assert_eq!(ServiceError::read(400, body), expected);
    }

    #[test]
    fn an_error_page_is_identified_by_its_status() {
        assert_eq!(
            ServiceError::read(502, b"<html>").to_string(),
            "502 (HTTP 502)"
        );
    }

    #[test]
    fn a_redirect_is_not_a_response_of_the_service() {
        let fault = RequestError::read(302, b"<html>sign in</html>");
        assert_eq!(
            (fault.to_string().as_str(), fault.remedy()),
            (
                "the response is not a page of events: the HTTP status was 302",
                BackOff
            )
        );
    }

    #[test]
    fn transient_failures_are_retried_and_permanent_ones_are_not() {
        let seen = [
            (400, r#"{"__type":"ThrottlingException"}"#),
            (429, ""),
            (500, "{}"),
            (503, "<html>"),
            (400, r#"{"__type":"InvalidNextTokenException"}"#),
            (400, r#"{"__type":"AccessDeniedException"}"#),
            (400, r#"{"__type":"ExpiredTokenException"}"#),
        ]
        .map(|(status, body)| remedy(status, body));
        assert_eq!(
            seen,
            [
                SlowDown, SlowDown, BackOff, BackOff, NewListing, GiveUp, GiveUp
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
        .map(|error| RequestError::Credentials(error).remedy());
        assert_eq!(seen, [BackOff, BackOff, BackOff, GiveUp, GiveUp, GiveUp]);
    }
}
