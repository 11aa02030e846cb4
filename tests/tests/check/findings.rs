//! Tests which rules `ct-check` runs, which findings it reports, and its exit statuses.

mod completeness;
mod deployed;
mod lines;
mod reports;
mod windows;

use std::fs;

use ct_tests::Sandbox;
use serde_json::{Value, json};

const STOPPED: &str = r#"{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/admin/alice","accountId":"111122223333","accessKeyId":"ASIAIOSFODNN7EXAMPLE","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/admin"}}},"eventTime":"2020-10-01T00:00:01Z","eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1","requestParameters":{"name":"main"},"eventID":"00000001-0000-4000-8000-000000000000","recipientAccountId":"111122223333"}"#;

const RULE: &str = "ct.trail.logging-stopped";

/// A folder with two files: the record in `found` matches a built-in rule, and the record in `clean`
/// does not.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("found", format!("{STOPPED}\n"));
    sandbox.write(
        "clean",
        format!("{}\n", STOPPED.replace("StopLogging", "DescribeTrails")),
    );
    sandbox
}

/// Runs `ct-check --allow-unsealed`, and returns its output, its messages and its exit status.
fn check(sandbox: &Sandbox, arguments: &[&str]) -> (String, String, i32) {
    run(sandbox, &[&["--allow-unsealed"], arguments].concat())
}

/// Runs `ct-check`, and returns its output, its messages and its exit status.
fn run(sandbox: &Sandbox, arguments: &[&str]) -> (String, String, i32) {
    sandbox.run("ct-check", arguments)
}

fn status(sandbox: &Sandbox, arguments: &[&str]) -> i32 {
    check(sandbox, arguments).2
}

#[test]
fn a_finding_is_a_line_of_json_with_its_fields() {
    let (printed, said, status) = check(&sandbox(), &["--only", RULE, "--format", "json", "found"]);
    let finding: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((said.as_str(), status), ("", 1));
    assert_eq!(
        finding,
        json!({
            "rule": RULE,
            "file": "builtin",
            "severity": "critical",
            "title": finding["title"],
            "eventID": "00000001-0000-4000-8000-000000000000",
            "eventTime": "2020-10-01T00:00:01Z",
            "account": "111122223333",
            "region": "us-east-1",
            "principal": "arn:aws:sts::111122223333:assumed-role/admin/alice",
            "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
            "sourceIPAddress": "192.0.2.1",
            "resource": "main",
        })
    );
    let (printed, ..) = check(
        &sandbox(),
        &["--only", RULE, "--format", "json", "--with-record", "found"],
    );
    let finding: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(
        finding["record"],
        serde_json::from_str::<Value>(STOPPED).unwrap()
    );
}

#[test]
fn text_output_shows_who_what_and_where() {
    let (printed, _, status) = check(&sandbox(), &["--only", RULE, "found"]);
    let (title, rest) = printed.split_once('\n').unwrap();
    assert!(title.starts_with(&format!("CRITICAL {RULE}  ")), "{title}");
    assert_eq!(
        (rest, status),
        (
            "  who    arn:aws:sts::111122223333:assumed-role/admin/alice with ASIAIOSFODNN7EXAMPLE from 192.0.2.1\n  \
             what   StopLogging on main at 2020-10-01T00:00:01Z, event 00000001-0000-4000-8000-000000000000\n  \
             where  111122223333, us-east-1\n\n\
             findings: 1 finding at or above high; 1 rule, 1 record\n",
            1
        )
    );
}

#[test]
fn only_findings_at_or_above_the_threshold_give_status_1() {
    let sandbox = sandbox();
    sandbox.write(
        "mild.jq",
        "# id: mild\n# severity: low\n.eventName == \"StopLogging\"\n",
    );
    let of = |severity| {
        status(
            &sandbox,
            &["--rules", "mild.jq", "--fail-on", severity, "found"],
        )
    };
    assert_eq!(
        [of("informational"), of("low"), of("medium"), of("high")],
        [1, 1, 0, 0]
    );
    sandbox.write("plain.jq", ".eventName == \"StopLogging\"\n");
    assert_eq!(
        status(&sandbox, &["--rules", "plain.jq", "found"]),
        1,
        "a rule without a severity is high"
    );
}

