//! Tests when and where output is written.

use crate::run::jq;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

#[test]
fn a_value_is_processed_before_the_next_is_read() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ct-jq"))
        .args(["-c", ".n + 1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for n in 0..3 {
        writeln!(input, "{{\"n\":{n}}}").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line, format!("{}\n", n + 1));
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_closed_pipe_ends_the_run_silently() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ct-jq"))
        .args(["-n", "range(1e9)"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), output.stderr.as_slice()),
        (Some(141), &b""[..])
    );
}

#[test]
fn an_output_that_cannot_be_written_is_an_error() {
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ct-jq"))
        .args(["-n", "1"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        output.stderr,
        b"jq: error: writing output failed: No space left on device\n"
    );
}

#[test]
fn a_value_may_span_lines_and_files() {
    let ran = jq(["-c", ".", "a", "b"])
        .file("a", "[1,\n2")
        .file("b", ",3] {\"x\":\n4}")
        .run();
    assert_eq!(
        (ran.stdout.as_str(), ran.status),
        ("[1,2,3]\n{\"x\":4}\n", Some(0))
    );
}

#[test]
fn errors_name_the_file_and_the_lines_read() {
    let ran = jq([".a", "f"]).file("f", "{}\n\n[1]\n{}").run();
    assert_eq!(
        ran.stderr,
        "jq: error (at f:3): Cannot index array with string (\"a\")\n"
    );
}

#[test]
fn raw_input_joins_a_line_over_two_files() {
    let ran = jq(["-R", ".", "a", "b"])
        .file("a", "x\ny")
        .file("b", "z\n")
        .run();
    assert_eq!(ran.stdout, "\"x\"\n\"yz\"\n");
}

#[test]
fn debug_and_stderr_go_to_standard_error() {
    let ran = jq(["-c", r#"debug, debug("n is \(.)"), stderr"#])
        .input("[1]")
        .run();
    assert_eq!(ran.stdout, "[1]\n[1]\n[1]\n");
    assert_eq!(
        ran.stderr,
        "[\"DEBUG:\",[1]]\n[\"DEBUG:\",\"n is [1]\"]\n[1]"
    );
}

#[test]
fn a_raw_line_longer_than_many_blocks_is_one_input() {
    let line = "x".repeat(1_000_000);
    let ran = jq(["-R", "length"]).input(format!("{line}\n\n{line}{line}"));
    assert_eq!(ran.stdout(), "1000000\n0\n2000000\n");
}
