//! Tests of written trails: layout, names, delays, duplicates and digests.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ct_core::exit::Failure;
use ct_sim::{Bucket, Category, Events, Sim, Traffic, Trail, WrittenTrail};
use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use crate::client::{Object, ask_all};

const COUNT: usize = 500;

pub(crate) fn events() -> Events {
    let until = "2020-10-02T00:00:00Z".parse::<Timestamp>().unwrap();
    let from = "2020-09-30T00:00:00Z".parse::<Timestamp>().unwrap();
    Events::generated(Traffic {
        from,
        regions: vec![("us-east-1".to_owned(), 1), ("eu-west-1".to_owned(), 1)],
        ..Traffic::new(COUNT, until)
    })
}

/// Returns every file in a folder and its subfolders, by its relative path.
pub(crate) fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            files.insert(name.to_owned(), fs::read(&path).unwrap());
        }
    }
    files
}

/// Returns the content of a gzip file.
pub(crate) fn inflate(bytes: &[u8]) -> std::io::Result<String> {
    let mut text = String::new();
    MultiGzDecoder::new(bytes).read_to_string(&mut text)?;
    Ok(text)
}

fn inflated(bytes: &[u8]) -> String {
    inflate(bytes).unwrap()
}

/// Returns the log files, each with its records.
fn log_files(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<Value>> {
    let logs = files.iter().filter(|(name, _)| !name.contains("Digest"));
    logs.map(|(name, bytes)| {
        let content: Value = serde_json::from_str(&inflated(bytes)).unwrap();
        (name.clone(), content["Records"].as_array().unwrap().clone())
    })
    .collect()
}

fn written(trail: Trail) -> (BTreeMap<String, Vec<u8>>, WrittenTrail) {
    let folder = tempfile::tempdir().unwrap();
    let trail = Trail {
        folder: folder.path().join("trail"),
        ..trail
    };
    let written = events().write_trail(&trail).unwrap();
    (tree(&trail.folder), written)
}

fn count_of(files: &BTreeMap<String, Vec<Value>>) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for record in files.values().flatten() {
        *counts.entry(record.to_string()).or_default() += 1;
    }
    counts
}

