//! Tests that `ct-fetch --validate` compares the files that it reads with the digests of their
//! archive.

mod kept;

use std::fs;

use ct_tests::Sandbox;

use super::chain::{ACCOUNT, Archive, BUCKET, Plan, REGION, Saved, gzip, log_path, record, time};

const WARN: [&str; 4] = ["--validate", "warn", "--keys", "keys.json"];
const REQUIRE: [&str; 4] = ["--validate", "require", "--keys", "keys.json"];

const FAILED: &str = "ct-fetch: some files are missing or not what CloudTrail delivered: see the \
    lines above; all existing records were delivered; for a report, run ct-fetch validate\n";

/// Runs `ct-fetch`, and returns its output, its messages and its exit status.
fn fetch(sandbox: &Sandbox, arguments: &[&str]) -> (String, String, i32) {
    sandbox.run("ct-fetch", arguments)
}

fn read(archive: &Archive, how: [&str; 4], arguments: &[&str]) -> (String, String, i32) {
    let from = ["--from", "AWSLogs", "--order", "oldest"];
    fetch(&archive.sandbox, &[&from[..], &how, arguments].concat())
}

fn archive() -> Archive {
    Archive::new(&Plan {
        saved: Saved::Everything,
        ..Plan::default()
    })
}

/// The records of the log files at these hours and minutes, one per line.
fn records(of: &[(usize, usize)]) -> String {
    of.iter()
        .map(|(hour, minutes)| record(*hour, *minutes) + "\n")
        .collect()
}

