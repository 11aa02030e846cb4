//! Tests of tampered trails: each change has exactly the effect that its name describes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ct_core::exit::Failure;
use ct_sim::{Tampering, Trail, WrittenTrail};
use serde_json::Value;

use crate::trail::{events, inflate, sha256, text, tree, unhex};

/// A tampered trail: its files, and the public keys that verify its digests.
struct Tampered {
    files: BTreeMap<String, Vec<u8>>,
    keys: Vec<Value>,
    written: WrittenTrail,
}

fn tampered(tampering: Option<Tampering>) -> Tampered {
    let folder = tempfile::tempdir().unwrap();
    let trail = Trail {
        digests: true,
        tampering,
        ..Trail::new(folder.path().join("trail"))
    };
    let written = events().write_trail(&trail).unwrap();
    let keys: Value = serde_json::from_slice(&fs::read(trail.public_keys()).unwrap()).unwrap();
    Tampered {
        files: tree(&trail.folder),
        keys: keys["PublicKeyList"].as_array().unwrap().clone(),
        written,
    }
}

impl Tampered {
    /// Validates the trail as CloudTrail's documentation describes, without code of ct-sim. Returns
    /// each problem with the S3 key of its object.
    fn problems(&self) -> BTreeSet<(&'static str, String)> {
        let mut problems = BTreeSet::new();
        let mut listed = BTreeSet::new();
        for (name, bytes) in &self.files {
            if !name.contains("/CloudTrail-Digest/") || name.ends_with(".metadata.json") {
                continue;
            }
            let content = inflate(bytes).unwrap();
            let digest: Value = serde_json::from_str(&content).unwrap();
            let object = text(&digest, "digestS3Object");
            if object != name {
                problems.insert(("moved", name.clone()));
            }
            if !self.is_signed(&digest, &content) {
                problems.insert(("signature", name.clone()));
            }
            if let Some(previous) = digest["previousDigestS3Object"].as_str() {
                match self.files.get(previous) {
                    None => _ = problems.insert(("previous missing", name.clone())),
                    Some(bytes) => {
                        let hash = sha256(&inflate(bytes).unwrap());
                        if digest["previousDigestHashValue"] != hash {
                            problems.insert(("previous hash", name.clone()));
                        }
                        let signature = self.metadata(previous)["signature"].clone();
                        if digest["previousDigestSignature"] != signature {
                            problems.insert(("previous signature", name.clone()));
                        }
                    }
                }
            }
            for log in digest["logFiles"].as_array().unwrap() {
                let object = text(log, "s3Object").to_owned();
                match self.files.get(&object).map(|bytes| inflate(bytes)) {
                    None => _ = problems.insert(("log missing", object.clone())),
                    Some(Ok(content)) if sha256(&content) == text(log, "hashValue") => {}
                    Some(_) => _ = problems.insert(("log changed", object.clone())),
                }
                listed.insert(object);
            }
        }
        for name in self.files.keys().filter(|name| !name.contains("Digest")) {
            if !listed.contains(name) {
                problems.insert(("log not listed", name.clone()));
            }
        }
        problems
    }

    fn metadata(&self, name: &str) -> Value {
        let (folder, file) = name.rsplit_once('/').unwrap();
        let bytes = &self.files[&format!("{folder}/.{file}.metadata.json")];
        serde_json::from_slice::<Value>(bytes).unwrap()["Metadata"].clone()
    }

    fn is_signed(&self, digest: &Value, content: &str) -> bool {
        let fingerprint = &digest["digestPublicKeyFingerprint"];
        let mut keys = self.keys.iter();
        let Some(key) = keys.find(|key| key["Fingerprint"] == *fingerprint) else {
            return false;
        };
        let der = STANDARD.decode(text(key, "Value")).unwrap();
        let object = text(digest, "digestS3Object");
        let signed = format!(
            "{}\nct-sim-trail/{object}\n{}\n{}",
            text(digest, "digestEndTime"),
            sha256(content),
            digest["previousDigestSignature"].as_str().unwrap_or("null"),
        );
        let signature = unhex(text(&self.metadata(object), "signature"));
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &der);
        key.verify(signed.as_bytes(), &signature).is_ok()
    }
}

