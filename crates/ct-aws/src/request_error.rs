//! The failure of one request.

use std::fmt;

pub use crate::error::ServiceError;
use crate::error::SetupError;

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
        error.is_expired()
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
    use super::*;

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
    fn a_redirect_is_not_an_answer_of_the_service() {
        let fault = RequestError::read(302, b"<html>sign in</html>");
        assert_eq!(
            fault.to_string(),
            "the response is not a page of events: the HTTP status was 302"
        );
    }
}
