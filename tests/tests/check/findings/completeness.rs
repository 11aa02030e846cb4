//! Tests that a run of ct-check on input which may be incomplete is undecided (exit status 3).

use std::fs;

use ct_sim::{Events, Sim};
use ct_tests::{Sandbox, outcome};

use super::{STOPPED, check, run, sandbox, status};

#[test]
fn records_without_a_seal_are_undecided_unless_allowed() {
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
fn one_incomplete_file_of_several_makes_the_run_undecided() {
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
fn a_day_missing_from_an_archive_makes_the_run_undecided() {
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
fn a_day_missing_from_a_fetched_archive_is_undecided_and_findings_are_shown() {
    let sandbox = sandbox();
    let day = |day: u8, name: &str| {
        let path = format!(
            "t/AWSLogs/111122223333/CloudTrail/us-east-1/2020/10/{day:02}/111122223333_CloudTrail_us-east-1_202010{day:02}T0005Z_Ab12.json"
        );
        let record = STOPPED.replace("StopLogging", name);
        let record = record.replace("00000001-", &format!("{day:08}-"));
        sandbox.write(&path, format!("{{\"Records\":[{record}]}}"));
    };
    day(1, "DescribeTrails");
    day(3, "DescribeTrails");
    let gate = |more: &[&str]| {
        run(
            &sandbox,
            &[more, &["--", "--quiet", "--from", "t"]].concat(),
        )
    };
    let (printed, _, status) = gate(&[]);
    assert_eq!(status, 3, "{printed}");
    assert!(
        printed.contains("undecided: ct-fetch is sealed as incomplete: "),
        "{printed}"
    );
    day(3, "StopLogging");
    let (printed, _, status) = gate(&[]);
    assert_eq!(status, 1, "{printed}");
    assert!(
        printed.starts_with("CRITICAL ct.trail.logging-stopped"),
        "{printed}"
    );
    assert!(printed.contains("\nfindings, and undecided: "), "{printed}");
    day(2, "DescribeTrails");
    day(3, "DescribeTrails");
    assert_eq!(gate(&[]).2, 0);
}

#[test]
fn a_day_missing_between_the_arguments_makes_the_run_undecided() {
    let sandbox = sandbox();
    let records = format!("{{\"Records\":[{}]}}", STOPPED.replace("StopLogging", "X"));
    let month = "AWSLogs/111122223333/CloudTrail/us-east-1/2020/10";
    for day in ["10", "13"] {
        let name = format!("111122223333_CloudTrail_us-east-1_202010{day}T0005Z_Ab12.json");
        sandbox.write(&format!("{month}/{day}/{name}"), &records);
        sandbox.write(&format!("flat/{name}"), &records);
    }
    for script in [
        format!("ct-check --allow-unsealed {month}/10 {month}/13"),
        format!("ct-check --allow-unsealed {month}/*/*.json"),
        format!("cd {month}; ct-check --allow-unsealed ."),
        format!("cd {month}; ct-check --allow-unsealed 10 13"),
        "ct-check --allow-unsealed flat".to_owned(),
    ] {
        let output = sandbox.shell(&script).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{script}");
        assert!(
            said.contains("from 2020-10-11 to 2020-10-12"),
            "{script}: {said}"
        );
    }
}

#[test]
fn a_file_named_like_a_journal_is_read_if_it_holds_records() {
    let sandbox = sandbox();
    for name in ["clean", "found"] {
        let to = ["folder/a", "folder/a.journal"][usize::from(name == "found")];
        let text = fs::read_to_string(sandbox.folder().join(name)).unwrap();
        sandbox.write(to, text);
    }
    assert_eq!(status(&sandbox, &["folder"]), 1);
}

#[test]
fn a_file_with_a_finished_journal_is_complete_until_it_is_changed() {
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
    // A journal in a folder is not read as a file of records.
    fs::create_dir(sandbox.folder().join("folder")).unwrap();
    for name in ["out", "out.journal"] {
        let path = sandbox.folder().join(name);
        fs::copy(path, sandbox.folder().join("folder").join(name)).unwrap();
    }
    assert_eq!(run(&sandbox, &["folder"]).2, 0);
    sandbox.write("out", format!("{STOPPED}\n").replace("StopLogging", "X"));
    assert_eq!(run(&sandbox, &["out"]).2, 3);
    for text in ["ct-fetch journal 5\nend\n", "no journal\n", ""] {
        sandbox.write("folder/out.journal", text);
        assert_eq!(run(&sandbox, &["folder/out"]).2, 3, "{text}");
        assert_eq!(check(&sandbox, &["folder/out"]).2, 3, "{text}");
    }
}
