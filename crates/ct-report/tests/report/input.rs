//! Checks the inputs of a command line: files, folders and standard input.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::program::{asked, call, id, lines, run, seal, text, with};

/// The record with the number `number`, and its seal.
fn sealed(number: u32) -> String {
    let record = lines(&[call(number, number, "ec2", "StopInstances")]);
    format!("{record}{}\n", seal(&record))
}

#[test]
fn a_dash_among_files_is_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.ndjson");
    fs::write(&file, sealed(1)).unwrap();
    let input = sealed(2);
    let file = file.to_str().unwrap();
    for files in [[file, "-"], ["-", file]] {
        let output = run(&[&["--format", "json"], &files[..]].concat(), &input);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let found = [
            &report["completeness"]["state"],
            &report["subject"]["input_records"],
        ];
        assert_eq!(found, [&json!("complete"), &json!(2)]);
    }
    let output = run(&["-", file, "-"], &input);
    let message = String::from_utf8(output.stderr).unwrap();
    let expected = "ct-report: standard input is given twice: give - once\n";
    assert_eq!((output.status.code(), &*message), (Some(2), expected));
}

#[test]
fn a_seal_without_a_line_end_is_truncated() {
    let whole = sealed(1);
    let output = run(&[], &whole[..whole.len() - 1]);
    let text = text(&output);
    let first = "The input is incomplete, so this report may lack events: standard input ends in \
        the middle of its seal line.";
    assert_eq!(
        (output.status.code(), text.starts_with(first)),
        (Some(3), true),
        "{text}"
    );
}

#[test]
fn an_archive_whose_seal_names_no_regions_is_not_reported_as_0_regions() {
    let record = lines(&[call(1, 1, "ec2", "StopInstances")]);
    let seal = with(seal(&record), json!({"targets": []}));
    let output = run(&[], &format!("{record}{seal}\n"));
    let text = text(&output);
    let limit = "The input covers everything until 2026-01-31T12:00:00Z; it does not show what \
        happened \
        before, after or elsewhere.";
    assert!(text.contains(limit), "{text}");
}

#[test]
fn a_seal_far_before_the_end_of_a_file_is_verified() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.ndjson");
    let more: Vec<Value> = (2..200)
        .map(|number| call(number, number, "ec2", "StopInstances"))
        .collect();
    let more = lines(&more);
    assert!(more.len() > 64 << 10);
    let whole = sealed(1) + &more;
    let changed = whole.replacen("aws-cli/2", "aws-cli/3", 1);
    for (input, expected) in [(whole, "unknown"), (changed, "incomplete")] {
        fs::write(&file, input).unwrap();
        let output = run(&["--format", "json", file.to_str().unwrap()], "");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["completeness"]["state"], expected, "{report}");
    }
}

#[test]
fn a_pipe_that_is_named_as_a_file_is_read_once() {
    let record = asked(
        1,
        "iam",
        "CreateUser",
        json!({"userName": "eve"}),
        json!(null),
    );
    let input = lines(&[record]);
    for format in ["json", "html"] {
        let output = run(&["--format", format, "/dev/stdin"], &input);
        let text = text(&output);
        assert_eq!(output.status.code(), Some(0), "{text}");
        assert!(text.contains("AWS::IAM::User"), "{text}");
    }
}

#[test]
fn two_records_with_the_same_position_and_id_are_both_read() {
    let user = |name| {
        asked(
            1,
            "iam",
            "CreateUser",
            json!({"userName": name}),
            json!(null),
        )
    };
    let inner = json!({"Records": [user("eve"), user("mallory")]}).to_string();
    let output = run(
        &["--format", "json"],
        &json!({"message": inner}).to_string(),
    );
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let created = report["created"].as_array().unwrap().iter();
    let created: BTreeSet<&str> = created.filter_map(|row| row["id"].as_str()).collect();
    assert_eq!(created, BTreeSet::from(["eve", "mallory"]));
}

#[test]
fn records_with_one_id_in_one_container_are_both_shown() {
    let record = call(1, 1, "ec2", "StopInstances");
    let other = with(record.clone(), json!({"awsRegion": "eu-west-1"}));
    let list = json!({"Records": [record, other]}).to_string();
    let input = json!({"events": [{"message": list}]}).to_string();
    let output = run(&["--format", "timesketch"], &input);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    let shown = String::from_utf8(output.stdout).unwrap();
    let count = |region: &str| shown.matches(&format!("\"{region}\"")).count();
    assert_eq!((count("us-east-1"), count("eu-west-1")), (1, 1), "{shown}");
}

#[test]
fn the_verdict_names_what_is_missing_before_what_is_unknown() {
    let record = with(call(1, 1, "ec2", "StopInstances"), json!({"eventID": null}));
    let output = run(&["--format", "json"], &lines(&[record]));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let verdict = report["verdict"].as_str().unwrap();
    let expected = "The input is incomplete, so this report may lack events: 1 record lacks a field \
        that a report needs; the first one has no eventID.";
    assert_eq!(output.status.code(), Some(3));
    assert!(verdict.starts_with(expected), "{verdict}");
}

#[test]
fn a_lone_surrogate_loses_neither_a_creation_nor_its_record() {
    let record = asked(
        1,
        "iam",
        "CreateUser",
        json!({"userName": "eve", "tags": [{"key": "k", "value": "LONE"}]}),
        json!(null),
    );
    let deletion = asked(
        2,
        "iam",
        "DeleteUser",
        json!({"userName": "eve", "note": "LONE"}),
        json!(null),
    );
    let input = lines(&[record, deletion]).replace("LONE", r"\ud800");
    let output = run(&["--format", "json"], &input);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let row = &report["created"][0];
    let found = json!([row["id"], row["deletedBy"]]);
    let expected = (Some(0), json!(["eve", id(2)]));
    assert_eq!((output.status.code(), found), expected);
    let output = run(&["event", &id(1)], &input);
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert!(shown.contains("\"value\": \"\u{fffd}\""), "{shown}");
}

#[test]
fn a_list_without_records_is_of_unknown_completeness() {
    for input in ["[]", r#"{"Records":[]}"#, r#"{"Events":[]}"#] {
        let output = run(
            &["--format", "json", "--key", "AKIAIOSFODNN7EXAMPLE"],
            input,
        );
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{input}");
        assert_eq!(report["completeness"]["state"], "unknown", "{input}");
        let verdict = report["verdict"].as_str().unwrap();
        assert!(verdict.contains("0 records"), "{verdict}");
    }
}

#[test]
fn a_record_with_two_event_ids_is_reported_with_the_last_one() {
    let user = json!({"userName": "eve"});
    let record = asked(1, "iam", "CreateUser", user, json!(null)).to_string();
    let line = record.strip_suffix('}').unwrap();
    let line = format!("{line},\"eventID\":\"{}\"}}", id(2));
    for input in [format!("{line}\n"), format!("{{\"Records\":[{line}]}}")] {
        let output = run(&["--format", "json"], &input);
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let row = &report["created"][0];
        assert_eq!(json!([row["id"], row["eventID"]]), json!(["eve", id(2)]));
        for arguments in [&["--format", "timesketch"][..], &["event", &id(2)]] {
            let output = run(arguments, &input);
            let shown = text(&output);
            assert_eq!(output.status.code(), Some(0), "{shown}");
            assert!(shown.contains("CreateUser"), "{shown}");
        }
    }
}
