//! Tests accepted findings, and reports that are written to files.

use std::fs;
use std::os::unix::fs::symlink;

use super::{RULE, STOPPED, check, sandbox, status};

#[test]
fn an_exception_accepts_a_finding_with_a_reason_and_an_expiry() {
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
            "accepted by exception: {RULE}, event 00000001-0000-4000-8000-000000000000: TICKET-1"
        )),
        "{printed}"
    );
    let (_, said, status) = with(&format!(
        "- {{rule: {RULE}, reason: TICKET-1, until: 2020-01-01}}"
    ));
    assert_eq!(status, 1);
    assert_eq!(
        said,
        format!(
            "ct-check: the exception for {RULE} has expired, so its findings count again: fix \
            them, or extend `until`\n"
        )
    );
    let (_, said, status) = with(&format!(
        "- {{rule: {RULE}, resource: other, reason: TICKET-1}}"
    ));
    assert_eq!(status, 1);
    assert!(said.contains("matches no finding"), "{said}");
    assert_eq!(with(&format!("- {{rule: {RULE}}}")).2, 2);
    // A pattern for a role also matches the sessions of the role.
    assert_eq!(
        with(&format!(
            "- {{rule: {RULE}, principal: 'arn:aws:iam::*:role/admin', reason: x}}"
        ))
        .2,
        0
    );
}

