//! Tests that an S3 bucket gives the same records as a folder, despite failures.

use std::fs;
use std::path::Path;

use ct_core::exit::status;
use ct_sim::{ArchiveLayout, Bucket, Events, S3Fault, S3FaultKind, Sim};
use ct_tests::{Sandbox, outcome};

use super::{ACCOUNT, log_path, newest_first, record, trail, write};

/// A simulated S3 that serves the files of a sandbox as the bucket `trail`.
fn bucket(files: &Sandbox) -> Events {
    Events::count(0).bucket(Bucket::folder("trail", files.folder()))
}

/// A trail in a folder, the same trail in a simulated bucket, and the records of the trail.
/// `change` may change ct-sim's settings before it starts.
fn folder_and_bucket(change: impl FnOnce(Events) -> Events) -> (Sandbox, Sim, Vec<String>) {
    let files = Sandbox::new();
    let records = trail(&files);
    let sim = Sim::start(change(bucket(&files)));
    (files, sim, records)
}

fn from_bucket(sim: &Sim, arguments: &[&str]) -> (String, String, u8) {
    outcome(
        &Sandbox::beside(sim),
        &[&["--from", "s3://trail/AWSLogs"], arguments].concat(),
    )
}

fn count(sim: &Sim, operation: &str) -> usize {
    let requests = sim.requests();
    let of_it = |request: &&ct_sim::Request| request.operation == operation;
    requests.iter().filter(of_it).count()
}

#[test]
fn a_bucket_gives_the_same_bytes_as_a_folder() {
    let (files, sim, _) = folder_and_bucket(|events| events);
    for arguments in [
        &[][..],
        &["--order", "oldest"],
        &["--order", "none"],
        &["--memory", "1KiB"],
        &[
            "--since",
            "2025-12-31T23:58:00Z",
            "--until",
            "2026-01-01T00:04:00Z",
        ],
        &[
            "--event-name",
            "Create*",
            "--account",
            ACCOUNT,
            "--region",
            "us-east-1",
        ],
    ] {
        let arguments = &[arguments, &["-q"]].concat();
        let (folder, of_folder, _) =
            outcome(&files, &[&["--from", "AWSLogs"], &arguments[..]].concat());
        let (out, said, code) = from_bucket(&sim, arguments);
        assert_eq!((said, code), (of_folder, status::OK));
        assert!(out == folder, "{arguments:?}");
    }
}

#[test]
fn throttling_and_interrupted_bodies_do_not_change_the_output() {
    let (_files, sim, records) = folder_and_bucket(|events| {
        events
            .s3_fault(S3Fault::rate(0.1, S3FaultKind::SlowDown))
            .s3_fault(S3Fault::rate(0.2, S3FaultKind::Cut(100)))
            .s3_fault(S3Fault::rate(0.1, S3FaultKind::InternalError))
    });
    let (out, said, code) = from_bucket(&sim, &[]);
    assert_eq!(code, status::OK, "{said}");
    assert!(out == newest_first(&records));
    let requests = sim.requests();
    assert!(requests.iter().any(|request| request.range.is_some()));
}

#[test]
fn the_region_of_a_bucket_is_detected() {
    let files = Sandbox::new();
    let records = trail(&files);
    let bucket = Bucket::folder("trail", files.folder()).region("eu-central-1");
    let sim = Sim::start(Events::count(0).bucket(bucket));
    let (out, said, code) = from_bucket(&sim, &[]);
    assert_eq!(code, status::OK, "{said}");
    assert!(out == newest_first(&records));
}

#[test]
fn few_requests_list_a_day_of_an_organization_with_two_million_files() {
    let layout = ArchiveLayout::organization(50);
    let account = layout.accounts[7].clone();
    assert_eq!(layout.keys(), 2_040_000);
    let sim = Sim::start(Events::count(0).bucket(Bucket::layout("trail", layout)));
    let listed = |arguments: &[&str]| {
        let before = count(&sim, "ListObjectsV2");
        let day = [
            "--from",
            "s3://trail",
            "--list-files",
            "--region",
            "eu-west-1",
            "--since",
            "2020-09-10",
            "--until",
            "2020-09-10T23:59:59Z",
        ];
        let (out, said, code) = outcome(&Sandbox::beside(&sim), &[&day, arguments].concat());
        assert_eq!(code, status::OK, "{said}");
        let files = out
            .lines()
            .filter(|line| line.contains("/eu-west-1/2020/09/10/"));
        (files.count(), count(&sim, "ListObjectsV2") - before)
    };
    let (files, requests) = listed(&["--account", &account]);
    assert_eq!(files, 80);
    assert!(requests <= 20, "{requests}");
    let (files, requests) = listed(&[]);
    assert_eq!(files, 50 * 80);
    assert!(requests <= 5 + 2 * 50, "{requests}");
}