/// The records of all log files except those with the indices `left_out`, one per line.
fn all_but(left_out: &[usize]) -> String {
    let all = (0..8).filter(|at| !left_out.contains(at));
    let all: Vec<(usize, usize)> = all.map(|at| (at / 2, 5 + 30 * (at % 2))).collect();
    records(&all)
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

#[test]
fn an_untouched_archive_is_delivered_and_the_summary_says_what_was_validated() {
    for how in [WARN, REQUIRE] {
        let archive = archive();
        let (out, said, code) = read(&archive, how, &[]);
        assert_eq!((out, code), (all_but(&[]), 0), "{said}");
        let summary = "ct-fetch: 8 events from AWSLogs, the oldest to the newest: 8 of 16 files read, the newest from 2026-01-01T03:35:00Z, 8 files validated by 4 digests, ";
        assert!(said.starts_with(summary), "{said}");
    }
}

#[test]
fn a_changed_file_is_named_or_refused_before_any_of_its_records_is_written() {
    for order in ["oldest", "none"] {
        let archive = archive();
        let changed = &archive.log_files[4];
        let text = super::chain::text(2, 5).replace("2-5", "2-6");
        archive.write(changed, gzip(text.as_bytes()));
        let arguments = ["--order", order];
        let from = ["--from", "AWSLogs"];
        let run = |how: [&str; 4]| {
            let words = [&from[..], &how, &arguments].concat();
            fetch(&archive.sandbox, &words)
        };
        let (out, said, code) = run(WARN);
        assert_eq!(out, all_but(&[]).replace("2-5", "2-6"), "{said}");
        let reason = format!(
            "its content does not match the hash in the digest: {}",
            name(&archive.digests[2])
        );
        let named = format!(
            "ct-fetch: {changed} is not what CloudTrail delivered: {reason}: keep it as evidence, and copy it again\n"
        );
        assert!(said.starts_with(&named) && said.ends_with(FAILED), "{said}");
        assert!(
            said.contains(", 7 files validated by 4 digests, 1 file invalid, "),
            "{said}"
        );
        assert_eq!(code, 255);
        let (out, said, code) = run(REQUIRE);
        assert!(all_but(&[4, 5, 6, 7]).starts_with(&out), "{out}");
        let refused = format!(
            "ct-fetch: --validate require refuses {changed}, which is invalid: {reason}: examine \
             it manually, or use --validate warn\n"
        );
        assert!(said.ends_with(&refused), "{said}");
        assert_eq!(code, 255);
    }
}

#[test]
fn a_missing_file_that_a_digest_lists_is_a_failure() {
    let log_file = archive();
    log_file.remove(&log_file.log_files[4]);
    let url = |path: &str| format!("s3://{BUCKET}/p/{path}");
    let missing_log_file = format!(
        "{} is missing: the digest lists it: {}",
        url(&log_file.log_files[4]),
        name(&log_file.digests[2])
    );
    let digest = archive();
    digest.remove(&digest.digests[1]);
    let missing_digest = format!(
        "{} is missing: the next digest names it: {}",
        url(&digest.digests[1]),
        name(&digest.digests[2])
    );
    let both = archive();
    for path in [&both.log_files[2], &both.log_files[3], &both.digests[1]] {
        both.remove(path);
    }
    for (archive, missing, left_out) in [
        (&log_file, &missing_log_file, &[4][..]),
        (&digest, &missing_digest, &[]),
        (&both, &missing_digest, &[2, 3]),
    ] {
        let (out, said, code) = read(archive, WARN, &[]);
        assert_eq!(out, all_but(left_out), "{said}");
        assert!(said.contains(&format!("ct-fetch: {missing}\n")), "{said}");
        assert!(said.ends_with(FAILED), "{said}");
        assert_eq!(code, 255);
        let (out, said, code) = read(archive, REQUIRE, &[]);
        assert_eq!((out.as_str(), code), ("", 255), "{said}");
        assert!(said.contains(&format!("ct-fetch: {missing}\n")), "{said}");
        assert!(
            said.contains("--validate require refuses the findings above"),
            "{said}"
        );
    }
}

#[test]
fn files_that_no_digest_covers_are_counted_or_refused() {
    let added = archive();
    added.write(&log_path(1, 20), gzip(br#"{"Records":[]}"#));
    let unnamed = archive();
    unnamed.write("AWSLogs/events.json", r#"{"Records":[]}"#);
    let tail = archive();
    tail.remove(&tail.digests[3]);
    let unsaved = Archive::new(&Plan {
        saved: Saved::Nothing,
        ..Plan::default()
    });
    let none = archive();
    fs::remove_dir_all(none.path(&format!("AWSLogs/{ACCOUNT}/CloudTrail-Digest"))).unwrap();
    for (archive, number, reason) in [
        (
            &added,
            1,
            "no digest lists it, although digests cover its time",
        ),
        (&unnamed, 1, "its name is not that of a trail's log file"),
        (&tail, 2, "no valid digest covers its time"),
        (&unsaved, 2, "the findings above"),
        (&none, 8, "no valid digest covers its time"),
    ] {
        let (out, said, code) = read(archive, WARN, &[]);
        assert_eq!((out, code), (all_but(&[]), 0), "{said}");
        let plural = if number == 1 { "" } else { "s" };
        assert!(
            said.contains(&format!(", {number} file{plural} not covered")),
            "{said}"
        );
        let named = said.matches(" is not covered: ").count();
        assert!(named >= number.min(3), "{said}");
        assert_eq!(
            said.contains("5 files more not covered"),
            number == 8,
            "{said}"
        );
        let (out, said, code) = read(archive, REQUIRE, &[]);
        assert_eq!((out.as_str(), code), ("", 255), "{said}");
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn a_period_without_digests_is_named_although_no_file_of_it_is_read() {
    let archive = archive();
    for path in [
        &archive.digests[3],
        &archive.log_files[6],
        &archive.log_files[7],
    ] {
        archive.remove(path);
    }
    let until = ["--until", &time(4), "--late", "0m"];
    let (_, said, code) = read(&archive, WARN, &until);
    let gap = format!(
        "ct-fetch: {ACCOUNT} {REGION} from {} to {} is not covered: no digest covers this period: \
         logging or validation was off, or digests were removed\n",
        time(3),
        time(4)
    );
    assert!(said.starts_with(&gap), "{said}");
    assert_eq!(code, 0);
    let (out, _, code) = read(&archive, REQUIRE, &until);
    assert_eq!((out.as_str(), code), ("", 255));
}

#[test]
fn only_digests_of_the_window_and_of_its_late_files_count() {
    let archive = archive();
    // The changed file is dated before the window, and the removed file is dated more than one hour
    // (`--late`) after the window.
    archive.write(&archive.log_files[0], gzip(b"changed"));
    archive.remove(&archive.log_files[7]);
    let (since, until) = (time(1), "2026-01-01T01:59:59Z");
    let window = ["--since", &since, "--until", until];
    let (out, said, code) = read(
        &archive,
        REQUIRE,
        &[&window[..], &["--late", "1h"]].concat(),
    );
    assert_eq!((out, code), (records(&[(1, 5), (1, 35)]), 0), "{said}");
    let (_, said, code) = read(&archive, WARN, &[&window[..], &["--late", "1d"]].concat());
    assert!(said.contains("T0335Z_"), "{said}");
    assert_eq!(code, 255);
}

#[test]
fn a_region_or_account_that_was_named_and_has_no_digest_is_not_covered() {
    let archive = archive();
    for option in [
        ["--region", "eu-west-1,us-east-1"],
        ["--account", "111122223333,444455556666"],
    ] {
        let (_, said, code) = read(&archive, WARN, &option);
        assert!(
            said.contains(" is not covered: no digest covers this period"),
            "{said}"
        );
        assert_eq!(code, 0);
        let (out, said, code) = read(&archive, REQUIRE, &option);
        assert_eq!((out.as_str(), code), ("", 255), "{said}");
    }
}

#[test]
fn the_digests_of_files_delivered_late_must_be_valid_too() {
    let window = ["--since", &time(0), "--until", "2026-01-01T00:58:00Z"];
    let arguments = [&window[..], &["--late", "1h"]].concat();
    let (_, said, code) = read(&archive(), REQUIRE, &arguments);
    assert_eq!(code, 0, "{said}");
    let removed = archive();
    for path in [
        &removed.digests[1],
        &removed.log_files[2],
        &removed.log_files[3],
    ] {
        removed.remove(path);
    }
    let broken = archive();
    broken.write(&broken.digests[1], gzip(b"{}"));
    for archive in [&removed, &broken] {
        let (_, said, code) = read(archive, WARN, &arguments);
        assert!(said.contains(name(&archive.digests[1])), "{said}");
        assert_eq!(code, 255, "{said}");
        let (out, said, code) = read(archive, REQUIRE, &arguments);
        assert_eq!((out.as_str(), code), ("", 255), "{said}");
    }
}

#[test]
fn a_partially_delivered_file_is_named_and_fails_the_run() {
    let archive = archive();
    let text = super::chain::text(0, 5).replace("0-5", "0-6");
    archive.write(&archive.log_files[0], gzip(text.as_bytes()));
    let words = ["--from", "AWSLogs", "--order", "none", "--max-items", "1"];
    let (out, said, code) = fetch(&archive.sandbox, &[&words[..], &WARN].concat());
    assert!(out.contains("0-6"), "{out}");
    assert!(
        said.contains(" is not what CloudTrail delivered: "),
        "{said}"
    );
    assert!(said.contains(", 1 file invalid"), "{said}");
    assert_eq!(code, 255);
}

#[test]
fn streams_are_not_covered() {
    let archive = archive();
    archive.write("other.json", super::chain::text(9, 5));
    let run = |how: [&str; 4]| {
        let words = [&["--from", "AWSLogs", "--from", "-"], &how[..]].concat();
        let mut command = archive.sandbox.command("ct-fetch");
        let output = command.args(words).write_stdin("").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (said, output.status.code().unwrap())
    };
    let (said, code) = run(WARN);
    assert!(
        said.contains("8 files validated by 4 digests, 1 file not covered"),
        "{said}"
    );
    assert_eq!(code, 0);
    let (said, code) = run(REQUIRE);
    assert!(
        said.contains("refuses standard input, which is not covered"),
        "{said}"
    );
    assert_eq!(code, 255);
}

#[test]
fn options_that_conflict_with_validation_are_refused() {
    let archive = archive();
    for (words, expected) in [
        (
            &["--validate", "warn"][..],
            "--validate requires --from: name an archive, or remove --validate",
        ),
        (
            &["--from", "AWSLogs", "--keys", "keys.json"],
            "--keys requires --validate: add --validate warn or --validate require, or remove --keys",
        ),
        (
            &["--from", "AWSLogs", "--validate", "warn", "--follow"],
            "remove --follow and --state",
        ),
        (
            &["--from", "AWSLogs", "--validate", "warn", "--state", "s"],
            "remove --follow and --state",
        ),
        (
            &["--from", "AWSLogs", "--validate", "warn", "--list-files"],
            "--list-files reads none",
        ),
    ] {
        let (out, said, code) = fetch(&archive.sandbox, words);
        assert!(said.contains(expected), "{said}");
        assert_eq!((out.as_str(), code), ("", 252), "{words:?}");
    }
}
