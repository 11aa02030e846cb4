//! Tests that `ct-fetch --format` writes selected fields as CSV, TSV or a table.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows unwrap in tests, but not in their helper functions"
)]

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use ct_core::exit::status;
use ct_sim::{Events, Sim};
use ct_tests::relay::Relay;
use ct_tests::{Sandbox, outcome};
use serde_json::json;

/// Three records, newest first. The second record has fields with unusual types.
fn records() -> [String; 3] {
    let record = |second: u32, more: serde_json::Value| {
        let mut record = json!({
            "eventTime": format!("2020-10-01T00:00:0{second}Z"),
            "eventID": format!("00000000-0000-4000-8000-00000000000{second}"),
            "eventName": "DescribeInstances", "eventSource": "ec2.amazonaws.com", "awsRegion": "us-east-1",
            "sourceIPAddress": "192.0.2.1", "userAgent": "aws-cli", "readOnly": true,
        });
        record
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        record.to_string()
    };
    [
        record(
            3,
            json!({
                "userAgent": "=cmd|'/C calc'!A0",
                "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice"},
                "requestParameters": {"fromPort": -1, "note": "a \"b\", c\u{1b}[2J"},
            }),
        ),
        record(
            2,
            json!({"userAgent": 7, "userIdentity": {"type": "Root"}, "requestParameters": "none"}),
        ),
        record(
            1,
            json!({"requestParameters": {"fromPort": [1, {"to": 2}], "note": "one\ntwo"}}),
        ),
    ]
}

/// A simulated CloudTrail with the records of [`records`], and a sandbox that uses it.
fn beside() -> (Sim, Sandbox) {
    let sim = Sim::start(Events::records(records()));
    let sandbox = Sandbox::beside(&sim);
    (sim, sandbox)
}

const FIELDS: &str =
    "eventTime,userAgent,userIdentity.arn,requestParameters.fromPort,requestParameters.note";

/// Runs `ct-fetch`, expects success, and returns the output.
fn printed(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let (printed, told, status) = outcome(sandbox, &[&["--quiet"], arguments].concat());
    assert_eq!((told.as_str(), status), ("", status::OK), "{arguments:?}");
    printed
}

#[test]
fn csv_has_a_header_a_row_per_event_and_escaped_formulas() {
    let (_sim, sandbox) = beside();
    assert_eq!(
        printed(&sandbox, &["--format", "csv", "--fields", FIELDS]),
        "eventTime,userAgent,userIdentity.arn,requestParameters.fromPort,requestParameters.note\n\
         2020-10-01T00:00:03Z,'=cmd|'/C calc'!A0,arn:aws:iam::111122223333:user/alice,-1,\"a \"\"b\"\", c\u{1b}[2J\"\n\
         2020-10-01T00:00:02Z,7,,,\n\
         2020-10-01T00:00:01Z,aws-cli,,\"[1,{\"\"to\"\":2}]\",\"one\ntwo\"\n"
    );
}

#[test]
fn tsv_uses_tabs() {
    let (_sim, sandbox) = beside();
    let fields = "eventTime,requestParameters.fromPort,userIdentity";
    assert_eq!(
        printed(&sandbox, &["--format", "tsv", "--fields", fields]),
        "eventTime\trequestParameters.fromPort\tuserIdentity\n\
         2020-10-01T00:00:03Z\t-1\t\"{\"\"arn\"\":\"\"arn:aws:iam::111122223333:user/alice\"\",\"\"type\"\":\"\"IAMUser\"\"}\"\n\
         2020-10-01T00:00:02Z\t\t\"{\"\"type\"\":\"\"Root\"\"}\"\n\
         2020-10-01T00:00:01Z\t\"[1,{\"\"to\"\":2}]\"\t\n"
    );
}

#[test]
fn a_table_has_aligned_columns_and_escapes_control_characters() {
    let (_sim, sandbox) = beside();
    let fields = "eventTime,requestParameters.note,userAgent";
    assert_eq!(
        printed(&sandbox, &["--format", "table", "--fields", fields]),
        "eventTime             requestParameters.note  userAgent\n\
         2020-10-01T00:00:03Z  a \"b\", c\\u{1b}[2J       =cmd|'/C calc'!…\n\
         2020-10-01T00:00:02Z                          7\n\
         2020-10-01T00:00:01Z  one\\ntwo                aws-cli\n"
    );
}

#[test]
fn ndjson_is_the_default_and_contains_unchanged_records() {
    let (_sim, sandbox) = beside();
    let whole = records().join("\n") + "\n";
    assert_eq!(printed(&sandbox, &[]), whole);
    assert_eq!(printed(&sandbox, &["--format", "ndjson"]), whole);
}

