//! Tests that files which change or arrive late are either read or named in a message.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::Stdio;

use ct_core::exit::status;
use ct_sim::{Bucket, Events, Sim};
use ct_tests::{Sandbox, outcome};

use super::{log_path, newest_first, record, reversed, trail, write};

/// Appends lines to a file.
fn append(sandbox: &Sandbox, path: &str, lines: &[String]) {
    let path = sandbox.folder().join(path);
    let file = fs::File::options().append(true).create(true).open(path);
    let text: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
    file.unwrap().write_all(text.as_bytes()).unwrap();
}

/// A record without an event ID.
fn without_id(number: u32, seconds: u32) -> String {
    let record = record(number, seconds);
    let (before, rest) = record.split_once("\"eventID\":\"").unwrap();
    let (_, after) = rest.split_once("\",").unwrap();
    format!("{before}{after}")
}

#[test]
fn a_run_over_a_file_that_has_changed_is_not_the_same_run() {
    let sandbox = Sandbox::new();
    let records = trail(&sandbox);
    append(&sandbox, "own", &records[..3]);
    let path = log_path(900);
    let text = fs::read_to_string(sandbox.folder().join(&path)).unwrap();
    for (name, from, changed) in [("a", "own", "own"), ("b", "AWSLogs", path.as_str())] {
        let arguments = ["--from", from, "-o", name, "-q"];
        assert_eq!(outcome(&sandbox, &arguments).2, status::OK);
        assert_eq!(outcome(&sandbox, &arguments).2, status::OK);
        if from == "own" {
            append(&sandbox, changed, &records[3..4]);
        } else {
            // The file has the same size as before, but a new modification time.
            write(&sandbox, changed, text.replace("GetUser", "PutUser"));
        }
        let (_, said, code) = outcome(&sandbox, &arguments);
        assert_eq!(
            (said.as_str(), code),
            (
                "ct-fetch: the output is already complete, but the files of the archive have \
                 changed since: pass --restart to read them again, or use a different file\n",
                status::USAGE
            )
        );
    }
}

#[test]
fn a_journal_that_compares_only_names_is_refused() {
    let sandbox = Sandbox::new();
    trail(&sandbox);
    let arguments = ["--from", "AWSLogs", "-o", "out", "-q"];
    assert_eq!(outcome(&sandbox, &arguments).2, status::OK);
    let journal = sandbox.folder().join("out.journal");
    let text = fs::read_to_string(&journal).unwrap();
    let old = text.replace("archive-version 2\n", "");
    assert_ne!(old, text);
    fs::write(&journal, old).unwrap();
    let (_, said, code) = outcome(&sandbox, &arguments);
    assert_eq!(
        (said.as_str(), code),
        (
            "ct-fetch: cannot continue from out.journal: the journal is from a different version: pass --restart to start again, or use a different file\n",
            status::OTHER
        )
    );
}

#[test]
fn a_run_with_a_state_delivers_what_was_added_to_a_file() {
    let files = Sandbox::new();
    let records = trail(&files);
    let path = log_path(1_800);
    let sim = Sim::start(Events::count(0).bucket(Bucket::folder("trail", files.folder())));
    let beside = Sandbox::beside(&sim);
    for (sandbox, from) in [(&files, "AWSLogs"), (&beside, "s3://trail/AWSLogs")] {
        let run = || outcome(sandbox, &["--from", from, "--state", "s", "-q"]);
        let text = fs::read_to_string(files.folder().join(&path)).unwrap();
        let (_, said, code) = run();
        assert_eq!((said.as_str(), code), ("", status::OK));
        let new = record(9_000 + u32::try_from(text.len()).unwrap(), 1_400);
        let grown = text.replace("]}", &format!(",{new}]}}"));
        write(&files, &path, grown);
        assert_eq!(run(), (new + "\n", String::new(), status::OK), "{from}");
        assert_eq!(run(), (String::new(), String::new(), status::OK));
    }
    assert!(!records.is_empty());
}

#[test]
fn a_changed_file_without_a_time_in_its_name_gives_only_its_new_records() {
    let sandbox = Sandbox::new();
    trail(&sandbox);
    // The three records in `own` are older than the newest log file by more than `--late`.
    let old = [record(8_000, 1), record(8_001, 2), without_id(8_002, 3)];
    append(&sandbox, "own", &old);
    let arguments = [
        "--from", "AWSLogs", "--from", "own", "--late", "15m", "--state", "s", "-q",
    ];
    let run = || outcome(&sandbox, &arguments);
    assert_eq!(run().2, status::OK);
    let new = [record(8_003, 4), without_id(8_004, 5)];
    append(&sandbox, "own", &new);
    let expected = new.map(|record| record + "\n").concat();
    assert_eq!(run(), (expected, String::new(), status::OK));
    assert_eq!(run(), (String::new(), String::new(), status::OK));
}