#[test]
fn every_record_is_in_one_file_of_its_region_2_to_10_minutes_after_it_happened() {
    let (files, counted) = written(Trail::new(""));
    let files = log_files(&files);
    let expected = WrittenTrail {
        files: files.len(),
        records: COUNT,
        duplicates: 0,
        digests: 0,
        tampered: vec![],
    };
    assert_eq!(counted, expected);
    for (name, records) in &files {
        let parts: Vec<&str> = name.split('/').collect();
        let [root, account, kind, region, year, month, day, name] = parts[..] else {
            panic!("{name}");
        };
        assert_eq!(
            (root, account, kind),
            ("AWSLogs", "111122223333", "CloudTrail")
        );
        let parts: Vec<&str> = name.split('_').collect();
        let [_, _, _, time, end] = parts[..] else {
            panic!("{name}");
        };
        assert_eq!(parts[..3], [account, kind, region]);
        assert!(time.starts_with(&format!("{year}{month}{day}T")));
        let unique = end.strip_suffix(".json.gz").unwrap();
        assert!(unique.len() == 16 && unique.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let (hour, minute) = (&time[9..11], &time[11..13]);
        let time: Timestamp = format!("{year}-{month}-{day}T{hour}:{minute}:00Z")
            .parse()
            .unwrap();
        for record in records {
            assert_eq!(record["awsRegion"], region);
            let happened: Timestamp = record["eventTime"].as_str().unwrap().parse().unwrap();
            let late = time.as_second() - happened.as_second();
            assert!((120..=600).contains(&late), "{late}");
        }
    }

    let served = ask_all(&Sim::start(events().any_region()), &json!({}));
    let served: Vec<Value> = served
        .iter()
        .flat_map(|page| page.json()["Events"].as_array().unwrap().clone())
        .map(|event| serde_json::from_str(event["CloudTrailEvent"].as_str().unwrap()).unwrap())
        .collect();
    let served = log_counts(served);
    assert_eq!(count_of(&files), served);
}

fn log_counts(records: Vec<Value>) -> HashMap<String, usize> {
    count_of(&BTreeMap::from([(String::new(), records)]))
}

#[test]
fn the_same_seed_writes_the_same_bytes() {
    let of_seed = |seed| {
        written(Trail {
            seed,
            ..Trail::new("")
        })
        .0
    };
    assert_eq!(of_seed(1), of_seed(1));
    let (one, other) = (of_seed(1), of_seed(2));
    assert!(one.keys().ne(other.keys()));
    assert_eq!(count_of(&log_files(&one)), count_of(&log_files(&other)));
}

#[test]
fn a_share_of_the_records_is_delivered_in_two_files() {
    let (files, counted) = written(Trail {
        duplicates: 210_000,
        ..Trail::new("")
    });
    let counts = count_of(&log_files(&files));
    let twice = counts.values().filter(|count| **count == 2).count();
    assert_eq!((counts.len(), twice), (COUNT, counted.duplicates));
    assert!((80..130).contains(&twice), "{twice}");
    for records in log_files(&files).values() {
        assert!(
            log_counts(records.clone())
                .values()
                .all(|count| *count == 1)
        );
    }
}

#[test]
fn an_organization_trail_has_its_id_above_the_accounts() {
    let (files, _) = written(Trail {
        organization: Some("o-exampleorg".to_owned()),
        ..Trail::new("")
    });
    let below = "AWSLogs/o-exampleorg/111122223333/CloudTrail/";
    assert!(files.keys().all(|name| name.starts_with(below)));
}

#[test]
fn each_category_is_in_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let until = "2020-10-02T00:00:00Z".parse::<Timestamp>().unwrap();
    let traffic = Traffic {
        categories: vec![
            Category::Management,
            Category::Data,
            Category::Network,
            Category::Insight,
        ],
        from: "2020-10-01T20:00:00Z".parse().unwrap(),
        ..Traffic::new(1000, until)
    };
    let trail = Trail::new(folder.path());
    Events::generated(traffic).write_trail(&trail).unwrap();
    let mut kinds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, records) in log_files(&tree(folder.path())) {
        let kind = name.split('/').nth(2).unwrap();
        let categories = records.iter().map(|record| text(record, "eventCategory"));
        let categories = categories.map(str::to_owned);
        kinds.entry(kind.to_owned()).or_default().extend(categories);
    }
    let kind = |name: &str, categories: &[&str]| {
        let categories = categories.iter().map(ToString::to_string);
        (name.to_owned(), categories.collect())
    };
    let expected = [
        kind("CloudTrail", &["Data", "Management"]),
        kind("CloudTrail-Insight", &["Insight"]),
        kind("CloudTrail-NetworkActivity", &["NetworkActivity"]),
    ];
    assert_eq!(kinds, BTreeMap::from(expected));
}

/// Returns the string in the field `member` of a digest.
pub(crate) fn text<'a>(digest: &'a Value, member: &str) -> &'a str {
    digest[member].as_str().unwrap()
}

