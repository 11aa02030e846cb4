//! Reads the files of an archive from a local folder or an S3 bucket.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::thread;

use ct_aws::s3::{Error, ErrorKind};
use serde::Deserialize;

use super::inventory::StoredFile;
use crate::source::archive::location::cloud::Cloud;

/// The maximum number of S3 objects that are read at the same time.
const BUCKET_THREADS: usize = 64;

/// The end of the name of a file with the metadata of a digest's S3 object.
const METADATA: &str = ".metadata.json";

/// The output of `aws s3api head-object`, reduced to the parts that are needed.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HeadObject {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    signature: Option<String>,
}

/// Reads the files of an archive, locally or from S3.
#[derive(Debug, Clone, Copy)]
pub(super) struct Store<'c> {
    /// The S3 client; `None` if the archive is a local folder.
    pub(super) cloud: Option<&'c Cloud>,
}

/// The reason why a file cannot be read, as a message of one line.
#[derive(Debug)]
pub(super) struct ReadError {
    pub(super) reason: String,
    /// Whether S3 refused the request for the file.
    pub(super) is_refusal: bool,
}

impl Store<'_> {
    /// Returns how many files to read at the same time.
    pub(super) fn threads(self) -> usize {
        match self.cloud {
            None => thread::available_parallelism().map_or(1, usize::from),
            Some(_) => BUCKET_THREADS,
        }
    }

    /// Reads `file` into `stored`, whose old content is discarded.
    ///
    /// # Errors
    /// Returns the reason why the file cannot be read.
    pub(super) fn read(self, file: &StoredFile, stored: &mut Vec<u8>) -> Result<(), ReadError> {
        if let (Some(cloud), Some((bucket, key))) = (self.cloud, &file.object) {
            let got = cloud.handle().block_on(bucket.get(key));
            *stored = got.map_err(|error| unread_object(file, &error))?;
            return Ok(());
        }
        stored.clear();
        let read = File::open(&file.path).and_then(|mut file| file.read_to_end(stored));
        read.map(|_| ()).map_err(|error| unread_file(file, &error))
    }

    /// Like [`Store::read`], for a digest. Also returns the signature in the metadata of the
    /// digest; `None` if the metadata contains none.
    ///
    /// # Errors
    /// Returns the reason why the digest or its metadata cannot be read.
    pub(super) fn read_digest(
        self,
        file: &StoredFile,
        stored: &mut Vec<u8>,
    ) -> Result<Option<String>, ReadError> {
        if let (Some(cloud), Some((bucket, key))) = (self.cloud, &file.object) {
            let object = cloud.handle().block_on(bucket.object(key));
            let object = object.map_err(|error| unread_object(file, &error))?;
            *stored = object.bytes;
            return Ok(object.metadata.get("signature").cloned());
        }
        self.read(file, stored)?;
        signature(&file.path).map_err(|error| unread_file(file, &error))
    }
}

fn unread_file(file: &StoredFile, error: &io::Error) -> ReadError {
    ReadError {
        reason: format!(
            "cannot read {} or its metadata: {error}: grant read permission, or copy it again",
            file.label()
        ),
        is_refusal: false,
    }
}

fn unread_object(file: &StoredFile, error: &Error) -> ReadError {
    ReadError {
        reason: format!("cannot read {}: {error}: {}", file.label(), error.advice()),
        is_refusal: !matches!(error.kind, ErrorKind::Unreachable | ErrorKind::BadAnswer),
    }
}

/// Returns the signature in the metadata of a local digest. The metadata of the digest `NAME` is in
/// the file `.NAME.metadata.json` next to it, in the format of `aws s3api head-object`. Returns
/// `None` if there is no such file, or if it contains no signature.
///
/// # Errors
/// If the file exists, but cannot be read or has a different format.
fn signature(path: &Path) -> io::Result<Option<String>> {
    let Some(saved) = metadata_path(path) else {
        return Ok(None);
    };
    let text = match fs::read(saved) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    let head: HeadObject = serde_json::from_slice(&text)?;
    Ok(head.metadata.signature)
}

fn metadata_path(path: &Path) -> Option<PathBuf> {
    let mut name = OsString::from(".");
    name.push(path.file_name()?);
    name.push(METADATA);
    Some(path.with_file_name(name))
}
