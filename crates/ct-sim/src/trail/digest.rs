//! Writes a digest for each hour, account and region. Each digest contains the hash and the
//! signature of the previous digest of the same account and region (a chain).

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, anyhow};
use ct_core::exit::Failure;
use serde::Serialize;
use serde_json::json;

use super::key::SigningKey;
use super::log_file::{LogFile, strftime};
use super::tampering::Tampering;
use super::{Trail, gzip, sha256, write};
use crate::clock::date;
use crate::services::s3::contents::metadata_path;

const HOUR: i64 = 3600;

const HOURS_A_DAY: usize = 24;

const DAY: i64 = 24 * HOUR;

/// The chains of digests: one for each account and region.
pub(super) struct Chains<'a> {
    trail: &'a Trail,
    /// The log files, by account and region.
    files: BTreeMap<(&'a str, &'a str), Vec<&'a LogFile>>,
    /// The time that all chains cover: the start of the first hour and the end of the last hour, in
    /// Unix seconds.
    hours: (i64, i64),
}

/// The content of a digest, with the fields in the order of CloudTrail's digests.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_field_names,
    reason = "the names are those of the fields in CloudTrail's digests"
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
    log_files: Vec<ListedLogFile>,
}

/// A log file that a digest lists.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedLogFile {
    s3_bucket: String,
    s3_object: String,
    hash_value: String,
    hash_algorithm: &'static str,
    newest_event_time: String,
    oldest_event_time: String,
}

/// A digest with its signature.
struct SignedDigest {
    key: String,
    /// The digest as JSON, before compression.
    content: String,
    signature: String,
    /// For a backfill digest, which CloudTrail creates later for log files that no earlier digest
    /// lists: the time of its creation. `None` for any other digest.
    backfilled: Option<i64>,
}

impl<'a> Chains<'a> {
    /// Prepares a chain for each account and region. All chains cover the hours from the first log
    /// file of the trail to the last.
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

    /// Returns the time that all chains cover: the start of the first hour and the end of the last
    /// hour, in Unix seconds.
    pub(super) fn hours(&self) -> (i64, i64) {
        self.hours
    }

    /// Writes every digest and its metadata, and applies the trail's tampering. Returns the number
    /// of digests, and the S3 keys of the objects that tampering changed, removed or added.
    ///
    /// The first key signs the digests. A second key is required if [`Tampering::has_other_key`] is
    /// true.
    ///
    /// # Errors
    /// If a file cannot be written (the message names it), or the trail has too few hours or log
    /// files for the tampering.
    pub(super) fn write(&self, keys: &[SigningKey]) -> Result<(usize, Vec<String>), Failure> {
        let mut count = 0;
        let mut first: Vec<String> = Vec::new();
        for (place, ((account, region), files)) in self.files.iter().enumerate() {
            let tampering = self.trail.tampering.filter(|_| place == 0);
            let chain = self.chain((account, region), files, keys, tampering)?;
            for digest in &chain {
                digest.write(self.trail)?;
            }
            count += chain.len();
            if place == 0 {
                let keys = chain.into_iter().map(|digest| digest.key);
                first = keys.collect();
            }
        }
        let mut files = self.files.values();
        let tampered = match (self.trail.tampering, files.next()) {
            (Some(tampering), Some(files)) => tampering.apply(self.trail, files, &first)?,
            _ => Vec::new(),
        };
        Ok((count, tampered))
    }