pub(crate) fn sha256(text: &str) -> String {
    hex(digest(&SHA256, text.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    digits.collect::<Vec<_>>().concat()
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let byte = |place| u8::from_str_radix(&text[place..place + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}

#[test]
fn digests_list_every_file_and_sign_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let trail = Trail {
        digests: true,
        ..Trail::new(folder.path().join("trail"))
    };
    let counted = events().write_trail(&trail).unwrap();
    let keys: Value = serde_json::from_slice(&fs::read(trail.public_keys()).unwrap()).unwrap();
    let key = &keys["PublicKeyList"][0];
    let der = STANDARD.decode(text(key, "Value")).unwrap();
    assert_eq!(text(key, "Fingerprint"), hex(&Md5::digest(&der)));

    let files = tree(&trail.folder);
    let mut listed = Vec::new();
    for region in ["eu-west-1", "us-east-1"] {
        let root = format!("AWSLogs/111122223333/CloudTrail-Digest/{region}/");
        let mut previous: Option<(String, String, String)> = None;
        let digests = files
            .iter()
            .filter(|(name, _)| name.starts_with(&root) && name.ends_with("Z.json.gz"));
        let mut until = None;
        for (name, bytes) in digests {
            let content = inflated(bytes);
            let digest: Value = serde_json::from_str(&content).unwrap();
            assert_eq!(text(&digest, "digestS3Object"), name);
            assert_eq!(text(&digest, "digestS3Bucket"), "ct-sim-trail");
            let (start, end) = (
                text(&digest, "digestStartTime"),
                text(&digest, "digestEndTime"),
            );
            assert!(until.is_none_or(|until: String| until == start));
            until = Some(end.to_owned());
            let before = previous.as_ref();
            assert_eq!(
                [
                    &digest["previousDigestS3Object"],
                    &digest["previousDigestHashValue"],
                    &digest["previousDigestSignature"],
                ],
                [
                    &json!(before.map(|digest| &digest.0)),
                    &json!(before.map(|digest| &digest.1)),
                    &json!(before.map(|digest| &digest.2)),
                ]
            );
            let (folder, file) = name.rsplit_once('/').unwrap();
            let metadata: Value =
                serde_json::from_slice(&files[&format!("{folder}/.{file}.metadata.json")]).unwrap();
            let signature = text(&metadata["Metadata"], "signature").to_owned();
            let signed = format!(
                "{end}\nct-sim-trail/{name}\n{}\n{}",
                sha256(&content),
                before.map_or("null", |digest| &digest.2),
            );
            let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &der);
            public
                .verify(signed.as_bytes(), &unhex(&signature))
                .unwrap();
            for file in digest["logFiles"].as_array().unwrap() {
                let object = text(file, "s3Object");
                assert_eq!(text(file, "hashValue"), sha256(&inflated(&files[object])));
                listed.push(object.to_owned());
            }
            previous = Some((name.clone(), sha256(&content), signature));
        }
    }
    listed.sort();
    let logs: Vec<String> = log_files(&files).into_keys().collect();
    assert_eq!(listed, logs);
    let digests = files
        .keys()
        .filter(|name| name.ends_with("Z.json.gz") && name.contains("Digest"));
    assert_eq!(counted.digests, digests.count());

    // The signature is served as metadata of the digest, not as an object.
    let sim = Sim::start(Events::count(0).bucket(Bucket::folder("ct-sim-trail", &trail.folder)));
    let name = newest_digest(&files);
    let head = Object::signed(&sim, "HEAD", &format!("/ct-sim-trail/{name}"), &[]).unwrap();
    assert_eq!(head.header("x-amz-meta-signature").unwrap().len(), 512);
    let page = Object::get(
        &sim,
        "/ct-sim-trail?list-type=2&prefix=AWSLogs/111122223333/CloudTrail-Digest/",
    );
    assert!(!page.text().contains("metadata"));
}

/// Returns the name of the newest digest.
fn newest_digest(files: &BTreeMap<String, Vec<u8>>) -> &str {
    let mut names = files.keys();
    let newest =
        names.rfind(|name| name.contains("CloudTrail-Digest_") && name.ends_with("Z.json.gz"));
    newest.unwrap()
}

/// Returns the message of a failure, without the exit status.
fn said(failure: &Failure) -> String {
    match failure {
        Failure::Usage(error) | Failure::Other(error) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_existing_trail_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let trail = Trail::new(folder.path());
    events().write_trail(&trail).unwrap();
    let before = tree(folder.path());
    let refused = events().write_trail(&trail).unwrap_err();
    let path = folder.path().join("AWSLogs");
    assert_eq!(
        said(&refused),
        format!("{} already exists: use a different folder", path.display())
    );
    assert_eq!(tree(folder.path()), before);
}

#[test]
fn a_record_without_a_valid_folder_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let record = r#"{"eventVersion":"1.08","eventID":"a","eventTime":"2020-10-01T00:00:00Z","awsRegion":"../..","recipientAccountId":"111122223333"}"#;
    let refused = Events::records([record]).write_trail(&Trail::new(folder.path().join("t")));
    assert_eq!(
        said(&refused.unwrap_err()),
        "record 1: not a CloudTrail record: its folder cannot be named: there is no \
         recipientAccountId of twelve digits, or no awsRegion"
    );
}

#[test]
fn the_program_writes_a_trail_and_exits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail");
    let mut sim = Command::new(env!("CARGO_BIN_EXE_ct-sim"));
    sim.args(["--generate", "50", "--until", "2020-10-02T00:00:00Z"]);
    sim.args(["--from", "2020-10-01T22:00:00Z"]);
    sim.args(["--duplicates", "100%", "--digests", "--write-trail"]);
    let output = sim.arg(&path).output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!((output.stdout, output.status.code()), (Vec::new(), Some(0)));
    let counts = count_of(&log_files(&tree(&path)));
    assert_eq!(counts.len(), 50);
    assert!(counts.values().all(|count| *count == 2));
    assert!(folder.path().join("trail.public-keys.json").is_file());
}
