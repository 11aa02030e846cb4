//! Tests that `ct-fetch --from` writes the records of files in order and without duplicates.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows unwrap in tests, but not in their helper functions"
)]

pub(crate) mod athena;
mod bucket;
mod changes;
mod duplicates;
mod follow;
mod layout;
mod order;
mod proven;
mod reading;
mod resume;
mod s3_servers;
mod sources;
mod unreadable;

use std::fmt::Write as _;
use std::fs;

use ct_core::exit::status;
use ct_sim::{Events, Sim};
use ct_tests::{Sandbox, outcome};
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";

/// The time `seconds` after 23:50 on 31 December 2025, in the format of a record.
fn time(seconds: u32) -> String {
    let (day, seconds) = if seconds < 600 {
        ("2025-12-31", 86_400 - 600 + seconds)
    } else {
        ("2026-01-01", seconds - 600)
    };
    let (minutes, second) = (seconds / 60, seconds % 60);
    format!("{day}T{:02}:{:02}:{second:02}Z", minutes / 60, minutes % 60)
}

/// The record of an event `seconds` after 23:50 on 31 December 2025. `number` determines the event
/// ID and other fields.
fn record(number: u32, seconds: u32) -> String {
    let error = number.is_multiple_of(3).then_some("AccessDenied");
    json!({
        "eventVersion": "1.08",
        "userIdentity": {"type": "IAMUser", "userName": if number.is_multiple_of(2) { "alice" } else { "bob" }},
        "eventTime": time(seconds),
        "eventSource": "iam.amazonaws.com",
        "eventName": if number.is_multiple_of(5) { "CreateUser" } else { "GetUser" },
        "awsRegion": "us-east-1",
        "sourceIPAddress": format!("192.0.2.{}", number % 250),
        "errorCode": error,
        "eventID": format!("00000000-0000-4000-8000-{:012}", number.wrapping_mul(7919) % 100_000),
        "eventCategory": if number.is_multiple_of(7) { "Data" } else { "Management" },
        "recipientAccountId": ACCOUNT,
    })
    .to_string()
}

/// The path of the log file whose name contains the minute `seconds` after 23:50 on 31 December
/// 2025.
fn log_path(seconds: u32) -> String {
    let time = time(seconds);
    let (day, clock) = time.split_once('T').unwrap();
    let (folder, date) = (day.replace('-', "/"), day.replace('-', ""));
    let minute = clock[..5].replace(':', "");
    format!(
        "AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/{folder}/{ACCOUNT}_CloudTrail_us-east-1_{date}T{minute}Z_{seconds:016}.json.gz"
    )
}

