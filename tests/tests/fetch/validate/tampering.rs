//! Tests that every way in which ct-sim tampers with a trail is found and named, in a folder and in
//! a bucket.

use std::collections::BTreeMap;

use ct_sim::{Bucket, Events, Sim, Tampering, Traffic, Trail, WrittenTrail};
use ct_tests::Sandbox;
use serde_json::Value;

/// Each way of tampering, with the expected verdict on the tampered objects and the expected exit
/// status.
const EXPECTED: [(Tampering, &str, i32); 18] = [
    (Tampering::LogChanged, "invalid", 1),
    (Tampering::LogRemoved, "missing", 1),
    (Tampering::LogAdded, "not covered", 3),
    (Tampering::LogsSwapped, "invalid", 1),
    (Tampering::LogTruncated, "invalid", 1),
    (Tampering::LogRecompressed, "valid", 0),
    (Tampering::DigestChanged, "invalid", 1),
    (Tampering::DigestRemoved, "missing", 1),
    (Tampering::DigestsRemoved, "missing", 1),
    (Tampering::FirstDigestRemoved, "missing", 1),
    (Tampering::NewestDigestRemoved, "not covered", 3),
    (Tampering::OtherKey, "invalid", 1),
    (Tampering::PreviousHash, "invalid", 1),
    (Tampering::PreviousSignature, "invalid", 1),
    (Tampering::KeyRotated, "valid", 0),
    (Tampering::Backfill, "valid", 0),
    (Tampering::Moved, "valid", 0),
    (Tampering::DayMissing, "not covered", 3),
];

struct Tampered {
    sandbox: Sandbox,
    keys: String,
    written: WrittenTrail,
}

fn tampered(tampering: Option<Tampering>) -> Tampered {
    let sandbox = Sandbox::new();
    let trail = Trail {
        digests: true,
        tampering,
        ..Trail::new(sandbox.folder().join("trail"))
    };
    let until = "2020-10-02T00:00:00Z".parse().unwrap();
    let traffic = Traffic {
        from: "2020-09-29T20:00:00Z".parse().unwrap(),
        regions: vec![("us-east-1".to_owned(), 1)],
        ..Traffic::new(200, until)
    };
    let written = Events::generated(traffic).write_trail(&trail).unwrap();
    let keys = std::fs::read_to_string(trail.public_keys()).unwrap();
    Tampered {
        sandbox,
        keys,
        written,
    }
}

/// Runs `ct-fetch validate`, and returns its output lines by path and its exit status. The prefix
/// `place` is removed from the paths.
fn validate(sandbox: &Sandbox, words: &[&str], place: &str) -> (BTreeMap<String, Value>, i32) {
    let (out, _, code) = sandbox.run("ct-fetch", &[&["validate"], words].concat());
    let lines = out.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let path = line["path"].as_str().unwrap_or("period");
        let path = path.strip_prefix(place).unwrap_or(path);
        let bucket = "s3://ct-sim-trail/";
        (path.strip_prefix(bucket).unwrap_or(path).to_owned(), line)
    });
    (lines.collect(), code)
}

#[test]
fn every_tampering_has_its_verdict_offline_in_a_bucket_and_while_it_is_read() {
    for (tampering, expected, status) in EXPECTED {
        let name = tampering.name();
        let Tampered {
            sandbox,
            keys,
            written,
        } = tampered(Some(tampering));
        let words = ["trail", "--keys", "trail.public-keys.json", "--json"];
        let (offline, code) = validate(&sandbox, &words, "trail/");
        assert_eq!(code, status, "{name}");
        let not_valid = offline.values().filter(|line| line["verdict"] != "valid");
        assert_eq!(not_valid.count() == 0, status == 0, "{name}");
        let newest = Tampering::NewestDigestRemoved;
        for path in &written.tampered {
            match offline.get(path) {
                Some(line) => assert_eq!(line["verdict"], expected, "{name}: {line}"),
                // A tampered object has no line in the output only if it is the newest digest or
                // the second of two removed digests. No other digest names such a digest, so only
                // its log files show that it is missing.
                None => assert!(
                    [newest, Tampering::DigestsRemoved].contains(&tampering),
                    "{name}"
                ),
            }
        }
        assert!(
            offline.values().any(|line| line["verdict"] == expected),
            "{name}"
        );
        read_with_evidence(&sandbox, name, status);
        let events = Events::count(0)
            .bucket(Bucket::folder(
                "ct-sim-trail",
                sandbox.folder().join("trail"),
            ))
            .public_keys(keys);
        let sim = Sim::start(events);
        let words = ["s3://ct-sim-trail", "--json"];
        let (online, code) = validate(&Sandbox::beside(&sim), &words, "");
        assert_eq!(code, status, "{name}");
        let verdicts = |lines: &BTreeMap<String, Value>| -> Vec<(String, Value)> {
            let verdict = |(path, line): (&String, &Value)| (path.clone(), line["verdict"].clone());
            lines.iter().map(verdict).collect()
        };
        assert_eq!(verdicts(&online), verdicts(&offline), "{name}");
    }
}

/// Checks that runs with `--validate` agree with `status`, the exit status of `ct-fetch validate`:
/// with `require`, a run succeeds only if `status` is 0; with `warn`, it fails only if `status` is
/// 1.
fn read_with_evidence(sandbox: &Sandbox, name: &str, status: i32) {
    let run = |how: &str| {
        let from = ["--from", "trail", "--keys", "trail.public-keys.json"];
        let (_, said, code) = sandbox.run("ct-fetch", &[&from[..], &["--validate", how]].concat());
        (code, said)
    };
    let (code, said) = run("require");
    assert_eq!(code, if status == 0 { 0 } else { 255 }, "{name}: {said}");
    let (code, said) = run("warn");
    assert_eq!(code, if status == 1 { 255 } else { 0 }, "{name}: {said}");
    assert!(
        status != 3 || said.contains("not covered"),
        "{name}: {said}"
    );
}

#[test]
fn every_tampering_has_an_expected_verdict() {
    assert_eq!(EXPECTED.map(|(tampering, ..)| tampering), Tampering::ALL);
}

#[test]
fn a_valid_archive_is_accepted_for_any_minute_at_which_the_window_begins() {
    let sandbox = tampered(None).sandbox;
    for since in [
        "2020-10-01T03:00:00Z",
        "2020-10-01T03:01:30Z",
        "2020-10-01T03:04:59Z",
    ] {
        let from = ["--from", "trail", "--keys", "trail.public-keys.json"];
        let window = [
            "--since",
            since,
            "--until",
            "2020-10-01T12:00:00Z",
            "--late",
            "1h",
        ];
        let mut command = sandbox.command("ct-fetch");
        command
            .args(from)
            .args(window)
            .args(["--validate", "require"]);
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{since}: {said}");
    }
}
