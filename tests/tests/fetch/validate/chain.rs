//! Creates the archive of a trail, with digests that are signed with test keys.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use ct_tests::Sandbox;
use flate2::Compression;
use flate2::write::GzEncoder;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const REGION: &str = "eu-west-1";
pub(super) const BUCKET: &str = "trail-bucket";

/// Three key pairs: CloudTrail's key, the key to which CloudTrail rotates, and the key of an
/// attacker.
pub(super) static KEYS: LazyLock<[KeyPair; 3]> =
    LazyLock::new(|| [0; 3].map(|_| KeyPair::generate(KeySize::Rsa2048).unwrap()));

/// Selects the digests next to which the archive contains a file with the metadata of the digest's
/// S3 object. The metadata contains the signature of the digest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Saved {
    Nothing,
    Newest,
    Everything,
}

/// The properties of the archive to create. Each hour has two log files, and a digest that ends at
/// the next hour.
pub(super) struct Plan<'a> {
    pub(super) trail: &'a str,
    pub(super) hours: usize,
    pub(super) saved: Saved,
    pub(super) is_backfill: bool,
    /// A function that receives an hour and its digest, and may change the digest before it is
    /// signed.
    pub(super) edit: &'a dyn Fn(usize, &mut Value),
    /// Returns the index in [`KEYS`] of the key that signs the digest for an hour.
    pub(super) key: &'a dyn Fn(usize) -> usize,
    /// Returns the index in [`KEYS`] of the key whose fingerprint the digest for an hour contains.
    pub(super) named_key: &'a dyn Fn(usize) -> usize,
    /// The hour of the last digest before a gap. The first digest after the gap names no
    /// predecessor. `None` for an archive without a gap.
    pub(super) last_before_gap: Option<usize>,
}

impl Default for Plan<'_> {
    fn default() -> Self {
        Self {
            trail: "audit_trail",
            hours: 4,
            saved: Saved::Newest,
            is_backfill: false,
            edit: &|_, _| (),
            key: &|_| 0,
            named_key: &|_| 0,
            last_before_gap: None,
        }
    }
}

/// An archive in the folder `AWSLogs` of a sandbox.
pub(super) struct Archive {
    pub(super) sandbox: Sandbox,
    /// The paths of the digests in the sandbox's folder, in order of the hour.
    pub(super) digests: Vec<String>,
    /// The paths of the log files in the sandbox's folder, two per hour, in order of time.
    pub(super) log_files: Vec<String>,
}

pub(super) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = digits.map(|digit| char::from_digit(digit.into(), 16).unwrap());
    digits.collect()
}

pub(super) fn sha256(text: &[u8]) -> String {
    hex(digest(&SHA256, text).as_ref())
}

/// The public keys with the indices `keys`, in the format of `aws cloudtrail list-public-keys`. Key
/// 0 is encoded as `SubjectPublicKeyInfo`, all others as PKCS #1.
pub(super) fn listing(keys: &[usize]) -> String {
    let keys = keys.iter().map(|&at| {
        let der = der(at);
        json!({
            "Value": BASE64_STANDARD.encode(&der),
            "ValidityStartTime": 1_767_225_600.0,
            "ValidityEndTime": "2026-02-01T00:00:00+00:00",
            "Fingerprint": hex(&Md5::digest(&der)),
        })
    });
    json!({"PublicKeyList": keys.collect::<Vec<_>>()}).to_string()
}

fn der(at: usize) -> Vec<u8> {
    let key = KEYS[at].public_key();
    if at == 0 {
        key.as_der().unwrap().as_ref().to_vec()
    } else {
        key.as_ref().to_vec()
    }
}

/// The start of the hour `hour`, counted from 1 January 2026, in the format of a digest.
pub(super) fn time(hour: usize) -> String {
    format!("2026-01-{:02}T{:02}:00:00Z", 1 + hour / 24, hour % 24)
}

/// The record in the log file that is dated `minutes` after the start of `hour`.
pub(super) fn record(hour: usize, minutes: usize) -> String {
    let time = time(hour).replace(":00:00Z", &format!(":{:02}:00Z", minutes - 5));
    format!(
        r#"{{"eventVersion":"1.08","eventTime":"{time}","eventID":"{hour}-{minutes}","awsRegion":"{REGION}"}}"#
    )
}

