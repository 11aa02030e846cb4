//! Opens one file: a local path, standard input or an S3 object.

pub(crate) mod cloud;
pub(crate) mod object;
pub(crate) mod prefetch;

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ct_aws::s3;
use tempfile::NamedTempFile;

use crate::source::history::failure_message;

/// The maximum size of a file that is read into memory as a whole, in bytes. Longer files are read
/// as streams. CloudTrail's log files have a few megabytes at most.
pub(crate) const WHOLE_BYTES: u64 = 16 << 20;

/// The content of a file, ready to be read.
pub(crate) enum Input {
    Bytes(Vec<u8>),
    /// The decompressed content of a gzip file. Its checksum was correct.
    Inflated(Vec<u8>),
    Stream(Box<dyn Read + Send>),
    /// A stream that may block until another program writes more bytes.
    Pipe(Box<dyn Read + Send>),
}

/// Where the records of a file come from.
#[derive(Debug, Clone)]
pub(crate) enum Location {
    Stdin,
    /// Events from the event history, which were saved in a temporary file.
    History(Arc<NamedTempFile>),
    Path(PathBuf),
    Object(Arc<s3::Bucket>, s3::Object),
}

/// The reason why a file cannot be opened.
#[derive(Debug)]
pub(crate) enum OpenError {
    /// The error of opening a local file.
    File(io::Error),
    /// The error of getting an S3 object.
    Object(s3::Error),
    /// `--validate require` refuses the file. Contains the verdict and its reason.
    Refused(String),
}

impl Location {
    /// Returns the text by which messages name the file.
    pub(crate) fn label(&self) -> String {
        match self {
            Self::Stdin => "standard input".to_owned(),
            Self::History(_) => "the event history".to_owned(),
            Self::Path(path) => path.display().to_string(),
            Self::Object(bucket, object) => format!("s3://{}/{}", bucket.name, object.key),
        }
    }

    /// Returns the line for the file in the output of `--list-files`. The bytes of a path are not
    /// changed.
    pub(crate) fn listed(&self) -> Vec<u8> {
        match self {
            Self::Stdin => b"-".to_vec(),
            Self::Path(path) => path.as_os_str().as_encoded_bytes().to_vec(),
            Self::History(_) | Self::Object(..) => self.label().into_bytes(),
        }
    }
}

/// Returns the reason why S3 failed, as the middle part of a message.
pub(crate) fn reason(error: &s3::Error) -> String {
    match error.kind {
        s3::ErrorKind::Unreachable => failure_message::continued(&error.to_string()),
        _ => error.to_string(),
    }
}

/// Opens a local file. Reads it into memory if it is a regular file with at most [`WHOLE_BYTES`].
///
/// # Errors
/// If the file cannot be opened or read.
pub(crate) fn open_path(path: &Path) -> io::Result<Input> {
    let mut file = fs::File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(Input::Pipe(Box::new(file)));
    }
    if metadata.len() > WHOLE_BYTES {
        return Ok(Input::Stream(Box::new(file)));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(Input::Bytes(bytes))
}
