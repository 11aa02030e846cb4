//! A finding of a validation: the verdict on a file, or on a period without digests.

use super::inventory::StoredFile;
use crate::source::archive::evidence::verdict::Verdict;

/// The file or the period that a verdict is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    /// A period: its start and its exclusive end, in Unix seconds.
    Period(i64, i64),
    Digest(String),
    LogFile(String),
}

/// A verdict on a file or a period, with its account and region.
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
    /// Creates a finding about a file, with the account and the region of the file.
    pub(super) fn new(stored: &StoredFile, subject: Subject, verdict: Verdict) -> Self {
        Self {
            account: stored.account.clone(),
            region: stored.region.clone(),
            second: stored.second,
            subject,
            verdict,
        }
    }
}
