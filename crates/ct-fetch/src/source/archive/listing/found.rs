//! Files that a search finds, in place of a listing of all files.

use ct_aws::athena::TableName;
use ct_aws::s3::Address;
use ct_core::predicate::Predicate;
use jiff::Timestamp;

use crate::source::archive::source::cloud::Cloud;
use crate::source::archive::stop::Stop;
use ct_core::input::scope::Scope;

/// The table to search, and the records to search for.
pub(crate) struct Wanted<'a> {
    pub(crate) table: &'a TableName,
    pub(crate) predicate: &'a Predicate,
    pub(crate) scope: &'a Scope,
    pub(crate) cloud: &'a Cloud,
    pub(crate) stop: &'a Stop,
    pub(crate) now: Timestamp,
}

/// The files that may contain wanted records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The address of each file.
    pub(crate) files: Vec<Address>,
    /// A message for everything that was not searched.
    pub(crate) problems: Vec<String>,
    pub(crate) scan: Scan,
    /// The location of the table.
    pub(crate) location: Address,
}

/// A search, and how much it read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scan {
    /// The ID of the Athena query.
    pub(crate) id: String,
    pub(crate) bytes: u64,
    /// Whether the results are those of an earlier query.
    pub(crate) is_reused: bool,
}

/// The maximum size of the files found, in percent of the bytes that the search scanned, for which there is no notice.
const MANY: u64 = 30;

impl Scan {
    /// A notice if the files found, which have `bytes` in total, are a large part of the scanned bytes; otherwise
    /// `None`.
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
