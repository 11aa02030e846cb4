//! Tests that `ct-fetch validate` detects and reports every change to an archive.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows unwrap in tests, but not in their helper functions"
)]

mod attacks;
mod bucket;
mod chain;
mod digests;
mod keys;
mod reading;
mod tampering;

use std::fs;

use chain::{ACCOUNT, Archive, Plan, REGION, Saved, gzip, log_path, time};
use serde_json::{Value, json};

/// A line of the output. In `reason`, `{0}` is replaced by the name of the digest for hour 0, `{1}`
/// for hour 1, and so on.
fn line(archive: &Archive, verdict: &str, path: &str, reason: &str) -> String {
    let mut reason = reason.to_owned();
    for (hour, digest) in archive.digests.iter().enumerate() {
        let name = digest.rsplit('/').next().unwrap();
        reason = reason.replace(&format!("{{{hour}}}"), name);
    }
    format!("{verdict:<11}  {path}: {reason}\n")
}

/// Validates the archive, and compares the exit status and the output with `status` and `lines`.
/// Each expected line is a verdict, a path and a reason.
fn expect(archive: &Archive, arguments: &[&str], lines: &[(&str, &str, &str)], status: i32) {
    let (out, said, code) = archive.validate(&[&["AWSLogs"], arguments].concat());
    let lines = lines.iter();
    let expected: String = lines
        .map(|(verdict, path, reason)| line(archive, verdict, path, reason))
        .collect();
    assert_eq!(out, expected, "{said}");
    assert_eq!(code, status, "{said}");
}

const CHANGED: &str = "its content does not match the hash in the digest: {1}";

const NO_DIGEST: &str =
    "no digest covers this period: logging or validation was off, or digests were removed";

fn period(from: usize, to: usize) -> String {
    format!("{ACCOUNT} {REGION} from {} to {}", time(from), time(to))
}

#[test]
fn an_untouched_archive_is_valid_and_covered() {
    let archive = Archive::new(&Plan::default());
    let (out, said, code) = archive.validate(&["AWSLogs"]);
    let summary = "ct-fetch: AWSLogs: 4 digests: 4 valid; 8 log files: 8 valid\n";
    assert_eq!((out.as_str(), said.as_str(), code), ("", summary, 0));
    let (out, said, code) = archive.validate(&["AWSLogs", "--verbose", "--quiet"]);
    assert_eq!((out.lines().count(), said.as_str(), code), (12, "", 0));
    assert!(
        out.lines()
            .all(|line| line.starts_with("valid        AWSLogs/")),
        "{out}"
    );
}

#[test]
fn json_has_one_line_per_file_and_per_period() {
    let archive = Archive::new(&Plan {
        hours: 1,
        ..Plan::default()
    });
    archive.remove(&archive.log_files[1]);
    let arguments = ["AWSLogs", "--json", "--until", &time(2)];
    let (out, _, code) = archive.validate(&arguments);
    let lines: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let name = archive.digests[0].rsplit('/').next().unwrap();
    let about = |mut line: Value| {
        line["account"] = json!(ACCOUNT);
        line["region"] = json!(REGION);
        line
    };
    let expected = [
        json!({"verdict": "valid", "kind": "log file", "path": archive.log_files[0]}),
        json!({
            "verdict": "missing", "kind": "log file", "path": format!("s3://trail-bucket/p/{}", archive.log_files[1]),
            "reason": format!("the digest lists it: {name}"),
        }),
        json!({
            "verdict": "not covered", "kind": "period", "start": time(1), "end": time(2),
            "reason": "no digest covers this period: logging or validation was off, or digests \
             were removed",
        }),
        json!({"verdict": "valid", "kind": "digest", "path": archive.digests[0]}),
    ];
    assert_eq!((lines, code), (expected.map(about).to_vec(), 1));
}

