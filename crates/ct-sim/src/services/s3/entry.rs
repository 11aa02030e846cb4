//! The entries of a bucket's listing: folders, and objects with their size and time.

use std::fs::Metadata;
use std::time::UNIX_EPOCH;

/// An entry directly below a folder: an object or a subfolder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Without the parent folder; a folder's name ends with a slash.
    pub(crate) name: String,
    pub(crate) object: Option<Object>,
}

/// The properties of an object that are known without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) bytes: u64,
    /// Unix time, in seconds.
    pub(crate) modified: i64,
}

impl Object {
    /// The properties of a file.
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok();
        let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Self {
            bytes: metadata.len(),
            modified: since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0)),
        }
    }

    /// Changes whenever the object does; it is not the MD5 that S3 returns.
    pub(crate) fn etag(self) -> String {
        format!("\"{:016x}{:016x}\"", self.modified, self.bytes)
    }
}
