//! Tests that the seal of a run (the last line, with the number and the hash of the records) says
//! `complete` only if all records were fetched.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows unwrap in tests, but not in their helper functions"
)]

use std::fs;

use ct_core::exit::status;
use ct_core::seal::{Counted, Seal};
use ct_sim::{Events, Sim};
use ct_tests::{Sandbox, outcome};
use jiff::Timestamp;

const WINDOW: [&str; 5] = ["--since", "2020-09-01", "--until", "2020-10-02", "--seal"];

/// Returns the seal on the last line of an output. Checks that the number and the hash in the seal
/// match the records.
fn seal(text: &str) -> Seal {
    let lines: Vec<&str> = text.lines().collect();
    let (last, records) = lines.split_last().unwrap();
    let mut counted = Counted::default();
    for record in records {
        counted.record(record.as_bytes());
    }
    let seal = Seal::read(last).unwrap();
    assert_eq!(seal.verify(&counted), Ok(()));
    seal
}

fn sealed(sandbox: &Sandbox, arguments: &[&str]) -> (String, u8) {
    let arguments = [&WINDOW[..], arguments].concat();
    let (records, _, status) = outcome(sandbox, &arguments);
    (records, status)
}

#[test]
fn a_successful_run_ends_with_a_seal_that_counts_and_hashes_its_records() {
    let sim = Sim::start(Events::count(120));
    let sandbox = Sandbox::beside(&sim);
    let (records, status) = sealed(&sandbox, &[]);
    let seal = seal(&records);
    assert_eq!(status, status::OK);
    assert_eq!((seal.records, seal.complete), (120, true));
    assert_eq!(
        (seal.window.since.as_deref(), seal.window.until.as_str()),
        (Some("2020-09-01T00:00:00Z"), "2020-10-02T00:00:00Z")
    );
    assert_eq!(seal.targets, ["us-east-1"]);
    assert_eq!(seal.gaps, [""; 0]);
    let (plain, ..) = outcome(&sandbox, &WINDOW[..4]);
    assert_eq!(records, format!("{plain}{}\n", seal.line()));
}

#[test]
fn a_run_without_events_is_sealed_too() {
    let sim = Sim::start(Events::count(0));
    let (records, status) = sealed(&Sandbox::beside(&sim), &[]);
    let seal = seal(&records);
    assert_eq!((status, seal.records, seal.complete), (status::OK, 0, true));
}

#[test]
fn a_run_that_fails_midway_has_no_seal() {
    let fault = "denied@2..".parse().unwrap();
    let sim = Sim::start(Events::count(120).fault(fault));
    let (records, status) = sealed(&Sandbox::beside(&sim), &[]);
    assert_eq!(status, status::REFUSED);
    assert!(!records.contains("ctSeal"));
}

#[test]
fn a_region_that_refuses_is_a_gap() {
    let fault = "denied@us-east-1".parse().unwrap();
    let events = Events::count(120).every_region().fault(fault);
    let sim = Sim::start(events);
    let sandbox = Sandbox::beside(&sim);
    let (records, status) = sealed(&sandbox, &["--region", "us-east-1,eu-west-1"]);
    let seal = seal(&records);
    assert_eq!(status, status::REFUSED);
    assert!(!seal.complete);
    assert_eq!(seal.gaps, ["us-east-1 did not return all events"]);
}

#[test]
fn a_run_that_stops_at_an_event_limit_is_not_complete() {
    let sim = Sim::start(Events::count(120));
    let (records, status) = sealed(&Sandbox::beside(&sim), &["--max-items", "7"]);
    let seal = seal(&records);
    assert_eq!(
        (status, seal.records, seal.complete),
        (status::OK, 7, false)
    );
}

#[test]
fn a_window_older_than_the_event_history_is_a_gap() {
    let sim = Sim::start(Events::count(120));
    let sandbox = Sandbox::beside(&sim).with("CT_FETCH_HISTORY_DAYS", "90");
    let (records, _, status) = outcome(&sandbox, &["--since", "2020-09-01", "--seal"]);
    let seal = seal(&records);
    assert_eq!((status, seal.complete), (status::OK, false));
    assert!(
        seal.gaps[0].contains("older events are not available"),
        "{:?}",
        seal.gaps
    );
}

#[test]
fn a_window_whose_events_may_still_arrive_is_not_complete() {
    let sim = Sim::start(Events::count(0));
    let sandbox = Sandbox::beside(&sim);
    let sealed = |until: &[&str]| {
        let (records, said, status) =
            outcome(&sandbox, &[&["--seal", "--since", "1d"], until].concat());
        assert_eq!(status, status::OK);
        let seal = seal(&records);
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let end = time(&seal.window.until);
        let settled = seal.window.settled.as_deref();
        let open = settled.map(|settled| end.duration_since(time(settled)).as_mins());
        let is_said = said.contains("events take up to 15 minutes to arrive");
        (seal.complete, open, is_said)
    };
    assert_eq!(sealed(&[]), (false, Some(15), true));
    assert_eq!(sealed(&["--until", "5m"]), (false, Some(10), true));
    assert_eq!(sealed(&["--until", "15m"]), (true, None, false));
    // With a state file, the seal is complete, because the next run delivers the late events.
    assert_eq!(sealed(&["--state", "state"]), (true, None, false));
}

#[test]
fn a_continued_run_seals_the_whole_file() {
    let fault = "denied@2".parse().unwrap();
    let sim = Sim::start(Events::count(120).fault(fault));
    let sandbox = Sandbox::beside(&sim);
    assert_eq!(sealed(&sandbox, &["-o", "out"]).1, status::REFUSED);
    assert_eq!(sealed(&sandbox, &["-o", "out"]).1, status::OK);
    let text = fs::read_to_string(sandbox.folder().join("out")).unwrap();
    let first = seal(&text);
    assert_eq!((first.records, first.complete), (120, true));
    // The same command does not change the output of a finished run.
    assert_eq!(sealed(&sandbox, &["-o", "out"]).1, status::OK);
    assert_eq!(
        fs::read_to_string(sandbox.folder().join("out")).unwrap(),
        text
    );
}

#[test]
fn a_finished_run_without_a_seal_is_not_sealed_later() {
    let sim = Sim::start(Events::count(3));
    let sandbox = Sandbox::beside(&sim);
    let plain = [&WINDOW[..4], &["-o", "out"]].concat();
    assert_eq!(outcome(&sandbox, &plain).2, status::OK);
    let (printed, said, status) = outcome(&sandbox, &[&plain[..], &["--seal"]].concat());
    assert_eq!((printed.as_str(), status), ("", status::USAGE));
    assert_eq!(
        said,
        "ct-fetch: the output is already complete, but out does not end with a seal: pass --restart to fetch it again with --seal\n"
    );
}

#[test]
fn a_follower_and_other_formats_than_records_have_no_seal() {
    let sim = Sim::start(Events::count(3));
    let sandbox = Sandbox::beside(&sim);
    for arguments in [
        &["--seal", "--follow"][..],
        &["--seal", "--format", "csv"],
        &["--seal", "--state", "state", "-o", "out"],
    ] {
        let (printed, _, status) = outcome(&sandbox, arguments);
        assert_eq!(
            (printed.as_str(), status),
            ("", status::USAGE),
            "{arguments:?}"
        );
    }
}
