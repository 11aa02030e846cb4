//! Writes a digest for every hour of an account and region, each bound to the one before.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::key::Key;
use super::log_file::{LogFile, strftime};
use super::{Trail, gzip, sha256, write};
use crate::clock::date;
use crate::services::s3::contents::metadata_path;

const HOUR: i64 = 3600;

/// The digests of every account and region.
pub(super) struct Chains<'a> {
    trail: &'a Trail,
    /// By account and region.
    files: BTreeMap<(&'a str, &'a str), Vec<&'a LogFile>>,
    /// The first second, and the one after the last.
    hours: (i64, i64),
}

/// A digest, its members in the service's order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_field_names,
    reason = "they are the names of the digest's members"
)]
struct Digest {
    aws_account_id: String,
    digest_start_time: String,
    digest_end_time: String,
    digest_s3_bucket: String,
    digest_s3_object: String,
    digest_public_key_fingerprint: String,
    digest_signature_algorithm: &'static str,
    newest_event_time: Option<String>,
    oldest_event_time: Option<String>,
    previous_digest_s3_bucket: Option<String>,
    previous_digest_s3_object: Option<String>,
    previous_digest_hash_value: Option<String>,
    previous_digest_hash_algorithm: Option<&'static str>,
    previous_digest_signature: Option<String>,
    log_files: Vec<Listed>,
}

/// A log file in a digest.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    s3_bucket: String,
    s3_object: String,
    hash_value: String,
    hash_algorithm: &'static str,
    newest_event_time: String,
    oldest_event_time: String,
}

/// A digest as it is stored.
struct Signed {
    key: String,
    /// JSON, before compression.
    content: String,
    signature: String,
}

impl<'a> Chains<'a> {
    /// The chains over the hours from the first file to the last.
    pub(super) fn new(trail: &'a Trail, written: &'a [LogFile]) -> Self {
        let mut files: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for file in written {
            let target = (file.target.account.as_str(), file.target.region.as_str());
            files.entry(target).or_default().push(file);
        }
        let seconds = || written.iter().map(|file| file.second);
        let first = seconds().min().unwrap_or(0).div_euclid(HOUR) * HOUR;
        let last = seconds().max().unwrap_or(0).div_euclid(HOUR) * HOUR + HOUR;
        Self {
            trail,
            files,
            hours: (first, last),
        }
    }

    /// The first second, and the one after the last.
    pub(super) fn hours(&self) -> (i64, i64) {
        self.hours
    }

    /// Writes every digest with its metadata, and tells how many there are.
    ///
    /// # Errors
    /// When a file cannot be written; the message names it.
    pub(super) fn write(&self, key: &Key) -> anyhow::Result<usize> {
        let mut count = 0;
        for ((account, region), files) in &self.files {
            for digest in self.chain(account, region, files, key)? {
                let path = self.trail.path(&digest.key);
                write(&path, &gzip(digest.content.as_bytes()))?;
                let metadata = json!({"Metadata": {
                    "signature": digest.signature,
                    "signature-algorithm": ALGORITHM,
                }});
                let beside = metadata_path(&path).expect("a digest has a name");
                write(&beside, format!("{metadata:#}\n").as_bytes())?;
                count += 1;
            }
        }
        Ok(count)
    }

    /// The digests of an account and region, oldest first.
    fn chain(
        &self,
        account: &str,
        region: &str,
        files: &[&LogFile],
        key: &Key,
    ) -> anyhow::Result<Vec<Signed>> {
        let (first, last) = self.hours;
        let hours = usize::try_from(HOUR).unwrap_or(usize::MAX);
        let mut chain: Vec<Signed> = Vec::new();
        for start in (first..last).step_by(hours) {
            let end = start + HOUR;
            let delivered = files
                .iter()
                .filter(|file| (start..end).contains(&file.second));
            let delivered: Vec<&LogFile> = delivered.copied().collect();
            let digest = self.digest((account, region), (start, end), &delivered, chain.last());
            let digest = Digest {
                digest_public_key_fingerprint: key.fingerprint(),
                ..digest
            };
            chain.push(Signed::new(&digest, key)?);
        }
        Ok(chain)
    }

    fn digest(
        &self,
        (account, region): (&str, &str),
        (start, end): (i64, i64),
        files: &[&LogFile],
        previous: Option<&Signed>,
    ) -> Digest {
        let Trail {
            bucket,
            name,
            home_region,
            ..
        } = self.trail;
        let below = format!(
            "CloudTrail-Digest/{region}/{}/{account}_CloudTrail-Digest_{region}_{name}_{home_region}_{}.json.gz",
            strftime(end, "%Y/%m/%d"),
            strftime(end, "%Y%m%dT%H%M%SZ"),
        );
        let newest = files.iter().map(|file| file.times.1).max();
        let oldest = files.iter().map(|file| file.times.0).min();
        let listed = files.iter().map(|file| Listed {
            s3_bucket: bucket.clone(),
            s3_object: file.key.clone(),
            hash_value: file.hash.clone(),
            hash_algorithm: HASH,
            newest_event_time: date::iso(file.times.1),
            oldest_event_time: date::iso(file.times.0),
        });
        Digest {
            aws_account_id: account.to_owned(),
            digest_start_time: date::iso(start),
            digest_end_time: date::iso(end),
            digest_s3_bucket: bucket.clone(),
            digest_s3_object: self.trail.key(account, &below),
            digest_public_key_fingerprint: String::new(),
            digest_signature_algorithm: ALGORITHM,
            newest_event_time: newest.map(date::iso),
            oldest_event_time: oldest.map(date::iso),
            previous_digest_s3_bucket: previous.map(|_| bucket.clone()),
            previous_digest_s3_object: previous.map(|digest| digest.key.clone()),
            previous_digest_hash_value: previous.map(|digest| sha256(digest.content.as_bytes())),
            previous_digest_hash_algorithm: previous.map(|_| HASH),
            previous_digest_signature: previous.map(|digest| digest.signature.clone()),
            log_files: listed.collect(),
        }
    }
}

const HASH: &str = "SHA-256";
const ALGORITHM: &str = "SHA256withRSA";

impl Signed {
    /// Signs the end time, bucket and key, the hash of the content, and the previous signature, a line each.
    fn new(digest: &Digest, key: &Key) -> anyhow::Result<Self> {
        let content = serde_json::to_string(digest)?;
        let text = format!(
            "{}\n{}/{}\n{}\n{}",
            digest.digest_end_time,
            digest.digest_s3_bucket,
            digest.digest_s3_object,
            sha256(content.as_bytes()),
            digest
                .previous_digest_signature
                .as_deref()
                .unwrap_or("null"),
        );
        Ok(Self {
            key: digest.digest_s3_object.clone(),
            signature: key.sign(&text)?,
            content,
        })
    }
}
