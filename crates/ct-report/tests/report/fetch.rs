//! `ct-report -- ARGS` runs the ct-fetch next to it, and judges its result.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use crate::program::{call, lines, seal};

/// The status and output of ct-report with this script as its ct-fetch.
fn beside(script: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let [program, fetch] = ["ct-report", "ct-fetch"].map(|name| folder.path().join(name));
    fs::copy(env!("CARGO_BIN_EXE_ct-report"), &program).unwrap();
    fs::write(
        folder.path().join("records"),
        lines(&[call(1, 1, "ec2", "StopInstances")]),
    )
    .unwrap();
    // Another process writes it: a file that this process has open for writing cannot be executed.
    let mut write = Command::new("sh");
    write
        .args([
            "-c",
            "printf '#!/bin/sh\\n%s\\n' \"$1\" >\"$0\" && chmod 755 \"$0\"",
        ])
        .arg(&fetch)
        .arg(script);
    assert!(write.status().unwrap().success());
    assert_eq!(
        fs::metadata(&fetch).unwrap().permissions().mode() & 0o777,
        0o755
    );
    let output = Command::new(&program)
        .args(["--", "--region", "all"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (
        output.status.code(),
        text.lines().next().unwrap_or_default().to_owned(),
    )
}

#[test]
fn a_success_with_a_seal_is_complete_and_ct_fetch_is_strict_and_sealed() {
    let seal = seal(&lines(&[call(1, 1, "ec2", "StopInstances")]));
    let script = format!(
        "[ \"$*\" = '--strict --seal --region all' ] || exit 252\ncat records; echo '{seal}'"
    );
    let (status, first) = beside(&script);
    assert_eq!(
        (
            status,
            first.starts_with("The input is complete for its window.")
        ),
        (Some(0), true)
    );
}

#[test]
fn a_failure_is_incomplete_refused_arguments_are_usage_and_a_signal_is_passed_on() {
    let first =
        "The input is incomplete, so this report may lack events: ct-fetch ended with status 254.";
    let (status, said) = beside("cat records; exit 254");
    assert_eq!((status, &said[..first.len()]), (Some(3), first));
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