#[test]
fn a_run_without_rules_is_refused() {
    let sandbox = sandbox();
    fs::create_dir(sandbox.folder().join("empty")).unwrap();
    sandbox.write("comments.jq", "# id: comments\n\n");
    sandbox.write("none.yml", "---\n# nothing\n");
    sandbox.write("filters.json", r#"{"metricFilters":[]}"#);
    sandbox.write("rules.json", r#"{"Rules":[]}"#);
    sandbox.write("object.json", "{}");
    sandbox.write(
        "filter.yml",
        "title: f\nlogsource: {product: aws, service: cloudtrail}\nfilter: {rules: any, selection: {eventName: X}, condition: not selection}\n",
    );
    for arguments in [
        &["--rules", "empty"][..],
        &["--rules", "missing.jq"],
        &["--only", "no.such.rule"],
        &["--only", "ct.trail.*,no.such.rule"],
        &["--only", "ct.trail.*,ct.window.base.launched"],
        &["--skip", "no.such.rule"],
        &["--var", "regions=us-east-1"],
        &["--rules", "cis,comments.jq"],
        &["--rules", "cis,none.yml"],
        &["--rules", "cis,filters.json"],
        &["--rules", "cis,rules.json"],
        &["--rules", "cis,object.json"],
        &["--rules", "cis,filter.yml"],
        &["--learn"],
        &["--history", "seen"],
        &[
            "--rules",
            "builtin,first-seen",
            "--skip",
            "ct.first-seen.*",
            "--history",
            "seen",
        ],
        &["--skip", "*"],
        &["--fail-on", "worst"],
        &["--format", "pdf"],
        &["--format", "text,json"],
        &["--exceptions", "missing"],
        &["--baseline", "missing"],
    ] {
        let (printed, said, status) = check(&sandbox, &[arguments, &["clean"]].concat());
        assert_eq!((printed.as_str(), status), ("", 2), "{arguments:?}: {said}");
        assert_ne!(said, "", "{arguments:?}");
    }
}

#[test]
fn a_rule_that_cannot_run_is_refused_and_named() {
    let sandbox = sandbox();
    sandbox.write("bad.jq", "# id: bad\n.eventName ==\n");
    let (_, said, status) = check(&sandbox, &["--rules", "bad.jq", "clean"]);
    assert_eq!(status, 2);
    assert!(said.contains("rule `bad` in bad.jq"), "{said}");
}

#[test]
fn a_rule_that_cannot_run_is_skipped_by_its_id_or_its_file_and_counted() {
    let sandbox = sandbox();
    sandbox.write("plain.jq", "# id: plain\nfalse\n");
    sandbox.write("bad.jq", "# id: mine\n.eventName ==\n");
    let rule = |id: &str, name: &str| {
        format!(
            "id: {id}\nlogsource: {{product: aws, service: cloudtrail}}\ndetection:\n  a: {{{name}: CreateUser}}\n  condition: a\n"
        )
    };
    let many = [rule("one", "eventName"), rule("two", "eventName|nonsense")].join("---\n");
    sandbox.write("many.yml", &many);
    let with = |more: &[&'static str]| {
        let rules = ["--rules", "plain.jq,bad.jq,many.yml"];
        check(&sandbox, &[&rules[..], more, &["clean"]].concat())
    };
    let (_, said, status) = with(&[]);
    assert_eq!(status, 2);
    assert!(
        said.contains("rule `two` in many.yml: ") && said.contains("rule `mine` in bad.jq: "),
        "{said}"
    );
    assert_eq!(with(&["--skip", "two"]).2, 2);
    for skip in ["two,mine", "two,bad"] {
        let (printed, said, status) = with(&["--skip", skip]);
        assert_eq!(status, 0, "{said}");
        assert!(
            said.contains("rule `mine` in bad.jq is skipped: it cannot be run exactly: "),
            "{said}"
        );
        assert!(
            said.contains("rule `two` in many.yml is skipped: it cannot be run exactly: "),
            "{said}"
        );
        assert!(printed.contains("; 2 rules, 2 not run, "), "{printed}");
    }
    let (listed, ..) = with(&["--skip", "two,mine", "--list"]);
    assert_eq!(listed.matches('\n').count(), 2, "{listed}");
}

#[test]
fn a_rule_without_its_variable_is_listed_as_not_run_and_refused_unless_skipped_by_name() {
    let sandbox = sandbox();
    sandbox.write("regions.jq", "# id: regions\n# variables: regions\n.awsRegion as $region | $regions | split(\",\") | index([$region]) | not\n");
    sandbox.write("plain.jq", "# id: plain\nfalse\n");
    let rules = ["--rules", "regions.jq,plain.jq"];
    let with = |more: &[&'static str]| check(&sandbox, &[&rules[..], more, &["clean"]].concat());
    let (_, said, status) = with(&[]);
    assert_eq!(status, 2);
    assert!(
        said.contains("rule `regions` in regions.jq is not run: its variable `regions` is not set"),
        "{said}"
    );
    assert_eq!(with(&["--skip", "regions"]).2, 0);
    assert_eq!(with(&["--var", "regions=us-east-1"]).2, 0);
    assert_eq!(with(&["--var", "regions=eu-west-1"]).2, 1);
    let (listed, _, status) = with(&["--list"]);
    assert_eq!(status, 0);
    assert!(
        listed.contains("regions\t-\tnot run: its variable `regions` is not set\tregions.jq"),
        "{listed}"
    );
}

#[test]
fn a_rule_that_fails_on_a_record_makes_the_run_undecided_and_is_named() {
    let sandbox = sandbox();
    sandbox.write("fails.jq", "# id: fails\n.eventName + 1 | not\n");
    let (printed, said, status) = check(
        &sandbox,
        &["--rules", "fails.jq", "--format", "junit", "clean"],
    );
    assert_eq!(status, 3);
    assert!(said.contains("undecided: rule `fails` fails: "), "{said}");
    assert!(
        said.contains("on event 00000001-0000-4000-8000-000000000000"),
        "{said}"
    );
    assert!(
        printed.contains(r#"name="fails" time="0"><error"#),
        "{printed}"
    );
}

#[test]
fn a_jq_rule_that_needs_too_much_work_is_named_and_the_others_run() {
    let sandbox = sandbox();
    for (name, program) in [
        ("index", ".a[33333323] = 32"),
        ("range", "[range(1e9)] | length == 0"),
        ("recursion", "def f: f + 1; f"),
        ("text", "\"x\" * 1e9"),
    ] {
        sandbox.write("heavy.jq", format!("{program}\n"));
        let (printed, said, status) = check(&sandbox, &["--rules", "heavy.jq", "clean"]);
        assert_eq!(status, 3, "{name}: {printed}");
        assert!(
            said.starts_with(
                "ct-check: undecided: rule `heavy` fails: the program needs more than "
            ) && said.contains(" on event 00000001-0000-4000-8000-000000000000"),
            "{name}: {said}"
        );
        assert_eq!(
            check(&sandbox, &["--rules", "trail,heavy.jq", "found"]).2,
            1
        );
        assert_eq!(run(&sandbox, &["match", "heavy.jq", "clean"]).2, 3);
    }
    sandbox.write(
        "deep.jq",
        "reduce range(200000) as $i (1; [.]) | length == 1\n",
    );
    assert_eq!(status(&sandbox, &["--rules", "deep.jq", "clean"]), 1);
    assert_eq!(run(&sandbox, &["match", "deep.jq", "clean"]).2, 0);
}

#[test]
fn match_reports_for_each_document_whether_the_rule_matches() {
    let sandbox = sandbox();
    sandbox.write(
        "rule.json",
        r#"{"source":["aws.ec2"],"detail":{"state":[{"prefix":"r"}]}}"#,
    );
    sandbox.write("events", "{\"source\":\"aws.ec2\",\"detail\":{\"state\":\"running\"}}\n{\n \"source\": \"aws.s3\"}\n");
    let of = |arguments: &[&str]| run(&sandbox, &[&["match"], arguments].concat());
    assert_eq!(
        of(&["rule.json", "events"]),
        ("true\nfalse\n".to_owned(), String::new(), 0)
    );
    sandbox.write("other", "{\"source\":\"aws.s3\"}");
    assert_eq!(
        of(&["rule.json", "other"]),
        ("false\n".to_owned(), String::new(), 1)
    );
    sandbox.write("bad.json", r#"{"source":[{"starts":"x"}]}"#);
    assert_eq!(of(&["bad.json", "other"]).2, 2);
    sandbox.write("cut", "{\"source\":");
    assert_eq!(of(&["rule.json", "cut"]).2, 3);
    assert_eq!(
        of(&[RULE, "found"]),
        ("true\n".to_owned(), String::new(), 0)
    );
}

#[test]
fn rules_are_explained_and_tested_with_their_own_examples() {
    let sandbox = sandbox();
    let (printed, _, status) = run(&sandbox, &["--explain", RULE]);
    assert_eq!(status, 0);
    assert!(
        printed.starts_with(&format!("rule        {RULE}\n")),
        "{printed}"
    );
    assert_eq!(run(&sandbox, &["--test"]).2, 0);
    sandbox.write("wrong.yml", "title: x\nid: wrong\nlogsource: {product: aws, service: cloudtrail}\ndetection: {a: {eventName: X}, condition: a}\nexamples: [{hits: true, record: {eventName: Y}}]\n");
    let (printed, _, status) = run(&sandbox, &["--test", "--rules", "wrong.yml"]);
    assert_eq!(
        (printed.as_str(), status),
        (
            "wrong: failed: expected a hit on {\"eventName\":\"Y\"}\n",
            1
        )
    );
    sandbox.write("none.jq", "false\n");
    assert_eq!(run(&sandbox, &["--test", "--rules", "none.jq"]).2, 2);
}
