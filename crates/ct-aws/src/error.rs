//! Why AWS cannot be asked: a setting, a login, a refusal, or a network that is away.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::fault::ServiceError;

/// Why there is no configuration or nothing to sign with; every text is in the AWS CLI's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupError {
    /// A setting that cannot be used.
    Setting(String),
    /// No source has credentials.
    NoCredentials,
    /// Nobody is logged in, or no longer.
    Login {
        /// The AWS CLI's words.
        message: String,
        /// The command that logs in.
        command: String,
    },
    /// A source of credentials cannot be reached, or gave no whole answer: it may come back.
    Unreachable(String),
    /// A service that hands out credentials answered with an error.
    Refused {
        /// Such as `AssumeRole`.
        operation: &'static str,
        /// What it said.
        error: ServiceError,
    },
    /// Ctrl-C, while a person was asked for a code.
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

/// The first error of the type `T` in the chain of causes of `error`.
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

/// The last of an error's causes, which says most.
pub(crate) fn innermost<'e>(error: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last
}

/// The error that the service itself sent.
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