#[test]
fn a_follower_reads_what_is_added_to_a_file() {
    let sandbox = Sandbox::new();
    let records = [record(1, 1), record(2, 2), record(3, 3)];
    append(&sandbox, "own", &records[..2]);
    let mut command = sandbox.process("ct-fetch");
    command
        .args(["--from", "own", "--follow", "--max-items", "3", "-q"])
        .stdout(Stdio::piped());
    let mut run = command.spawn().unwrap();
    let mut out = BufReader::new(run.stdout.take().unwrap());
    let mut text = String::new();
    for _ in 0..2 {
        out.read_line(&mut text).unwrap();
    }
    assert_eq!(text, reversed(&newest_first(&records[..2])));
    append(&sandbox, "own", &records[2..]);
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, records[2].clone() + "\n");
    assert!(run.wait().unwrap().success());
}

#[test]
fn a_file_that_comes_later_than_late_is_named_once_and_the_run_fails() {
    let files = Sandbox::new();
    trail(&files);
    let sim = Sim::start(Events::count(0).bucket(Bucket::folder("trail", files.folder())));
    let beside = Sandbox::beside(&sim);
    for (at, (sandbox, from)) in [(&files, "AWSLogs"), (&beside, "s3://trail/AWSLogs")]
        .into_iter()
        .enumerate()
    {
        let run = |more: &[&str]| {
            let all = ["--from", from, "--late", "15m", "--state", "s"];
            outcome(sandbox, &[&all[..], more].concat())
        };
        assert_eq!(run(&["-q"]).2, status::OK);
        // The new file is dated ten days before the trail's newest file, but is written after the
        // first run.
        let path = log_path(300)
            .replace("2025/12/31", "2025/12/21")
            .replace("20251231", "20251221")
            .replace("Z_00000", &format!("Z_{at}0000"));
        let old = record(9_000, 1).replace("2025-12-31", "2025-12-20");
        write(&files, &path, format!(r#"{{"Records":[{old}]}}"#));
        let (out, said, code) = run(&["--seal"]);
        let name = path.strip_prefix("AWSLogs").unwrap();
        let late = format!(
            "ct-fetch: {from}{name} is dated more than --late before files of an earlier run, and was not read: read it with --from, or read everything again with --restart and a longer --late\n"
        );
        assert!(said.starts_with(&late), "{said}");
        assert!(said.contains(", 1 file too late to be read"), "{said}");
        assert!(
            said.ends_with(
                "ct-fetch: files dated more than --late before files of an earlier run \
                were not read: see the lines above; all other records were delivered\n"
            ),
            "{said}"
        );
        assert_eq!(code, status::OTHER);
        let seal: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(
            (&seal["complete"], &seal["gaps"]),
            (
                &false.into(),
                &serde_json::json!(["1 file delivered too late to be read"])
            )
        );
        assert_eq!(run(&["-q"]), (String::new(), String::new(), status::OK));
    }
}

#[test]
fn the_state_of_an_earlier_version_is_refused() {
    let sandbox = Sandbox::new();
    trail(&sandbox);
    sandbox.write("s", "ct-fetch archive state 1\nnewest 1\n");
    let (_, said, code) = outcome(&sandbox, &["--from", "AWSLogs", "--state", "s", "-q"]);
    assert_eq!(
        (said.as_str(), code),
        (
            "ct-fetch: cannot continue from s: the state is from a different version: pass --restart to start again, or use a different file\n",
            status::OTHER
        )
    );
}

#[test]
fn the_records_of_a_pipe_are_written_as_they_arrive() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.process("ct-fetch");
    command
        .args(["--from", "-", "--order", "none", "-q"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut run = command.spawn().unwrap();
    let mut input = run.stdin.take().unwrap();
    let mut out = BufReader::new(run.stdout.take().unwrap());
    for number in 0..3 {
        let record = record(number, number);
        writeln!(input, "{record}").unwrap();
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        assert_eq!(line, record + "\n");
    }
    drop(input);
    assert!(run.wait().unwrap().success());
}

#[test]
fn an_event_may_be_some_minutes_newer_than_the_name_of_its_file() {
    let sandbox = Sandbox::new();
    let all = [record(1, 100), record(2, 1_190), record(3, 1_000)];
    for (seconds, record) in [(600, &all[0]), (900, &all[1]), (1_200, &all[2])] {
        write(
            &sandbox,
            &log_path(seconds),
            format!(r#"{{"Records":[{record}]}}"#),
        );
    }
    let (out, said, code) = outcome(&sandbox, &["--from", "AWSLogs", "-q"]);
    assert_eq!((said.as_str(), code), ("", status::OK));
    assert_eq!(out, newest_first(&all));
    // The second record is of 00:09:50, but its file is named after 00:05.
    let window = ["--from", "AWSLogs", "--since", "2026-01-01T00:09:30Z"];
    let window = [&window[..], &["--until", "2026-01-01T00:10:00Z", "-q"]].concat();
    let (out, said, code) = outcome(&sandbox, &window);
    assert_eq!((said.as_str(), code), ("", status::OK));
    assert_eq!(out, newest_first(&all[1..2]));
}

#[test]
fn an_event_much_newer_than_its_file_name_is_reported_and_fails_the_run() {
    let sandbox = Sandbox::new();
    let record = record(1, 900);
    write(
        &sandbox,
        &log_path(600),
        format!(r#"{{"Records":[{record}]}}"#),
    );
    for order in ["newest", "oldest", "none"] {
        let arguments = ["--from", "AWSLogs", "-q", "--order", order];
        let (out, said, code) = outcome(&sandbox, &arguments);
        assert_eq!((out, code), (record.clone() + "\n", status::OTHER));
        assert!(
            said.ends_with(
                ": earlier files may contain more such events: pass an earlier --since\nct-fetch: \
                some events are newer than the times in the names of their files: see the lines \
                above; all records found were delivered\n"
            ),
            "{said}"
        );
    }
}

#[test]
fn a_seal_without_a_start_covers_no_more_than_the_event_history_had() {
    let sandbox = Sandbox::new();
    let line = record(1, 600);
    let sealed = |targets: &str| {
        let text = format!("{line}\n");
        let mut counted = ct_core::seal::Counted::default();
        counted.record(line.as_bytes());
        let hash = counted.sha256();
        sandbox.write(
            "sealed",
            format!(
                "{text}{{\"ctSeal\":1,\"records\":1,\"sha256\":\"{hash}\",\"window\":{{\"since\":null,\"until\":\"2026-01-02T00:00:00Z\"}},\"targets\":[\"{targets}\"],\"gaps\":[],\"complete\":true}}\n"
            ),
        );
        let window = ["--since", "1900-01-01", "--until", "2026-01-01T12:00:00Z"];
        let arguments = [&["--from", "sealed", "-q"], &window[..]].concat();
        let (out, said, code) = outcome(&sandbox, &arguments);
        assert_eq!((out, code), (text, status::OK), "{said}");
        said
    };
    // Without a start, the seal covers 36,500 days before its end: the length of the event history
    // in a sandbox.
    assert_eq!(
        sealed("us-east-1"),
        "ct-fetch: sealed covers only 1926-01-27T00:00:00Z to 2026-01-02T00:00:00Z: fetch the rest of the window\n"
    );
    assert_eq!(sealed("111122223333/us-east-1"), "");
}

#[test]
fn the_accounts_and_regions_of_a_journal_restrict_its_file() {
    let sandbox = Sandbox::new();
    let records = trail(&sandbox);
    let fetch = [
        "--from",
        "AWSLogs",
        "--region",
        "us-east-1",
        "-q",
        "-o",
        "out",
    ];
    assert_eq!(outcome(&sandbox, &fetch).2, status::OK);
    let (out, said, code) = outcome(&sandbox, &["--from", "out", "--seal", "-q"]);
    assert_eq!((said.as_str(), code), ("", status::OK));
    let (lines, seal) = out.trim_end().rsplit_once('\n').unwrap();
    assert!(format!("{lines}\n") == newest_first(&records));
    let seal: serde_json::Value = serde_json::from_str(seal).unwrap();
    assert_eq!(seal["where"], serde_json::json!(["region=us-east-1"]));
    let (_, said, code) = outcome(&sandbox, &["--from", "AWSLogs", "-q", "-o", "out"]);
    assert_eq!(code, status::USAGE, "{said}");
    assert!(reversed(&newest_first(&records)).contains(&records[0]));
}

#[test]
fn a_file_that_is_named_in_the_future_hides_no_other_file() {
    let sandbox = Sandbox::new();
    let records = trail(&sandbox);
    let future = log_path(900)
        .replace("2026/01/01", "2999/01/01")
        .replace("20260101", "29990101");
    let other = record(9_000, 900);
    write(&sandbox, &future, format!(r#"{{"Records":[{other}]}}"#));
    let run = || outcome(&sandbox, &["--from", "AWSLogs", "--state", "s", "-q"]);
    let (out, said, code) = run();
    assert_eq!(code, status::OTHER);
    let named = format!(
        "ct-fetch: the name of {future} is dated in the future: check the name, and the clock\n"
    );
    assert!(said.starts_with(&named), "{said}");
    assert_eq!(out.lines().count(), records.len() + 1);
    let new = record(9_001, 1_700);
    let later = log_path(2_400);
    write(&sandbox, &later, format!(r#"{{"Records":[{new}]}}"#));
    assert_eq!(run().0, new + "\n");
}

#[test]
fn a_state_over_files_without_a_trail_has_nothing_new_without_failing() {
    let sandbox = Sandbox::new();
    append(&sandbox, "own", &[record(1, 1)]);
    let run = || outcome(&sandbox, &["--from", "own", "--state", "s", "-q"]);
    assert_eq!(run(), (record(1, 1) + "\n", String::new(), status::OK));
    assert_eq!(run(), (String::new(), String::new(), status::OK));
}

#[test]
fn a_run_with_follow_begins_with_the_oldest_event() {
    let sandbox = Sandbox::new();
    append(&sandbox, "own", &[record(1, 1)]);
    let arguments = ["--from", "own", "--follow", "--order", "newest"];
    assert_eq!(
        outcome(&sandbox, &arguments),
        (
            String::new(),
            "ct-fetch: --follow writes the oldest events first: remove --order newest\n".to_owned(),
            status::USAGE
        )
    );
}
