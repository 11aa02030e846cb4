//! Checks the summary and the exit status for inputs that are complete, incomplete or of unknown
//! completeness.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

use crate::program::{LEAKED, call, lines, run, seal, with};

/// The state of completeness in the report on `input`, and the exit status of ct-report.
fn state(input: &str) -> (Value, Option<i32>) {
    let output = run(&["--format", "json"], input);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    (
        report["completeness"]["state"].clone(),
        output.status.code(),
    )
}

/// One record and its seal. `changes` are merged into the seal.
fn sealed(changes: &Value) -> String {
    let record = lines(&[call(1, 1, "ec2", "StopInstances")]);
    let seal = with(seal(&record), changes.clone());
    format!("{record}{seal}\n")
}

#[test]
fn an_input_without_a_seal_has_unknown_completeness_and_is_a_success() {
    assert_eq!(
        state(&lines(&[call(1, 1, "ec2", "StopInstances")])),
        (json!("unknown"), Some(0))
    );
}

#[test]
fn a_valid_seal_without_gaps_is_complete() {
    assert_eq!(state(&sealed(&json!({}))), (json!("complete"), Some(0)));
}

#[test]
fn gaps_wrong_counts_truncated_lines_and_truncated_listings_are_incomplete() {
    let seals = [
        json!({"records": 2}),
        json!({"records": null}),
        json!({"sha256": "00"}),
        json!({"complete": false}),
        json!({"gaps": ["eu-west-1"]}),
        json!({"ctSeal": 2}),
    ];
    for seal in seals {
        assert_eq!(
            state(&sealed(&seal)),
            (json!("incomplete"), Some(3)),
            "{seal}"
        );
    }
    let one = lines(&[call(1, 1, "ec2", "StopInstances")]);
    let torn = format!("{one}{}", &one[..40]);
    assert_eq!(state(&torn), (json!("incomplete"), Some(3)));
    let listing =
        json!({"Events": [{"CloudTrailEvent": one.trim()}], "NextToken": "more"}).to_string();
    assert_eq!(state(&listing), (json!("incomplete"), Some(3)));
    let timeless = json!({"eventVersion": "1.08", "eventID": "x", "eventName": "Y"}).to_string();
    assert_eq!(state(&timeless), (json!("incomplete"), Some(3)));
    for time in ["1969-12-31T23:59:59Z", "2106-02-07T06:28:16Z"] {
        let record = call(1, 1, "ec2", "StopInstances");
        let record = with(record, json!({"eventTime": time}));
        assert_eq!(
            state(&lines(&[record])),
            (json!("incomplete"), Some(3)),
            "{time}"
        );
    }
}

#[test]
fn the_first_sentence_of_an_incomplete_report_says_so() {
    let output = run(&[], &sealed(&json!({"gaps": ["eu-west-1"]})));
    let text = String::from_utf8(output.stdout).unwrap();
    let expected = "The input is incomplete, so this report may lack events: the seal of standard input \
        lists a gap: eu-west-1.";
    assert_eq!(&text[..expected.len()], expected);
}

#[test]
fn a_files_journal_shows_whether_it_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.ndjson");
    let journal = folder.path().join("records.ndjson.journal");
    fs::write(&file, lines(&[call(1, 1, "ec2", "StopInstances")])).unwrap();
    let status = |text: &str| {
        fs::write(&journal, text).unwrap();
        let output = run(&["--format", "json", file.to_str().unwrap()], "");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        (
            report["completeness"]["state"].clone(),
            output.status.code(),
        )
    };
    let written = {
        let records = fs::read(&file).unwrap();
        format!("{} {:x}", records.len(), Sha1::digest(&records))
    };
    let finished = format!(
        "ct-fetch journal 5\nuntil 900 900\nbegun 1800\nwritten {written}\nfinished yes\nend\n"
    );
    assert_eq!(status(&finished), (json!("complete"), Some(0)));
    let incomplete = (json!("incomplete"), Some(3));
    assert_eq!(status(&finished.replace("finished yes\n", "")), incomplete);
    for line in ["failed 1 eu-west-1", "broken 0 0 - 1", "max-items 5"] {
        let text = finished.replace("written", &format!("{line}\nwritten"));
        assert_eq!(status(&text), incomplete, "{line}");
    }
    for text in [
        "ct-fetch journal 5\nfinished yes\nend\n",
        "no journal\n",
        "",
    ] {
        assert_eq!(status(text), incomplete, "{text}");
    }
    fs::write(&file, "").unwrap();
    assert_eq!(status(&finished), incomplete);
}

