//! What is found about a file of an archive, or about a period without digests.

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is what CloudTrail delivered.
    Valid,
    /// It is not, and why.
    Invalid(String),
    /// A digest names it, and it is not there.
    Missing(String),
    /// Nothing proves what it is, and why.
    NotCovered(String),
}

impl Verdict {
    /// Its name in the output.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid(_) => "invalid",
            Self::Missing(_) => "missing",
            Self::NotCovered(_) => "not covered",
        }
    }

    /// The reason for it; a valid file needs none.
    pub(super) fn reason(&self) -> Option<&str> {
        match self {
            Self::Valid => None,
            Self::Invalid(reason) | Self::Missing(reason) | Self::NotCovered(reason) => {
                Some(reason)
            }
        }
    }
}

/// What a verdict is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    /// Seconds since 1970: the first, and the one after the last.
    Period(i64, i64),
    Digest(String),
    LogFile(String),
}

/// A verdict, and the account and region it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) account: String,
    pub(super) region: String,
    /// The second since 1970 by which findings are in order.
    pub(super) second: i64,
    pub(super) subject: Subject,
    pub(super) verdict: Verdict,
}
