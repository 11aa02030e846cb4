//! Everything that ends `lookup-events` early, with the AWS CLI's status for it.

use ct_aws::error::SetupError;
use ct_core::exit::{Failure, status};

/// Why the command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A command line or parameter the AWS CLI refuses.
    Param(String),
    /// Words that are no option; the usage comes first.
    Unknown(Vec<String>),
    /// A configuration value that cannot be used.
    Configuration(String),
    NoRegion,
    NoCredentials,
    Pager(String),
    /// The service answered with an error.
    Service(ServiceError),
    /// What Python ends with a bare message.
    General(String),
    /// Ctrl-C.
    Interrupted,
    /// Nobody reads standard output any more.
    ReaderLeft,
}

/// What the service said, and how often it was asked in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceError {
    /// Such as `LookupEvents`.
    pub(crate) operation: &'static str,
    pub(crate) code: String,
    pub(crate) message: String,
    /// Attempts after the first, where all there were have been used.
    pub(crate) retries: Option<u32>,
}

impl Fault {
    /// The process's status.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::Param(_) | Self::Unknown(_) => status::USAGE,
            Self::Configuration(_) | Self::NoRegion | Self::NoCredentials | Self::Pager(_) => {
                status::CONFIGURATION
            }
            Self::Service(_) => status::REFUSED,
            Self::General(_) => status::OTHER,
            Self::Interrupted => status::INTERRUPTED,
            // Python's writer takes a closed pipe for the end of the work.
            Self::ReaderLeft => status::OK,
        }
    }

    /// The error as structured output shows it; `None` for one that has no such form.
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
    /// The sentence the AWS CLI prints.
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

impl From<SetupError> for Fault {
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

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::ReaderLeft => Self::ReaderLeft,
            Failure::Interrupted | Failure::HungUp | Failure::Terminated => Self::Interrupted,
            other => Self::General(other.message().unwrap_or_default()),
        }
    }
}
