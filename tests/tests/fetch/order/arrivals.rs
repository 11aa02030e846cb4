//! Tests that events which arrive while a listing is paged are written once and in order, for each
//! kind of page token.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use ct_core::exit::status;
use ct_sim::{Events, Sim, TokenKind};
use ct_tests::service::Service;
use ct_tests::{Sandbox, outcome};

const KINDS: [TokenKind; 2] = [TokenKind::Key, TokenKind::Position];

/// The time `second` seconds after midnight on 1 October 2020, in the format of a record.
fn time(second: usize) -> String {
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!("2020-10-01T{hour:02}:{minute:02}:{:02}Z", second % 60)
}

fn record(second: usize) -> String {
    format!(
        r#"{{"eventVersion":"1.08","eventTime":"{}","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","awsRegion":"us-east-1","recipientAccountId":"111122223333","eventID":"{second:08}-aaaa-4bbb-8ccc-dddddddddddd"}}"#,
        time(second)
    )
}

/// An event history with one event per second. At the start of a test, the events of the first
/// twenty minutes are visible. Each request advances the clock by `step` seconds.
fn growing(step: u64, kind: TokenKind) -> Events {
    Events::records((0..3000).map(record))
        .now(time(1200).parse().expect("a time"))
        .step(Duration::from_secs(step))
        .token_kind(kind)
}