#[test]
fn every_seal_of_an_input_covers_the_records_before_it() {
    let (one, gap) = (sealed(&json!({})), sealed(&json!({"gaps": ["eu-west-1"]})));
    let record = lines(&[call(2, 2, "ec2", "StopInstances")]);
    let other = format!("{record}{}\n", seal(&record));
    assert_eq!(
        state(&format!("{one}{other}")),
        (json!("complete"), Some(0))
    );
    assert_eq!(
        state(&format!("{gap}{other}")),
        (json!("incomplete"), Some(3))
    );
    assert_eq!(
        state(&format!("{other}{gap}")),
        (json!("incomplete"), Some(3))
    );
    assert_eq!(
        state(&format!("{one}{record}")),
        (json!("unknown"), Some(0))
    );
}

#[test]
fn an_empty_input_is_not_complete() {
    let incomplete = (json!("incomplete"), Some(3));
    assert_eq!(state(""), incomplete);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(state_of(folder.path()), incomplete);
    let file = folder.path().join("empty.ndjson");
    fs::write(&file, "").unwrap();
    assert_eq!(state_of(&file), incomplete);
}

/// The state of completeness in the report on a file or a folder, and the exit status of ct-report.
fn state_of(path: &Path) -> (Value, Option<i32>) {
    let output = run(&["--format", "json", path.to_str().unwrap()], "");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    (
        report["completeness"]["state"].clone(),
        output.status.code(),
    )
}

#[test]
fn journals_in_a_folder_are_skipped_and_unreadable_files_count_as_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let records = lines(&[call(1, 1, "ec2", "StopInstances")]);
    fs::write(path("a.ndjson"), &records).unwrap();
    let written = format!("{} {:x}", records.len(), Sha1::digest(&records));
    let journal = format!(
        "ct-fetch journal 5\nuntil 900 900\nbegun 1800\nwritten {written}\nfinished yes\nend\n"
    );
    fs::write(path("a.ndjson.journal"), &journal).unwrap();
    assert_eq!(state_of(folder.path()), (json!("complete"), Some(0)));
    let incomplete = (json!("incomplete"), Some(3));
    fs::write(path("gone.ndjson.journal"), &journal).unwrap();
    assert_eq!(state_of(folder.path()), incomplete);
    fs::remove_file(path("gone.ndjson.journal")).unwrap();
    symlink(path("gone"), path("link")).unwrap();
    assert_eq!(state_of(folder.path()), incomplete);
}

#[test]
fn an_empty_subject_is_a_usage_error() {
    for option in ["--key", "--principal", "--ip", "--session"] {
        assert_eq!(run(&[option, ""], "").status.code(), Some(2), "{option}");
    }
}

#[test]
fn an_output_that_is_standard_input_is_refused_and_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.ndjson");
    let records = lines(&[call(1, 1, "ec2", "StopInstances")]);
    fs::write(&file, &records).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ct-report"))
        .args(["--key", LEAKED, "-o"])
        .arg(&file)
        .stdin(fs::File::open(&file).unwrap())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read_to_string(&file).unwrap(), records);
}

#[test]
fn usage_errors_have_status_2_and_a_missing_file_3_each_with_one_line() {
    let message = |arguments: &[&str]| {
        let output = run(arguments, "");
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
            output.stdout.len(),
        )
    };
    assert_eq!(
        message(&["--table", "created"]),
        (
            Some(2),
            "ct-report: --table requires --format csv: add it, or remove --table\n".to_owned(),
            0
        )
    );
    assert_eq!(
        message(&["missing.ndjson"]),
        (
            Some(3),
            "ct-report: cannot read missing.ndjson: No such file or directory (os error 2): check \
             the path\n"
                .to_owned(),
            0
        )
    );
    assert_eq!(
        message(&["event", "none"]),
        (
            Some(2),
            "ct-report: no record has the event ID none: check the ID, or use a different input\n"
                .to_owned(),
            0
        )
    );
}

