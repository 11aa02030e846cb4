//! A finding about a file of an archive, or about a period without digests.

use super::inventory::Stored;
use crate::source::archive::evidence::verdict::Verdict;

/// The subject of a verdict.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    /// A start and an exclusive end, in Unix seconds.
    Period(i64, i64),
    Digest(String),
    LogFile(String),
}

/// A verdict on a subject, with the account and the region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) account: String,
    pub(super) region: String,
    /// The time by which findings are sorted, in Unix seconds.
    pub(super) second: i64,
    pub(super) subject: Subject,
    pub(super) verdict: Verdict,
}

impl Finding {
    /// A finding about a file of an account and region.
    pub(super) fn of(stored: &Stored, subject: Subject, verdict: Verdict) -> Self {
        Self {
            account: stored.account.clone(),
            region: stored.region.clone(),
            second: stored.second,
            subject,
            verdict,
        }
    }
}
