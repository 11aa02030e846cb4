//! Finds the folders of a trail for which the table has no partition. Athena does not search such
//! folders, and reports no error.

use std::collections::BTreeSet;
use std::path::Path;

use ct_aws::s3::Address;
use ct_core::exit::Failure;

use super::folders;
use super::partition::{FolderPosition, Partitions};
use super::projection::FolderCoverage;
use crate::source::archive::location::cloud::Cloud;
use crate::source::archive::stop::Stop;
use crate::wording::count;
use ct_core::input::name::{Folder, Kind};
use ct_core::input::scope::Scope;

/// How many folders without a partition a message names. It counts the others.
const NAMED: usize = 5;

/// Returns messages about the selected folders below `location` that Athena does not search,
/// because the table `label` has no partition for them. Also returns a message for each folder that
/// cannot be listed.
///
/// # Errors
/// If a signal arrives.
pub(super) fn missing(
    (partitions, label): (&Partitions, &str),
    location: &Address,
    scope: &Scope,
    asked: (&Cloud, &Stop),
) -> Result<Vec<String>, Failure> {
    if !partitions.may_lack() {
        return Ok(Vec::new());
    }
    let mut missing = BTreeSet::new();
    let mut lines = folders::walk(location, asked, &mut |folder| {
        let coverage = coverage(folder, partitions, scope);
        if coverage == FolderCoverage::Nothing {
            missing.insert(location.of_key(folder));
        }
        coverage == FolderCoverage::Some
    })?;
    let first: Vec<&str> = missing.iter().take(NAMED).map(String::as_str).collect();
    if !first.is_empty() {
        let more = missing.len().saturating_sub(NAMED);
        let more = if more > 0 {
            format!(" and {}", count(more as u64, "other folder"))
        } else {
            String::new()
        };
        lines.push(format!(
            "{label} has no partition for {}{more}, so Athena did not search there: add \
             partitions, or read the files with --from s3://…",
            first.join(", ")
        ));
    }
    Ok(lines)
}

/// Returns how much of a folder is in partitions of the table. Returns [`FolderCoverage::All`] if nothing
/// in the folder is selected.
fn coverage(folder: &str, partitions: &Partitions, scope: &Scope) -> FolderCoverage {
    let read = Folder::read(Path::new(folder));
    if !scope.may_be_below(&read) {
        return FolderCoverage::All;
    }
    match read {
        Folder::Service
        | Folder::Trail {
            kind: Kind::Digest, ..
        } => FolderCoverage::All,
        Folder::Account(_) | Folder::Unknown => FolderCoverage::Some,
        Folder::Trail {
            account,
            kind,
            region,
            days,
        } => {
            let is_day = days.is_some_and(|(first, last)| first == last);
            let place = FolderPosition {
                account,
                kind,
                region,
                days,
            };
            match partitions.cover(&place) {
                // A folder of a day contains no folders that could be compared further.
                FolderCoverage::Some if is_day => FolderCoverage::All,
                coverage => coverage,
            }
        }
    }
}