#[test]
fn an_output_that_is_an_input_is_refused_and_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.ndjson");
    let records = lines(&[call(1, 1, "ec2", "StopInstances")]);
    fs::write(&file, &records).unwrap();
    let path = file.to_str().unwrap();
    let output = run(&[path, "-o", path], "");
    let said = format!(
        "ct-report: {path} is an input and would be overwritten: use a different file \
            with -o\n"
    );
    assert_eq!(
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap()
        ),
        (Some(2), said)
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), records);
}

#[test]
fn a_signal_ends_the_program_with_the_status_of_the_signal() {
    for (signal, status) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ct-report"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // The input is larger than the capacity of a pipe. After the write, the program is reading,
        // so it has installed its signal handlers.
        let mut input = child.stdin.take().unwrap();
        input.write_all(&vec![b' '; 1 << 20]).unwrap();
        let kill = Command::new("kill")
            .args(["-s", signal, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(kill.success());
        assert_eq!(child.wait().unwrap().code(), Some(status), "{signal}");
        drop(input);
    }
}

#[test]
fn a_run_under_nohup_survives_a_hang_up() {
    let folder = tempfile::tempdir().unwrap();
    let script = "trap '' HUP; mkfifo pipe; \"$0\" --format json pipe & exec 3>pipe; kill -HUP $!; \
        echo '{\"eventVersion\":\"1.08\",\"eventID\":\"e\"}' >&3; exec 3>&-; wait $!";
    let output = Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_ct-report")])
        .current_dir(folder.path())
        .output()
        .unwrap();
    // A record without a time makes the report incomplete.
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn different_records_with_one_id_are_all_kept_and_reported() {
    let one = call(1, 1, "ec2", "StopInstances");
    let other = with(one.clone(), json!({"eventName": "StartInstances"}));
    let later = with(one.clone(), json!({"eventTime": "2026-01-31T11:00:00Z"}));
    let report = crate::program::report(&[one.clone(), other.clone(), one, later, other], &[]);
    let counts = [
        &report["subject"]["input_records"],
        &report["subject"]["duplicates"],
    ];
    assert_eq!(counts, [&json!(3), &json!(2)]);
    let id = crate::program::id(1);
    let limits = report["limits"].as_array().unwrap();
    let limit = limits
        .iter()
        .filter(|limit| limit.as_str().unwrap().contains(&id));
    assert_eq!(
        limit.collect::<Vec<_>>(),
        [&json!(format!(
            "Different records have the same event ID, and all of them are in this report: {id}. \
             CloudTrail gives each event a unique ID, so find out which record is genuine. \
             ct-report event shows the records."
        ))]
    );
}

#[test]
fn an_input_that_ends_about_now_may_lack_undelivered_events() {
    let warns = |until: &str| {
        let record = lines(&[call(1, 1, "ec2", "StopInstances")]);
        let seal = with(seal(&record), json!({"window": {"until": until}}));
        let output = run(&["--format", "json"], &format!("{record}{seal}\n"));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let limits = report["limits"].as_array().unwrap().iter();
        limits
            .filter(|limit| limit.as_str().unwrap().contains("15 minutes"))
            .count()
    };
    assert_eq!(warns("2026-01-31T12:00:00Z"), 0);
    assert_eq!(warns("9999-01-01T00:00:00Z"), 1);
}

#[test]
fn the_length_of_the_event_history_comes_from_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.ndjson");
    fs::write(&file, lines(&[call(1, 1, "ec2", "StopInstances")])).unwrap();
    let records = fs::read(&file).unwrap();
    let written = format!("{} {:x}", records.len(), Sha1::digest(&records));
    // The window in 1970 is older than an event history of 90 days.
    let journal = format!(
        "ct-fetch journal 5\nsince 0\nuntil 900 900\nbegun 1800\nwritten {written}\nfinished yes\nend\n"
    );
    fs::write(folder.path().join("records.ndjson.journal"), journal).unwrap();
    let status = |days: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ct-report"));
        let command = command.arg(&file).env("CT_FETCH_HISTORY_DAYS", days);
        let output = command.stdin(Stdio::null()).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    assert_eq!(status("36500"), (Some(0), String::new()));
    assert_eq!(status(""), (Some(3), String::new()));
    let message = "ct-report: CT_FETCH_HISTORY_DAYS is `x`, which is not a number of days: \
        correct or unset it\n";
    assert_eq!(status("x"), (Some(2), message.to_owned()));
}
