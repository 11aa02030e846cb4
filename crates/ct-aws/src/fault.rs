//! What can go wrong with one request, and whether asking again can help.

use std::fmt;

use serde::Deserialize;

use crate::error::SetupError;

/// Why a request brought no page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The service answered, and refused.
    Service(ServiceError),
    /// There is nothing to sign with.
    Credentials(SetupError),
    /// The credentials had expired; there are fresh ones now.
    Renewed,
    /// No whole answer came: connection refused, dropped or reset, time-out, TLS.
    Connection(String),
    /// An answer that is none: a redirect, or a 200 that is empty, HTML, cut short or without `Events`.
    BadAnswer(String),
}

/// An error the service sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// The HTTP status.
    pub http_status: u16,
    /// Such as `ThrottlingException`; the HTTP status where the body names none.
    pub code: String,
    /// The service's own words.
    pub message: Option<String>,
}

/// What to do about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Wait, then ask again: too many requests came at once.
    SlowDown,
    /// Ask again: it may well work the next time.
    AskAgain,
    /// Ask again, and wait for nothing: what was wrong has been mended.
    AskAtOnce,
    /// The token no longer holds; the listing must be asked for anew from where it was.
    NewListing,
    /// Nothing: it will not get better.
    GiveUp,
}

impl Fault {
    /// Reads an answer that is no 200.
    ///
    /// Only from 400 on is it a refusal: CloudTrail redirects nobody, but the portal of a network does.
    #[must_use]
    pub fn read(http_status: u16, body: &[u8]) -> Self {
        if http_status < 400 {
            return Self::BadAnswer(format!("it came with HTTP {http_status}"));
        }
        Self::Service(ServiceError::read(http_status, body))
    }

    /// Whether the credentials have expired, so that the provider may have fresh ones.
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

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Connection(_)
            | Self::BadAnswer(_)
            | Self::Credentials(SetupError::Unreachable(_)) => Remedy::AskAgain,
            Self::Renewed => Remedy::AskAtOnce,
            Self::Service(error) => error.remedy(),
            // The quota that throttles STS is not the one that LookupEvents is paced by.
            Self::Credentials(SetupError::Refused { error, .. }) => match error.remedy() {
                Remedy::SlowDown | Remedy::AskAgain => Remedy::AskAgain,
                _ => Remedy::GiveUp,
            },
            Self::Credentials(_) => Remedy::GiveUp,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(error) => error.fmt(formatter),
            Self::Credentials(error) => error.fmt(formatter),
            Self::Renewed => formatter.write_str("the credentials had expired"),
            Self::Connection(reason) => formatter.write_str(reason),
            Self::BadAnswer(reason) => {
                write!(formatter, "the answer is not a page of events: {reason}")
            }
        }
    }
}

impl ServiceError {
    /// Reads what the AWS JSON protocol sends with an error status.
    ///
    /// Source: Smithy, "AWS JSON 1.1 protocol", "Operation error serialization": the code is
    /// `__type` without its namespace and without what follows a colon.
    #[must_use]
    pub fn read(http_status: u16, body: &[u8]) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Body {
            #[serde(rename = "__type")]
            kind: Option<String>,
            #[serde(alias = "Message")]
            message: Option<String>,
        }
        // An error status with another body, such as a proxy's page, is known by its number.
        let body: Body = serde_json::from_slice(body).unwrap_or_default();
        let code = body.kind.map_or_else(
            || http_status.to_string(),
            |kind| {
                let name = kind.rsplit('#').next().unwrap_or_default();
                name.split(':').next().unwrap_or_default().to_owned()
            },
        );
        Self {
            http_status,
            code,
            message: body.message,
        }
    }

    /// What to do about it.
    ///
    /// Throttling codes: AWS SDKs and Tools reference guide, "Retry behavior".
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match (self.code.as_str(), self.http_status) {
            (
                "ThrottlingException"
                | "Throttling"
                | "ThrottledException"
                | "RequestLimitExceeded"
                | "TooManyRequestsException"
                | "RequestThrottled"
                | "RequestThrottledException"
                | "SlowDown"
                | "BandwidthLimitExceeded"
                | "PriorRequestNotComplete",
                _,
            )
            | (_, 429) => Remedy::SlowDown,
            ("InvalidNextTokenException", _) => Remedy::NewListing,
            ("RequestTimeout" | "RequestTimeoutException", _) | (_, 500..) => Remedy::AskAgain,
            _ => Remedy::GiveUp,
        }
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.message {
            Some(message) => write!(formatter, "{}: {message}", self.code),
            None => write!(formatter, "{} (HTTP {})", self.code, self.http_status),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Remedy::{AskAgain, GiveUp, NewListing, SlowDown};
    use super::*;

    fn remedy(http_status: u16, body: &str) -> Remedy {
        Fault::read(http_status, body.as_bytes()).remedy()
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
    fn an_error_page_is_known_by_its_status() {
        assert_eq!(
            ServiceError::read(502, b"<html>").to_string(),
            "502 (HTTP 502)"
        );
    }

    #[test]
    fn a_redirect_is_no_answer_of_the_service() {
        let fault = Fault::read(302, b"<html>sign in</html>");
        assert_eq!(
            (fault.to_string().as_str(), fault.remedy()),
            (
                "the answer is not a page of events: it came with HTTP 302",
                AskAgain
            )
        );
    }

    #[test]
    fn what_can_get_better_is_asked_again_and_the_rest_is_not() {
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
                SlowDown, SlowDown, AskAgain, AskAgain, NewListing, GiveUp, GiveUp
            ]
        );
    }

    #[test]
    fn credentials_that_may_come_back_are_asked_for_again() {
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
        .map(|error| Fault::Credentials(error).remedy());
        assert_eq!(seen, [AskAgain, AskAgain, AskAgain, GiveUp, GiveUp, GiveUp]);
    }
}
