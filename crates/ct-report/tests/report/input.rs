//! The inputs of a command line: files, folders and standard input.

use std::fs;

use serde_json::{Value, json};

use crate::program::{call, lines, run, seal, with};

/// A record with this number, and its seal.
fn sealed(number: u32) -> String {
    let record = lines(&[call(number, number, "ec2", "StopInstances")]);
    format!("{record}{}\n", seal(&record))
}

#[test]
fn a_dash_among_files_is_the_standard_input() {
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
fn a_seal_without_a_line_end_is_torn() {
    let whole = sealed(1);
    let output = run(&[], &whole[..whole.len() - 1]);
    let text = String::from_utf8(output.stdout).unwrap();
    let first = "The input is incomplete, so this report may lack events: standard input ends within the line of its seal.";
    assert_eq!(
        (output.status.code(), text.starts_with(first)),
        (Some(3), true),
        "{text}"
    );
}

#[test]
fn an_archive_whose_seal_names_no_regions_is_not_said_to_be_of_0_regions() {
    let record = lines(&[call(1, 1, "ec2", "StopInstances")]);
    let seal = with(seal(&record), json!({"targets": []}));
    let output = run(&[], &format!("{record}{seal}\n"));
    let text = String::from_utf8(output.stdout).unwrap();
    let limit = "The input covers all until 2026-01-31T12:00:00Z; what happened before, after or elsewhere is not in it.";
    assert!(text.contains(limit), "{text}");
}
