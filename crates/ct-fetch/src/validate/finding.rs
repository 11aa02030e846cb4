//! A finding of a validation: the verdict on a file, or on a period that no digest covers.

use super::inventory::StoredFile;
use crate::source::archive::evidence::verdict::Verdict;

/// What a verdict is about: a file or a period.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    /// A period. The first value is its start, the second its exclusive end, in Unix seconds.
    Period(i64, i64),
    Digest(String),
    LogFile(String),
}

/// A verdict, and the file or the period that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) account: String,
    pub(super) region: String,
    /// The time by which findings are sorted, in Unix seconds: that of the file, or the period's
    /// start.
    pub(super) second: i64,
    pub(super) subject: Subject,
    pub(super) verdict: Verdict,
}

impl Finding {
    /// Creates a finding about the file `stored`, with its account and region.
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