/// The decompressed content of the log file that is dated `minutes` after the start of `hour`.
pub(super) fn text(hour: usize, minutes: usize) -> String {
    format!(r#"{{"Records":[{}]}}"#, record(hour, minutes))
}

/// The path of a file of the kind `kind`, such as `CloudTrail` or `CloudTrail-Digest`. `time` has
/// the format `2026-01-01T00:00:00Z`, and the file name ends with `rest`.
fn path(kind: &str, time: &str, rest: &str) -> String {
    let day = time[..10].replace('-', "/");
    format!("AWSLogs/{ACCOUNT}/{kind}/{REGION}/{day}/{ACCOUNT}_{kind}_{REGION}_{rest}.json.gz")
}

/// The path of the log file that is dated `minutes` after the start of `hour`.
pub(super) fn log_path(hour: usize, minutes: usize) -> String {
    let time = time(hour).replace(":00:00Z", &format!(":{minutes:02}:00Z"));
    let short = time.replace(['-', ':'], "").replace("00Z", "Z");
    path(
        "CloudTrail",
        &time,
        &format!("{short}_{hour:08}{minutes:08}"),
    )
}

impl Archive {
    pub(super) fn new(plan: &Plan<'_>) -> Self {
        let sandbox = Sandbox::new();
        let mut archive = Self {
            sandbox,
            digests: Vec::new(),
            log_files: Vec::new(),
        };
        archive.write("keys.json", listing(&[0]));
        let mut previous: Option<(String, String, String)> = None;
        for at in 0..plan.hours {
            let hour = match plan.last_before_gap {
                Some(last) if at > last => at + 24,
                _ => at,
            };
            if plan.last_before_gap.is_some_and(|last| at == last + 1) {
                previous = None;
            }
            let mut listed = Vec::new();
            for minutes in [5, 35] {
                let path = log_path(hour, minutes);
                let text = text(hour, minutes);
                archive.write(&path, gzip(text.as_bytes()));
                listed.push(json!({
                    "s3Bucket": BUCKET, "s3Object": format!("p/{path}"), "hashValue": sha256(text.as_bytes()),
                    "hashAlgorithm": "SHA-256", "newestEventTime": time(hour), "oldestEventTime": time(hour),
                }));
                archive.log_files.push(path);
            }
            let end = time(hour + 1);
            let short = end.replace(['-', ':'], "");
            let backfill = if plan.is_backfill { "_backfill" } else { "" };
            let path = path(
                "CloudTrail-Digest",
                &end,
                &format!("{}_{REGION}_{short}{backfill}", plan.trail),
            );
            let field = |at: usize| {
                let previous = previous.as_ref();
                previous.map(|previous| [&previous.0, &previous.1, &previous.2][at].clone())
            };
            let mut digest = json!({
                "awsAccountId": ACCOUNT,
                "digestStartTime": time(hour),
                "digestEndTime": end,
                "digestS3Bucket": BUCKET,
                "digestS3Object": format!("p/{path}"),
                "digestPublicKeyFingerprint": hex(&Md5::digest(der((plan.named_key)(at)))),
                "digestSignatureAlgorithm": "SHA256withRSA",
                "newestEventTime": time(hour),
                "oldestEventTime": time(hour),
                "previousDigestS3Bucket": field(0).map(|_| BUCKET),
                "previousDigestS3Object": field(0),
                "previousDigestHashValue": field(1),
                "previousDigestHashAlgorithm": field(1).map(|_| "SHA-256"),
                "previousDigestSignature": field(2),
                "logFiles": listed,
            });
            (plan.edit)(at, &mut digest);
            let text = digest.to_string();
            let signature = sign(&KEYS[(plan.key)(at)], &digest, text.as_bytes());
            archive.write(&path, gzip(text.as_bytes()));
            let is_newest = at + 1 == plan.hours;
            if plan.saved == Saved::Everything || plan.saved == Saved::Newest && is_newest {
                archive.save_metadata(&path, &signature);
            }
            previous = Some((format!("p/{path}"), sha256(text.as_bytes()), signature));
            archive.digests.push(path);
        }
        archive
    }

    pub(super) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(super) fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).unwrap();
    }

    pub(super) fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.path(path)).unwrap()
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.sandbox.folder().join(path)
    }

    /// Replaces `from` with `to` in the text of a digest, and does not sign the digest again.
    pub(super) fn edit(&self, path: &str, from: &str, to: &str) {
        let stored = self.read(path);
        let mut text = String::new();
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&stored[..]), &mut text)
            .unwrap();
        assert!(text.contains(from), "{text}");
        self.write(path, gzip(text.replace(from, to).as_bytes()));
    }

    fn save_metadata(&self, path: &str, signature: &str) {
        let (folder, name) = path.rsplit_once('/').unwrap();
        let head = json!({"ContentType": "application/json", "Metadata": {
            "signature": signature, "signature-algorithm": "SHA256withRSA",
            "backfill-generation-timestamp": "2026-01-10T00:00:00Z",
        }});
        self.write(&format!("{folder}/.{name}.metadata.json"), head.to_string());
    }

    /// Runs `ct-fetch validate` on the archive, and returns its output, its messages and its exit
    /// status.
    pub(super) fn validate(&self, arguments: &[&str]) -> (String, String, i32) {
        let validate = ["validate", "--keys", "keys.json"];
        self.sandbox
            .run("ct-fetch", &[&validate, arguments].concat())
    }
}

fn sign(key: &KeyPair, digest: &Value, text: &[u8]) -> String {
    let field = |name: &str| digest[name].as_str().unwrap_or("null").to_owned();
    let signed = format!(
        "{}\n{}/{}\n{}\n{}",
        field("digestEndTime"),
        field("digestS3Bucket"),
        field("digestS3Object"),
        sha256(text),
        field("previousDigestSignature"),
    );
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .unwrap();
    hex(&signature)
}