#[test]
fn a_baseline_accepts_its_findings_and_no_new_ones() {
    let sandbox = sandbox();
    let (.., status) = check(&sandbox, &["--write-baseline", "base", "found"]);
    assert_eq!(status, 1, "writing a baseline does not make a run clean");
    let (printed, _, status) = check(&sandbox, &["--baseline", "base", "found"]);
    assert_eq!(status, 0);
    assert!(printed.contains("(in the baseline)"), "{printed}");
    // The baseline accepts the same call in a different session of the role. The same call in a
    // different region is a new finding.
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
fn a_baseline_accepts_an_event_only_with_all_its_resources_or_parameters() {
    let sandbox = sandbox();
    sandbox.write("rule.jq", ".eventName == \"Delete\"\n");
    let write = |file: &str, parameters: &str| {
        let record = STOPPED.replace("StopLogging", "Delete");
        let record = record.replace(r#"{"name":"main"}"#, parameters);
        sandbox.write(
            file,
            record.replace("cloudtrail.amazonaws", "ec2.amazonaws"),
        );
    };
    let instances = |names: &str| format!(r#"{{"instancesSet":{{"items":[{names}]}}}}"#);
    write("one", &instances(r#"{"instanceId":"i-1"}"#));
    write(
        "two",
        &instances(r#"{"instanceId":"i-1"},{"instanceId":"i-2"}"#),
    );
    write("logs", r#"{"flowLogs":["fl-sandbox"]}"#);
    write("others", r#"{"flowLogs":["fl-production"]}"#);
    let run = |words: &[&str]| status(&sandbox, &[&["--rules", "rule.jq"], words].concat());
    for (known, other) in [("one", "two"), ("two", "one"), ("logs", "others")] {
        assert_eq!(run(&["--write-baseline", "known", known]), 1);
        assert_eq!(run(&["--baseline", "known", known]), 0, "{known}");
        assert_eq!(run(&["--baseline", "known", other]), 1, "{other}");
    }
    sandbox.write("accepted.yml", "- {rule: rule, resource: i-1, reason: x}");
    let accepted = |file| run(&["--exceptions", "accepted.yml", file]);
    assert_eq!(["one", "two", "logs"].map(accepted), [0, 1, 1]);
}

#[test]
fn findings_on_an_event_that_the_input_contains_twice_do_not_depend_on_the_order() {
    let sandbox = sandbox();
    let address = STOPPED.replace("192.0.2.1", "198.51.100.9");
    sandbox.write("a", format!("{STOPPED}\n{address}\n"));
    sandbox.write("b", format!("{address}\n{STOPPED}\n"));
    let json = |file, threads| {
        let options = [
            "--only",
            RULE,
            "--format",
            "json",
            "--with-record",
            "--threads",
            threads,
        ];
        check(&sandbox, &[&options[..], &[file]].concat())
    };
    let (findings, ..) = json("a", "1");
    assert_eq!(findings.lines().count(), 1);
    for (file, threads) in [("a", "2"), ("b", "1"), ("b", "2")] {
        assert_eq!(json(file, threads).0, findings);
    }
}

#[test]
fn a_report_that_cannot_be_written_makes_the_run_undecided() {
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
fn a_report_does_not_overwrite_an_input_file() {
    let sandbox = sandbox();
    fs::create_dir(sandbox.folder().join("x")).unwrap();
    let before = fs::read(sandbox.folder().join("found")).unwrap();
    assert_eq!(
        status(&sandbox, &["--format", "json=x/../found", "found"]),
        2
    );
    assert_eq!(fs::read(sandbox.folder().join("found")).unwrap(), before);
}

#[test]
fn no_output_overwrites_an_input_under_any_name() {
    let sandbox = sandbox();
    let folder = sandbox.folder();
    sandbox.write("fold/a.nd", format!("{STOPPED}\n"));
    sandbox.write(
        "rules/mild.jq",
        "# id: mild\n.eventName == \"StopLogging\"\n",
    );
    fs::hard_link(folder.join("found"), folder.join("hard")).unwrap();
    symlink("found", folder.join("soft")).unwrap();
    fs::copy(folder.join("found"), folder.join("base.new")).unwrap();
    let read = ["found", "fold/a.nd", "rules/mild.jq", "base.new"];
    let contents = || read.map(|name| fs::read(folder.join(name)).unwrap());
    let before = contents();
    for words in [
        &["--write-baseline", "found", "found"][..],
        &["--write-baseline", "hard", "found"],
        &["--write-baseline", "base", "base.new"],
        &["--history", "./found", "found"],
        &["--format", "json=hard", "found"],
        &["--format", "json=soft", "found"],
        &["--format", "json=fold/a.nd", "fold"],
        &[
            "--rules",
            "rules",
            "--format",
            "json=rules/mild.jq",
            "found",
        ],
        &["--format", "json=fresh,sarif=found", "found"],
    ] {
        let (_, said, status) = check(&sandbox, words);
        assert_eq!(status, 2, "{words:?}: {said}");
        assert!(
            said.contains("is an input and would be overwritten"),
            "{words:?}: {said}"
        );
        assert!(contents() == before, "{words:?}");
    }
    // A refused command line creates no file.
    assert!(!folder.join("fresh").exists());
    let script = "ct-check --allow-unsealed --format json=found < found";
    assert_eq!(
        sandbox.shell(script).output().unwrap().status.code(),
        Some(2)
    );
    assert!(contents() == before);
}

#[test]
fn two_outputs_do_not_go_to_one_file_under_two_names() {
    let sandbox = sandbox();
    for words in [
        &["--format", "json=out,sarif=./out", "clean"][..],
        &["--format", "json=out", "--write-baseline", "./out", "clean"],
        &["--history", "out", "--write-baseline", "./out", "clean"],
        &["--format", "json,text", "clean"],
    ] {
        assert_eq!(status(&sandbox, words), 2, "{words:?}");
        assert!(!sandbox.folder().join("out").exists(), "{words:?}");
    }
}

#[test]
fn a_baseline_may_replace_the_one_that_was_read() {
    let sandbox = sandbox();
    assert_eq!(status(&sandbox, &["--write-baseline", "base", "found"]), 1);
    let again = ["--baseline", "base", "--write-baseline", "base", "found"];
    assert_eq!(status(&sandbox, &again), 0);
    assert_eq!(status(&sandbox, &again), 0);
}

#[test]
fn a_refused_run_removes_the_report_of_an_earlier_run() {
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
#[ignore = "needs Python: cargo xtask shared"]
fn a_junit_report_is_valid_xml_for_python() {
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
