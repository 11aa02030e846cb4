//! Files that a search finds, in place of a listing of all files.

use ct_aws::athena::TableName;
use ct_aws::s3::Address;
use ct_core::predicate::Predicate;
use jiff::Timestamp;

use crate::source::archive::source::cloud::Cloud;
use crate::source::archive::stop::Stop;
use ct_core::input::scope::Scope;

/// What is searched, and for what.
pub(crate) struct Wanted<'a> {
    pub(crate) table: &'a TableName,
    pub(crate) predicate: &'a Predicate,
    pub(crate) scope: &'a Scope,
    pub(crate) cloud: &'a Cloud,
    pub(crate) stop: &'a Stop,
    pub(crate) now: Timestamp,
}

/// The files that may hold wanted records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The address of each.
    pub(crate) files: Vec<Address>,
    /// What was not looked at, and why.
    pub(crate) problems: Vec<String>,
    pub(crate) scan: Scan,
    /// The location of the table.
    pub(crate) location: Address,
}

/// A search, and what it read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scan {
    /// Its ID.
    pub(crate) id: String,
    pub(crate) bytes: u64,
    /// Whether its results are those of an earlier one.
    pub(crate) is_reused: bool,
}

/// The share of what a search read that reading the files again may have before a person is told, in percent.
const MANY: u64 = 30;

impl Scan {
    /// What to say where the files found, which have so many bytes, are much of what was read.
    pub(crate) fn notice(&self, bytes: u64) -> Option<String> {
        let share = bytes.saturating_mul(100).checked_div(self.bytes)?;
        (share > MANY && !self.is_reused).then(|| {
            format!("the files found have {share} % of the bytes that Athena scanned: reading them all with --from s3://… is simpler")
        })
    }
}
