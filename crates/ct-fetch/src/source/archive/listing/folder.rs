//! Lists a local folder, except for the folders in it that cannot contain selected files.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::{ListedFile, Listing};
use crate::source::archive::location::Location;
use ct_core::input::name::Folder;

impl Listing {
    /// Adds the file at `path`, or all files below it if it is a folder.
    ///
    /// `is_named` says that `--from` names `path` itself, instead of a folder that contains it.
    pub(crate) fn add_path(&mut self, path: &Path, is_named: bool) {
        let metadata = if is_named {
            fs::metadata(path)
        } else {
            fs::symlink_metadata(path)
        };
        let metadata = match metadata {
            Ok(metadata) => metadata,
            Err(error) => return self.path_problem(path, &error),
        };
        if metadata.is_dir() {
            return self.add_folder(path, is_named);
        }
        self.add_file(path, &metadata, is_named);
    }

    fn add_file(&mut self, path: &Path, metadata: &Metadata, is_named: bool) {
        let name = path.file_name().unwrap_or_default();
        let is_hidden = name.as_encoded_bytes().starts_with(b".");
        let is_link_to_file = metadata.is_symlink() && path.is_file();
        if !is_named && metadata.is_symlink() && path.is_dir() {
            return self.links.push(path.display().to_string());
        }
        if !is_named && (is_hidden || !(metadata.is_file() || is_link_to_file)) {
            return self.other(path.display().to_string());
        }
        self.add(&ListedFile {
            location: Location::Path(path.to_owned()),
            path,
            is_named,
            bytes: metadata.len(),
            modified: Some(metadata.ctime()),
            version: version(metadata),
        });
    }

    fn add_folder(&mut self, path: &Path, is_named: bool) {
        let folder = Folder::read(path);
        // Files of another AWS service are read only if `--from` names their folder.
        self.current.is_of_service |= is_named && folder == Folder::Service;
        self.know(&folder);
        if !self.scope.may_be_below(&folder) {
            return;
        }
        let others = self.others.clone();
        let entries = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        match entries {
            Err(error) => self.path_problem(path, &error),
            Ok(mut entries) => {
                entries.sort_by_key(fs::DirEntry::file_name);
                for entry in entries {
                    self.add_path(&entry.path(), false);
                }
            }
        }
        // Count the folder of another AWS service as one item, like a folder in a bucket.
        if folder == Folder::Service && self.others.0 > others.0 {
            self.others = others;
            self.other(format!("{}/", path.display()));
        }
    }

    fn path_problem(&mut self, path: &Path, error: &io::Error) {
        let text = path.to_string_lossy();
        let is_address =
            text.contains("://") || ["s3:", "arn:"].iter().any(|it| text.starts_with(it));
        let advice = match error.kind() {
            io::ErrorKind::NotFound if is_address => "write a bucket like s3://BUCKET/PREFIX",
            io::ErrorKind::NotFound => "check the path",
            io::ErrorKind::PermissionDenied => "grant read permission",
            _ => "check the disk",
        };
        self.problem(format!("cannot read {}: {error}: {advice}", path.display()));
    }
}

/// Returns a string that changes when the file changes: its size in bytes, and its modification
/// time in nanoseconds.
fn version(metadata: &Metadata) -> Box<str> {
    let (second, nanosecond) = (metadata.mtime(), metadata.mtime_nsec());
    format!("{}-{second}.{nanosecond:09}", metadata.len()).into()
}