    /// Returns the digests of an account and region, oldest first. A backfill digest, if there is
    /// one, is the last of the list.
    fn chain(
        &self,
        target: (&str, &str),
        files: &[&LogFile],
        keys: &[SigningKey],
        tampering: Option<Tampering>,
    ) -> Result<Vec<SignedDigest>, Failure> {
        let (first, last) = self.hours;
        let step = usize::try_from(HOUR).unwrap_or(usize::MAX);
        let starts: Vec<i64> = (first..last).step_by(step).collect();
        if let Some(tampering) = tampering
            && starts.len() < tampering.least_hours()
        {
            return Err(Failure::Usage(anyhow!(
                "{} needs at least {} hours of records: use an earlier --from",
                tampering.name(),
                tampering.least_hours()
            )));
        }
        let middle = starts.len() / 2;
        let day_missing = middle..middle + HOURS_A_DAY;
        let (mut chain, mut backfill): (Vec<SignedDigest>, Option<SignedDigest>) =
            (Vec::new(), None);
        for (place, start) in starts.into_iter().enumerate() {
            let end = start + HOUR;
            let delivered = files
                .iter()
                .filter(|file| (start..end).contains(&file.second));
            let mut delivered: Vec<&LogFile> = delivered.copied().collect();
            let mut previous = chain.last();
            if tampering == Some(Tampering::DayMissing) {
                if day_missing.contains(&place) {
                    for file in delivered {
                        let path = self.trail.path(&file.key);
                        fs::remove_file(&path)
                            .with_context(|| format!("cannot remove {}", path.display()))?;
                    }
                    continue;
                }
                previous = previous.filter(|_| place != day_missing.end);
            }
            if tampering == Some(Tampering::Backfill) && backfill.is_none() && delivered.len() > 1 {
                let late = delivered.split_off(delivered.len() - 1);
                let mut digest = self.digest(target, (start, end), &late, None);
                let name = digest
                    .digest_s3_object
                    .replace(".json.gz", "_backfill.json.gz");
                digest.digest_s3_object = name;
                let signed = SignedDigest::new(digest, &keys[0], &keys[0])?;
                backfill = Some(SignedDigest {
                    backfilled: Some(end + DAY),
                    ..signed
                });
            }
            let mut digest = self.digest(target, (start, end), &delivered, previous);
            let is_struck = place == middle;
            match tampering {
                Some(Tampering::PreviousHash) if is_struck => {
                    digest.previous_digest_hash_value = Some("0".repeat(64));
                }
                Some(Tampering::PreviousSignature) if is_struck => {
                    digest.previous_digest_signature = Some("0".repeat(512));
                }
                _ => {}
            }
            let is_rotated = tampering == Some(Tampering::KeyRotated) && place >= middle;
            let named = &keys[usize::from(is_rotated)];
            let is_other = tampering == Some(Tampering::OtherKey) && is_struck;
            let signer = if is_other { &keys[1] } else { named };
            chain.push(SignedDigest::new(digest, named, signer)?);
        }
        chain.extend(backfill);
        Ok(chain)
    }

    fn digest(
        &self,
        (account, region): (&str, &str),
        (start, end): (i64, i64),
        files: &[&LogFile],
        previous: Option<&SignedDigest>,
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
        let listed = files.iter().map(|file| ListedLogFile {
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

impl SignedDigest {
    /// Signs a digest. The signed text consists of the end time, the bucket and key, the hash of
    /// the content, and the signature of the previous digest, each on a separate line.
    ///
    /// `named` is the key whose fingerprint the digest contains; `signer` is the key that signs.
    fn new(digest: Digest, named: &SigningKey, signer: &SigningKey) -> anyhow::Result<Self> {
        let digest = Digest {
            digest_public_key_fingerprint: named.fingerprint(),
            ..digest
        };
        let content = serde_json::to_string(&digest)?;
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
            key: digest.digest_s3_object,
            signature: signer.sign(&text)?,
            content,
            backfilled: None,
        })
    }

    /// Writes the digest, and its signature in a metadata file.
    fn write(&self, trail: &Trail) -> anyhow::Result<()> {
        let path = trail.path(&self.key);
        write(&path, &gzip(self.content.as_bytes()))?;
        let mut metadata = json!({
            "signature": self.signature,
            "signature-algorithm": ALGORITHM,
        });
        if let Some(second) = self.backfilled {
            metadata["backfill-generation-timestamp"] = json!(date::iso(second));
        }
        let beside = metadata_path(&path).expect("the name of a digest file is not empty");
        let head = json!({ "Metadata": metadata });
        write(&beside, format!("{head:#}\n").as_bytes())
    }
}
