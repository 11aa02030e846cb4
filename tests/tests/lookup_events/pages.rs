//! Tests which pages `lookup-events` requests, and how a listing continues.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;
use std::time::Duration;

use ct_sim::{Events, Fault, FaultKind};
use ct_tests::lookup_events::{bodies, printed, sim};
use serde_json::Value;

#[test]
fn the_parameters_of_every_page_are_the_aws_clis() {
    let (sim, sandbox) = sim(Events::count(5));
    let arguments = [
        "--start-time",
        "10-01-2020, 09:00 AM",
        "--page-size=2",
        "--lookup",
        "AttributeKey=ReadOnly,AttributeValue=nothing",
        "--query",
        "length(Events)",
    ];
    assert_eq!(printed(&sandbox, &arguments), "0\n");
    assert_eq!(
        bodies(&sim),
        [serde_json::json!({
            "LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "nothing"}],
            "StartTime": 1_601_542_800,
            "MaxResults": 2
        })]
    );
    assert_eq!(
        printed(&sandbox, &["--page-size", "2", "--query", "length(Events)"]),
        "5\n"
    );
    assert_eq!(sim.tokens(), [None, None, Some("1"), Some("2")]);
}

#[test]
fn a_token_continues_where_the_listing_was_truncated() {
    let (_sim, sandbox) = sim(Events::count(7));
    let all = printed(
        &sandbox,
        &["--output", "text", "--query", "Events[].EventId"],
    );
    let all: Vec<_> = all.split_whitespace().collect();
    let (mut seen, mut token) = (Vec::new(), None::<String>);
    loop {
        let mut arguments = vec!["--page-size", "3", "--max-items", "2"];
        if let Some(token) = &token {
            arguments.extend(["--starting-token", token]);
        }
        let answer: Value = serde_json::from_str(&printed(&sandbox, &arguments)).unwrap();
        for event in answer["Events"].as_array().unwrap() {
            seen.push(event["EventId"].as_str().unwrap().to_owned());
        }
        match answer["NextToken"].as_str() {
            Some(next) => token = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(seen, all);
}

#[test]
#[ignore = "needs the AWS CLI: cargo xtask shared"]
fn tokens_of_the_aws_cli_and_ours_are_interchangeable() {
    let (_sim, sandbox) = sim(Events::count(9));
    let run = |ours: bool, arguments: &[&str]| {
        let (program, command) = if ours {
            ("ct-fetch", vec!["lookup-events"])
        } else {
            ("aws", vec!["cloudtrail", "lookup-events"])
        };
        let output = sandbox
            .command(program)
            .args(command)
            .args(arguments)
            .output()
            .unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    for ours in [true, false] {
        let first = run(ours, &["--page-size", "4", "--max-items", "6"]);
        let rest = [
            "--page-size",
            "4",
            "--starting-token",
            first["NextToken"].as_str().unwrap(),
            "--query",
            "Events[].EventId",
        ];
        assert_eq!(run(!ours, &rest), run(ours, &rest));
        assert_eq!(run(!ours, &rest).as_array().unwrap().len(), 3);
    }
}

#[test]
fn the_first_page_is_printed_before_the_second_is_requested() {
    let hang = Fault::at(2, FaultKind::Hang(Duration::from_mins(1)));
    for form in ["json", "yaml", "text", "yaml-stream"] {
        let (_sim, sandbox) = sim(Events::count(3).fault(hang.clone()));
        let mut child = sandbox
            .process("ct-fetch")
            .args(["lookup-events", "--page-size", "1", "--output", form])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        while !line.contains("CloudTrailEvent") && !line.contains("EVENTS\t") {
            assert!(reader.read_line(&mut line).unwrap() > 0, "{form}: {line}");
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn a_reader_that_leaves_ends_the_run() {
    let (sim, sandbox) = sim(Events::count(5000));
    let output = sandbox
        .shell("ct-fetch lookup-events | head -1")
        .output()
        .unwrap();
    assert_eq!(
        (output.stdout.as_slice(), output.stderr.as_slice()),
        (&b"{\n"[..], &b""[..])
    );
    assert_eq!(output.status.code(), Some(0));
    assert!(
        sim.requests().len() < 50,
        "{} requests",
        sim.requests().len()
    );
}

#[test]
fn ctrl_c_ends_with_a_line_end_and_130() {
    let hang = Fault::at(2, FaultKind::Hang(Duration::from_mins(1)));
    let (_sim, sandbox) = sim(Events::count(2).fault(hang));
    let mut child = sandbox
        .process("ct-fetch")
        .args([
            "lookup-events",
            "--page-size",
            "1",
            "--output",
            "text",
            "--query",
            "Events[].EventId",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    let interrupted = sandbox
        .command("kill")
        .args(["-INT", &child.id().to_string()])
        .output();
    assert!(interrupted.unwrap().status.success());
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(
        (rest.as_str(), child.wait().unwrap().code()),
        ("\n", Some(130))
    );
}
