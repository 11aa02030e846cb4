//! Tests the order of the records, and the removal of duplicates.

mod arrivals;

use std::fs;

use ct_core::exit::status;
use ct_sim::{Events, Sim};
use ct_tests::relay::Relay;
use ct_tests::{Sandbox, outcome};

/// Records with unique IDs, three every two seconds, alternating between the regions.
fn records(number: usize) -> Vec<String> {
    let record = |at: usize| {
        let second = at / 3 * 2;
        format!(
            r#"{{"eventVersion":"1.08","eventTime":"2020-10-01T{:02}:{:02}:{:02}Z","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","awsRegion":"{}","eventID":"{at:08}-aaaa-4bbb-8ccc-dddddddddddd"}}"#,
            second / 3600,
            second / 60 % 60,
            second % 60,
            ["us-east-1", "eu-west-1"][at % 2],
        )
    };
    (0..number).map(record).collect()
}

fn turned_round(records: &str) -> String {
    let lines = records.lines().rev();
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn oldest_first_is_the_exact_reverse() {
    let sim = Sim::start(Events::records(records(5000)));
    let sandbox = Sandbox::beside(&sim);
    for window in [
        vec![],
        vec!["--since", "2020-10-01", "--until", "2020-10-01T00:30:00Z"],
    ] {
        let arguments = [&["--region", "us-east-1,eu-west-1"], window.as_slice()].concat();
        let (newest_first, _, _) = outcome(&sandbox, &arguments);
        let oldest = [&arguments[..], &["--order", "oldest"]].concat();
        let (oldest_first, said, status) = outcome(&sandbox, &oldest);
        assert_eq!(status, status::OK, "{said}");
        assert!(!oldest_first.is_empty());
        assert!(oldest_first == turned_round(&newest_first), "{window:?}");
    }
}

#[test]
fn the_oldest_ten_events_can_be_requested() {
    let sim = Sim::start(Events::records(records(2000)));
    let sandbox = Sandbox::beside(&sim);
    let everywhere = ["--region", "us-east-1", "--order", "oldest"];
    let (all, _, _) = outcome(&sandbox, &everywhere);
    let (ten, said, status) = outcome(
        &sandbox,
        &[&everywhere[..], &["--max-items", "10"]].concat(),
    );
    assert_eq!(status, status::OK);
    assert!(all.starts_with(&ten));
    assert_eq!(ten.lines().count(), 10);
    assert!(
        said.contains(": stopped at --max-items, up to 2020-10-01T00:00:12Z; only us-east-1: "),
        "{said}"
    );
}

#[test]
fn an_oldest_first_run_continues_to_the_same_bytes() {
    let arguments = [
        "--since",
        "2020-10-01",
        "--until",
        "2020-10-02",
        "--region",
        "us-east-1,eu-west-1",
        "--order",
        "oldest",
        "-o",
        "out",
    ];
    let unbroken = Sim::start(Events::records(records(8000)));
    let whole = outcome(&Sandbox::beside(&unbroken), &arguments[..8]).0;

    let breaking = Events::records(records(8000)).fault("expired@80..".parse().unwrap());
    let breaking = Sim::start(breaking);
    let relay = Relay::to(&breaking);
    let sandbox = Sandbox::beside(&breaking).with("AWS_ENDPOINT_URL", relay.url());
    let out = sandbox.folder().join("out");
    assert_eq!(outcome(&sandbox, &arguments).2, status::REFUSED);
    let part = fs::read_to_string(&out).unwrap();
    assert!(!part.is_empty() && part.len() < whole.len() && whole.starts_with(&part));

    relay.turn(&unbroken);
    let before = unbroken.requests().len();
    assert_eq!(outcome(&sandbox, &arguments).2, status::OK);
    assert!(fs::read_to_string(&out).unwrap() == whole);
    assert!(unbroken.requests().len() - before < 160);
}

#[test]
fn faults_do_not_change_the_oldest_first_order() {
    let arguments = [
        "--region",
        "us-east-1,eu-west-1",
        "--order",
        "oldest",
        "--max-attempts",
        "20",
    ];
    let whole = Sim::start(Events::records(records(3000)));
    let whole = outcome(&Sandbox::beside(&whole), &arguments).0;
    for kind in ["500", "truncate", "throttle"] {
        let fault = format!("{kind}@10%").parse().unwrap();
        let sim = Sim::start(Events::records(records(3000)).fault(fault));
        let (out, said, status) = outcome(&Sandbox::beside(&sim), &arguments);
        assert_eq!(status, status::OK, "{kind}: {said}");
        assert!(out == whole, "{kind}");
    }
}

#[test]
fn an_event_that_is_listed_twice_is_written_once_unless_duplicates_are_kept() {
    let twice = records(3).into_iter().cycle().take(6);
    let sim = Sim::start(Events::records(twice));
    let sandbox = Sandbox::beside(&sim);
    let region = ["--region", "us-east-1"];
    let (once, said, status) = outcome(&sandbox, &region);
    assert_eq!((once.lines().count(), status), (2, status::OK));
    assert!(said.contains(", 2 duplicates removed: complete"), "{said}");
    let (kept, said, _) = outcome(&sandbox, &[&region[..], &["--keep-duplicates"]].concat());
    assert_eq!(kept.lines().count(), 4);
    assert!(!said.contains("duplicate"), "{said}");
}
