//! Tests that an S3 bucket gets the same verdicts as a folder, and tests the AWS CLI's command
//! `validate-logs` on a bucket.

use std::fs;

use ct_sim::{Bucket, Events, S3Fault, S3FaultKind, Sim};
use ct_tests::Sandbox;

use super::chain::{ACCOUNT, Archive, BUCKET, Plan, REGION, Saved, gzip, listing, log_path, time};

const ARN: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit_trail";

/// A function that changes an archive.
type Tampering = fn(&Archive);

/// Every kind of change to an archive, with its name.
const TAMPERINGS: [(&str, Tampering); 10] = [
    ("nothing", |_| ()),
    ("a log file changed", |archive| {
        archive.write(&archive.log_files[2], gzip(br#"{"Records":[]}"#));
    }),
    ("a log file cut", |archive| {
        let stored = archive.read(&archive.log_files[3]);
        archive.write(&archive.log_files[3], &stored[..stored.len() - 9]);
    }),
    ("a log file that is no gzip", |archive| {
        archive.write(&archive.log_files[3], "<html>not found</html>");
    }),
    ("a log file removed", |archive| {
        archive.remove(&archive.log_files[4]);
    }),
    ("a log file added", |archive| {
        archive.write(&log_path(1, 20), gzip(br#"{"Records":[]}"#));
    }),
    ("a digest changed", |archive| {
        archive.edit(
            &archive.digests[1],
            "\"oldestEventTime\":\"2026-01-01T01",
            "\"oldestEventTime\":\"2026-01-01T00",
        );
    }),
    ("a digest that is no digest", |archive| {
        archive.write(&archive.digests[2], gzip(b"{}"));
    }),
    ("a digest removed", |archive| {
        archive.remove(&archive.digests[1]);
    }),
    ("the newest digest removed", |archive| {
        archive.remove(&archive.digests[3]);
    }),
];

fn archive() -> Archive {
    Archive::new(&Plan {
        saved: Saved::Everything,
        ..Plan::default()
    })
}

/// A plan that signs with the second key, because the AWS CLI reads only the encoding of this key.
fn plan_for_aws() -> Plan<'static> {
    Plan {
        saved: Saved::Everything,
        key: &|_| 1,
        named_key: &|_| 1,
        ..Plan::default()
    }
}

/// Moves an archive to the bucket and the prefix that its digests name, and serves the bucket.
fn serve(archive: &Archive, change: impl FnOnce(Events) -> Events) -> Sim {
    let folder = archive.path("bucket/p");
    fs::create_dir_all(&folder).unwrap();
    fs::rename(archive.path("AWSLogs"), folder.join("AWSLogs")).unwrap();
    let events = Events::count(0)
        .bucket(Bucket::folder(BUCKET, archive.path("bucket")))
        .public_keys(listing(&[0, 1]));
    Sim::start(change(events))
}

#[test]
fn a_bucket_has_the_same_verdicts_as_a_folder() {
    for (name, tamper) in TAMPERINGS {
        let archive = archive();
        tamper(&archive);
        let (folder, _, folder_code) = archive.validate(&["AWSLogs", "--json"]);
        let sim = serve(&archive, |events| events);
        let sandbox = Sandbox::beside(&sim);
        let arguments = ["validate", "s3://trail-bucket/p", "--json"];
        let (out, said, code) = sandbox.run("ct-fetch", &arguments);
        let there = format!("\"path\":\"s3://{BUCKET}/p/AWSLogs/");
        let folder = folder.replace("\"path\":\"AWSLogs/", &there);
        assert_eq!((out, code), (folder, folder_code), "{name}: {said}");
    }
}

#[test]
fn a_window_of_a_bucket_is_validated_without_listing_other_days() {
    let archive = Archive::new(&Plan {
        hours: 50,
        saved: Saved::Everything,
        ..Plan::default()
    });
    archive.remove(&archive.log_files[0]);
    let sim = serve(&archive, |events| events);
    let (since, until) = (time(24), time(47));
    let arguments = [
        "validate",
        "s3://trail-bucket",
        "--since",
        &since,
        "--until",
        &until,
        "--account",
        ACCOUNT,
        "--region",
        REGION,
    ];
    let (out, said, code) = Sandbox::beside(&sim).run("ct-fetch", &arguments);
    let summary = "ct-fetch: s3://trail-bucket/: 24 digests: 24 valid; 46 log files: 46 valid\n";
    assert_eq!((out.as_str(), said.as_str(), code), ("", summary, 0));
}

#[test]
fn objects_that_s3_refuses_are_named_and_the_rest_is_validated() {
    let archive = archive();
    let sim = serve(&archive, |events| {
        events.s3_fault(S3Fault::of_keys("*T0105Z_*", S3FaultKind::Kms))
    });
    let arguments = ["validate", "s3://trail-bucket/p"];
    let (out, said, code) = Sandbox::beside(&sim).run("ct-fetch", &arguments);
    let path = format!("s3://{BUCKET}/p/{}", archive.log_files[2]);
    assert_eq!(out, format!("not covered  {path}: it cannot be read\n"));
    assert!(
        said.starts_with(&format!("ct-fetch: cannot read {path}: ")),
        "{said}"
    );
    assert!(said.contains("kms:Decrypt"), "{said}");
    assert_eq!(code, 254);
}

#[test]
fn a_trail_is_found_by_its_arn_and_must_have_current_digests() {
    let archive = archive();
    let sim = serve(&archive, |events| events.trail(ARN, "s3://trail-bucket/p"));
    let sandbox = Sandbox::beside(&sim);
    sandbox.write("keys.json", listing(&[0]));
    let validate = |arguments: &[&str]| {
        let words = ["validate", "--keys", "keys.json", "--trail-arn"];
        sandbox.run("ct-fetch", &[&words[..], arguments].concat())
    };
    let (out, said, code) = validate(&[ARN, "--until", &time(4)]);
    assert_eq!((out.as_str(), code), ("", 0), "{said}");
    let (out, said, code) = validate(&[ARN]);
    let gap = format!("not covered  {ACCOUNT} {REGION} from {} to ", time(4));
    assert!(
        out.starts_with(&gap) && out.lines().count() == 1,
        "{out}{said}"
    );
    assert_eq!(code, 3);
    let other = ARN.replace("audit_trail", "other");
    let (_, said, code) = validate(&[&other]);
    let expected = format!(
        "ct-fetch: the trail {other} does not exist in the requested region: give its home region with --region, or use s3://BUCKET/PREFIX\n"
    );
    assert_eq!((said, code), (expected, 255));
    let (_, said, code) = sandbox.run("ct-fetch", &["validate", "--keys", "keys.json"]);
    let expected =
        "ct-fetch: nothing to validate: name a folder, s3://BUCKET/PREFIX or --trail-arn\n";
    assert_eq!((said.as_str(), code), (expected, 252));
}

#[test]
fn validate_logs_finds_the_bucket_by_the_arn_of_the_trail() {
    let archive = archive();
    let sim = serve(&archive, |events| events.trail(ARN, "s3://trail-bucket/p"));
    let sandbox = Sandbox::beside(&sim);
    let words = validate_logs(&[]);
    let place = ["--s3-bucket", BUCKET, "--s3-prefix", "p"];
    let without: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !place.contains(word))
        .collect();
    let named = sandbox.run("ct-fetch", &words);
    assert_eq!(named.2, 0, "{}", named.1);
    assert_eq!(sandbox.run("ct-fetch", &without), named);
}

/// The arguments of `validate-logs` for an archive of these tests, followed by `more`.
fn validate_logs<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let words = [
        "validate-logs",
        "--trail-arn",
        ARN,
        "--s3-bucket",
        BUCKET,
        "--s3-prefix",
        "p",
        "--region",
        REGION,
        "--start-time",
        "2026-01-01",
        "--end-time",
        "2026-01-01T04:00:00Z",
    ];
    [&words[..], more].concat()
}

#[test]
fn validate_logs_prints_the_aws_clis_messages() {
    let archive = archive();
    archive.write(&archive.log_files[2], gzip(br#"{"Records":[]}"#));
    archive.remove(&archive.log_files[4]);
    archive.remove(&archive.digests[0]);
    let sim = serve(&archive, |events| events);
    let sandbox = Sandbox::beside(&sim);
    let url = |path: &str| format!("s3://{BUCKET}/p/{path}");
    let (out, said, code) = sandbox.run("ct-fetch", &validate_logs(&[]));
    let expected = format!(
        "Validating log files for trail {ARN} between 2026-01-01T00:00:00Z and 2026-01-01T04:00:00Z\n\n\
         Results requested for 2026-01-01T00:00:00Z to 2026-01-01T04:00:00Z\n\
         Results found for 2026-01-01T01:00:00Z to 2026-01-01T04:00:00Z:\n\n\
         3/4 digest files valid, 1/4 digest files INVALID\n\
         4/6 log files valid, 2/6 log files INVALID\n"
    );
    assert_eq!((out, code), (expected, 1), "{said}");
    let expected = format!(
        "Log file\t{}\tINVALID: not found\n\nLog file\t{}\tINVALID: hash value doesn't match\n\nDigest file\t{}\tINVALID: not found\n\n",
        url(&archive.log_files[4]),
        url(&archive.log_files[2]),
        url(&archive.digests[0]),
    );
    assert_eq!(said, expected);
}

#[test]
fn validate_logs_refuses_what_the_aws_cli_refuses() {
    let sandbox = Sandbox::new().with("AWS_REGION", REGION);
    for (words, expected, status) in [
        (
            &["validate-logs"][..],
            "the following arguments are required: --trail-arn, --start-time",
            252,
        ),
        (
            &[
                "cloudtrail",
                "validate-logs",
                "--trail-arn",
                "x",
                "--start-time",
                "soon",
            ],
            "Unable to parse date value: soon",
            255,
        ),
        (
            &[
                "validate-logs",
                "--trail-arn",
                "x",
                "--start-time",
                "2026-01-01",
                "--s3-bucket",
                "b",
            ],
            "Invalid trail ARN provided: x",
            255,
        ),
        (
            &[
                "validate-logs",
                "--trail-arn",
                ARN,
                "--start-time",
                "2026-01-02",
                "--end-time",
                "2026-01-01",
            ],
            "Invalid time range specified: start-time must occur before end-time",
            255,
        ),
        (
            &[
                "validate-logs",
                "--trail-arn",
                ARN,
                "--start-time",
                "2026-01-02",
                "--verbos",
                "--nope",
            ],
            "Unknown options: --nope",
            252,
        ),
    ] {
        let (out, said, code) = sandbox.run("ct-fetch", words);
        assert!(said.contains(expected), "{said}");
        assert_eq!((out.as_str(), code), ("", status), "{words:?}");
    }
}

#[test]
#[ignore = "needs the AWS CLI: cargo xtask shared"]
fn validate_logs_gives_the_aws_clis_output_and_status() {
    for (name, tamper) in TAMPERINGS {
        let archive = Archive::new(&plan_for_aws());
        tamper(&archive);
        let sim = serve(&archive, |events| events);
        let sandbox = Sandbox::beside(&sim).with("AWS_DEFAULT_REGION", REGION);
        for more in [&[][..], &["--verbose"]] {
            let words = validate_logs(more);
            let theirs = sandbox.run("aws", &[&["cloudtrail"], &words[..]].concat());
            let ours = sandbox.run("ct-fetch", &words);
            assert_eq!(ours, theirs, "{name}");
        }
    }
}

#[test]
#[ignore = "needs the AWS CLI: cargo xtask shared"]
fn validate_logs_reads_a_chain_with_a_gap_and_backfill_digests_like_the_aws_cli() {
    let gap = Plan {
        last_before_gap: Some(1),
        ..plan_for_aws()
    };
    let backfill = Plan {
        is_backfill: true,
        ..plan_for_aws()
    };
    for plan in [gap, backfill] {
        let archive = Archive::new(&plan);
        let sim = serve(&archive, |events| events);
        let sandbox = Sandbox::beside(&sim).with("AWS_DEFAULT_REGION", REGION);
        let mut words = validate_logs(&["--verbose"]);
        let end = time(40);
        let last = words.len() - 2;
        words[last] = &end;
        let theirs = sandbox.run("aws", &[&["cloudtrail"], &words[..]].concat());
        let ours = sandbox.run("ct-fetch", &words);
        assert_eq!(ours, theirs);
    }
}
