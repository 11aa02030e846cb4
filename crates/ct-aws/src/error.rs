//! Errors of setup and of services: a setting, a login, a refusal, or an unreachable network.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::Deserialize;

/// Why the setup failed, or why there are no credentials; every text is the AWS CLI's.
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
    /// A credential source is unreachable or returned an incomplete response; a retry can help.
    Unreachable(String),
    /// A service that issues credentials answered with an error.
    Refused {
        /// Such as `AssumeRole`.
        operation: &'static str,
        /// The service's message.
        error: ServiceError,
    },
    /// Ctrl-C while the user was asked for an MFA code.
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

/// An error the service sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// The HTTP status.
    pub http_status: u16,
    /// Such as `ThrottlingException`; the HTTP status if the body contains no code.
    pub code: String,
    /// The service's own message.
    pub message: Option<String>,
}

/// How to continue after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Wait, then retry: there were too many requests.
    SlowDown,
    /// Retry: the failure may be transient.
    AskAgain,
    /// Retry at once: the cause has been removed.
    AskAtOnce,
    /// The token is no longer valid; restart the listing at its current position.
    NewListing,
    /// Give up: a retry cannot help.
    GiveUp,
}

impl ServiceError {
    /// Parses an error response of the AWS JSON protocol.
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
        // An error response with another body, such as a proxy's page, is identified by its status.
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

    /// How to continue after the error.
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

/// The first error of the type `T` in the source chain of `error`.
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

/// The innermost source of an error, which is the most specific.
pub(crate) fn innermost<'e>(error: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last
}

/// The error that the service sent.
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