#[test]
fn a_changed_removed_or_truncated_log_file_is_named() {
    let archive = Archive::new(&Plan::default());
    let [changed, removed, cut] = [2, 4, 6].map(|at| &archive.log_files[at]);
    archive.write(changed, gzip(br#"{"Records":[]}"#));
    let url = format!("s3://trail-bucket/p/{removed}");
    archive.remove(removed);
    let stored = archive.read(cut);
    archive.write(cut, &stored[..stored.len() - 9]);
    let lines = [
        ("invalid", changed.as_str(), CHANGED),
        ("missing", url.as_str(), "the digest lists it: {2}"),
        ("invalid", cut.as_str(), "the gzip data is truncated"),
    ];
    expect(&archive, &[], &lines, 1);
}

#[test]
fn exchanged_log_files_are_named_with_the_owner_of_their_content() {
    let archive = Archive::new(&Plan::default());
    let [one, other] = [2, 3].map(|at| archive.log_files[at].clone());
    let content = [&one, &other].map(|path| archive.read(path));
    archive.write(&one, &content[1]);
    archive.write(&other, &content[0]);
    let name = |path: &str| {
        format!(
            "it has the content of a different log file: {}",
            path.rsplit('/').next().unwrap()
        )
    };
    let lines = [
        ("invalid", one.as_str(), &*name(&other)),
        ("invalid", other.as_str(), &*name(&one)),
    ];
    expect(&archive, &[], &lines, 1);
}

#[test]
fn a_log_file_that_no_digest_lists_is_not_covered() {
    let archive = Archive::new(&Plan::default());
    let added = log_path(1, 20);
    archive.write(&added, gzip(br#"{"Records":[]}"#));
    let late = log_path(3, 50);
    archive.write(&late, gzip(br#"{"Records":[]}"#));
    let lines = [
        (
            "not covered",
            added.as_str(),
            "no digest lists it, although digests cover its time: it was added, or a trail \
             without validation delivered it",
        ),
        (
            "not covered",
            late.as_str(),
            "no digest lists it yet: the next digest may list it",
        ),
    ];
    expect(&archive, &[], &lines, 3);
}

#[test]
fn a_recompressed_or_decompressed_log_file_is_still_valid() {
    let archive = Archive::new(&Plan::default());
    let text = chain::text(1, 5).into_bytes();
    archive.write(
        &archive.log_files[2],
        [gzip(&text[..9]), gzip(&text[9..])].concat(),
    );
    archive.write(&archive.log_files[3], chain::text(1, 35));
    expect(&archive, &[], &[], 0);
}

#[test]
fn a_moved_archive_is_valid_and_two_copies_are_distinguished() {
    let archive = Archive::new(&Plan::default());
    fs::create_dir_all(archive.path("evidence/2026")).unwrap();
    fs::rename(archive.path("AWSLogs"), archive.path("evidence/2026/case")).unwrap();
    let (out, said, code) = archive.validate(&["evidence"]);
    assert_eq!((out.as_str(), code), ("", 0), "{said}");
    let other = Archive::new(&Plan::default());
    fs::rename(other.path("AWSLogs"), archive.path("evidence/copy")).unwrap();
    let removed = archive.log_files[3].replace("AWSLogs", "evidence/copy");
    archive.remove(&removed);
    let (out, said, code) = archive.validate(&["evidence"]);
    let url = format!("s3://trail-bucket/p/{}", archive.log_files[3]);
    assert_eq!(
        out,
        line(&archive, "missing", &url, "the digest lists it: {1}"),
        "{said}"
    );
    assert_eq!(code, 1);
}

#[test]
fn a_day_without_digests_is_not_covered() {
    let archive = Archive::new(&Plan {
        last_before_gap: Some(1),
        saved: Saved::Everything,
        ..Plan::default()
    });
    let gap = period(2, 26);
    expect(&archive, &[], &[("not covered", &gap, NO_DIGEST)], 3);
}

#[test]
fn names_in_the_archive_are_escaped_for_the_terminal() {
    let archive = Archive::new(&Plan::default());
    let (folder, name) = archive.log_files[0].rsplit_once('/').unwrap();
    let name = name.replace("_0000", "_\u{1b}[2J");
    archive.write(&format!("{folder}/{name}"), gzip(b"{}"));
    let (out, _, code) = archive.validate(&["AWSLogs"]);
    assert!(
        out.contains(r"_\u{1b}[2J") && !out.contains('\u{1b}'),
        "{out}"
    );
    assert_eq!(code, 3);
}

#[test]
fn unreadable_files_fail_the_run() {
    let archive = Archive::new(&Plan::default());
    let (_, said, code) = archive.validate(&["nowhere"]);
    assert_eq!(
        (said.as_str(), code),
        (
            "ct-fetch: name the folder that contains AWSLogs: cannot read nowhere: No such file \
             or directory (os error 2)\n",
            255
        )
    );
    let (folder, name) = archive.digests[3].rsplit_once('/').unwrap();
    archive.write(&format!("{folder}/.{name}.metadata.json"), "no JSON");
    let (_, said, code) = archive.validate(&["AWSLogs"]);
    assert!(
        said.contains(&format!(
            "ct-fetch: cannot read {} or its metadata: ",
            archive.digests[3]
        )),
        "{said}"
    );
    assert_eq!(code, 255);
    archive.write("keys.json", "{}");
    let (_, said, code) = archive.validate(&["AWSLogs"]);
    assert!(
        said.starts_with("ct-fetch: keys.json: not what aws cloudtrail list-public-keys prints: "),
        "{said}"
    );
    assert_eq!(code, 255);
}
