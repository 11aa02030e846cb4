//! Tests that an attacker cannot hide a change of an archive by adding files, removing whole parts
//! or replacing keys.

use std::fs;
use std::path::Path;

use ct_sim::{Bucket, Events, Sim};
use ct_tests::Sandbox;
use ct_tests::service::Service;

use super::chain::{ACCOUNT, Archive, BUCKET, Plan, REGION, Saved, gzip, listing, time};
use super::{NO_DIGEST, expect, period};

fn archive(trail: &str) -> Archive {
    Archive::new(&Plan {
        trail,
        saved: Saved::Everything,
        ..Plan::default()
    })
}

/// Copies the files of the folder `from` into the folder `to`, with subfolders.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, to) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(path, to).unwrap();
        }
    }
}

#[test]
fn an_added_file_without_a_cloudtrail_name_is_not_covered() {
    let beside = archive("audit_trail");
    beside.write("AWSLogs/extra.json", r#"{"Records":[]}"#);
    let reason = "its name is not a CloudTrail file name: it was added";
    let lines = [("not covered", "AWSLogs/extra.json", reason)];
    expect(&beside, &["--since", &time(1)], &lines, 3);
    let archive = archive("audit_trail");
    let (folder, _) = archive.log_files[2].rsplit_once('/').unwrap();
    let added = format!("{folder}/more.json");
    archive.write(&added, r#"{"Records":[]}"#);
    archive.write(
        &format!("AWSLogs/{ACCOUNT}/elasticloadbalancing/log.txt"),
        "",
    );
    archive.write(&format!("{folder}/.hidden"), "");
    let lines = [("not covered", added.as_str(), reason)];
    expect(&archive, &[], &lines, 3);
    expect(&archive, &["--until", &time(3)], &lines, 3);
    expect(&archive, &["--region", "eu-west-1"], &lines, 3);
    let url = format!("s3://{BUCKET}/p/{added}");
    let sim = serve(&archive, 0);
    let arguments = ["validate", "s3://trail-bucket/p"];
    let sandbox = Sandbox::beside(&sim);
    let mut command = sandbox.command("ct-fetch");
    let output = command.args(arguments).output().unwrap();
    let expected = format!("not covered  {url}: {reason}\n");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    assert_eq!(output.status.code(), Some(3));
}

fn serve(archive: &Archive, key: usize) -> Sim {
    let folder = archive.path("bucket/p");
    fs::create_dir_all(&folder).unwrap();
    fs::rename(archive.path("AWSLogs"), folder.join("AWSLogs")).unwrap();
    let events = Events::count(0)
        .bucket(Bucket::folder(BUCKET, archive.path("bucket")))
        .public_keys(listing(&[key]));
    Sim::start(events)
}

#[test]
fn the_digests_of_another_trail_do_not_hide_that_the_newest_digests_are_missing() {
    let archive = archive("audit_trail");
    copy(
        &self::archive("other").path("AWSLogs"),
        &archive.path("AWSLogs"),
    );
    expect(&archive, &["--until", &time(4)], &[], 0);
    archive.remove(&archive.digests[3]);
    archive.remove(&archive.digests[2]);
    let gap = period(2, 4);
    let trail = format!("{ACCOUNT}_CloudTrail-Digest_{REGION}_audit_trail_{REGION}");
    let reason = format!(
        "no digest of {trail} covers this period: logging or validation was off, or digests were removed"
    );
    expect(
        &archive,
        &["--until", &time(4)],
        &[("not covered", &gap, &reason)],
        3,
    );
}

#[test]
fn a_region_that_ends_hours_before_the_others_is_not_covered_to_the_end() {
    let archive = Archive::new(&Plan {
        hours: 8,
        saved: Saved::Everything,
        ..Plan::default()
    });
    let other = self::archive("audit_trail");
    // The files of the copied trail count as those of another region, and end four hours earlier
    // than the files of `archive`.
    copy(
        &other.path("AWSLogs"),
        &archive.path("AWSLogs/copy/AWSLogs"),
    );
    let (out, said, code) = archive.validate(&["AWSLogs"]);
    assert_eq!(
        out,
        format!("not covered  {}: {NO_DIGEST}\n", period(4, 8)),
        "{said}"
    );
    assert_eq!(code, 3);
}

#[test]
fn a_region_or_account_that_is_named_must_have_digests() {
    let archive = archive("audit_trail");
    let gap =
        |account: &str, region: &str| format!("{account} {region} from {} to {}", time(0), time(4));
    let window = ["--since", &time(0), "--until", &time(4)];
    let region = gap(ACCOUNT, "us-east-1");
    let both = ["--region", "eu-west-1,us-east-1"];
    let words = [&window[..], &both].concat();
    expect(&archive, &words, &[("not covered", &region, NO_DIGEST)], 3);
    let account = gap("444455556666", REGION);
    let both = ["--account", "111122223333,444455556666"];
    let words = [&window[..], &both].concat();
    expect(&archive, &words, &[("not covered", &account, NO_DIGEST)], 3);
}

#[test]
fn a_file_of_saved_keys_replaces_no_other_file() {
    let archive = archive("audit_trail");
    let kept = archive.read(&archive.log_files[0]);
    let (_, said, code) = archive.validate(&["AWSLogs", "--save-keys", &archive.log_files[0]]);
    let expected = format!(
        "ct-fetch: --save-keys {}: the file exists and does not contain public keys: use a \
         different file\n",
        archive.log_files[0]
    );
    assert_eq!((said, code), (expected, 252));
    assert_eq!(archive.read(&archive.log_files[0]), kept);
    let (_, said, code) = archive.validate(&["AWSLogs", "--save-keys", "keys.json"]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn an_archive_signed_with_an_unlisted_key_is_invalid() {
    let forged = Archive::new(&Plan {
        saved: Saved::Everything,
        key: &|_| 2,
        named_key: &|_| 2,
        ..Plan::default()
    });
    let sim = serve(&forged, 0);
    let sandbox = Sandbox::beside(&sim);
    let mut command = sandbox.command("ct-fetch");
    let output = command.args(["validate", "s3://trail-bucket"]).output();
    let output = output.unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let digests = out.lines().filter(|line| {
        line.starts_with("invalid      s3://") && line.contains("CloudTrail has no public key")
    });
    assert_eq!((digests.count(), out.lines().count()), (4, 12), "{out}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_log_file_replaced_by_that_of_another_hour_is_invalid() {
    let archive = archive("audit_trail");
    let content = archive.read(&archive.log_files[2]);
    archive.write(&archive.log_files[4], content);
    archive.remove(&archive.log_files[2]);
    let name = archive.log_files[2].rsplit('/').next().unwrap();
    let url = format!("s3://trail-bucket/p/{}", archive.log_files[2]);
    let reason = format!("it has the content of a different log file: {name}");
    let lines = [
        ("missing", url.as_str(), "the digest lists it: {1}"),
        ("invalid", &archive.log_files[4], &reason),
    ];
    expect(&archive, &[], &lines, 1);
}

#[test]
fn a_replayed_digest_of_an_empty_hour_does_not_pass_for_another() {
    let empty = |hour: usize, digest: &mut serde_json::Value| {
        if hour == 0 {
            digest["logFiles"] = serde_json::json!([]);
        }
    };
    let archive = Archive::new(&Plan {
        saved: Saved::Everything,
        edit: &empty,
        ..Plan::default()
    });
    for at in 0..4 {
        archive.remove(&archive.log_files[at]);
    }
    // Replace the digest of the second hour, with its signature, by the digest of the first hour.
    let metadata = |path: &str| {
        let (folder, name) = path.rsplit_once('/').unwrap();
        format!("{folder}/.{name}.metadata.json")
    };
    let [first, second] = [&archive.digests[0], &archive.digests[1]];
    archive.write(second, archive.read(first));
    archive.write(&metadata(second), archive.read(&metadata(first)));
    let reason = "it contains the digest {0}, not the one in its name";
    expect(&archive, &[], &[("invalid", second, reason)], 1);
}

#[test]
fn a_log_file_with_more_after_its_end_is_invalid() {
    let archive = archive("audit_trail");
    let [more, padded] = [2, 3].map(|at| &archive.log_files[at]);
    let stored = archive.read(more);
    archive.write(more, [&stored[..], &gzip(br#"{"Records":[]}"#)].concat());
    archive.write(padded, [&archive.read(padded)[..], b"{}"].concat());
    let lines = [
        ("invalid", more.as_str(), super::CHANGED),
        (
            "invalid",
            padded,
            "bytes that are not gzip follow the gzip data",
        ),
    ];
    expect(&archive, &[], &lines, 1);
}

#[test]
fn digests_of_a_trail_whose_name_ends_like_the_named_one_do_not_count() {
    // With `--trail-arn` of the trail `trail`, the digests of the trail `audit_trail` must not be
    // accepted.
    let archive = archive("audit_trail");
    let sim = serve(&archive, 0);
    let arn = format!("arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/trail");
    let body = serde_json::json!({"trailList": [{
        "TrailARN": arn, "S3BucketName": BUCKET, "S3KeyPrefix": "p",
    }]});
    let service = Service::start(move |_| (200, body.to_string()));
    let sandbox = Sandbox::beside(&sim).with("AWS_ENDPOINT_URL_CLOUDTRAIL", service.url());
    sandbox.write("keys.json", listing(&[0]));
    let mut command = sandbox.command("ct-fetch");
    let words = [
        "validate",
        "--keys",
        "keys.json",
        "--trail-arn",
        &arn,
        "--until",
    ];
    let output = command.args(words).arg(time(4)).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains(": 0 digests; 8 log files: 8 not covered"),
        "{said}"
    );
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn a_bucket_is_read_as_the_requester_and_with_the_customers_key_if_asked() {
    let key = "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/01/01/111122223333_CloudTrail-Digest_eu-west-1_t_eu-west-1_20260101T010000Z.json.gz";
    let service = Service::start(move |request| {
        if request.line.contains("list-type=2") && request.line.contains("eu-west-1") {
            let listed = format!("<Contents><Key>{key}</Key><Size>1</Size></Contents>");
            let page = format!(
                "<ListBucketResult><IsTruncated>false</IsTruncated>{listed}</ListBucketResult>"
            );
            return (200, page);
        }
        let denied = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
        (403, denied.to_owned())
    });
    let sandbox = Sandbox::new()
        .with("AWS_ENDPOINT_URL", service.url())
        .with("AWS_REGION", REGION)
        .with("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .with(
            "AWS_SECRET_ACCESS_KEY",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        );
    sandbox.write("key", [7; 32]);
    sandbox.write("keys.json", listing(&[0]));
    let run = |words: &[&str]| {
        let (_, said, code) = sandbox.run("ct-fetch", &[&["validate"], words].concat());
        (said, code)
    };
    let folder = "s3://b/AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/";
    let pays = ["--request-payer", "requester"];
    let words = [
        &[folder, "--keys", "keys.json", "--sse-customer-key", "key"],
        &pays[..],
    ]
    .concat();
    let (said, code) = run(&words);
    assert!(said.contains("AccessDenied"), "{said}");
    assert_eq!(code, 254);
    let requests = service.requests();
    let [list, get] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    for request in [list, get] {
        assert_eq!(request.header("x-amz-request-payer"), Some("requester"));
    }
    let algorithm = "x-amz-server-side-encryption-customer-algorithm";
    assert_eq!(
        (list.header(algorithm), get.header(algorithm)),
        (None, Some("AES256"))
    );
    let (said, code) = run(&[&["folder"], &pays[..]].concat());
    let expected = "ct-fetch: --request-payer requires s3://BUCKET/PREFIX or --trail-arn: name a bucket, or remove --request-payer\n";
    assert_eq!((said.as_str(), code), (expected, 252));
}

#[test]
fn a_digest_with_changed_times_stays_in_the_window() {
    let archive = archive("audit_trail");
    for (name, hour) in [("digestStartTime", 1), ("digestEndTime", 2)] {
        let field = |time: &str| format!("\"{name}\":\"{time}\"");
        archive.edit(
            &archive.digests[1],
            &field(&time(hour)),
            &field("2030-01-01T00:00:00Z"),
        );
    }
    let (out, said, code) = archive.validate(&["AWSLogs", "--until", &time(4)]);
    let line = format!("invalid      {}: ", archive.digests[1]);
    assert!(out.contains(&line), "{out}{said}");
    assert_eq!(code, 1);
}

#[test]
fn a_digest_that_nothing_authenticates_covers_no_more_than_the_hour_in_its_name() {
    let archive = Archive::new(&Plan {
        saved: Saved::Nothing,
        ..Plan::default()
    });
    let newest = &archive.digests[3];
    let start = |hour: usize| format!("\"digestStartTime\":\"{}\"", time(hour));
    archive.edit(newest, &start(3), &start(1));
    archive.edit(newest, "20260101T030000Z", "20260101T010000Z");
    for path in &archive.digests[1..3] {
        archive.remove(path);
    }
    for path in &archive.log_files[2..6] {
        archive.remove(path);
    }
    let (out, said, code) = archive.validate(&["AWSLogs"]);
    let gap = format!("not covered  {}: {NO_DIGEST}\n", period(1, 3));
    assert!(out.contains(&gap), "{out}{said}");
    assert_eq!(code, 1);
}

#[test]
fn a_second_trail_in_a_bucket_is_validated() {
    let archive = archive("audit_trail");
    let other = self::archive("other");
    other.write(&other.log_files[2], gzip(b"changed"));
    other.remove(&other.log_files[4]);
    copy(
        &other.path("AWSLogs"),
        &archive.path("bucket/team2/AWSLogs"),
    );
    copy(&archive.path("AWSLogs"), &archive.path("bucket/AWSLogs"));
    let events = Events::count(0)
        .bucket(Bucket::folder(BUCKET, archive.path("bucket")))
        .public_keys(listing(&[0]));
    let sim = Sim::start(events);
    let sandbox = Sandbox::beside(&sim);
    let mut command = sandbox.command("ct-fetch");
    let output = command.args(["validate", "s3://trail-bucket"]).output();
    let output = output.unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let changed = format!("invalid      s3://{BUCKET}/team2/{}: ", other.log_files[2]);
    assert!(
        out.contains(&changed) && out.contains("missing      "),
        "{out}"
    );
    assert_eq!(
        (out.lines().count(), output.status.code()),
        (2, Some(1)),
        "{out}"
    );
}
