//! Tests digests that were changed, removed, or signed with a different key.

use std::fs;

use serde_json::{Value, json};

use super::chain::{self, ACCOUNT, Archive, Plan, Saved, gzip, listing, time};
use super::{CHANGED, NO_DIGEST, expect, line, period};

const UNKNOWN: &str =
    "it has no signature, neither in the next digest nor in the saved metadata of its object";

#[test]
fn a_changed_digest_is_invalid_and_its_log_files_are_not_covered() {
    let archive = Archive::new(&Plan::default());
    archive.edit(
        &archive.digests[1],
        "\"oldestEventTime\":\"2026-01-01T01",
        "\"oldestEventTime\":\"2026-01-01T00",
    );
    let listed = "the digest that lists it is invalid: {1}";
    let lines = [
        ("not covered", archive.log_files[2].as_str(), listed),
        ("not covered", &archive.log_files[3], listed),
        (
            "invalid",
            &archive.digests[1],
            "it was changed: its signature and its hash in the next digest do not match: {2}",
        ),
    ];
    expect(&archive, &[], &lines, 1);
}

#[test]
fn a_log_file_changed_together_with_its_digest_is_detected() {
    let archive = Archive::new(&Plan::default());
    let text = br#"{"Records":[]}"#;
    let former = chain::sha256(chain::text(1, 5).as_bytes());
    archive.write(&archive.log_files[2], gzip(text));
    archive.edit(&archive.digests[1], &former, &chain::sha256(text));
    let (out, _, code) = archive.validate(&["AWSLogs"]);
    assert!(out.contains(&line(
        &archive,
        "invalid",
        &archive.digests[1],
        "it was changed: its signature and its hash in the next digest do not match: {2}"
    )));
    assert_eq!(code, 1);
}

#[test]
fn an_unparsable_or_exchanged_digest_is_invalid() {
    let archive = Archive::new(&Plan::default());
    archive.write(&archive.digests[1], archive.read(&archive.digests[2]));
    let listed = "the digest that lists it is invalid: {1}";
    let (out, _, code) = archive.validate(&["AWSLogs"]);
    let expected = line(
        &archive,
        "invalid",
        &archive.digests[1],
        "it contains the digest {2}, not the one in its name",
    );
    assert!(out.contains(&expected), "{out}");
    assert_eq!(code, 1);
    archive.write(&archive.digests[1], gzip(b"{}"));
    let (out, _, code) = archive.validate(&["AWSLogs"]);
    assert!(
        out.contains("it does not have the format of a digest: missing field"),
        "{out}"
    );
    assert!(!out.contains(&line(&archive, "valid", &archive.digests[1], listed)));
    assert_eq!(code, 1);
}

const NAMED: &str = "the next digest names it: ";

#[test]
fn a_removed_digest_is_missing() {
    let archive = Archive::new(&Plan {
        saved: Saved::Everything,
        ..Plan::default()
    });
    archive.remove(&archive.digests[1]);
    let url = format!("s3://trail-bucket/p/{}", archive.digests[1]);
    let reason = format!("{NAMED}{{2}}");
    let gap = period(1, 2);
    let lines = [
        ("not covered", gap.as_str(), NO_DIGEST),
        (
            "not covered",
            &archive.log_files[2],
            "no valid digest covers its time",
        ),
        (
            "not covered",
            &archive.log_files[3],
            "no valid digest covers its time",
        ),
        ("missing", &url, &reason),
    ];
    expect(&archive, &[], &lines, 1);
}

#[test]
fn the_signature_of_the_digest_before_a_removed_one_must_be_saved() {
    let archive = Archive::new(&Plan::default());
    archive.remove(&archive.digests[2]);
    let (out, _, code) = archive.validate(&["AWSLogs"]);
    assert!(
        out.contains(&line(&archive, "not covered", &archive.digests[1], UNKNOWN)),
        "{out}"
    );
    assert!(
        out.contains(&line(
            &archive,
            "not covered",
            &archive.log_files[2],
            "the digest that lists it is not covered: {1}"
        )),
        "{out}"
    );
    assert_eq!(code, 1);
}

#[test]
fn two_consecutive_removed_digests_leave_an_uncovered_period() {
    let archive = Archive::new(&Plan {
        saved: Saved::Everything,
        ..Plan::default()
    });
    archive.remove(&archive.digests[1]);
    archive.remove(&archive.digests[2]);
    for log_file in &archive.log_files[2..6] {
        archive.remove(log_file);
    }
    let url = format!("s3://trail-bucket/p/{}", archive.digests[2]);
    let reason = format!("{NAMED}{{3}}");
    let gap = period(1, 3);
    let lines = [
        ("not covered", gap.as_str(), NO_DIGEST),
        ("missing", &url, &reason),
    ];
    expect(&archive, &[], &lines, 1);
}

#[test]
fn a_removed_first_digest_is_missing_unless_the_window_begins_after_it() {
    let archive = Archive::new(&Plan::default());
    archive.remove(&archive.digests[0]);
    archive.remove(&archive.log_files[0]);
    archive.remove(&archive.log_files[1]);
    let url = format!("s3://trail-bucket/p/{}", archive.digests[0]);
    let reason = format!("{NAMED}{{1}}");
    expect(&archive, &[], &[("missing", url.as_str(), &reason)], 1);
    expect(&archive, &["--since", &time(1)], &[], 0);
}

