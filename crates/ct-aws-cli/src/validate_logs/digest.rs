//! Reads and verifies a digest file as the AWS CLI does.

use std::io::Read as _;

use aws_lc_rs::digest::{SHA256, digest};
use ct_aws::public_keys::{PublicKeys, signed_text};
use ct_core::input::Inflater;
use flate2::read::GzDecoder;
use jiff::Timestamp;
use serde_json::Value;

/// The fields that the AWS CLI requires before it verifies the signature.
const REQUIRED: [&str; 6] = [
    "digestPublicKeyFingerprint",
    "digestS3Bucket",
    "digestS3Object",
    "previousDigestSignature",
    "digestEndTime",
    "digestStartTime",
];

/// The location of an S3 object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ObjectLocation {
    pub(super) bucket: String,
    pub(super) key: String,
}

impl ObjectLocation {
    pub(super) fn url(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }
}

/// A digest file with its signature.
#[derive(Debug)]
pub(super) struct Digest {
    fields: Value,
    sha256: String,
    signature: String,
    /// The creation time of a backfill digest file, or `None` for a digest file of a different
    /// kind.
    pub(super) generated: Option<String>,
}

/// A log file that a digest file lists.
#[derive(Debug, Clone)]
pub(super) struct LogFile {
    pub(super) place: ObjectLocation,
    pub(super) hash: String,
}

/// The result of checking a log file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LogVerdict {
    Valid,
    /// The log file is invalid. Contains the AWS CLI's message.
    Invalid(&'static str),
}

/// The maximum decompressed size, in bytes, of a log file that is decompressed in reused memory.
const WHOLE_TEXT_BYTES: usize = 128 << 20;

const FORMAT: &str = "invalid format";
const SIGNATURE: &str = "signature verification failed";
pub(super) const NOT_FOUND: &str = "not found";

impl Digest {
    /// Parses an S3 object that is a digest file. `metadata` returns the value of the object's
    /// metadata with the given name.
    ///
    /// # Errors
    /// The AWS CLI's message that says why the digest file is invalid.
    pub(super) fn read(
        place: &ObjectLocation,
        stored: &[u8],
        metadata: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let format = || FORMAT.to_owned();
        let mut text = Vec::new();
        let inflated = GzDecoder::new(stored).read_to_end(&mut text);
        inflated.map_err(|_| format())?;
        let fields: Value = serde_json::from_slice(&text).map_err(|_| format())?;
        let signature = metadata("signature").filter(|_| metadata("signature-algorithm").is_some());
        let signature = signature.ok_or_else(|| SIGNATURE.to_owned())?;
        let is_backfill = is_backfill(&place.key);
        let generated = metadata("backfill-generation-timestamp").filter(|_| is_backfill);
        if is_backfill && generated.is_none() {
            return Err(format());
        }
        if REQUIRED.iter().any(|name| fields.get(name).is_none()) {
            return Err(format());
        }
        let digest = Self {
            fields,
            sha256: hex(digest(&SHA256, &text).as_ref()),
            signature,
            generated,
        };
        if digest.text("digestS3Bucket") != place.bucket
            || digest.text("digestS3Object") != place.key
        {
            return Err("has been moved from its original location".to_owned());
        }
        Ok(digest)
    }

    fn text(&self, name: &str) -> &str {
        self.fields[name].as_str().unwrap_or_default()
    }

    /// The fingerprint of the key that signed the digest file.
    pub(super) fn fingerprint(&self) -> &str {
        self.text("digestPublicKeyFingerprint")
    }

    /// Verifies the signature with one of `keys`. `region` is the home region of the trail.
    ///
    /// # Errors
    /// The AWS CLI's message that says why the digest file is invalid.
    pub(super) fn verify(&self, keys: &PublicKeys, region: &str) -> Result<(), String> {
        let fingerprint = self.fingerprint();
        let key = keys.get(fingerprint).ok_or_else(|| {
            format!("public key not found in region {region} for fingerprint {fingerprint}")
        })?;
        let text = signed_text(
            self.text("digestEndTime"),
            (self.text("digestS3Bucket"), self.text("digestS3Object")),
            &self.sha256,
            self.fields["previousDigestSignature"].as_str(),
        );
        if key.verifies(&text, &self.signature) {
            return Ok(());
        }
        Err(SIGNATURE.to_owned())
    }

    /// The start and the end of the period that the digest file covers, in Unix seconds.
    ///
    /// # Errors
    /// If the start or the end is not a time.
    pub(super) fn period(&self) -> Result<(i64, i64), String> {
        let second = |name: &str| {
            let text = self.text(name);
            let time = text.parse::<Timestamp>();
            time.map(Timestamp::as_second)
                .map_err(|_| format!("Unable to parse date value: {text}"))
        };
        Ok((second("digestStartTime")?, second("digestEndTime")?))
    }

    /// The location of the previous digest file, or `None` if there is none.
    pub(super) fn previous(&self) -> Option<ObjectLocation> {
        let text = |name: &str| self.fields[name].as_str().map(str::to_owned);
        Some(ObjectLocation {
            bucket: text("previousDigestS3Bucket")?,
            key: text("previousDigestS3Object")?,
        })
    }

    pub(super) fn log_files(&self) -> Vec<LogFile> {
        let listed = self.fields["logFiles"].as_array().into_iter().flatten();
        let text = |file: &Value, name: &str| file[name].as_str().unwrap_or_default().to_owned();
        let files = listed.map(|file| LogFile {
            place: ObjectLocation {
                bucket: text(file, "s3Bucket"),
                key: text(file, "s3Object"),
            },
            hash: text(file, "hashValue"),
        });
        files.collect()
    }
}

/// Whether `key` is the key of a backfill digest file.
pub(super) fn is_backfill(key: &str) -> bool {
    key.ends_with("_backfill.json.gz")
}

/// Compares the content of a log file with its hash in the digest file. The memory of `inflater` is reused.
pub(super) fn check_log_file(inflater: &mut Inflater, stored: &[u8], hash: &str) -> LogVerdict {
    let found = match inflater.inflate(stored, WHOLE_TEXT_BYTES) {
        Some(text) => digest(&SHA256, text),
        None => match inflate(stored) {
            Ok(text) => digest(&SHA256, &text),
            Err(reason) => return LogVerdict::Invalid(reason),
        },
    };
    if hex(found.as_ref()) == hash {
        LogVerdict::Valid
    } else {
        LogVerdict::Invalid("hash value doesn't match")
    }
}

/// Decompresses a gzip file as the AWS CLI does.
///
/// # Errors
/// The AWS CLI's message.
fn inflate(stored: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut text = Vec::new();
    let mut decoder = flate2::bufread::GzDecoder::new(stored);
    match decoder.read_to_end(&mut text) {
        // Python's zlib accepts a truncated stream.
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(text),
        Err(_) => Err(FORMAT),
        Ok(_) if !decoder.into_inner().is_empty() => {
            Err("unexpected data after end of compressed stream")
        }
        Ok(_) => Ok(text),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = digits.filter_map(|digit| char::from_digit(digit.into(), 16));
    digits.collect()
}
