//! Tests that a run with a state file delivers the events that are new since the previous run.

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

const ARGUMENTS: [&str; 4] = ["--state", "state", "--region", "us-east-1,eu-west-1"];

/// The record of second `at` after midnight. The records alternate between two regions.
fn record(at: usize) -> String {
    format!(
        r#"{{"eventVersion":"1.08","eventTime":"2020-10-01T{:02}:{:02}:{:02}Z","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","awsRegion":"{}","eventID":"{at:08}-aaaa-4bbb-8ccc-dddddddddddd","recipientAccountId":"111122223333"}}"#,
        at / 3600,
        at / 60 % 60,
        at % 60,
        ["us-east-1", "eu-west-1"][at % 2],
    )
}

fn sim(numbers: impl IntoIterator<Item = usize>) -> Sim {
    Sim::start(Events::records(numbers.into_iter().map(record)))
}

fn lines(numbers: impl IntoIterator<Item = usize>) -> String {
    let lines = numbers.into_iter().map(|at| record(at) + "\n");
    lines.collect()
}

fn beside(sim: &Sim) -> (Relay, Sandbox) {
    let relay = Relay::to(sim);
    let sandbox = Sandbox::beside(sim).with("AWS_ENDPOINT_URL", relay.url());
    (relay, sandbox)
}

fn read(sandbox: &Sandbox, name: &str) -> String {
    fs::read_to_string(sandbox.folder().join(name)).unwrap()
}

#[test]
fn each_run_delivers_new_and_late_events_once_oldest_first() {
    // Event 500 arrives late, after the first run has delivered event 899.
    let first = sim((0..900).filter(|at| *at != 500));
    let (relay, sandbox) = beside(&first);
    let (out, said, status) = outcome(&sandbox, &ARGUMENTS);
    assert_eq!(status, status::OK, "{said}");
    assert_eq!(out, lines((0..900).filter(|at| *at != 500)));
    let second = sim(0..1000);
    relay.turn(&second);
    let (out, said, status) = outcome(&sandbox, &ARGUMENTS);
    assert_eq!(status, status::OK, "{said}");
    assert_eq!(out, lines([500].into_iter().chain(900..1000)));
    assert_eq!(outcome(&sandbox, &ARGUMENTS).0, "");
}

#[test]
fn the_first_run_begins_at_since_and_later_ones_at_the_end_of_the_last() {
    let first = sim(0..4000);
    let (relay, sandbox) = beside(&first);
    let since = |time: &'static str| [&ARGUMENTS[..], &["--since", time]].concat();
    let (out, _, _) = outcome(&sandbox, &since("2020-10-01T01:00:00"));
    assert_eq!(out, lines(3600..4000));
    let second = sim(0..4010);
    relay.turn(&second);
    let (out, _, _) = outcome(&sandbox, &since("1h"));
    assert_eq!(out, lines(4000..4010));
}

#[test]
fn runs_that_are_killed_at_any_moment_leave_each_event_once_in_the_file() {
    let whole = lines(0..3000);
    let (relay, sandbox) = beside(&sim(0..1));
    let to_file = [&ARGUMENTS[..], &["-o", "out"]].concat();
    sandbox.write("out", "earlier\n");
    for page in [1, 5, 17, 30, 46] {
        let records = Events::records((0..3000).map(record));
        let hanging = Sim::start(records.fault(format!("hang@{page}..").parse().unwrap()));
        relay.turn(&hanging);
        let mut command = sandbox.process("ct-fetch");
        let command = command.args(["--quiet", "--rate", "1000"]).args(&to_file);
        let mut run = command.stdin(Stdio::null()).spawn().unwrap();
        assert!(hanging.wait_for(page + 1, Duration::from_secs(30)));
        run.kill().unwrap();
        run.wait().unwrap();
    }
    let last = sim(0..3000);
    relay.turn(&last);
    let (_, said, status) = outcome(&sandbox, &to_file);
    assert_eq!(status, status::OK, "{said}");
    assert!(
        read(&sandbox, "out") == format!("earlier\n{whole}"),
        "{said}"
    );
}

