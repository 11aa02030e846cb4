//! The verdict on a file of an archive.

/// The verdict on a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The file is what CloudTrail delivered.
    Valid,
    /// The file is not what CloudTrail delivered. Contains the reason.
    Invalid(String),
    /// A digest names the file, but the file does not exist. Contains the reason.
    Missing(String),
    /// Nothing proves the file's content. Contains the reason.
    NotCovered(String),
}

impl Verdict {
    /// The name in the output.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid(_) => "invalid",
            Self::Missing(_) => "missing",
            Self::NotCovered(_) => "not covered",
        }
    }

    /// The reason, or `None` for a valid file.
    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Self::Valid => None,
            Self::Invalid(reason) | Self::Missing(reason) | Self::NotCovered(reason) => {
                Some(reason)
            }
        }
    }
}
