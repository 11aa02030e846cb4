//! `ct-check` as a user runs it: rules, inputs, accepted findings and reports.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in tests, but not in what they share"
)]

use std::fs;

use ct_sim::{Events, Sim};
use ct_tests::{Sandbox, outcome};
use serde_json::{Value, json};

const STOPPED: &str = r#"{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/admin/alice","accountId":"111122223333","accessKeyId":"ASIAIOSFODNN7EXAMPLE","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/admin"}}},"eventTime":"2020-10-01T00:00:01Z","eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1","requestParameters":{"name":"main"},"eventID":"00000001-0000-4000-8000-000000000000","recipientAccountId":"111122223333"}"#;

const RULE: &str = "ct.trail.logging-stopped";

/// A folder with one record that a built-in rule finds, in `found`, and one that none does, in `clean`.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("found", format!("{STOPPED}\n"));
    sandbox.write(
        "clean",
        format!("{}\n", STOPPED.replace("StopLogging", "DescribeTrails")),
    );
    sandbox
}

/// What `ct-check --allow-unsealed` prints, says, and ends with.
fn check(sandbox: &Sandbox, arguments: &[&str]) -> (String, String, i32) {
    run(sandbox, &[&["--allow-unsealed"], arguments].concat())
}

/// What `ct-check` prints, says, and ends with.
fn run(sandbox: &Sandbox, arguments: &[&str]) -> (String, String, i32) {
    let output = sandbox
        .command("ct-check")
        .args(arguments)
        .output()
        .unwrap();
    (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
        output.status.code().unwrap(),
    )
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
fn text_shows_who_what_and_where() {
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
fn only_findings_at_or_above_the_threshold_make_the_status_1() {
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
    for arguments in [
        &["--rules", "empty"][..],
        &["--rules", "missing.jq"],
        &["--only", "no.such.rule"],
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
fn a_rule_that_cannot_be_run_is_refused_and_named() {
    let sandbox = sandbox();
    sandbox.write("bad.jq", "# id: bad\n.eventName ==\n");
    let (_, said, status) = check(&sandbox, &["--rules", "bad.jq", "clean"]);
    assert_eq!(status, 2);
    assert!(said.contains("rule `bad` in bad.jq"), "{said}");
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
fn a_rule_that_fails_on_a_record_is_undecided_and_named() {
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
fn records_without_a_seal_are_undecided_unless_that_is_allowed() {
    let sandbox = sandbox();
    assert_eq!(run(&sandbox, &["clean"]).2, 3);
    assert_eq!(run(&sandbox, &["--allow-unsealed", "clean"]).2, 0);
    sandbox.write("nothing", "");
    assert_eq!(status(&sandbox, &["nothing"]), 3);
    assert_eq!(status(&sandbox, &["--allow-empty", "nothing"]), 0);
    sandbox.write("none", "{\"Records\":[]}");
    assert_eq!(status(&sandbox, &["none"]), 3);
    sandbox.write(
        "torn",
        format!("{STOPPED}\n{{\"eventVersion\"").replace("StopLogging", "X"),
    );
    assert_eq!(status(&sandbox, &["torn"]), 3);
    assert_eq!(status(&sandbox, &["--skip-unreadable", "torn"]), 0);
    assert_eq!(status(&sandbox, &["missing"]), 3);
    sandbox.write("listing", "{\"Events\":[],\"NextToken\":\"x\"}");
    assert_eq!(status(&sandbox, &["--allow-empty", "listing"]), 3);
}

#[test]
fn one_doubtful_file_of_several_makes_the_run_undecided() {
    let sandbox = sandbox();
    fs::create_dir(sandbox.folder().join("folder")).unwrap();
    sandbox.write(
        "folder/a",
        format!("{}\n", STOPPED.replace("StopLogging", "X")),
    );
    assert_eq!(status(&sandbox, &["folder"]), 0);
    sandbox.write("folder/b", "");
    assert_eq!(status(&sandbox, &["folder"]), 3);
    assert_eq!(status(&sandbox, &["folder", "found"]), 1);
}

#[test]
fn a_day_that_an_archive_lacks_is_undecided() {
    let sandbox = sandbox();
    let day = |kind: &str, day: u8, content: &str| {
        let path = format!("t/AWSLogs/111122223333/{kind}/us-east-1/2020/10/{day:02}/x.json");
        sandbox.write(&path, content);
    };
    let records = format!("{{\"Records\":[{}]}}", STOPPED.replace("StopLogging", "X"));
    day("CloudTrail", 1, &records);
    day("CloudTrail", 3, &records);
    let (_, said, status) = check(&sandbox, &["t"]);
    assert_eq!(status, 3);
    assert!(
        said.contains("of account 111122223333 in us-east-1 on 2020-10-02"),
        "{said}"
    );
    day("CloudTrail", 2, &records);
    assert_eq!(check(&sandbox, &["t"]).2, 0);
}

#[test]
fn a_file_beside_a_finished_journal_is_complete_until_it_is_changed() {
    let records = [STOPPED.replace("StopLogging", "DescribeTrails")];
    let sim = Sim::start(Events::records(records));
    let sandbox = Sandbox::beside(&sim);
    let window = [
        "--since",
        "2020-09-01",
        "--until",
        "2020-10-02",
        "-o",
        "out",
    ];
    assert_eq!(outcome(&sandbox, &window).2, 0);
    assert_eq!(run(&sandbox, &["out"]).2, 0);
    // The journal is no record of a folder.
    fs::create_dir(sandbox.folder().join("folder")).unwrap();
    for name in ["out", "out.journal"] {
        let path = sandbox.folder().join(name);
        fs::copy(path, sandbox.folder().join("folder").join(name)).unwrap();
    }
    assert_eq!(run(&sandbox, &["folder"]).2, 0);
    sandbox.write("out", format!("{STOPPED}\n").replace("StopLogging", "X"));
    assert_eq!(run(&sandbox, &["out"]).2, 3);
    sandbox.write("folder/out.journal", "ct-fetch journal 4\nend\n");
    assert_eq!(run(&sandbox, &["folder"]).2, 3);
}

#[test]
fn an_exception_accepts_a_finding_for_a_reason_and_a_time() {
    let sandbox = sandbox();
    let with = |text: &str| {
        sandbox.write("exceptions.yml", text);
        check(&sandbox, &["--exceptions", "exceptions.yml", "found"])
    };
    let (printed, said, status) = with(&format!(
        "- {{rule: {RULE}, reason: TICKET-1, until: 2999-01-01}}"
    ));
    assert_eq!((said.as_str(), status), ("", 0));
    assert!(
        printed.contains(&format!(
            "excepted: {RULE}, event 00000001-0000-4000-8000-000000000000: TICKET-1"
        )),
        "{printed}"
    );
    let (_, said, status) = with(&format!(
        "- {{rule: {RULE}, reason: TICKET-1, until: 2020-01-01}}"
    ));
    assert_eq!(status, 1);
    assert_eq!(
        said,
        format!("ct-check: the exception for {RULE} has expired: its findings count again\n")
    );
    let (_, said, status) = with(&format!(
        "- {{rule: {RULE}, resource: other, reason: TICKET-1}}"
    ));
    assert_eq!(status, 1);
    assert!(said.contains("covers no finding"), "{said}");
    assert_eq!(with(&format!("- {{rule: {RULE}}}")).2, 2);
    // A role stands for its sessions.
    assert_eq!(
        with(&format!(
            "- {{rule: {RULE}, principal: 'arn:aws:iam::*:role/admin', reason: x}}"
        ))
        .2,
        0
    );
}

#[test]
fn a_baseline_accepts_what_is_in_it_and_nothing_new() {
    let sandbox = sandbox();
    let (.., status) = check(&sandbox, &["--write-baseline", "base", "found"]);
    assert_eq!(status, 1, "writing a baseline does not make a run clean");
    let (printed, _, status) = check(&sandbox, &["--baseline", "base", "found"]);
    assert_eq!(status, 0);
    assert!(printed.contains("(in the baseline)"), "{printed}");
    // Another session of the role does the same again: known. Another region: new.
    let again = STOPPED
        .replace("admin/alice", "admin/bob")
        .replace("00000001", "00000002");
    sandbox.write("again", format!("{again}\n"));
    assert_eq!(check(&sandbox, &["--baseline", "base", "again"]).2, 0);
    sandbox.write(
        "new",
        format!("{STOPPED}\n").replace("us-east-1", "eu-west-1"),
    );
    assert_eq!(check(&sandbox, &["--baseline", "base", "new"]).2, 1);
}

#[test]
fn a_report_that_cannot_be_written_is_undecided() {
    let sandbox = sandbox();
    for path in ["/dev/full", "no/such/folder/out"] {
        let format = format!("sarif={path},text");
        assert_eq!(
            status(&sandbox, &["--format", &format, "clean"]),
            3,
            "{path}"
        );
        assert_eq!(
            status(&sandbox, &["--format", &format, "found"]),
            1,
            "{path}"
        );
    }
    let script = "ct-check --allow-unsealed clean >/dev/full";
    assert_eq!(
        sandbox.shell(script).output().unwrap().status.code(),
        Some(3)
    );
    let script = "ct-check --allow-unsealed clean >&-";
    assert_eq!(
        sandbox.shell(script).output().unwrap().status.code(),
        Some(3)
    );
}

#[test]
fn a_refused_run_leaves_no_report_of_an_earlier_one() {
    let sandbox = sandbox();
    sandbox.write("out.xml", "<testsuites/>");
    assert_eq!(
        status(
            &sandbox,
            &["--format", "junit=out.xml", "--only", "none", "clean"]
        ),
        2
    );
    assert_eq!(
        fs::read_to_string(sandbox.folder().join("out.xml")).unwrap(),
        ""
    );
}

#[test]
fn the_summary_of_a_github_job_is_appended() {
    let sandbox = sandbox().with("GITHUB_STEP_SUMMARY", "summary.md");
    sandbox.write("summary.md", "before\n");
    let (printed, ..) = check(&sandbox, &["--format", "github", "found"]);
    assert!(
        printed.starts_with(&format!("::error title={RULE}%3A ")),
        "{printed}"
    );
    let summary = fs::read_to_string(sandbox.folder().join("summary.md")).unwrap();
    assert!(
        summary.starts_with("before\n## ct-check: findings\n"),
        "{summary}"
    );
}

#[test]
fn a_junit_report_is_xml_that_python_reads() {
    if !ct_tests::is_installed("python3") {
        return;
    }
    let sandbox = sandbox();
    let hostile = STOPPED.replace("main", r"\u001b[2J<failure>&amp;]]>\uffff\u0000");
    sandbox.write("hostile", format!("{hostile}\n"));
    assert_eq!(
        status(
            &sandbox,
            &["--format", "junit=out.xml", "--only", RULE, "hostile"]
        ),
        1
    );
    let script = "import sys, xml.etree.ElementTree as tree\nroot = tree.parse('out.xml').getroot()\nprint(root.get('failures'), len(root.findall('.//failure')), len(root.findall('.//testcase')))";
    let output = sandbox
        .command("python3")
        .args(["-c", script])
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "1 1 2\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn match_says_for_each_document_whether_the_rule_matches_it() {
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
fn rules_are_explained_and_tested_on_their_own_examples() {
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