#[test]
fn removed_newest_digests_leave_log_files_or_the_end_of_the_window_uncovered() {
    let archive = Archive::new(&Plan {
        saved: Saved::Everything,
        ..Plan::default()
    });
    archive.remove(&archive.digests[3]);
    let reason = "no valid digest covers its time";
    let lines = [
        ("not covered", archive.log_files[6].as_str(), reason),
        ("not covered", &archive.log_files[7], reason),
    ];
    expect(&archive, &[], &lines, 3);
    archive.remove(&archive.log_files[6]);
    archive.remove(&archive.log_files[7]);
    let gap = period(3, 4);
    let lines = [("not covered", gap.as_str(), NO_DIGEST)];
    expect(&archive, &["--until", &time(4)], &lines, 3);
    expect(&archive, &["--since", &time(0)], &[], 0);
}

#[test]
fn without_any_digest_nothing_is_covered() {
    let archive = Archive::new(&Plan::default());
    fs::remove_dir_all(archive.path(&format!("AWSLogs/{ACCOUNT}/CloudTrail-Digest"))).unwrap();
    let (out, said, code) = archive.validate(&["AWSLogs"]);
    assert_eq!(out.lines().count(), 8, "{out}");
    assert!(out.lines().all(|line| line.starts_with("not covered  ")
        && line.ends_with(": no valid digest covers its time")));
    assert_eq!(code, 3);
    assert!(
        said.ends_with(
            "ct-fetch: no digests in AWSLogs: name the folder that contains \
        AWSLogs, and copy the folders CloudTrail-Digest too\n"
        ),
        "{said}"
    );
}

#[test]
fn the_newest_digest_without_saved_metadata_is_not_covered() {
    let archive = Archive::new(&Plan {
        saved: Saved::Nothing,
        ..Plan::default()
    });
    let listed = "the digest that lists it is not covered: {3}";
    let lines = [
        ("not covered", archive.log_files[6].as_str(), listed),
        ("not covered", &archive.log_files[7], listed),
        ("not covered", &archive.digests[3], UNKNOWN),
    ];
    expect(&archive, &[], &lines, 3);
    expect(&archive, &["--until", "2026-01-01T02:59:59Z"], &[], 0);
    archive.write(&archive.log_files[6], gzip(b"changed"));
    let (out, _, code) = archive.validate(&["AWSLogs"]);
    let changed = "its content does not match the hash in the digest: {3}";
    assert!(
        out.starts_with(&line(&archive, "invalid", &archive.log_files[6], changed)),
        "{out}"
    );
    assert_eq!(code, 1);
}

#[test]
fn a_signature_with_another_key_is_invalid() {
    for saved in [Saved::Newest, Saved::Everything] {
        let archive = Archive::new(&Plan {
            saved,
            key: &|hour| if hour == 1 { 2 } else { 0 },
            ..Plan::default()
        });
        let (out, _, code) = archive.validate(&["AWSLogs"]);
        let reason = match saved {
            Saved::Everything => {
                "its signature in the metadata of its object is wrong: it was changed, or signed \
                 with a different key"
            }
            _ => "its signature in the next digest is wrong, although its hash there is right: {2}",
        };
        assert!(
            out.contains(&line(&archive, "invalid", &archive.digests[1], reason)),
            "{out}"
        );
        assert_eq!(code, 1);
    }
}

#[test]
fn a_forged_end_of_a_chain_is_detected_by_its_key() {
    let forger = |hour: usize| if hour > 1 { 2 } else { 0 };
    let archive = Archive::new(&Plan {
        key: &forger,
        named_key: &forger,
        ..Plan::default()
    });
    let (out, _, code) = archive.validate(&["AWSLogs"]);
    let keyless = out.lines().filter(|line| {
        line.contains("no public key with the fingerprint ") && line.ends_with(" was given")
    });
    assert_eq!((keyless.count(), code), (2, 3), "{out}");
}

#[test]
fn a_digest_with_a_wrong_predecessor_hash_is_invalid() {
    let wrong = |name: &'static str| {
        move |hour: usize, digest: &mut Value| {
            if hour == 2 {
                digest[name] = json!("00".repeat(32));
            }
        }
    };
    let archive = Archive::new(&Plan {
        saved: Saved::Everything,
        edit: &wrong("previousDigestHashValue"),
        ..Plan::default()
    });
    let reason = "it lists a wrong hash for the previous digest: {1}";
    expect(
        &archive,
        &[],
        &[("invalid", &archive.digests[2], reason)],
        1,
    );
    let archive = Archive::new(&Plan {
        saved: Saved::Everything,
        edit: &wrong("previousDigestSignature"),
        ..Plan::default()
    });
    let reason = "it lists a wrong signature for the previous digest: {1}";
    expect(
        &archive,
        &[],
        &[("invalid", &archive.digests[2], reason)],
        1,
    );
}

#[test]
fn a_chain_continues_with_a_rotated_key() {
    let key = |hour: usize| usize::from(hour > 1);
    let archive = Archive::new(&Plan {
        key: &key,
        named_key: &key,
        ..Plan::default()
    });
    let (_, _, code) = archive.validate(&["AWSLogs"]);
    assert_eq!(code, 3);
    archive.write("keys.json", listing(&[0]) + &listing(&[1]));
    expect(&archive, &[], &[], 0);
}

#[test]
fn backfill_digests_form_their_own_chain() {
    let archive = Archive::new(&Plan {
        is_backfill: true,
        ..Plan::default()
    });
    expect(&archive, &[], &[], 0);
    archive.write(&archive.log_files[2], gzip(b"changed"));
    expect(
        &archive,
        &[],
        &[("invalid", &archive.log_files[2], CHANGED)],
        1,
    );
}
