//! The content of a bucket: the files of a folder, or the objects of a layout.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::entry::{Entry, Object};
use super::layout::ArchiveLayout;

/// The suffix of the name of a file that contains an object's metadata.
const METADATA: &str = ".metadata.json";

/// Where the objects of a bucket come from.
#[derive(Clone, Debug)]
pub(crate) enum Contents {
    Folder(PathBuf),
    Layout(ArchiveLayout),
}

impl Contents {
    /// Returns the entries directly in a folder, sorted by name. `folder` is empty or ends with a
    /// slash.
    ///
    /// # Errors
    /// If the folder cannot be listed, or contains a name that is not UTF-8, which cannot be part
    /// of a key.
    pub(crate) fn entries(&self, folder: &str) -> io::Result<Vec<Entry>> {
        let mut entries = match self {
            Self::Folder(root) => files(&root.join(folder))?,
            Self::Layout(layout) => layout.entries(folder),
        };
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    }

    /// Returns the properties of the object with the key `key`, or `None` if there is no such
    /// object.
    ///
    /// # Errors
    /// If the file's metadata cannot be read.
    pub(crate) fn object(&self, key: &str) -> io::Result<Option<Object>> {
        match self {
            Self::Folder(root) => {
                let Some(path) = path_of(root, key) else {
                    return Ok(None);
                };
                match fs::metadata(path) {
                    Ok(metadata) if metadata.is_file() => {
                        Ok(Some(Object::from_metadata(&metadata)))
                    }
                    Ok(_) => Ok(None),
                    Err(error) if is_missing(&error) => Ok(None),
                    Err(error) => Err(error),
                }
            }
            Self::Layout(layout) => Ok(layout.object(key)),
        }
    }

    /// Returns a range of an object's bytes.
    ///
    /// # Errors
    /// If the file cannot be read, or has become shorter than the range.
    pub(crate) fn read(&self, key: &str, range: Range<u64>) -> io::Result<Vec<u8>> {
        let length = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
        let mut bytes = vec![0; length];
        match self {
            Self::Folder(root) => {
                let path = path_of(root, key).ok_or(ErrorKind::NotFound)?;
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(range.start))?;
                file.read_exact(&mut bytes)?;
            }
            Self::Layout(layout) => {
                let text = layout.content(key).ok_or(ErrorKind::NotFound)?;
                let start = usize::try_from(range.start).map_err(io::Error::other)?;
                let part = text.as_bytes().get(start..start + length);
                bytes.copy_from_slice(part.ok_or(ErrorKind::UnexpectedEof)?);
            }
        }
        Ok(bytes)
    }

    /// Returns the user-defined metadata of an object, as names and values.
    ///
    /// # Errors
    /// If the metadata file cannot be read, or does not have the format of `aws s3api head-object`.
    pub(crate) fn metadata(&self, key: &str) -> io::Result<Vec<(String, String)>> {
        let Self::Folder(root) = self else {
            return Ok(Vec::new());
        };
        let path = path_of(root, key).and_then(|path| metadata_path(&path));
        let text = match path.map(fs::read) {
            None => return Ok(Vec::new()),
            Some(Err(error)) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Some(text) => text?,
        };
        let head: Value = serde_json::from_slice(&text)?;
        let invalid = || {
            io::Error::new(
                ErrorKind::InvalidData,
                ".Metadata is not an object with \
            string values",
            )
        };
        let members = head["Metadata"].as_object().ok_or_else(invalid)?;
        let texts = members.iter().map(|(name, value)| {
            let value = value.as_str().ok_or_else(invalid)?;
            Ok((name.clone(), value.to_owned()))
        });
        texts.collect()
    }
}

/// Returns the path of the metadata file for the object at `path`: `.NAME.metadata.json` next to
/// it.
pub(crate) fn metadata_path(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    Some(path.with_file_name(format!(".{name}{METADATA}")))
}

/// Returns the path of the file for a key, or `None` for a key that no file below `root` can have,
/// such as `a/../b`.
fn path_of(root: &Path, key: &str) -> Option<PathBuf> {
    let is_plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\0');
    key.split('/').all(is_plain).then(|| root.join(key))
}

fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename
    )
}

/// Returns the entries of a folder. Links to files are followed, but links to folders are not, as
/// in ct-fetch.
fn files(folder: &Path) -> io::Result<Vec<Entry>> {
    let listed = match fs::read_dir(folder) {
        Err(error) if is_missing(&error) => return Ok(Vec::new()),
        listed => listed?,
    };
    let mut entries = Vec::new();
    for file in listed {
        let file = file?;
        let name = file.file_name().into_string().map_err(|name| {
            let message = format!("{} is not UTF-8", name.display());
            io::Error::new(ErrorKind::InvalidData, message)
        })?;
        let kind = file.file_type()?;
        if kind.is_dir() {
            let name = name + "/";
            entries.push(Entry { name, object: None });
            continue;
        }
        let metadata = match fs::metadata(file.path()) {
            // The file has been removed since its name was read, or is a link to a missing file.
            Err(error) if is_missing(&error) => continue,
            metadata => metadata?,
        };
        let is_metadata = name.starts_with('.') && name.ends_with(METADATA);
        if metadata.is_file() && !is_metadata {
            let object = Some(Object::from_metadata(&metadata));
            entries.push(Entry { name, object });
        }
    }
    Ok(entries)
}
