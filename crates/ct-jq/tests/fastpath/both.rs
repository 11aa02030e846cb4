//! Runs a program on the fast path and on the engine.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// The output, the messages and the exit status of a run.
pub(super) type Shown = (String, String, Option<i32>);

/// Runs `ct-jq OPTIONS PROGRAM` on `input`.
pub(super) fn run(options: &[&str], program: &str, input: &[u8]) -> Shown {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ct-jq"))
        .args(options)
        .arg(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary was built with its tests");
    let mut stdin = child.stdin.take().expect("its input is a pipe");
    let input = input.to_owned();
    // A run may end before it has read all of its input, so a broken pipe is not an error.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child
        .wait_with_output()
        .expect("the process can be waited for");
    writer.join().expect("the writer does not panic");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (
        text(output.stdout),
        text(output.stderr),
        output.status.code(),
    )
}

/// Asserts that the fast path on one, two and eight threads prints the same as the engine.
pub(super) fn assert_same_both_ways(options: &[&str], program: &str, input: &[u8]) {
    let engine = run(&[options, &["--engine"]].concat(), program, input);
    for threads in ["1", "2", "8"] {
        let fast = run(&[options, &["--threads", threads]].concat(), program, input);
        assert_eq!(fast, engine, "{options:?} {program} on {threads} threads");
    }
}

/// The text that `--explain` prints for a program.
pub(super) fn explained(options: &[&str], program: &str) -> String {
    run(&[options, &["--explain"]].concat(), program, b"").1
}

/// A CloudTrail record of a made-up account.
pub(super) const RECORD: &str = r#"{"eventVersion":"1.09","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/Alice","accessKeyId":"AKIAIOSFODNN7EXAMPLE"},"eventTime":"2026-11-01T10:30:00Z","eventSource":"ec2.amazonaws.com","eventName":"RunInstances","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.7","errorCode":null,"requestParameters":{"instanceType":"m5.large","items":[{"minCount":1,"maxCount":2.50}],"note":"a \"quoted\" \u00e9t\u00e9\t\/"},"resources":[{"ARN":"arn:aws:s3:::a"},{"ARN":"arn:aws:s3:::b"}],"readOnly":false}"#;

/// JSON texts of unusual values.
pub(super) const ODD: &[&str] = &[
    r#"{"eventName":"A","eventName":"B"}"#,
    r#"{"event\u004eame":"escaped"}"#,
    r#"{"eventName":1e1000,"readOnly":100000000000000000001}"#,
    r#"{"eventName":-0,"requestParameters":[1.000]}"#,
    r#"{"userIdentity":"a string","resources":7}"#,
    "null",
    "[1,[2]]",
    "\"text\"",
    "{\"eventName\":\n\"over lines\"}",
    "{} {\"eventName\":\"two on a line\"}",
    "{\"a\":\"\u{7f}\\u0000\"}",
    r#"{"eventTime":"2024-02-30T00:00:00Z"}"#,
    r#"{"eventTime":"1969-12-31T23:59:59Z"}"#,
    r#"{"eventTime":"2024-02-29T00:00:00Z","eventName":"RunInstances\n","resources":[]}"#,
    r#"{"eventTime":"2024-2-9T00:00:00Z","eventName":"Runs"}"#,
];
