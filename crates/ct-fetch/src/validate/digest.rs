//! Parses a digest, which lists the log files of an hour and names the previous digest.

use ct_aws::public_keys::signed_text;
use jiff::Timestamp;
use serde::Deserialize;

use crate::source::archive::evidence::content::{hex, sha256};

/// The signature algorithm that CloudTrail uses for digests.
const SIGNATURE_ALGORITHM: &str = "SHA256withRSA";

/// The hash algorithm that CloudTrail uses for log files.
const HASH_ALGORITHM: &str = "SHA-256";

/// The parsed content of a digest.
///
/// Source: CloudTrail user guide, "CloudTrail digest file structure".
#[derive(Debug, Clone)]
pub(super) struct Digest {
    /// The start of the period that the digest covers, in Unix seconds.
    pub(super) start: i64,
    /// The exclusive end of the period that the digest covers, in Unix seconds.
    pub(super) end: i64,
    /// The SHA-256 of the decompressed digest file, in lower-case hexadecimal.
    pub(super) sha256: String,
    fields: Fields,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    digest_start_time: String,
    digest_end_time: String,
    digest_s3_bucket: String,
    digest_s3_object: String,
    digest_public_key_fingerprint: String,
    digest_signature_algorithm: String,
    previous_digest_s3_bucket: Option<String>,
    previous_digest_s3_object: Option<String>,
    previous_digest_hash_value: Option<String>,
    previous_digest_signature: Option<String>,
    #[serde(default)]
    log_files: Option<Vec<LogFile>>,
}

/// A log file that a digest lists.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogFile {
    pub(super) s3_bucket: String,
    pub(super) s3_object: String,
    hash_value: String,
    hash_algorithm: String,
}

impl Digest {
    /// Parses the decompressed text of a digest.
    ///
    /// # Errors
    /// Returns the reason why the digest is invalid.
    pub(super) fn read(text: &[u8]) -> Result<Self, String> {
        let fields: Fields = serde_json::from_slice(text)
            .map_err(|error| format!("it does not have the format of a digest: {error}"))?;
        let second = |text: &str| {
            let time = text.parse::<Timestamp>();
            time.map(Timestamp::as_second)
                .map_err(|_| format!("`{text}` is not a time"))
        };
        if fields.digest_signature_algorithm != SIGNATURE_ALGORITHM {
            return Err(format!(
                "its signature algorithm is `{}`, not {SIGNATURE_ALGORITHM}",
                fields.digest_signature_algorithm
            ));
        }
        Ok(Self {
            start: second(&fields.digest_start_time)?,
            end: second(&fields.digest_end_time)?,
            sha256: hex(&sha256(text)),
            fields,
        })
    }

    /// Returns the text over which CloudTrail computed the digest's signature.
    pub(super) fn signed_text(&self) -> String {
        let fields = &self.fields;
        signed_text(
            &fields.digest_end_time,
            (&fields.digest_s3_bucket, &fields.digest_s3_object),
            &self.sha256,
            fields.previous_digest_signature.as_deref(),
        )
    }

    /// Returns the fingerprint of the public key that verifies the digest's signature.
    pub(super) fn fingerprint(&self) -> &str {
        &self.fields.digest_public_key_fingerprint
    }

    /// Returns the file name of the digest according to its content.
    pub(super) fn name(&self) -> &str {
        file_name(&self.fields.digest_s3_object)
    }

    /// Returns the file name of the previous digest; `None` for the first digest of a chain.
    pub(super) fn previous_name(&self) -> Option<&str> {
        let object = self.fields.previous_digest_s3_object.as_deref();
        object.map(file_name)
    }

    /// Returns the S3 address at which CloudTrail delivered the previous digest.
    pub(super) fn previous_url(&self) -> String {
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        let bucket = text(&self.fields.previous_digest_s3_bucket);
        let object = text(&self.fields.previous_digest_s3_object);
        format!("s3://{bucket}/{object}")
    }

    /// Returns the signature of the previous digest, in hexadecimal; `None` if this digest does not
    /// contain one.
    pub(super) fn previous_signature(&self) -> Option<&str> {
        self.fields.previous_digest_signature.as_deref()
    }

    /// Whether `sha256` is the hash that this digest contains for the previous digest; `None` if
    /// this digest contains no such hash.
    pub(super) fn previous_hash_is(&self, sha256: &str) -> Option<bool> {
        let hash = self.fields.previous_digest_hash_value.as_ref();
        hash.map(|hash| hash.eq_ignore_ascii_case(sha256))
    }

    /// Returns the log files that the digest lists.
    pub(super) fn log_files(&self) -> &[LogFile] {
        self.fields.log_files.as_deref().unwrap_or_default()
    }
}

impl LogFile {
    pub(super) fn name(&self) -> &str {
        file_name(&self.s3_object)
    }

    pub(super) fn url(&self) -> String {
        format!("s3://{}/{}", self.s3_bucket, self.s3_object)
    }

    /// Returns the SHA-256 of the log file's content, in lower-case hexadecimal; `None` if the
    /// digest uses a different hash algorithm.
    pub(super) fn sha256(&self) -> Option<String> {
        (self.hash_algorithm == HASH_ALGORITHM).then(|| self.hash_value.to_ascii_lowercase())
    }
}

/// Returns the part of an S3 key after the last slash.
pub(super) fn file_name(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}
