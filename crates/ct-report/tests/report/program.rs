//! Runs ct-report, and creates records as its input.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use ct_core::seal::{Counted, Seal, SealedWindow, VERSION};
use serde_json::{Value, json};

/// The access key of the user alice, which is leaked in these tests.
pub(crate) const LEAKED: &str = "AKIAIOSFODNN7EXAMPLE";

/// A record of a call to `service` by the user alice with the leaked key, `second` seconds after
/// 10:00.
pub(crate) fn call(id: u32, second: u32, service: &str, name: &str) -> Value {
    json!({
        "eventVersion": "1.08",
        "eventID": format!("00000000-0000-4000-8000-{id:012}"),
        "requestID": format!("11111111-0000-4000-8000-{id:012}"),
        "eventTime": format!("2026-01-31T10:{:02}:{:02}Z", second / 60, second % 60),
        "eventName": name,
        "eventSource": format!("{service}.amazonaws.com"),
        "awsRegion": "us-east-1",
        "recipientAccountId": "111122223333",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2",
        "readOnly": false,
        "eventType": "AwsApiCall",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": "arn:aws:iam::111122223333:user/alice",
            "accountId": "111122223333",
            "userName": "alice",
            "accessKeyId": LEAKED,
        },
    })
}

/// The record with `changes` merged into it. A change to null sets the field to null.
pub(crate) fn with(mut record: Value, changes: Value) -> Value {
    fn merge(into: &mut Value, from: Value) {
        match (into, from) {
            (Value::Object(into), Value::Object(from)) => {
                for (name, value) in from {
                    merge(into.entry(name).or_insert(Value::Null), value);
                }
            }
            (into, from) => *into = from,
        }
    }
    merge(&mut record, changes);
    record
}

/// The event ID of the record with the number `number`.
pub(crate) fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// The records as text, one per line.
pub(crate) fn lines(records: &[Value]) -> String {
    let lines: Vec<String> = records.iter().map(ToString::to_string).collect();
    lines.join("\n") + "\n"
}

/// The seal of a complete stream that consists of `lines`.
pub(crate) fn seal(lines: &str) -> Value {
    let mut counted = Counted::default();
    for line in lines.lines() {
        counted.record(line.as_bytes());
    }
    let seal = Seal {
        ct_seal: VERSION,
        records: counted.records(),
        sha256: counted.sha256(),
        window: SealedWindow {
            since: None,
            until: "2026-01-31T12:00:00Z".to_owned(),
            settled: None,
        },
        targets: vec!["us-east-1".to_owned()],
        filters: Vec::new(),
        validation: None,
        gaps: Vec::new(),
        complete: true,
    };
    serde_json::to_value(seal).unwrap()
}

/// Runs ct-report with these arguments and this standard input.
pub(crate) fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ct-report"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // If the program refuses its arguments, it does not read its input, and the write fails.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// The standard output of the program as text.
pub(crate) fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The JSON report on `records`, created with additional arguments.
pub(crate) fn report(records: &[Value], arguments: &[&str]) -> Value {
    let all = [&["--format", "json"], arguments].concat();
    let output = run(&all, &lines(records));
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A record of a call with a request and a response. `number` is the number of the record, and its
/// time in seconds after 10:00.
pub(crate) fn asked(
    number: u32,
    service: &str,
    name: &str,
    request: Value,
    response: Value,
) -> Value {
    let parts = [
        ("requestParameters", request),
        ("responseElements", response),
    ];
    let parts = parts.map(|(name, part)| (name.to_owned(), part));
    with(
        call(number, number, service, name),
        Value::Object(parts.into_iter().collect()),
    )
}