#[test]
fn a_window_of_months_is_listed_by_days_if_a_day_has_more_than_a_page() {
    let layout = ArchiveLayout {
        accounts: vec![ACCOUNT.to_owned()],
        regions: vec!["us-east-1".to_owned()],
        days: 70,
        files_a_day: 1_440,
        ..ArchiveLayout::organization(1)
    };
    let sim = Sim::start(Events::count(0).bucket(Bucket::layout("trail", layout)));
    let listed = |arguments: &[&str]| {
        let all = [&["--from", "s3://trail", "--list-files", "-q"], arguments].concat();
        let (out, said, code) = outcome(&Sandbox::beside(&sim), &all);
        assert_eq!((code, said.as_str()), (status::OK, ""));
        out.lines().count()
    };
    assert_eq!(listed(&[]), 70 * 1_440);
    let window = [
        "--since",
        "2020-09-05T12:00",
        "--until",
        "2020-11-01T11:59",
        "--late",
        "0s",
    ];
    // The files of the four minutes before the window are listed too, because they may contain
    // events of the window.
    assert_eq!(listed(&window), 57 * 1_440 + 4);
}

/// Runs ct-fetch on a bucket in which one of seven files is unavailable. Returns the messages, the
/// exit status, and whether the records of the other files were written.
fn without_one(kind: S3FaultKind) -> (String, u8, bool) {
    let key = log_path(900);
    let (_files, sim, records) =
        folder_and_bucket(|events| events.s3_fault(S3Fault::of_keys(format!("*{key}"), kind)));
    let (out, said, code) = from_bucket(&sim, &["-q"]);
    let is_rest = out.lines().count() > 200
        && records
            .iter()
            .filter(|record| out.contains(*record))
            .count()
            == out.lines().count();
    (said.replace(&key, "KEY"), code, is_rest)
}

#[test]
fn an_unavailable_object_is_named_with_its_remedy_and_the_rest_is_delivered() {
    let end = "\nct-fetch: some objects could not be read: see the lines above; all other records were \
         delivered\n";
    for (kind, remedy) in [
        (
            S3FaultKind::Glacier,
            ": restore it from S3 Glacier, and run it again",
        ),
        (
            S3FaultKind::Kms,
            ": allow kms:Decrypt on the key that the trail is encrypted with",
        ),
        (
            S3FaultKind::Gone,
            ": it existed when the bucket was listed: run it again",
        ),
    ] {
        let (said, code, is_rest) = without_one(kind);
        assert!(
            said.starts_with("ct-fetch: cannot read s3://trail/KEY: "),
            "{said}"
        );
        assert!(said.ends_with(&format!("{remedy}{end}")), "{said}");
        assert_eq!((code, is_rest), (status::REFUSED, true), "{said}");
    }
}

#[test]
fn an_unlistable_bucket_is_named_with_its_status() {
    let (_files, sim, _) = folder_and_bucket(|events| {
        let denied = S3Fault::of_keys("*home*", S3FaultKind::Denied);
        events.s3_fault(denied)
    });
    for (from, start, code) in [
        (
            "s3://other/AWSLogs",
            "ct-fetch: cannot list s3://other/AWSLogs/: NoSuchBucket: ",
            status::REFUSED,
        ),
        (
            "s3://trail/home",
            "ct-fetch: cannot list s3://trail/home/: AccessDenied: ",
            status::REFUSED,
        ),
        (
            "s3://trail/none",
            "ct-fetch: no CloudTrail records in s3://trail/none: ",
            status::OTHER,
        ),
        (
            "s3://",
            "ct-fetch: --from s3:// is not a bucket: ",
            status::USAGE,
        ),
    ] {
        let (out, said, was) = outcome(&Sandbox::beside(&sim), &["--from", from, "-q"]);
        assert_eq!((out.as_str(), was), ("", code), "{said}");
        assert!(said.starts_with(start), "{said}");
    }
}

#[test]
fn without_credentials_no_request_is_sent() {
    let (_files, sim, _) = folder_and_bucket(|events| events);
    let sandbox = Sandbox::beside(&sim)
        .without("AWS_ACCESS_KEY_ID")
        .without("AWS_SECRET_ACCESS_KEY");
    let (_, said, code) = outcome(&sandbox, &["--from", "s3://trail", "-q"]);
    assert_eq!(
        (said.as_str(), code),
        (
            "ct-fetch: no credentials for listing s3://trail/: none were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or pass --profile\n",
            status::CONFIGURATION
        )
    );
    assert_eq!(sim.requests(), []);
}

