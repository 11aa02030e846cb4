//! Tests that typical investigation filters print the same output with jq and with both parts of
//! ct-jq: the fast path, which runs on the bytes of a record, and the engine, which runs any
//! filter.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows unwrap in tests, but not in their helper functions"
)]

use std::fs;
use std::path::Path;

use ct_sim::{Events, Sim};
use ct_tests::{Sandbox, is_installed};

/// Real records, if they are available next to the project.
const ATTACKS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../shared/events/attacks.ndjson"
);

/// Options and filters for which jq 1.6 and 1.8 print the same output. Filters that print
/// `requestParameters` are omitted: it may contain 75.0, which jq 1.6 prints as 75.
const FILTERS: [(&str, &str); 32] = [
    ("-c", "del(.requestParameters)"),
    ("", "del(.requestParameters)"),
    ("-S", "del(.requestParameters)"),
    ("-r", ".eventName"),
    ("-c", "{eventTime, eventName, who: .userIdentity.arn}"),
    ("", r#"select(.eventName=="ConsoleLogin")"#),
    (
        "-c",
        r#"{eventTime, eventName, eventSource, awsRegion, "instanceType": .responseElements.instancesSet.items[0].instanceType} | select(.eventName | startswith("Describe") | not) | select(.eventSource == "ec2.amazonaws.com")"#,
    ),
    (
        "-c",
        r#"select(.userIdentity.accessKeyId=="AKIAIOSFODNN7EXAMPLE") | .eventID"#,
    ),
    ("-r", "[.eventTime,.eventName,.userIdentity.arn]|@tsv"),
    (
        "-r",
        "[.eventTime,.sourceIPAddress,.userAgent,.readOnly]|@csv",
    ),
    ("-r", "select(.errorCode != null) | .errorCode"),
    (
        "-r",
        r#"select(.errorCode) | "\(.eventTime) \(.eventName): \(.errorCode)""#,
    ),
    (
        "-r",
        r#"select(.eventName | test("^(Create|Delete|Put|Attach)")) | .eventName"#,
    ),
    (
        "-r",
        r#"select(.eventName | test("login"; "i")) | .sourceIPAddress"#,
    ),
    (
        "-c",
        r#"select(.userIdentity.type == "Root") | [.eventTime, .eventName]"#,
    ),
    (
        "-r",
        ".userIdentity.sessionContext.sessionIssuer.userName // .userIdentity.userName // .userIdentity.type",
    ),
    ("-c", "[.resources[]? | .ARN]"),
    ("-r", r#".resources[]?.ARN // empty | split(":") | .[2]"#),
    (
        "-c",
        "select(.requestParameters != null) | .requestParameters | keys",
    ),
    (
        "-c",
        ".userIdentity | to_entries | map(select(.value | type == \"string\")) | from_entries",
    ),
    (
        "-c",
        "del(.userIdentity, .responseElements, .requestParameters)",
    ),
    ("-c", ".eventTime | fromdate | [., todate]"),
    ("-r", ".eventTime[0:13]"),
    ("-c", "[paths] | length"),
    (
        "-c",
        r#"[.. | strings | select(contains("arn:aws"))] | unique"#,
    ),
    (
        "-c",
        "if .readOnly then empty else {eventName, readOnly} end",
    ),
    (
        "-e",
        r#"select(.awsRegion | IN("us-east-1", "eu-west-1") | not) | .awsRegion"#,
    ),
    ("-c", r#"with_entries(select(.key | endswith("ID")))"#),
    (
        "-c -s",
        "group_by(.eventName) | map({name: .[0].eventName, count: length}) | sort_by(.count, .name)",
    ),
    ("-c -s", "map(.sourceIPAddress) | unique | length"),
    (
        "-c -n",
        "reduce inputs as $record ({}; .[$record.eventSource] += 1)",
    ),
    ("-c -n", "[limit(5; inputs | .eventName)]"),
];

/// Runs `program` with the options and the filter on the records, and returns its output and its
/// exit status.
fn shown(
    sandbox: &Sandbox,
    program: &str,
    (options, filter): (&str, &str),
) -> (String, Option<i32>) {
    let mut words = program.split_whitespace();
    let mut command = sandbox.command(words.next().unwrap());
    command.args(words).args(options.split_whitespace());
    let output = command.args([filter, "records.ndjson"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (text, output.status.code())
}

fn assert_all_agree(sandbox: &Sandbox) {
    let mut others = vec!["ct-jq --engine", "ct-jq --threads 1"];
    if is_installed("jq") {
        others.push("jq");
    }
    for filter in FILTERS {
        let ours = shown(sandbox, "ct-jq", filter);
        for other in &others {
            let theirs = shown(sandbox, other, filter);
            assert!(ours == theirs, "{other} shows something else: {filter:?}");
        }
    }
}

#[test]
fn investigation_filters_agree_on_generated_records() {
    let sim = Sim::start(Events::count(1000));
    let sandbox = Sandbox::beside(&sim);
    let fetch = "ct-fetch --quiet --rate 1000 >records.ndjson";
    sandbox.shell(fetch).assert().success();
    assert_all_agree(&sandbox);
}

#[test]
fn investigation_filters_agree_on_real_records() {
    if !Path::new(ATTACKS).exists() {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", fs::read(ATTACKS).unwrap());
    assert_all_agree(&sandbox);
}
