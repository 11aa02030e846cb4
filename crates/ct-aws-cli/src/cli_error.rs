//! The errors that end `lookup-events` early, each with the exit status of the AWS CLI.

use ct_aws::error::SetupError;
use ct_core::exit::{Failure, status};

/// Why the command ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CliError {
    /// A command line or parameter that the AWS CLI rejects.
    Param(String),
    /// Unknown arguments. The usage message is printed before the error message.
    Unknown(Vec<String>),
    /// An invalid configuration value.
    Configuration(String),
    NoRegion,
    NoCredentials,
    Pager(String),
    /// The service returned an error.
    Service(ServiceError),
    /// An error that is an uncaught exception in the AWS CLI, which prints only the message.
    General(String),
    /// Ctrl-C.
    Interrupted,
    /// The reader closed standard output.
    ReaderLeft,
}

/// An error response of the service, and the number of retries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceError {
    /// The operation, such as `LookupEvents`.
    pub(crate) operation: &'static str,
    pub(crate) code: String,
    pub(crate) message: String,
    /// The number of retries if all permitted attempts failed, or `None` for an error that is not
    /// retried.
    pub(crate) retries: Option<u32>,
}

impl CliError {
    /// The exit status of the process.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::Param(_) | Self::Unknown(_) => status::USAGE,
            Self::Configuration(_) | Self::NoRegion | Self::NoCredentials | Self::Pager(_) => {
                status::CONFIGURATION
            }
            Self::Service(_) => status::REFUSED,
            Self::General(_) => status::OTHER,
            Self::Interrupted => status::INTERRUPTED,
            // Python's writer treats a closed pipe as a normal end of the output.
            Self::ReaderLeft => status::OK,
        }
    }

    /// The code and the message for structured output, or `None` if the error has no structured form.
    pub(crate) fn code_and_message(&self) -> Option<(&str, String)> {
        Some(match self {
            Self::Param(message) => ("ParamValidation", message.clone()),
            Self::Configuration(message) => ("Configuration", message.clone()),
            Self::NoRegion => (
                "NoRegion",
                "You must specify a region. You can also configure your region by running \
                 \"aws configure\"."
                    .to_owned(),
            ),
            Self::NoCredentials => (
                "NoCredentials",
                "Unable to locate credentials. You can configure credentials by running \
                 \"aws login\"."
                    .to_owned(),
            ),
            Self::Pager(error) => (
                "Pager",
                format!(
                    "Unable to redirect output to pager. Received the following error when \
                     opening pager:\n{error}\n\nLearn more about configuring the output pager by \
                     running \"aws help config-vars\"."
                ),
            ),
            Self::Service(error) => (&error.code, error.message.clone()),
            Self::Unknown(_) | Self::General(_) | Self::Interrupted | Self::ReaderLeft => {
                return None;
            }
        })
    }
}

impl ServiceError {
    /// The sentence that the AWS CLI prints for the error.
    pub(crate) fn sentence(&self) -> String {
        let retries = match self.retries {
            Some(retries) => format!(" (reached max retries: {retries})"),
            None => String::new(),
        };
        format!(
            "An error occurred ({}) when calling the {} operation{retries}: {}",
            self.code, self.operation, self.message
        )
    }
}

impl From<SetupError> for CliError {
    fn from(error: SetupError) -> Self {
        match error {
            SetupError::NoCredentials => Self::NoCredentials,
            SetupError::Interrupted => Self::Interrupted,
            SetupError::Setting(message)
            | SetupError::Login { message, .. }
            | SetupError::Unreachable(message) => Self::General(message),
            SetupError::Refused { operation, error } => Self::Service(ServiceError {
                operation,
                code: error.code,
                message: error.message.unwrap_or_default(),
                retries: None,
            }),
        }
    }
}

impl From<Failure> for CliError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::ReaderLeft => Self::ReaderLeft,
            Failure::Interrupted | Failure::HungUp | Failure::Terminated => Self::Interrupted,
            other => Self::General(other.message().unwrap_or_default()),
        }
    }
}