#[test]
fn ten_events_are_read_from_at_most_one_file_in_a_hundred() {
    let layout = ArchiveLayout {
        regions: vec!["us-east-1".to_owned()],
        ..ArchiveLayout::organization(2)
    };
    let files = layout.keys();
    let sim = Sim::start(Events::count(0).bucket(Bucket::layout("trail", layout)));
    let arguments = ["--from", "s3://trail", "--max-items", "10", "-q"];
    let (out, said, code) = outcome(&Sandbox::beside(&sim), &arguments);
    assert_eq!(
        (out.lines().count(), said.as_str(), code),
        (10, "", status::OK)
    );
    let read = count(&sim, "GetObject") as u64;
    assert!(read * 100 <= files, "{read} of {files}");
}

#[test]
fn objects_and_folders_can_be_named_individually() {
    let (_files, sim, _) = folder_and_bucket(|events| events);
    let sandbox = Sandbox::beside(&sim);
    let own = record(7, 1);
    write(&sandbox, "own.ndjson", &own);
    let list = format!("s3://trail/{}\nown.ndjson\n", log_path(300));
    write(&sandbox, "list", list);
    let (out, said, code) = outcome(&sandbox, &["--files-from", "list"]);
    assert_eq!(code, status::OK, "{said}");
    assert!(
        out.contains(&own) && said.contains("2 of 2 files read"),
        "{said}"
    );
    let (out, _, _) = outcome(
        &sandbox,
        &["--from", "s3://trail/AWSLogs", "--list-files", "-q"],
    );
    assert_eq!(out.lines().count(), 7);
    assert!(
        out.lines()
            .all(|line| line.starts_with("s3://trail/AWSLogs/"))
    );
}

#[test]
fn an_object_longer_than_a_part_is_read_completely() {
    let files = Sandbox::new();
    let records: Vec<String> = (0..60_000)
        .map(|number| record(number, number % 1_500))
        .collect();
    let text = records.join("\n");
    assert!(text.len() > 17 << 20);
    write(&files, "AWSLogs/all.ndjson", text);
    let sim = Sim::start(bucket(&files).s3_fault(S3Fault::rate(0.3, S3FaultKind::Cut(1 << 20))));
    let arguments = ["--order", "none", "--keep-duplicates", "-q"];
    let (out, said, code) = from_bucket(&sim, &arguments);
    assert_eq!((said.as_str(), code), ("", status::OK));
    assert!(out.lines().eq(records.iter().map(String::as_str)));
}

#[test]
fn options_of_s3_are_refused_without_a_bucket() {
    let sandbox = Sandbox::new();
    let records = trail(&sandbox);
    assert!(!records.is_empty());
    let key = sandbox.write("key", "short");
    let key = key.to_str().unwrap();
    for (arguments, expected) in [
        (
            &["--from", "AWSLogs", "--request-payer", "requester"][..],
            "ct-fetch: --request-payer requires --from s3://…: name a bucket, or remove --request-payer\n"
                .to_owned(),
        ),
        (
            &["--from", "s3://b", "--sse-customer-key", key],
            format!(
                "ct-fetch: {key} does not contain an AES-256 key: a key consists of 32 bytes, raw or in \
                Base64: use a different file\n"
            ),
        ),
        (
            &["--from", "s3://b", "--profile", "a,b"],
            "ct-fetch: a bucket is read with one identity, but several are given: give one \
             --profile or --role-arn\n"
                .to_owned(),
        ),
    ] {
        let (_, said, code) = outcome(&sandbox, arguments);
        assert_eq!((said, code), (expected, status::USAGE));
    }
    assert!(fs::exists(Path::new(key)).unwrap());
}

#[test]
fn a_second_trail_below_one_folder_is_read_and_other_folders_are_named() {
    let files = Sandbox::new();
    let records = trail(&files);
    let moved = |from: &str, to: &str| {
        fs::create_dir_all(files.folder().join(to).parent().unwrap()).unwrap();
        fs::rename(files.folder().join(from), files.folder().join(to)).unwrap();
    };
    let last = log_path(2_100);
    moved(&last, &format!("security/{last}"));
    write(&files, "logs/x.log", "no record");
    fs::remove_dir_all(files.folder().join("home")).unwrap();
    let sim = Sim::start(bucket(&files));
    let (out, said, code) = outcome(&Sandbox::beside(&sim), &["--from", "s3://trail"]);
    assert!(out == newest_first(&records));
    assert!(
        said.contains("7 of 7 files read")
            && said.starts_with("ct-fetch: s3://trail/logs/, next to AWSLogs/, was not searched: add it with --from, or name only AWSLogs/\n"),
        "{said}"
    );
    assert_eq!(code, status::OK);
}
