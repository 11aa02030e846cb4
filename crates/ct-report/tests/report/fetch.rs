//! Checks that `ct-report -- ARGS` runs the ct-fetch in its own folder, and judges the result.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use crate::program::{call, lines, seal};

/// Runs ct-report with the shell script `script` as the ct-fetch in its folder. Returns the exit
/// status and the first output line.
fn beside(script: &str) -> (Option<i32>, String) {
    beside_with(script, &["--region", "all"], "")
}

/// Same as [`beside`], with arguments for ct-fetch and standard input.
fn beside_with(script: &str, words: &[&str], input: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let [program, fetch] = ["ct-report", "ct-fetch"].map(|name| folder.path().join(name));
    fs::write(
        folder.path().join("records"),
        lines(&[call(1, 1, "ec2", "StopInstances")]),
    )
    .unwrap();
    // A shell writes the files: Linux refuses to execute a file that any process still has open for
    // writing.
    let mut write = Command::new("sh");
    write
        .args([
            "-c",
            "cp \"$2\" \"$3\" && printf '#!/bin/sh\\n%s\\n' \"$1\" >\"$0\" && chmod 755 \"$0\"",
        ])
        .arg(&fetch)
        .arg(script)
        .arg(env!("CARGO_BIN_EXE_ct-report"))
        .arg(&program);
    assert!(write.status().unwrap().success());
    assert_eq!(
        fs::metadata(&fetch).unwrap().permissions().mode() & 0o777,
        0o755
    );
    let mut child = Command::new(&program)
        .arg("--")
        .args(words)
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // The write fails if the script has ended without reading its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (
        output.status.code(),
        text.lines().next().unwrap_or_default().to_owned(),
    )
}

#[test]
fn ct_fetch_is_strict_sealed_and_settled_and_no_option_is_repeated() {
    let seal = seal(&lines(&[call(1, 1, "ec2", "StopInstances")]));
    for (words, expected) in [
        ("--region all", "--region all --until 15m --strict --seal"),
        ("--until 1h --strict", "--until 1h --strict --seal"),
        ("--end-time=1h --seal", "--end-time=1h --seal --strict"),
        ("--seal --from a --strict", "--seal --from a --strict"),
        ("--files-from a", "--files-from a --strict --seal"),
    ] {
        let script = format!("[ \"$*\" = '{expected}' ] || exit 252\ncat records; echo '{seal}'");
        let words: Vec<&str> = words.split(' ').collect();
        let (status, first) = beside_with(&script, &words, "");
        let is_complete = first.starts_with("The input is complete for its window in us-east-1.");
        assert_eq!((status, is_complete), (Some(0), true), "{expected}");
    }
}

#[test]
fn ct_fetch_reads_the_standard_input() {
    let records = lines(&[call(1, 1, "ec2", "StopInstances")]);
    let input = format!("{records}{}\n", seal(&records));
    let (status, first) = beside_with("cat", &["--from", "-"], &input);
    let is_complete = first.starts_with("The input is complete for its window in us-east-1.");
    assert_eq!((status, is_complete), (Some(0), true), "{first}");
}

#[test]
fn a_failure_is_incomplete_refused_arguments_are_usage_and_a_signal_is_passed_on() {
    for (script, reason) in [
        (
            "cat records; exit 254",
            "254: the service refused it in at least one region.",
        ),
        (
            "exit 253",
            "253: no region, no credentials, or an invalid setting.",
        ),
        ("exit 255", "255: see its message."),
    ] {
        let first = format!(
            "The input is incomplete, so this report may lack events: ct-fetch ended with status {reason}"
        );
        let (status, said) = beside(script);
        assert_eq!(
            (status, said.starts_with(&first)),
            (Some(3), true),
            "{said}"
        );
    }
    assert_eq!(beside("exit 252"), (Some(2), String::new()));
    assert_eq!(beside("exit 130"), (Some(130), String::new()));
    assert_eq!(beside("exit 143"), (Some(143), String::new()));
}

#[test]
fn a_success_without_a_seal_is_not_complete() {
    let (status, said) = beside("cat records");
    assert_eq!(
        (status, said.starts_with("The input is incomplete")),
        (Some(3), true)
    );
}
