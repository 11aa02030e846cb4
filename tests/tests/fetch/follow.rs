//! Tests that `ct-fetch --follow` delivers new events until the run ends, and tests what ends the
//! run.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows unwrap in tests, but not in their helper functions"
)]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};
use std::time::Duration;

use ct_core::exit::status;
use ct_sim::{Events, Fault, FaultKind, Sim, TokenKind};
use ct_tests::{Sandbox, outcome};

/// One event every ten seconds from 10:00, alternating between the regions.
fn hour(number: usize, regions: &[&str]) -> Events {
    let record = |at: usize| {
        format!(
            r#"{{"eventVersion":"1.08","eventTime":"2020-10-01T10:{:02}:{:02}Z","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","awsRegion":"{}","eventID":"{at:08}-aaaa-4bbb-8ccc-dddddddddddd"}}"#,
            at / 6,
            at % 6 * 10,
            regions[at % regions.len()],
        )
    };
    Events::records((0..number).map(record))
}

/// The number of each event, from its event ID.
fn numbers(records: &str) -> Vec<usize> {
    let ids = records
        .lines()
        .map(|line| line.split_once(r#""eventID":""#).unwrap().1);
    ids.map(|id| id[..8].parse().unwrap()).collect()
}

/// Sends SIGINT to a run, and returns its exit status and its messages.
fn interrupt(sandbox: &Sandbox, mut child: Child) -> (Option<i32>, String) {
    let id = child.id().to_string();
    let sent = sandbox.process("kill").args(["-INT", &id]).status();
    assert!(sent.unwrap().success());
    let mut told = String::new();
    let mut stderr = child.stderr.take().unwrap();
    stderr.read_to_string(&mut told).unwrap();
    (child.wait().unwrap().code(), told)
}

/// Waits until the service has received `requests` requests after this call.
fn wait(sim: &Sim, requests: usize) {
    let patience = Duration::from_mins(1);
    assert!(sim.wait_for(sim.requests().len() + requests, patience));
}

#[test]
fn every_event_is_delivered_once_however_late_it_arrives() {
    for kind in [TokenKind::Key, TokenKind::Position] {
        follows_late_events(kind);
    }
}

fn follows_late_events(kind: TokenKind) {
    let regions = ["us-east-1", "eu-west-1"];
    let quarter = Duration::from_mins(15);
    let sim = Sim::start(
        hour(300, &regions)
            .now("2020-10-01T10:20:00Z".parse().unwrap())
            .arrival(Duration::ZERO..=quarter)
            .token_kind(kind),
    );
    let sandbox = Sandbox::beside(&sim);
    let out = sandbox.folder().join("out");
    let child = sandbox
        .process("ct-fetch")
        .args(["--follow", "--rate", "1000", "--region", &regions.join(",")])
        .stdout(Stdio::from(File::create(&out).unwrap()))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait(&sim, 4);
    for minute in 20..70 {
        let now = format!("2020-10-01T{:02}:{:02}:00Z", 10 + minute / 60, minute % 60);
        sim.set_now(now.parse().unwrap());
        wait(&sim, 6);
    }
    while fs::read_to_string(&out).unwrap().lines().count() < 300 {
        wait(&sim, 1);
    }
    wait(&sim, 12);
    let (status, told) = interrupt(&sandbox, child);
    let came = numbers(&fs::read_to_string(&out).unwrap());
    assert_eq!(came.len(), 300);
    let different: BTreeSet<usize> = came.iter().copied().collect();
    assert_eq!(different, (0..300).collect());
    assert_eq!(status, Some(i32::from(status::INTERRUPTED)));
    assert!(
        told.starts_with("ct-fetch: 300 events in ")
            && told.contains(" from 2 regions, the start of the event history to now: followed, "),
        "{told}"
    );
}

#[test]
fn the_window_is_newest_first_and_new_events_are_oldest_first() {
    let sim = Sim::start(hour(9, &["us-east-1"]).now("2020-10-01T10:00:25Z".parse().unwrap()));
    let sandbox = Sandbox::beside(&sim);
    let mut child = sandbox
        .process("ct-fetch")
        .args(["--follow", "--rate", "1000", "--max-items", "6"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut records = String::new();
    for _ in 0..3 {
        reader.read_line(&mut records).unwrap();
    }
    sim.set_now("2020-10-01T11:00:00Z".parse().unwrap());
    reader.read_to_string(&mut records).unwrap();
    assert_eq!(numbers(&records), [2, 1, 0, 3, 4, 5]);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_reader_that_leaves_ends_following() {
    let sim = Sim::start(hour(9, &["us-east-1"]));
    let script = "ct-fetch --follow --rate 1000 | head -n 2";
    let output = Sandbox::beside(&sim).shell(script).output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap().lines().count();
    assert_eq!((lines, output.status.code()), (2, Some(141)));
    assert_eq!(output.stderr, b"");
}

#[test]
fn transient_failures_never_end_following_and_permanent_ones_do() {
    let denied = Fault {
        when: "20..".parse().unwrap(),
        kind: FaultKind::Denied,
    };
    let failing = hour(9, &["us-east-1"])
        .fault("500@2..3".parse().unwrap())
        .fault("throttle@6".parse().unwrap())
        .fault("empty@8".parse().unwrap())
        .fault("reset@10".parse().unwrap())
        .fault(denied);
    let sim = Sim::start(failing);
    let (records, told, status) = outcome(&Sandbox::beside(&sim), &["--follow"]);
    assert_eq!((records.lines().count(), status), (9, status::REFUSED));
    let mut told = told.lines();
    assert!(told.next().unwrap().contains(": followed, last event at "));
    let refusal = told.next().unwrap();
    assert!(
        refusal.starts_with("ct-fetch: us-east-1 refused LookupEvents: AccessDeniedException"),
        "{refusal}"
    );
    assert_eq!((told.next(), sim.requests().len()), (None, 20));
}

#[test]
fn following_requires_an_open_end_and_a_reader() {
    let sim = Sim::start(hour(1, &["us-east-1"]));
    let sandbox = Sandbox::beside(&sim);
    for other in [
        ["-o", "events.ndjson"],
        ["--journal", "journal"],
        ["--until", "2020-10-02"],
    ] {
        let (_, told, status) = outcome(&sandbox, &["--follow", other[0], other[1]]);
        assert_eq!(status, status::USAGE, "{told}");
        assert!(told.contains("cannot be used with"), "{told}");
    }
}
