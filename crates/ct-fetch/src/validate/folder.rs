//! Reads the files of an archive that was copied to a folder.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What follows the name of an object in the name of the file with its metadata.
const METADATA: &str = ".metadata.json";

/// What `aws s3api head-object` prints, as far as it is wanted.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Head {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    signature: Option<String>,
}

/// Reads the file at `path` into `stored`, in place of what is in it.
///
/// # Errors
/// When it cannot be read.
pub(super) fn read(path: &Path, stored: &mut Vec<u8>) -> io::Result<()> {
    stored.clear();
    File::open(path)?.read_to_end(stored).map(|_| ())
}

/// The signature in the saved metadata of a digest: `.NAME.metadata.json` beside it holds what
/// `aws s3api head-object` prints. `None` where there is no such file, or no signature in it.
///
/// # Errors
/// When there is a file that cannot be read, or holds anything else.
pub(super) fn signature(path: &Path) -> io::Result<Option<String>> {
    let Some(saved) = metadata_path(path) else {
        return Ok(None);
    };
    let text = match fs::read(saved) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    let head: Head = serde_json::from_slice(&text)?;
    Ok(head.metadata.signature)
}

fn metadata_path(path: &Path) -> Option<PathBuf> {
    let mut name = OsString::from(".");
    name.push(path.file_name()?);
    name.push(METADATA);
    Some(path.with_file_name(name))
}
