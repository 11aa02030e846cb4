//! Tests rules that combine several records: rules on values that earlier runs have not seen (the
//! `--history` file stores the seen values), and correlations of the hits of other rules (base
//! rules).

use std::fs;

use serde_json::Value;

use super::{check, sandbox, status};

const FIRST_SEEN: &str = "ct.first-seen.";

/// The record of a call in `region`. All calls are by the same principal.
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
    let (_, said, status) = run(&seen);
    assert_eq!(status, 3);
    assert_eq!(
        said,
        "ct-check: undecided: rule `ct.first-seen.region` is not in the history, so its 1 value \
         was not compared: for a first run, pass --learn\n"
    );
    assert_eq!(run(&seen).2, 3, "a retry has nothing to compare with");
    assert_eq!(run(&["--history", "seen", "--learn", "one"]).2, 0);
    assert_eq!(run(&seen).2, 0);
    let (findings, said, status) = run(&["--history", "seen", "two"]);
    assert_eq!(status, 1, "{said}");
    let finding: Value = serde_json::from_str(&findings).unwrap();
    assert_eq!(finding["region"], "ap-east-1");
    assert!(finding["rule"].as_str().unwrap().starts_with(FIRST_SEEN));
    assert_eq!(run(&["--history", "seen", "two"]).2, 1, "a retry");
    assert_eq!(run(&["--history", "seen", "--learn", "two"]).2, 1);
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
    let seen = |more: &[&str]| status(&sandbox, &[more, &["--history", "seen"], &rules].concat());
    assert_eq!([seen(&[]), seen(&[])], [3, 3], "a lost history");
    assert_eq!([seen(&["--learn"]), seen(&[])], [0, 0]);
}

#[test]
fn a_rule_without_events_is_in_the_history_and_a_new_rule_only_learns() {
    let sandbox = sandbox();
    sandbox.write("one", call("eu-west-1", 1));
    let rules = ["--rules", "first-seen", "--fail-on", "informational"];
    let region = [&rules[..], &["--only", "ct.first-seen.region"]].concat();
    let run = |rules: &[&str], more: &[&str]| {
        check(&sandbox, &[rules, &["--history", "seen"], more].concat())
    };
    let (_, said, status) = run(&region, &["--learn", "clean"]);
    assert_eq!(
        (said.as_str(), status),
        (
            "ct-check: rule `ct.first-seen.region` is not in the history, so its 0 values were \
             not compared\n",
            0
        )
    );
    assert_eq!(run(&region, &["one"]).2, 1, "compared with no value");
    assert_eq!(run(&region, &["--learn", "one"]).2, 1);
    let (_, said, status) = run(&rules, &["one"]);
    assert_eq!((said.contains("region"), status), (false, 3), "{said}");
}

#[test]
fn a_value_counts_as_seen_only_after_its_finding_was_reported() {
    let sandbox = sandbox();
    sandbox.write("one", call("eu-west-1", 1));
    sandbox.write("two", call("ap-east-1", 2));
    let region = ["--rules", "first-seen", "--only", "ct.first-seen.region"];
    let history = ["--history", "seen", "--format", "json"];
    let run = |words: &[&str]| {
        let (findings, _, status) = check(&sandbox, &[&region[..], &history, words].concat());
        (findings.lines().count(), status)
    };
    assert_eq!(run(&["--learn", "one"]), (0, 0));
    assert_eq!(run(&["--format", "sarif=/dev/full", "two"]), (1, 3));
    assert_eq!(run(&["two", "missing"]), (1, 3), "an incomplete input");
    let accepted = "- {rule: ct.first-seen.region, reason: x, until: 2999-12-31}";
    sandbox.write("accepted.yml", accepted);
    assert_eq!(run(&["--exceptions", "accepted.yml", "two"]), (0, 0));
    assert_eq!(run(&["two"]), (1, 0), "it was accepted until a day");
    assert_eq!(
        run(&["two"]),
        (0, 0),
        "a finding below the threshold is reported once"
    );
}

