//! Rules over several records: the history of seen values, and the hits of base rules.

use std::fs;

use serde_json::Value;

use super::{check, sandbox, status};

const FIRST_SEEN: &str = "ct.first-seen.";

/// A record of a call in a region by one principal.
fn call(region: &str, second: u8) -> String {
    format!(
        r#"{{"eventVersion":"1.08","userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","principalId":"AIDAEXAMPLE","accountId":"111122223333","accessKeyId":"AKIAIOSFODNN7EXAMPLE","userName":"alice"}},"eventTime":"2020-10-01T00:00:{second:02}Z","eventSource":"ec2.amazonaws.com","eventName":"RunInstances","readOnly":false,"awsRegion":"{region}","sourceIPAddress":"192.0.2.1","userAgent":"cli","eventID":"00000000-0000-4000-8000-0000000000{second:02}","eventType":"AwsApiCall","recipientAccountId":"111122223333"}}"#
    )
}

#[test]
fn a_history_is_filled_by_the_first_run_and_later_runs_report_new_values() {
    let sandbox = sandbox();
    sandbox.write("one", call("eu-west-1", 1));
    sandbox.write("two", call("eu-west-1", 2) + "\n" + &call("ap-east-1", 3));
    let first_seen = [
        "--rules",
        "first-seen",
        "--only",
        "ct.first-seen.region",
        "--fail-on",
        "informational",
        "--format",
        "json",
    ];
    let run = |files: &[&str]| check(&sandbox, &[&first_seen[..], files].concat());
    let without = run(&["one"]);
    assert_eq!((without.0.as_str(), without.2), ("", 3), "{}", without.1);
    let seen = ["--history", "seen", "one"];
    assert_eq!(run(&seen).2, 0);
    assert_eq!(run(&seen).2, 0);
    let (findings, said, status) = run(&["--history", "seen", "two"]);
    assert_eq!(status, 1, "{said}");
    let finding: Value = serde_json::from_str(&findings).unwrap();
    assert_eq!(finding["region"], "ap-east-1");
    assert!(finding["rule"].as_str().unwrap().starts_with(FIRST_SEEN));
    let again = run(&["--history", "seen", "two"]);
    assert_eq!((again.0.as_str(), again.2), ("", 0));
}

#[test]
fn an_unreadable_history_is_refused_and_an_unwritable_one_gives_undecided() {
    let sandbox = sandbox();
    sandbox.write("seen", "{}");
    let rules = ["--rules", "builtin,first-seen", "clean"];
    assert_eq!(
        status(&sandbox, &[&["--history", "seen"], &rules[..]].concat()),
        2
    );
    assert_eq!(
        status(&sandbox, &[&["--history", "no/seen"], &rules[..]].concat()),
        3
    );
    fs::remove_file(sandbox.folder().join("seen")).unwrap();
    assert_eq!(
        status(&sandbox, &[&["--history", "seen"], &rules[..]].concat()),
        0
    );
}

#[test]
fn a_value_counts_as_seen_only_after_its_finding_was_reported() {
    let sandbox = sandbox();
    sandbox.write("one", call("eu-west-1", 1));
    sandbox.write("two", call("ap-east-1", 2));
    let region = ["--rules", "first-seen", "--only", "ct.first-seen.region"];
    let history = ["--history", "seen", "--fail-on", "informational"];
    let run = |words: &[&str]| status(&sandbox, &[&region[..], &history, words].concat());
    assert_eq!(run(&["one"]), 0);
    assert_eq!(run(&["--format", "json=/dev/full", "two"]), 1);
    assert_eq!(run(&["two"]), 1);
    assert_eq!(run(&["two"]), 0);
}

#[test]
fn the_hits_of_base_rules_are_shown_on_request() {
    let sandbox = sandbox();
    sandbox.write("one", call("eu-west-1", 1));
    let json = ["--format", "json", "one"];
    let shown = |options: &[&str]| {
        let (findings, _, _) = check(&sandbox, &[options, &json].concat());
        let findings = findings.lines().map(|line| {
            let finding: Value = serde_json::from_str(line).unwrap();
            finding["rule"].as_str().unwrap().to_owned()
        });
        findings.collect::<Vec<_>>()
    };
    assert_eq!(shown(&[]), [] as [String; 0]);
    assert_eq!(
        shown(&["--with-base"]),
        ["ct.window.base.key-call", "ct.window.base.launched"]
    );
}
