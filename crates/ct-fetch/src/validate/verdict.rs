//! A finding about a file of an archive, or about a period without digests.

/// The verdict on a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
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
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid(_) => "invalid",
            Self::Missing(_) => "missing",
            Self::NotCovered(_) => "not covered",
        }
    }

    /// The reason; a valid file has none.
    pub(super) fn reason(&self) -> Option<&str> {
        match self {
            Self::Valid => None,
            Self::Invalid(reason) | Self::Missing(reason) | Self::NotCovered(reason) => {
                Some(reason)
            }
        }
    }
}

/// The subject of a verdict.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    /// A start and an exclusive end, in seconds since 1970.
    Period(i64, i64),
    Digest(String),
    LogFile(String),
}

/// A verdict, with the account and region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) account: String,
    pub(super) region: String,
    /// The second by which findings are sorted.
    pub(super) second: i64,
    pub(super) subject: Subject,
    pub(super) verdict: Verdict,
}