#[test]
fn a_new_value_of_one_principal_is_not_accepted_for_another() {
    let sandbox = sandbox();
    sandbox.write("one", call("eu-west-1", 1));
    let mallory = call("ap-east-1", 3).replace("user/alice", "user/mallory");
    sandbox.write("two", call("ap-east-1", 2));
    sandbox.write("both", call("ap-east-1", 2) + "\n" + &mallory);
    let alice = "arn:aws:iam::111122223333:user/alice";
    let accepted = format!("- {{rule: ct.first-seen.region, principal: '{alice}', reason: x}}");
    sandbox.write("accepted.yml", accepted);
    let region = ["--rules", "first-seen", "--only", "ct.first-seen.region"];
    let run = |words: &[&str]| {
        let fixed = ["--fail-on", "medium", "--history", "seen"];
        status(&sandbox, &[&region[..], &fixed, words].concat())
    };
    assert_eq!(run(&["--learn", "one"]), 0);
    fs::copy(sandbox.folder().join("seen"), sandbox.folder().join("kept")).expect("a copy");
    let again = || fs::copy(sandbox.folder().join("kept"), sandbox.folder().join("seen"));
    assert_eq!(run(&["--exceptions", "accepted.yml", "two"]), 0);
    again().expect("a copy");
    assert_eq!(run(&["--write-baseline", "known", "two"]), 1);
    assert_eq!(run(&["--exceptions", "accepted.yml", "both"]), 1);
    assert_eq!(run(&["--baseline", "known", "both"]), 1);
    assert_eq!(run(&["--baseline", "known", "two"]), 0);
}

#[test]
fn a_baseline_accepts_a_correlation_only_for_its_group() {
    let sandbox = sandbox();
    let rule = "title: burst\nid: burst\ncorrelation: {type: event_count, rules: [run], group-by: [sourceIPAddress], timespan: 1m, condition: {gte: 2}}\n\
        ---\ntitle: run\nid: run\nlogsource: {product: aws, service: cloudtrail}\ndetection: {c: {eventName: RunInstances}, condition: c}\n";
    sandbox.write("burst.yml", rule);
    let by = |address: &str| {
        let of = |user: &str, second| {
            let call = call("eu-west-1", second).replace("192.0.2.1", address);
            call.replace("alice", user) + "\n"
        };
        of("alice", 1) + &of("bob", 2)
    };
    sandbox.write("known", by("192.0.2.1"));
    sandbox.write("other", by("198.51.100.1"));
    let run = |words: &[&str]| status(&sandbox, &[&["--rules", "burst.yml"], words].concat());
    assert_eq!(run(&["--write-baseline", "baseline", "known"]), 1);
    assert_eq!(run(&["--baseline", "baseline", "known"]), 0);
    assert_eq!(run(&["--baseline", "baseline", "other"]), 1);
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

#[test]
fn an_event_in_two_files_of_a_folder_counts_once() {
    let sandbox = sandbox();
    let rule = "title: burst\nid: burst\ncorrelation: {type: event_count, rules: [run], timespan: 1m, condition: {gte: 3}}\n\
        ---\ntitle: run\nid: run\nlogsource: {product: aws, service: cloudtrail}\ndetection: {c: {eventName: RunInstances}, condition: c}\n";
    sandbox.write("burst.yml", rule);
    fs::create_dir(sandbox.folder().join("folder")).unwrap();
    let two = call("eu-west-1", 1) + "\n" + &call("eu-west-1", 2);
    for name in ["a", "b"] {
        sandbox.write(&format!("folder/{name}"), &two);
    }
    let run = |more: &[&str]| check(&sandbox, &[&["--rules", "burst.yml"], more].concat());
    let (printed, said, status) = run(&["--with-base", "folder"]);
    assert_eq!(status, 1, "{said}");
    let last = "findings: 2 findings at or above high; 2 rules, 4 records, 4 hits on repeated \
        events ignored\n";
    assert!(printed.ends_with(last), "{printed}");
    let (printed, _, status) = run(&["folder"]);
    let last = "clean: 0 findings at or above high; 1 rule, 4 records, 2 hits on repeated events \
        ignored\n";
    assert_eq!((printed.starts_with(last), status), (true, 0), "{printed}");
    sandbox.write("folder/c", call("eu-west-1", 3));
    assert_eq!(run(&["folder"]).2, 1);
}
