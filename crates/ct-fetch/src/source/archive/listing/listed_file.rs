//! A file that a listing finds.

use std::path::Path;

use super::FileToRead;
use crate::source::archive::location::Location;

/// A file in the archive. The listing then decides whether the run reads it.
#[derive(Debug)]
pub(super) struct ListedFile<'p> {
    pub(super) location: Location,
    pub(super) path: &'p Path,
    /// Whether `--from` names the file itself, instead of a folder that contains it.
    pub(super) is_named: bool,
    pub(super) bytes: u64,
    pub(super) modified: Option<i64>,
    pub(super) version: Box<str>,
}

impl ListedFile<'_> {
    pub(super) fn file(&self, minute: Option<i64>) -> FileToRead {
        FileToRead {
            location: self.location.clone(),
            minute,
            bytes: self.bytes,
            modified: self.modified,
            version: self.version.clone(),
        }
    }
}