/// Returns the kinds of the problems, each once.
fn kinds(problems: &BTreeSet<(&'static str, String)>) -> Vec<&'static str> {
    let kinds: BTreeSet<_> = problems.iter().map(|(kind, _)| *kind).collect();
    kinds.into_iter().collect()
}

#[test]
fn an_untouched_trail_is_valid() {
    assert_eq!(tampered(None).problems(), BTreeSet::new());
}

#[test]
fn each_change_of_a_log_file_is_reported_for_the_file() {
    for (tampering, kind) in [
        (Tampering::LogChanged, "log changed"),
        (Tampering::LogRemoved, "log missing"),
        (Tampering::LogAdded, "log not listed"),
        (Tampering::LogsSwapped, "log changed"),
        (Tampering::LogTruncated, "log changed"),
    ] {
        let trail = tampered(Some(tampering));
        let keys = trail.written.tampered.iter();
        let expected: BTreeSet<_> = keys.map(|key| (kind, key.clone())).collect();
        assert!(!expected.is_empty());
        assert_eq!(trail.problems(), expected, "{}", tampering.name());
    }
}

#[test]
fn each_change_of_a_digest_is_reported_in_the_chain() {
    for (tampering, expected) in [
        (
            Tampering::DigestChanged,
            &["previous hash", "signature"][..],
        ),
        (
            Tampering::DigestRemoved,
            &["log not listed", "previous missing"],
        ),
        (
            Tampering::DigestsRemoved,
            &["log not listed", "previous missing"],
        ),
        (Tampering::OtherKey, &["signature"]),
        (Tampering::PreviousHash, &["previous hash"]),
        (Tampering::PreviousSignature, &["previous signature"]),
    ] {
        let trail = tampered(Some(tampering));
        let problems = trail.problems();
        assert_eq!(kinds(&problems), expected, "{}", tampering.name());
    }
    let untouched = tampered(None).files.len();
    for (tampering, removed) in [
        (Tampering::FirstDigestRemoved, 1),
        (Tampering::NewestDigestRemoved, 1),
        (Tampering::DigestsRemoved, 2),
    ] {
        let trail = tampered(Some(tampering));
        let written = &trail.written.tampered;
        assert_eq!(written.len(), removed, "{}", tampering.name());
        assert_eq!(trail.files.len(), untouched - removed);
        assert!(written.iter().all(|key| !trail.files.contains_key(key)));
    }
}

#[test]
fn legitimate_changes_are_valid() {
    for tampering in [
        Tampering::LogRecompressed,
        Tampering::KeyRotated,
        Tampering::Backfill,
        Tampering::DayMissing,
    ] {
        let trail = tampered(Some(tampering));
        assert_eq!(trail.problems(), BTreeSet::new(), "{}", tampering.name());
    }
    assert_eq!(tampered(Some(Tampering::KeyRotated)).keys.len(), 2);
    let backfill = tampered(Some(Tampering::Backfill));
    let mut names = backfill.files.keys();
    let name = names
        .find(|name| name.ends_with("_backfill.json.gz"))
        .unwrap();
    let generated = &backfill.metadata(name)["backfill-generation-timestamp"];
    assert!(generated.is_string());
    let moved = tampered(Some(Tampering::Moved));
    assert!(
        moved
            .files
            .keys()
            .all(|name| name.starts_with("moved/AWSLogs/"))
    );
}

#[test]
fn a_missing_day_has_neither_logs_nor_digests_of_one_region() {
    let (all, missing) = (tampered(None), tampered(Some(Tampering::DayMissing)));
    let gone = all
        .files
        .keys()
        .filter(|name| !missing.files.contains_key(*name));
    let gone: Vec<&String> = gone.collect();
    let digests = gone.iter().filter(|name| name.contains("Digest_"));
    assert_eq!(digests.count(), 2 * 24, "each digest has a metadata file");
    assert!(gone.iter().all(|name| name.contains("/eu-west-1/")));
    assert!(gone.iter().any(|name| name.contains("/CloudTrail/")));
}

#[test]
fn each_change_has_a_name() {
    for tampering in Tampering::ALL {
        assert_eq!(tampering.name().parse(), Ok(tampering));
    }
    let refused = "log-lost".parse::<Tampering>().unwrap_err();
    assert!(
        refused.starts_with(
            "`log-lost` is not a way to tamper with a trail: try one of log-changed, "
        ),
        "{refused}"
    );
}

#[test]
fn a_trail_that_is_too_short_is_not_tampered_with() {
    let folder = tempfile::tempdir().unwrap();
    let trail = Trail {
        digests: true,
        tampering: Some(Tampering::DayMissing),
        ..Trail::new(folder.path().join("trail"))
    };
    let record = r#"{"eventVersion":"1.08","eventID":"a","eventTime":"2020-10-01T00:00:00Z","awsRegion":"us-east-1","recipientAccountId":"111122223333"}"#;
    let refused = ct_sim::Events::records([record])
        .write_trail(&trail)
        .unwrap_err();
    let Failure::Usage(error) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(
        error.to_string(),
        "day-missing needs at least 30 hours of records: use an earlier --from"
    );
}
