//! Writes records as a trail delivers them: folders, file names, delays, duplicates, and digests.
//!
//! Source of the layout and of every name: CloudTrail user guide, "CloudTrail log file examples" and "CloudTrail digest
//! file structure".

mod delivery;
mod digest;
mod key;
mod log_file;
pub(crate) mod tampering;

use std::fs;
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use ct_core::exit::Failure;

use crate::store::records::Records;
use delivery::Deliveries;
use digest::Chains;
use key::SigningKey;
use tampering::Tampering;

/// The settings of a trail that ct-sim writes.
///
/// ```
/// use ct_sim::{Events, Trail};
/// let folder = tempfile::tempdir().unwrap();
/// let trail = Trail { digests: true, ..Trail::new(folder.path().join("trail")) };
/// let written = Events::count(100).write_trail(&trail).unwrap();
/// assert_eq!(written.records, 100);
/// assert!(folder.path().join("trail/AWSLogs/111122223333/CloudTrail-Digest/us-east-1").is_dir());
/// ```
#[derive(Clone, Debug)]
pub struct Trail {
    /// The folder in which `AWSLogs/` is created. An error is returned if the folder already
    /// contains `AWSLogs/`.
    pub folder: PathBuf,
    /// The name of the bucket, which the digests contain.
    pub bucket: String,
    /// The name of the trail, which is part of the digests' file names.
    pub name: String,
    /// The home region of the trail, which is part of the digests' file names.
    pub home_region: String,
    /// The organization ID, which is between `AWSLogs/` and the account in a key; `None` for the
    /// trail of one account.
    pub organization: Option<String>,
    /// The delay between an event and its delivery. Files are written every five minutes.
    pub delivery: RangeInclusive<Duration>,
    /// The number of records per million that are delivered twice, in two files.
    pub duplicates: u32,
    /// Whether to write the public keys, and a digest for each hour, account and region.
    pub digests: bool,
    /// A change to the written trail, to test programs that validate trails; requires `digests`.
    pub tampering: Option<Tampering>,
    /// The random seed for delays, duplicates and file names. The key that signs digests does not
    /// depend on the seed.
    pub seed: u64,
}

impl Trail {
    /// Creates a trail of one account with a delay of 2 to 10 minutes, and without duplicates or
    /// digests.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            bucket: "ct-sim-trail".to_owned(),
            name: "management-events".to_owned(),
            home_region: "us-east-1".to_owned(),
            organization: None,
            delivery: Duration::from_mins(2)..=Duration::from_mins(10),
            duplicates: 0,
            digests: false,
            tampering: None,
            seed: 1,
        }
    }

    /// Returns the path of the file with the public keys, in the format of `aws cloudtrail
    /// list-public-keys`. The file with the public keys is next to the trail's folder, so that it
    /// is not part of the archive.
    #[must_use]
    pub fn public_keys(&self) -> PathBuf {
        let mut name = self.folder.clone().into_os_string();
        name.push(".public-keys.json");
        PathBuf::from(name)
    }

    /// Returns the S3 key of an object in the folder of an account. `below` is the part after the
    /// account: `KIND/REGION/YYYY/MM/DD/NAME`.
    fn key(&self, account: &str, below: &str) -> String {
        match &self.organization {
            Some(organization) => format!("AWSLogs/{organization}/{account}/{below}"),
            None => format!("AWSLogs/{account}/{below}"),
        }
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(key)
    }

    /// Writes the records, the digests and the public keys.
    ///
    /// # Errors
    /// If the folder already contains a trail, if the account or region of a record cannot be part
    /// of a path, or if a file cannot be written.
    pub(crate) fn write(&self, records: &Records) -> Result<WrittenTrail, Failure> {
        let root = self.folder.join("AWSLogs");
        if root.exists() {
            return Err(Failure::Usage(anyhow!(
                "{} already exists: use a different folder",
                root.display()
            )));
        }
        fs::create_dir_all(&root).with_context(|| format!("cannot write {}", root.display()))?;
        let deliveries = Deliveries::new(self, records).map_err(anyhow::Error::from)?;
        let files = log_file::write_all(self, records, &deliveries)?;
        let mut written = WrittenTrail {
            files: files.len(),
            records: records.len(),
            duplicates: deliveries.len() - records.len(),
            digests: 0,
            tampered: Vec::new(),
        };
        if self.digests {
            let has_other = self.tampering.is_some_and(Tampering::has_other_key);
            let keys = (0..=usize::from(has_other)).map(|_| SigningKey::generate());
            let keys: Vec<SigningKey> = keys.collect::<Result<_, _>>()?;
            let chains = Chains::new(self, &files);
            (written.digests, written.tampered) = chains.write(&keys)?;
            let is_rotated = self.tampering == Some(Tampering::KeyRotated);
            let known = if is_rotated { &keys[..] } else { &keys[..1] };
            let list = key::public_keys(known, chains.hours());
            write(&self.public_keys(), list.as_bytes())?;
        }
        Ok(written)
    }
}

/// The numbers of files and records in a written trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenTrail {
    /// The number of log files.
    pub files: usize,
    /// The number of different records.
    pub records: usize,
    /// The number of records that were delivered a second time.
    pub duplicates: usize,
    /// The number of digests.
    pub digests: usize,
    /// The S3 keys of the objects that `tampering` changed, removed or added.
    pub tampered: Vec<String>,
}

/// Writes a file, and creates its parent folders.
fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let written = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, bytes)
    };
    written().with_context(|| format!("cannot write {}", path.display()))
}

/// Compresses bytes with gzip. The result depends only on the bytes.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
    let mut out = vec![0; compressor.gzip_compress_bound(bytes.len())];
    let length = compressor.gzip_compress(bytes, &mut out);
    out.truncate(length.expect("the buffer is large enough"));
    out
}

/// Formats bytes as lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn sha256(bytes: &[u8]) -> String {
    hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref())
}
