//! The files that an Athena search finds, which are read without listing all files.

use ct_aws::athena::TableName;
use ct_aws::s3::Address;
use ct_core::predicate::Predicate;
use jiff::Timestamp;

use crate::source::archive::location::cloud::Cloud;
use crate::source::archive::stop::Stop;
use ct_core::input::scope::Scope;

/// The table that Athena searches, and the records to search for.
pub(crate) struct SearchRequest<'a> {
    pub(crate) table: &'a TableName,
    pub(crate) predicate: &'a Predicate,
    pub(crate) scope: &'a Scope,
    pub(crate) cloud: &'a Cloud,
    pub(crate) stop: &'a Stop,
    pub(crate) now: Timestamp,
}

/// The result of an Athena search: the files that may contain the wanted records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SearchResult {
    /// The address of each file.
    pub(crate) files: Vec<Address>,
    /// A message for each part of the table that was not searched.
    pub(crate) problems: Vec<String>,
    pub(crate) scan: Scan,
    /// The location of the table's files.
    pub(crate) location: Address,
}

/// The ID of an Athena search, and the amount of data that it read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scan {
    /// The ID of the Athena query.
    pub(crate) id: String,
    pub(crate) bytes: u64,
    /// Whether Athena returned the results of an earlier query.
    pub(crate) is_reused: bool,
}

/// A percentage: if the files found are larger than this part of the bytes that Athena scanned, a
/// notice says so.
const MANY: u64 = 30;

impl Scan {
    /// Returns a notice if the files found, which have `bytes` in total, are a large part of the
    /// bytes that Athena scanned; otherwise `None`.
    pub(crate) fn notice(&self, bytes: u64) -> Option<String> {
        let share = bytes.saturating_mul(100).checked_div(self.bytes)?;
        (share > MANY && !self.is_reused).then(|| {
            format!(
                "the files found contain {share} % of the bytes that Athena scanned: it is \
                simpler to read all files with --from s3://…"
            )
        })
    }
}
