//! The entries of a bucket's listing: folders, and objects with their size and time.

use std::fs::Metadata;
use std::time::UNIX_EPOCH;

/// An entry directly in a folder: an object or a subfolder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The name of the entry without the path of the folder. The name of a subfolder ends with a
    /// slash.
    pub(crate) name: String,
    pub(crate) object: Option<Object>,
}

/// The properties of an object that a listing shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) bytes: u64,
    /// The time of the last change, in Unix seconds.
    pub(crate) modified: i64,
}

impl Object {
    /// Returns the properties of a file.
    pub(crate) fn from_metadata(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok();
        let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Self {
            bytes: metadata.len(),
            modified: since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0)),
        }
    }

    /// Returns the object's `ETag`, which changes when the object's size or time changes. Unlike an
    /// `ETag` of S3, it is not an MD5 hash.
    pub(crate) fn etag(self) -> String {
        format!("\"{:016x}{:016x}\"", self.modified, self.bytes)
    }
}