#[test]
fn the_uncommitted_output_of_a_killed_run_is_truncated_even_in_yesterdays_file() {
    let first = sim(0..100);
    let (relay, sandbox) = beside(&first);
    let into = |name: &'static str| [&ARGUMENTS[..], &["-o", name]].concat();
    assert_eq!(outcome(&sandbox, &into("yesterday")).2, status::OK);
    // Change the state and the output file as if the run had been killed after it wrote records
    // that the state does not cover yet.
    let state = read(&sandbox, "state").replace("stopped yes\n", "");
    sandbox.write("state", state);
    sandbox.write("yesterday", lines(0..120));
    let second = sim(0..200);
    relay.turn(&second);
    let (_, said, status) = outcome(&sandbox, &into("today"));
    assert_eq!(status, status::OK, "{said}");
    assert_eq!(read(&sandbox, "yesterday"), lines(0..100));
    assert_eq!(read(&sandbox, "today"), lines(100..200));
}

#[test]
fn a_different_query_or_account_is_refused() {
    let first = sim(0..100);
    let (_relay, sandbox) = beside(&first);
    assert_eq!(outcome(&sandbox, &ARGUMENTS).2, status::OK);
    for (more, difference) in [
        (
            ["--username", "alice"],
            "the filter was `none` and is now `Username=alice`",
        ),
        (
            ["--max-items", "3"],
            "--max-items was `none` and is now `3`",
        ),
    ] {
        let (out, said, status) = outcome(&sandbox, &[&ARGUMENTS[..], &more].concat());
        let expected = format!(
            "ct-fetch: state belongs to a different run: {difference}: undo the change, use a \
             different file, or pass --restart to start again\n"
        );
        assert_eq!((out.as_str(), said, status), ("", expected, status::USAGE));
    }
    let (_, said, status) = outcome(&sandbox, &["--state", "state", "--region", "us-east-1"]);
    assert_eq!(status, status::USAGE, "{said}");
}

#[test]
fn the_events_of_a_region_that_refused_are_delivered_when_it_responds() {
    let records = Events::records((0..100).map(record));
    let refusing = Sim::start(records.fault("denied@eu-west-1".parse().unwrap()));
    let (relay, sandbox) = beside(&refusing);
    let (out, said, status) = outcome(&sandbox, &ARGUMENTS);
    assert_eq!(status, status::REFUSED, "{said}");
    assert_eq!(out, lines((0..100).step_by(2)));
    let all = sim(0..110);
    relay.turn(&all);
    let (out, said, status) = outcome(&sandbox, &ARGUMENTS);
    assert_eq!(status, status::OK, "{said}");
    assert_eq!(out, lines((0..110).filter(|at| at % 2 == 1 || *at >= 100)));
}

#[test]
fn options_that_conflict_with_state_are_refused() {
    let sandbox = Sandbox::new();
    for other in [
        &["--journal", "j"][..],
        &["--until", "2020-10-02"],
        &["--follow"],
        &["--resume"],
        &["--order", "newest"],
        &["--late", "soon"],
    ] {
        let (_, said, status) = outcome(&sandbox, &[&ARGUMENTS[..], other].concat());
        assert_eq!(status, status::USAGE, "{other:?}: {said}");
    }
}

#[test]
fn a_gap_before_the_event_history_is_reported_and_is_an_error_with_strict() {
    let sim = sim(0..100);
    let (_relay, sandbox) = beside(&sim);
    assert_eq!(outcome(&sandbox, &ARGUMENTS).2, status::OK);
    let forget = || {
        let state = read(&sandbox, "state");
        let lines = state.lines().map(|line| match line.split_once(' ') {
            Some(("ran", _)) => "ran 1601510400\n".to_owned(),
            _ => format!("{line}\n"),
        });
        sandbox.write("state", lines.collect::<String>());
    };
    forget();
    let strict = [&ARGUMENTS[..], &["--strict", "--quiet"]].concat();
    let (_, said, status) = outcome(&sandbox, &strict);
    assert!(
        said.starts_with(
            "ct-fetch: the last complete run was at 2020-10-01T00:00:00Z, but the \
            event history now begins at "
        ),
        "{said}"
    );
    assert_eq!(status, status::USAGE);
    assert_eq!(outcome(&sandbox, &strict).2, status::OK);
    forget();
    assert_eq!(outcome(&sandbox, &ARGUMENTS).2, status::OK);
}
