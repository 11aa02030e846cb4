//! An Athena search: the wanted records, and the files in which they may be. Only these files are
//! read.

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
    /// A message for each part of the table in which Athena did not search.
    pub(crate) problems: Vec<String>,
    pub(crate) scan: Scan,
    /// The S3 location of the table's files.
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

/// A percentage. A notice is printed if the files that Athena found are larger than this share of
/// the bytes that it scanned.
const MANY: u64 = 30;

impl Scan {
    /// Returns a notice if the search saved little, because the files that Athena found are large
    /// in comparison with the bytes that it scanned. Otherwise returns `None`. `bytes` is the size
    /// of the files.
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