/// The time of each record in seconds since midnight, from the event ID, in output order.
fn seconds(records: &str) -> Vec<usize> {
    let id = |line: &str| {
        line.split_once(r#""eventID":""#)
            .map(|(_, id)| id[..8].parse())
    };
    let seconds = records.lines().filter_map(id);
    seconds
        .collect::<Result<_, _>>()
        .expect("each ID begins with a number")
}

#[test]
fn new_events_at_the_newest_end_are_neither_repeated_nor_out_of_order() {
    for kind in KINDS {
        for order in ["newest", "oldest"] {
            let sim = Sim::start(growing(3, kind));
            let (records, said, status) = outcome(&Sandbox::beside(&sim), &["--order", order]);
            let mut seconds = seconds(&records);
            if order == "newest" {
                seconds.reverse();
            }
            assert_eq!(status, status::OK, "{said}");
            assert!(seconds.len() > 1200, "{said}");
            assert!(
                seconds.iter().copied().eq(0..seconds.len()),
                "{kind:?} {order}"
            );
            assert!(said.contains(": complete; only us-east-1: "), "{said}");
        }
    }
}

#[test]
fn late_events_are_written_once_and_an_event_out_of_order_is_reported() {
    for kind in KINDS {
        for order in ["newest", "oldest"] {
            let quarter = Duration::from_mins(15);
            let sim = Sim::start(growing(5, kind).arrival(Duration::ZERO..=quarter));
            let (records, said, status) = outcome(&Sandbox::beside(&sim), &["--order", order]);
            let seconds = seconds(&records);
            let mut different = seconds.clone();
            different.sort_unstable();
            different.dedup();
            assert_eq!(seconds.len(), different.len(), "{kind:?} {order}: {said}");
            // An event that arrived late must still be written at the position of its time.
            let mut last = None;
            let is_misplaced = |second: &&usize| {
                let is_misplaced = last.is_some_and(|last| match order {
                    "newest" => **second > last,
                    _ => **second < last,
                });
                if !is_misplaced {
                    last = Some(**second);
                }
                is_misplaced
            };
            let misplaced = seconds.iter().filter(is_misplaced).count();
            let told = said.matches(" is out of order: ").count();
            assert_eq!(misplaced, told, "{kind:?} {order}: {said}");
            assert_eq!(status == status::OK, told == 0, "{said}");
            if kind == TokenKind::Key || order == "oldest" {
                assert_eq!(told, 0, "{kind:?} {order}: {said}");
            }
        }
    }
}

/// The response with a page of events, in the format of LookupEvents. `seconds` are the times of
/// the events, in seconds since midnight.
fn page(seconds: impl Iterator<Item = usize>, token: Option<&str>) -> String {
    let events = seconds.map(|second| {
        let record = record(second).replace('"', "\\\"");
        format!(
            r#"{{"EventId":"{second:08}-aaaa-4bbb-8ccc-dddddddddddd","EventTime":{},"CloudTrailEvent":"{record}"}}"#,
            1_601_510_400 + second
        )
    });
    let events: Vec<String> = events.collect();
    let token = token.map_or_else(String::new, |token| format!(r#","NextToken":"{token}""#));
    format!(r#"{{"Events":[{}]{token}}}"#, events.join(","))
}

/// Creates a sandbox whose CloudTrail is `service`.
fn beside(service: &Service) -> Sandbox {
    let sandbox = Sandbox::beside(&Sim::start(Events::count(0)));
    sandbox.with("AWS_ENDPOINT_URL", service.url())
}

#[test]
fn a_cycle_of_tokens_ends_the_run() {
    let service = Service::start(|request| {
        let has = |token: &str| request.body.contains(&format!(r#""NextToken":"{token}""#));
        let (first, next) = match (has("a"), has("b")) {
            (true, _) => (150, "b"),
            (_, true) => (100, "a"),
            _ => (200, "a"),
        };
        (200, page((first - 50..first).rev(), Some(next)))
    });
    let (records, said, status) = outcome(&beside(&service), &["--until", "2020-10-02"]);
    assert_eq!(status, status::OTHER);
    assert!(seconds(&records).iter().rev().copied().is_sorted());
    assert_eq!(
        said.lines().last(),
        Some(
            "ct-fetch: us-east-1 repeats a NextToken, so the listing would never end: run it again, or use a shorter window"
        )
    );
    assert_eq!(service.requests().len(), 3);
}

#[test]
fn events_that_the_service_lists_out_of_order_are_written_and_reported() {
    let service = Service::start(|request| {
        let is_first = !request.body.contains("NextToken");
        let (first, token) = if is_first {
            (150, Some("a"))
        } else {
            (175, None)
        };
        (200, page((first - 50..first).rev(), token))
    });
    let (records, said, status) = outcome(&beside(&service), &["--until", "2020-10-02"]);
    // On the second page, 25 events are duplicates, and 25 events are newer than the first page.
    assert_eq!(seconds(&records).len(), 75);
    assert_eq!(said.matches(" is out of order: ").count(), 25);
    assert_eq!(status, status::OTHER);
    let last: Vec<&str> = said.lines().rev().take(2).collect();
    assert!(
        last[1].contains(", 25 duplicates removed, 25 events out of order: complete"),
        "{said}"
    );
    assert_eq!(
        last[0],
        "ct-fetch: the output has 25 events out of order: see the lines above, and run it again or sort by eventTime"
    );
}

#[test]
fn a_run_with_events_out_of_order_is_restarted_by_the_same_command() {
    let is_mended = AtomicBool::new(false);
    let service = Service::start(move |request| {
        let is_first = !request.body.contains("NextToken");
        let (last, token) = match (is_first, is_mended.load(Ordering::Relaxed)) {
            (true, false) => (150, Some("a")),
            (true, true) => (175, Some("a")),
            (false, true) => (125, None),
            (false, false) => {
                is_mended.store(true, Ordering::Relaxed);
                (175, None)
            }
        };
        (200, page((last - 50..last).rev(), token))
    });
    let command = ["--until", "2020-10-02", "-o", "out"];
    let sandbox = beside(&service);
    assert_eq!(outcome(&sandbox, &command).2, status::OTHER);
    let (_, said, status) = outcome(&sandbox, &command);
    assert_eq!(status, status::OK, "{said}");
    let out =
        std::fs::read_to_string(sandbox.folder().join("out")).expect("ct-fetch created the file");
    assert!(seconds(&out).into_iter().eq((75..175).rev()), "{said}");
}

#[test]
fn a_run_that_is_killed_after_events_out_of_order_is_restarted_by_the_same_command() {
    let (killed, is_killed) = mpsc::channel();
    let is_mended = AtomicBool::new(false);
    let service = Service::start(move |request| {
        let has = |token: &str| request.body.contains(&format!(r#""NextToken":"{token}""#));
        let (last, token) = match (is_mended.load(Ordering::Relaxed), has("a"), has("b")) {
            (true, true, _) => (125, None),
            (true, false, _) => (175, Some("a")),
            (false, _, true) => {
                is_killed.recv().expect("the test is still running");
                is_mended.store(true, Ordering::Relaxed);
                (100, None)
            }
            (false, true, _) => (175, Some("b")),
            (false, false, _) => (150, Some("a")),
        };
        (200, page((last - 50..last).rev(), token))
    });
    let command = ["--until", "2020-10-02", "-o", "out"];
    let sandbox = beside(&service);
    let mut run = sandbox.process("ct-fetch");
    let run = run.args(["--rate", "1000"]).args(command);
    let mut run = run.stderr(Stdio::piped()).spawn().expect("ct-fetch runs");
    let said = BufReader::new(run.stderr.take().expect("standard error is piped"));
    let told = said.lines().map_while(Result::ok);
    let mut told = told.filter(|line| line.contains(" is out of order: "));
    assert!(told.next().is_some());
    run.kill().expect("the process is a child of the test");
    run.wait().expect("the process is a child of the test");
    killed.send(()).expect("the service waits for the test");
    // The first run below continues the killed run, and fails because its events are out of order.
    // The second run below starts from the beginning, and its events are in order.
    assert_eq!(outcome(&sandbox, &command).2, status::OTHER);
    let (_, said, status) = outcome(&sandbox, &command);
    assert_eq!(status, status::OK, "{said}");
    let out =
        std::fs::read_to_string(sandbox.folder().join("out")).expect("ct-fetch created the file");
    assert!(seconds(&out).into_iter().eq((75..175).rev()), "{said}");
}

#[test]
fn an_output_that_another_process_truncates_is_an_error() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let out = folder.path().join("out");
    let path = out.clone();
    let service = Service::start(move |request| {
        if request.body.contains("NextToken") {
            std::fs::write(&path, "").expect("the process is a child of the test");
            return (200, page((0..50).rev(), None));
        }
        (200, page((50..100).rev(), Some("a")))
    });
    let out = out.to_str().expect("the name is text");
    let (_, said, status) = outcome(&beside(&service), &["--until", "2020-10-02", "-o", out]);
    assert_eq!(status, status::OTHER, "{said}");
    assert!(
        said.contains(&format!("another program changed {out}: it has ")),
        "{said}"
    );
}
