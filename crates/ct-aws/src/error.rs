//! Errors during setup and errors from services: an invalid setting, a missing login, an error
//! response, or an unreachable network.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::Deserialize;

/// Why the setup failed, or why there are no credentials. Every message is the same as in the AWS CLI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupError {
    /// A setting is invalid.
    Setting(String),
    /// No source has credentials.
    NoCredentials,
    /// There is no login session, or it has expired.
    Login {
        /// The AWS CLI's message.
        message: String,
        /// The command that logs in.
        command: String,
    },
    /// A credential source is unreachable or returned an incomplete response. A retry may succeed.
    Unreachable(String),
    /// A service that issues credentials returned an error.
    Refused {
        /// The operation, such as `AssumeRole`.
        operation: &'static str,
        /// The error that the service returned.
        error: ServiceError,
    },
    /// The user pressed ctrl-C at the prompt for an MFA code.
    Interrupted,
}

impl fmt::Display for SetupError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(message) | Self::Login { message, .. } | Self::Unreachable(message) => {
                formatter.write_str(message)
            }
            Self::NoCredentials => formatter.write_str("Unable to locate credentials"),
            Self::Refused { error, .. } => error.fmt(formatter),
            Self::Interrupted => formatter.write_str("interrupted"),
        }
    }
}

impl Error for SetupError {}

/// An error that a service returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// The HTTP status.
    pub http_status: u16,
    /// The error code, such as `ThrottlingException`, or the HTTP status if the body contains no code.
    pub code: String,
    /// The message of the service, or `None` if the body contains no message.
    pub message: Option<String>,
}

impl ServiceError {
    /// Parses an error response of the AWS JSON protocol.
    ///
    /// Source: Smithy, "AWS JSON 1.1 protocol", "Operation error serialization": the code is
    /// `__type` without the namespace at its start, and without a colon and all text after the
    /// colon.
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
        // An error response whose body is not JSON, such as the page of a proxy, is identified by
        // its HTTP status.
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
}

impl fmt::Display for ServiceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.message {
            Some(message) => write!(formatter, "{}: {message}", self.code),
            None => write!(formatter, "{} (HTTP {})", self.code, self.http_status),
        }
    }
}

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

/// The first error of type `T` in the source chain of `error`, or `None`.
pub(crate) fn find<'e, T: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e T> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// The innermost error in the source chain of `error`, which is the most specific.
pub(crate) fn innermost<'e>(error: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last
}

/// The error that the service returned, or `None` if the failure has a different cause.
pub(crate) fn sent<E: ProvideErrorMetadata>(
    error: &SdkError<E, HttpResponse>,
) -> Option<ServiceError> {
    let SdkError::ServiceError(answer) = error else {
        return None;
    };
    let http_status = answer.raw().status().as_u16();
    let code = answer.err().code();
    Some(ServiceError {
        http_status,
        code: code.map_or_else(|| http_status.to_string(), str::to_owned),
        message: answer.err().message().map(str::to_owned),
    })
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
    fn a_redirect_is_not_a_response_of_the_service() {
        let fault = RequestError::read(302, b"<html>sign in</html>");
        assert_eq!(
            fault.to_string(),
            "the response is not a page of events: the HTTP status was 302"
        );
    }
}