fn write(sandbox: &Sandbox, path: &str, content: impl AsRef<[u8]>) {
    let path = sandbox.folder().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// Writes the log files of a trail around midnight of the new year, and returns the 400 records.
/// The trail has a file every five minutes, which contains events up to ten minutes older than the
/// file. Every ninth event is also in the next file.
fn trail(sandbox: &Sandbox) -> Vec<String> {
    let mut files: Vec<Vec<String>> = vec![Vec::new(); 8];
    let mut records = Vec::new();
    for number in 0..400 {
        let seconds = number * 5_381 % 1_500;
        let record = record(number, seconds);
        let soonest = (seconds / 300 + 1) as usize;
        let file = soonest + (number % 2) as usize;
        files[file].push(record.clone());
        if number.is_multiple_of(9) {
            files[file + 1].push(record.clone());
        }
        records.push(record);
    }
    for (number, records) in files.iter().enumerate().skip(1) {
        let seconds = u32::try_from(number).unwrap() * 300;
        let text = format!(r#"{{"Records":[{}]}}"#, records.join(","));
        write(sandbox, &log_path(seconds), text);
    }
    records
}

fn key(record: &str) -> (String, String) {
    let record: Value = serde_json::from_str(record).unwrap();
    let text = |name: &str| record[name].as_str().unwrap().to_owned();
    (text("eventTime"), text("eventID"))
}

/// The records as lines of text, in ct-fetch's order: newest first, and at the same time by event
/// ID.
fn newest_first<'r>(records: impl IntoIterator<Item = &'r String>) -> String {
    let mut records: Vec<&String> = records.into_iter().collect();
    records.sort_by_key(|record| std::cmp::Reverse(key(record)));
    records.iter().fold(String::new(), |mut text, record| {
        writeln!(text, "{record}").unwrap();
        text
    })
}

fn reversed(lines: &str) -> String {
    lines.split_inclusive('\n').rev().collect()
}

#[test]
fn records_are_newest_first_without_duplicates_for_any_memory_limit() {
    let sandbox = Sandbox::new();
    let expected = newest_first(&trail(&sandbox));
    for more in [
        &[][..],
        &["--memory", "1KiB"],
        &["--order", "newest", "--late", "1m"],
    ] {
        let (out, said, code) = outcome(&sandbox, &[&["--from", "AWSLogs"][..], more].concat());
        assert_eq!(code, status::OK, "{said}");
        assert!(out == expected, "{more:?}");
        assert_eq!(
            said,
            "ct-fetch: 400 events from AWSLogs, the oldest to the newest: 7 of 7 files read, the newest from 2026-01-01T00:25:00Z, 45 duplicates removed\n"
        );
    }
}

#[test]
fn oldest_first_is_the_reverse_and_unordered_has_the_same_records() {
    let sandbox = Sandbox::new();
    let newest = newest_first(&trail(&sandbox));
    let (oldest, _, code) = outcome(&sandbox, &["--from", "AWSLogs", "--order", "oldest"]);
    assert_eq!((oldest == reversed(&newest), code), (true, status::OK));
    let (unordered, _, code) = outcome(&sandbox, &["--from", "AWSLogs", "--order", "none"]);
    assert_eq!(code, status::OK);
    let records: Vec<String> = unordered.lines().map(str::to_owned).collect();
    assert!(newest_first(&records) == newest);
}

#[test]
fn events_later_than_late_are_named_and_the_run_fails() {
    let sandbox = Sandbox::new();
    let records = trail(&sandbox);
    let arguments = [
        "--from", "AWSLogs", "--order", "oldest", "--late", "0m", "-q",
    ];
    let (out, said, code) = outcome(&sandbox, &arguments);
    let lines: Vec<String> = out.lines().map(str::to_owned).collect();
    assert!(
        newest_first(&records)
            .lines()
            .all(|line| out.contains(line))
    );
    assert!(lines.len() >= records.len());
    assert_eq!(code, status::OTHER, "{said}");
    assert!(
        said.ends_with("ct-fetch: some events are out of order: see the lines above\n"),
        "{said}"
    );
}

#[test]
fn every_filter_selects_the_same_records_as_a_full_scan() {
    type Wanted = fn(&Value) -> bool;
    let sandbox = Sandbox::new();
    let records = trail(&sandbox);
    let cases: [(&[&str], Wanted); 14] = [
        (&["--event-name", "Create*"], |r| {
            r["eventName"] == "CreateUser"
        }),
        (&["--username", "alice"], |r| {
            r["userIdentity"]["userName"] == "alice"
        }),
        (&["--username", "!alice", "--event-name", "GetUser"], |r| {
            r["userIdentity"]["userName"] != "alice" && r["eventName"] == "GetUser"
        }),
        (&["--where", "errorCode=Access*"], |r| {
            r["errorCode"] == "AccessDenied"
        }),
        (&["--where", "errorCode=!Access*"], |r| {
            r["errorCode"].is_null()
        }),
        (&["--where", "!errorCode"], |r| r["errorCode"].is_null()),
        (&["--where", "errorCode"], |r| !r["errorCode"].is_null()),
        (&["--error"], |r| !r["errorCode"].is_null()),
        (&["--error", "Throttling"], |_| false),
        (&["--source-ip", "192.0.2.0/28"], |r| {
            (0..16).any(|last| r["sourceIPAddress"] == format!("192.0.2.{last}"))
        }),
        (&["--category", "data"], |r| r["eventCategory"] == "Data"),
        (&["--category", "management,insight"], |r| {
            r["eventCategory"] == "Management"
        }),
        (
            &["--since", "2026-01-01", "--until", "2026-01-01T00:00:59Z"],
            |r| {
                r["eventTime"]
                    .as_str()
                    .unwrap()
                    .starts_with("2026-01-01T00:00:")
            },
        ),
        (&["--account", "444455556666"], |_| false),
    ];
    for (filter, is_wanted) in cases {
        let wanted = records
            .iter()
            .filter(|record| is_wanted(&serde_json::from_str(record).unwrap()));
        let (out, said, code) = outcome(&sandbox, &[&["--from", "AWSLogs"], filter].concat());
        assert_eq!(code, status::OK, "{filter:?} {said}");
        assert!(out == newest_first(wanted), "{filter:?}");
    }
}

#[test]
fn field_filters_select_the_same_records_from_the_event_history() {
    let sandbox = Sandbox::new();
    let records = trail(&sandbox);
    let events = sandbox.write("events.ndjson", records.join("\n"));
    let sim = Sim::start(Events::files([events]).any_region());
    let history = Sandbox::beside(&sim);
    for filter in [
        &["--where", "errorCode", "--username", "alice"][..],
        &[
            "--where",
            "errorCode=!Access*",
            "--where",
            "eventCategory=Data",
        ],
        &["--error", "--source-ip", "!192.0.2.0/25"],
    ] {
        let (from_files, _, _) = outcome(&sandbox, &[&["--from", "AWSLogs"], filter].concat());
        let (out, said, code) = outcome(&history, filter);
        let lines: Vec<String> = out.lines().map(str::to_owned).collect();
        assert_eq!(code, status::OK, "{said}");
        assert!(
            !from_files.is_empty() && newest_first(&lines) == from_files,
            "{filter:?}"
        );
    }
}
