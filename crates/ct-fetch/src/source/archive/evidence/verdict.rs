//! The verdict on a file of an archive.

/// The verdict on a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is what CloudTrail delivered.
    Valid,
    /// It is not, with the reason.
    Invalid(String),
    /// A digest names it, and it does not exist.
    Missing(String),
    /// Nothing proves its content, with the reason.
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

    /// The reason; a valid file has none.
    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Self::Valid => None,
            Self::Invalid(reason) | Self::Missing(reason) | Self::NotCovered(reason) => {
                Some(reason)
            }
        }
    }
}
