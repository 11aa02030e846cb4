//! The inputs of a command line: files, folders and standard input.

use std::fs;

use serde_json::{Value, json};

use crate::program::{call, lines, run, seal};

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
