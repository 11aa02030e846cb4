//! The verdict on a file: whether its content is what CloudTrail delivered.

/// Whether a file's content is what CloudTrail delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The file is what CloudTrail delivered.
    Valid,
    /// The file is not what CloudTrail delivered. Contains the reason.
    Invalid(String),
    /// A digest lists the file, but the file does not exist. Contains the reason.
    Missing(String),
    /// No digest proves what the content of the file must be. Contains the reason.
    NotCovered(String),
}

impl Verdict {
    /// Returns the verdict as a word, for messages.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid(_) => "invalid",
            Self::Missing(_) => "missing",
            Self::NotCovered(_) => "not covered",
        }
    }

    /// Returns the reason for the verdict; `None` for a valid file.
    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Self::Valid => None,
            Self::Invalid(reason) | Self::Missing(reason) | Self::NotCovered(reason) => {
                Some(reason)
            }
        }
    }
}