#[test]
fn a_window_without_events_has_only_a_header() {
    let (_sim, sandbox) = beside();
    let arguments = [
        "--format",
        "csv",
        "--fields",
        "eventTime",
        "--username",
        "nobody",
    ];
    assert_eq!(printed(&sandbox, &arguments), "eventTime\n");
}

#[test]
fn invalid_fields_and_formats_are_refused_before_any_request() {
    let (sim, sandbox) = beside();
    for (arguments, told) in [
        (
            &["--fields", "eventTime", "-o", "out"][..],
            "--fields requires columns, but ndjson is the record as received: add --format csv, \
             tsv or table, or pipe to ct-jq",
        ),
        (
            &[
                "--format",
                "csv",
                "--fields",
                "eventTime,,eventName",
                "-o",
                "out",
            ],
            "invalid value '' for '--fields <FIELD>': not a field: use a path such as eventName, \
             userIdentity.arn or resources[0].ARN: see ct-fetch --help",
        ),
        (
            &["--format", "json"],
            "invalid value 'json' for '--format <FORMAT>': did you mean ndjson?",
        ),
    ] {
        let expected = (String::new(), format!("ct-fetch: {told}\n"), status::USAGE);
        assert_eq!(outcome(&sandbox, arguments), expected);
    }
    assert!(sim.requests().is_empty());
    assert!(!sandbox.folder().join("out").exists());
}

#[test]
fn a_field_that_no_record_has_causes_a_warning() {
    let (_sim, sandbox) = beside();
    let arguments = [
        "-q",
        "--format",
        "csv",
        "--fields",
        "eventname",
        "--max-items",
        "1",
    ];
    let told = "ct-fetch: `eventname` is not a record field: did you mean eventName?\n";
    let expected = ("eventname\n\"\"\n".to_owned(), told.to_owned(), status::OK);
    assert_eq!(outcome(&sandbox, &arguments), expected);
}

#[test]
fn a_run_that_is_killed_on_any_page_continues_to_the_same_rows_with_one_header() {
    const QUERY: [&str; 6] = [
        "--format",
        "csv",
        "--until",
        "2020-10-02",
        "--max-items",
        "300",
    ];
    let unbroken = Sim::start(Events::count(400));
    let whole = printed(&Sandbox::beside(&unbroken), &QUERY);
    assert!(whole.lines().count() > 300);
    for page in [1, 2, 3, 6] {
        let faulty = Events::count(400).fault(format!("hang@{page}..").parse().unwrap());
        let sim = Sim::start(faulty);
        let relay = Relay::to(&sim);
        let sandbox = Sandbox::beside(&sim).with("AWS_ENDPOINT_URL", relay.url());
        let mut command = sandbox.process("ct-fetch");
        command
            .args(["--quiet", "--rate", "1000", "-o", "out"])
            .args(QUERY);
        let mut run = command.stdin(Stdio::null()).spawn().unwrap();
        assert!(sim.wait_for(page, Duration::from_secs(30)));
        run.kill().unwrap();
        run.wait().unwrap();
        let mended = Sim::start(Events::count(400));
        relay.turn(&mended);
        let arguments = [&["-o", "out"], &QUERY[..]].concat();
        assert_eq!(printed(&sandbox, &arguments), "", "page {page}");
        let out = fs::read_to_string(sandbox.folder().join("out")).unwrap();
        assert_eq!(out, whole, "page {page}");
    }
}

#[test]
fn a_run_does_not_continue_in_another_format() {
    let (_sim, sandbox) = beside();
    let query = ["--until", "2020-10-02", "-o", "out"];
    assert_eq!(
        printed(&sandbox, &[&query[..], &["--format", "csv"]].concat()),
        ""
    );
    let before = fs::read(sandbox.folder().join("out")).unwrap();
    for other in [
        &["--format", "tsv"][..],
        &[],
        &["--format", "csv", "--fields", "eventID"],
    ] {
        let arguments = [&["--quiet"], &query[..], other].concat();
        let (_, _, status) = outcome(&sandbox, &arguments);
        assert_eq!(status, status::USAGE, "{other:?}");
    }
    assert_eq!(fs::read(sandbox.folder().join("out")).unwrap(), before);
}

#[test]
fn following_writes_one_header() {
    let (_sim, sandbox) = beside();
    let arguments = [
        "--follow",
        "--format",
        "tsv",
        "--fields",
        "eventID",
        "--max-items",
        "3",
    ];
    let rows = printed(&sandbox, &arguments);
    assert_eq!(rows.lines().next(), Some("eventID"));
    assert_eq!(rows.lines().count(), 4);
}
