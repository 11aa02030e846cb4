//! Examples for the sections of jq's manual, one file for each section.

mod arrays_and_objects;
mod assignment;
mod dates;
mod formats;
mod generators;
mod math;
mod numbers;
mod ordering;
mod paths;
mod regular_expressions;
mod sql;
mod streaming;
mod strings;

use std::io::Write as _;
use std::process::{Command, Stdio};

/// The lines that a program prints, followed by its error message if it fails.
fn jq(program: &str, input: &str) -> Vec<String> {
    jq_in("UTC", program, input)
}

/// Runs a program like [`jq`], in the given time zone.
fn jq_in(zone: &str, program: &str, input: &str) -> Vec<String> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ct-jq"))
        .args(["-c", program])
        .env_clear()
        .env("TZ", zone)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary was built");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    stdin
        .write_all(input.as_bytes())
        .expect("the program reads");
    drop(stdin);
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    stdout
        .lines()
        .chain(stderr.lines())
        .map(str::to_owned)
        .collect()
}

/// The only error message of a program, without its prefix.
fn jq_error(program: &str, input: &str) -> String {
    let lines = jq(program, input);
    let [line] = &lines[..] else {
        panic!("one line expected, not {lines:?}")
    };
    let text = line.strip_prefix("jq: error (at <stdin>:0): ");
    text.unwrap_or_else(|| panic!("an error expected, not {line}"))
        .to_owned()
}
