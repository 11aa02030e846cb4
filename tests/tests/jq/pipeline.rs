//! Tests the main use case from end to end: pipelines that show the activity of an access key.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows unwrap in tests, but not in their helper functions"
)]

use std::fs;

use ct_sim::{Events, Sim};
use ct_tests::Sandbox;
use serde_json::Value;

/// A file with made-up calls by an access key in the region Seoul.
const SEOUL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/seoul.ndjson");

/// Real records, if they are available next to the project.
const ATTACKS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../shared/events/attacks.ndjson"
);

const WINDOW_AND_KEY: &str = r#"--region ap-northeast-2 --start-time "10-01-2020, 09:00 AM" --end-time "10-02-2020, 10:50 PM" \
    --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=ABCDEFGHIJK"#;

const FILTER: &str = r#"'{eventTime, eventName, eventSource, awsRegion, "instanceType": .responseElements.instancesSet.items[0].instanceType}
    | select(.eventName | startswith("Describe") | not)
    | select(.eventSource == "ec2.amazonaws.com")'"#;

const HOPED_FOR: &str = r#"{
  "eventTime": "2020-10-01T13:35:58Z",
  "eventName": "RunInstances",
  "eventSource": "ec2.amazonaws.com",
  "awsRegion": "ap-northeast-2",
  "instanceType": "t2.micro"
}
"#;

fn answer(sandbox: &Sandbox, script: &str) -> String {
    let output = sandbox.shell(script).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}\n{errors}");
    String::from_utf8(output.stdout).unwrap()
}

const ONE_LINE: &str =
    r#"ct-jq -c '{eventTime, eventName} | select(.eventName | startswith("Describe") | not)'"#;

#[test]
fn one_pipeline_shows_the_activity_of_a_leaked_key() {
    let sim = Sim::start(Events::files([SEOUL]).any_region());
    let script = format!("ct-fetch --access-key ABCDEFGHIJK | {ONE_LINE}");
    let did = [
        ("2020-10-02T23:05:10Z", "TerminateInstances"),
        ("2020-10-02T02:41:17Z", "GetCallerIdentity"),
        ("2020-10-01T18:20:44Z", "CreateBucket"),
        ("2020-10-01T13:35:58Z", "RunInstances"),
        ("2020-10-01T11:02:33Z", "RunInstances"),
        ("2020-10-01T09:00:00Z", "ListUsers"),
        ("2020-10-01T08:59:59Z", "StopInstances"),
    ];
    let line = |(time, name)| format!("{{\"eventTime\":\"{time}\",\"eventName\":\"{name}\"}}\n");
    assert_eq!(
        answer(&Sandbox::beside(&sim), &script),
        did.map(line).concat()
    );
}

#[test]
#[ignore = "needs the recordings beside the project: cargo xtask shared"]
fn one_pipeline_shows_the_activity_of_a_key_in_real_records() {
    let records = fs::read_to_string(ATTACKS).unwrap();
    let key = "AKIAW9X2Q2U25SK79UCX";
    let did = records
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let did = did.filter(|record| record["userIdentity"]["accessKeyId"] == key);
    let did = did.filter(|record| {
        !record["eventName"]
            .as_str()
            .unwrap()
            .starts_with("Describe")
    });
    let line = |record: Value| {
        format!(
            "{{\"eventTime\":{},\"eventName\":{}}}\n",
            record["eventTime"], record["eventName"]
        )
    };
    let sim = Sim::start(Events::files([ATTACKS]).any_region());
    let script = format!("ct-fetch --access-key {key} | {ONE_LINE}");
    assert_eq!(
        answer(&Sandbox::beside(&sim), &script),
        did.map(line).collect::<String>()
    );
}

#[test]
fn the_pipeline_with_ct_fetch_finds_the_instance() {
    let sim = Sim::start(Events::files([SEOUL]));
    let script = format!("ct-fetch {WINDOW_AND_KEY} | ct-jq {FILTER}");
    assert_eq!(answer(&Sandbox::beside(&sim), &script), HOPED_FOR);
}

#[test]
#[ignore = "needs the AWS CLI and jq: cargo xtask shared"]
fn the_pipelines_print_the_same_as_aws_and_jq() {
    for events in [Events::files([SEOUL]), Events::count(300).any_region()] {
        let sim = Sim::start(events);
        let sandbox = Sandbox::beside(&sim);
        let aws = format!("aws cloudtrail lookup-events {WINDOW_AND_KEY}");
        let real = answer(
            &sandbox,
            &format!("{aws} | jq -r '.Events[].CloudTrailEvent' | jq {FILTER}"),
        );
        let half = answer(
            &sandbox,
            &format!("{aws} | ct-jq -r '.Events[].CloudTrailEvent' | ct-jq {FILTER}"),
        );
        let ours = answer(
            &sandbox,
            &format!("ct-fetch {WINDOW_AND_KEY} | ct-jq {FILTER}"),
        );
        assert_eq!(
            (half.as_str(), ours.as_str()),
            (real.as_str(), real.as_str())
        );
    }
}

#[test]
#[ignore = "needs the recordings beside the project: cargo xtask shared"]
fn every_real_record_is_printed_as_by_aws_and_jq() {
    let sim = Sim::start(Events::files([ATTACKS]).any_region());
    let sandbox = Sandbox::beside(&sim);
    let real = answer(
        &sandbox,
        "aws cloudtrail lookup-events | jq -r '.Events[].CloudTrailEvent'",
    );
    assert_eq!(answer(&sandbox, "ct-fetch -q --rate 1000"), real);
}
