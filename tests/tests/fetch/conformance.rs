//! Tests that the program meets the same requirements with every source of ct-fetch: the event
//! history, a folder, a bucket, and the files that Athena finds.
//!
//! For a new source, add a constructor to [`Subject`], and tests that call [`assert_conforms`].

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows unwrap in tests, but not in their helper functions"
)]

mod records;

use std::collections::BTreeMap;

use ct_core::exit::status;
use ct_sim::{Bucket, Events, Fault, FaultKind, S3Fault, S3FaultKind, Sim, Table};
use ct_tests::s3_server::{self, Program};
use ct_tests::{Sandbox, outcome};
use serde_json::Value;

use crate::archive::athena::metadata;
use records::{ACCOUNT, KEY, records, seconds, time};

/// The folder of the trail's files.
const DAY: &str = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/01";

/// The server that provides a source.
#[expect(
    dead_code,
    reason = "dropping the value would stop the server and delete its files"
)]
enum Server {
    Sim(Sim, Option<Sandbox>),
    Other(s3_server::Server),
}

/// A source that contains the records of [`records`].
pub(crate) struct Subject {
    name: &'static str,
    sandbox: Sandbox,
    /// The options of ct-fetch that select the source.
    arguments: Vec<&'static str>,
    /// The server of the source, which must run while the source is used.
    _server: Option<Server>,
}

impl Subject {
    /// The event history as a source. With `fault`, one in five requests fails.
    fn history(fault: Option<FaultKind>) -> Self {
        let events = Events::records(records().iter().map(String::as_str));
        let events = match fault {
            Some(kind) => events.fault(Fault::rate(0.2, kind)),
            None => events,
        };
        let sim = Sim::start(events);
        Self {
            name: "the event history",
            sandbox: Sandbox::beside(&sim),
            arguments: vec!["--region", "us-east-1"],
            _server: Some(Server::Sim(sim, None)),
        }
    }

    /// The folder of a trail as a source, with a file every five minutes. Every ninth record is in
    /// two files.
    fn folder() -> Self {
        let sandbox = Sandbox::new();
        let mut files: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for (number, record) in (0..).zip(records()) {
            let file = seconds(number) / 300 + 1;
            if number % 9 == 0 {
                files.entry(file + 1).or_default().push(record.clone());
            }
            files.entry(file).or_default().push(record);
        }
        std::fs::create_dir_all(sandbox.folder().join(DAY)).unwrap();
        for (file, records) in files {
            let minute = &time(file * 300)[11..16].replace(':', "");
            let name = format!("{ACCOUNT}_CloudTrail_us-east-1_20260101T{minute}Z_{file:016}.json");
            let text = format!(r#"{{"Records":[{}]}}"#, records.join(","));
            sandbox.write(&format!("{DAY}/{name}"), text);
        }
        Self {
            name: "a folder",
            sandbox,
            arguments: vec!["--from", "AWSLogs"],
            _server: None,
        }
    }

    /// A bucket with the same trail as a source. With `fault`, one in five requests fails.
    fn bucket(fault: Option<S3FaultKind>) -> Self {
        let files = Self::folder().sandbox;
        let events = Events::count(0).bucket(Bucket::folder("trail", files.folder()));
        let events = match fault {
            Some(kind) => events.s3_fault(S3Fault::rate(0.2, kind)),
            None => events,
        };
        let sim = Sim::start(events);
        Self {
            name: "a bucket",
            sandbox: Sandbox::beside(&sim),
            arguments: vec!["--from", "s3://trail/AWSLogs"],
            _server: Some(Server::Sim(sim, Some(files))),
        }
    }

    /// The same trail in a bucket, with a table in which Athena finds the files.
    fn athena() -> Self {
        let files = Self::folder().sandbox;
        let names = std::fs::read_dir(files.folder().join(DAY)).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let paths = names.map(|name| format!("s3://trail/{DAY}/{name}"));
        let table = Table::new("default.ct_raw", metadata("us-east-1", "2020/01/01"));
        let events = Events::count(0).bucket(Bucket::folder("trail", files.folder()));
        let sim = Sim::start(events.table(table.paths(paths)));
        Self {
            name: "Athena",
            sandbox: Sandbox::beside(&sim),
            arguments: vec!["--from", "athena:ct_raw"],
            _server: Some(Server::Sim(sim, Some(files))),
        }
    }

    /// A bucket of a third-party S3 server with the same trail as a source.
    pub(crate) fn bucket_of(program: Program) -> Self {
        let files = Self::folder().sandbox;
        // The bucket must contain only the trail.
        for name in ["home", "bin"] {
            let folder = files.folder().join(name);
            if folder.is_dir() {
                std::fs::remove_dir_all(folder).unwrap();
            }
        }
        let server = s3_server::Server::start(program, files.folder());
        Self {
            name: "a bucket of another server",
            sandbox: server.sandbox(),
            arguments: vec!["--from", "s3://trail/AWSLogs"],
            _server: Some(Server::Other(server)),
        }
    }

    /// Runs ct-fetch on this source with these options, and returns its output and its messages.
    #[track_caller]
    fn fetch(&self, options: &[&str]) -> (String, String) {
        let arguments = [&self.arguments[..], options].concat();
        let (out, said, code) = outcome(&self.sandbox, &arguments);
        assert_eq!(code, status::OK, "{} {options:?}: {said}", self.name);
        (out, said)
    }
}

/// The event time and the event ID of each line.
fn keys(lines: &str) -> Vec<(String, String)> {
    let key = |line: &str| {
        let record: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| record[name].as_str().unwrap().to_owned();
        (text("eventTime"), text("eventID"))
    };
    lines.lines().map(key).collect()
}

/// The event time and the event ID of each record that `is_wanted` selects in a full scan, sorted
/// by time and then by ID.
fn brute_force(is_wanted: impl Fn(&Value) -> bool) -> Vec<(String, String)> {
    let records = records();
    let wanted = records.iter().filter(|record| {
        let record: Value = serde_json::from_str(record).unwrap();
        is_wanted(&record)
    });
    let lines: Vec<&str> = wanted.map(String::as_str).collect();
    let mut keys = keys(&lines.join("\n"));
    keys.sort();
    keys
}

fn sorted(lines: &str) -> Vec<(String, String)> {
    let mut keys = keys(lines);
    keys.sort();
    keys
}

fn every_record_is_written_once_in_order_and_unchanged(subject: &Subject) {
    let (newest, _) = subject.fetch(&[]);
    let times: Vec<String> = keys(&newest).into_iter().map(|(time, _)| time).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older));
    assert_eq!(sorted(&newest), brute_force(|_| true), "{}", subject.name);
    let mut lines: Vec<&str> = newest.lines().collect();
    let mut received = records();
    lines.sort_unstable();
    received.sort_unstable();
    assert_eq!(lines, received, "{}", subject.name);
    let (oldest, _) = subject.fetch(&["--order", "oldest"]);
    let reversed: String = newest.split_inclusive('\n').rev().collect();
    assert_eq!(oldest, reversed, "{}", subject.name);
}

fn the_window_includes_both_ends(subject: &Subject) {
    for (since, until) in [(300, 600), (305, 305), (0, 1_495), (301, 304)] {
        let (since, until) = (time(since), time(until));
        let (out, _) = subject.fetch(&["--since", &since, "--until", &until]);
        let expected = brute_force(|record| {
            let time = record["eventTime"].as_str().unwrap();
            (since.as_str()..=until.as_str()).contains(&time)
        });
        assert_eq!(sorted(&out), expected, "{} {since} {until}", subject.name);
    }
}

/// The options that set a filter of ct-fetch, and a predicate that selects the same records.
type Filter = (&'static [&'static str], fn(&Value) -> bool);

fn every_filter_selects_the_same_records_as_a_full_scan(subject: &Subject) {
    let filters: [Filter; 9] = [
        (&["--access-key", KEY], |record| {
            record["userIdentity"]["accessKeyId"] == KEY
        }),
        (&["--event-name", "Create*"], |record| {
            record["eventName"] == "CreateUser"
        }),
        (&["--event-name", "!CreateUser"], |record| {
            record["eventName"] != "CreateUser"
        }),
        (&["--username", "alice", "--read-only", "false"], |record| {
            record["userIdentity"]["userName"] == "alice" && record["readOnly"] == false
        }),
        (
            &["--event-name", "GetUser", "--event-name", "CreateUser"],
            |_| true,
        ),
        (&["--event-source", "ec2.amazonaws.com"], |_| false),
        (&["--where", "errorCode=Access*"], |record| {
            record["errorCode"] == "AccessDenied"
        }),
        (&["--where", "!errorCode"], |record| {
            record["errorCode"].is_null()
        }),
        (&["--source-ip", "192.0.2.0/28"], |record| {
            let address = record["sourceIPAddress"].as_str().unwrap();
            let last = address.rsplit('.').next().unwrap();
            last.parse::<u32>().unwrap() < 16
        }),
    ];
    for (options, is_wanted) in filters {
        let (out, _) = subject.fetch(options);
        assert_eq!(
            sorted(&out),
            brute_force(is_wanted),
            "{} {options:?}",
            subject.name
        );
    }
}

#[test]
fn faults_do_not_change_the_output() {
    let (clean, _) = Subject::history(None).fetch(&[]);
    for kind in [
        FaultKind::Throttle,
        FaultKind::Status500,
        FaultKind::Drop,
        FaultKind::Truncate,
        FaultKind::Html,
    ] {
        let subject = Subject::history(Some(kind.clone()));
        assert_eq!(subject.fetch(&[]).0, clean, "{kind:?}");
    }
    let (clean, _) = Subject::bucket(None).fetch(&[]);
    for kind in [
        S3FaultKind::SlowDown,
        S3FaultKind::InternalError,
        S3FaultKind::Cut(100),
    ] {
        let subject = Subject::bucket(Some(kind.clone()));
        assert_eq!(subject.fetch(&[]).0, clean, "{kind:?}");
    }
}

fn a_run_that_ends_anywhere_continues_to_the_same_output(subject: &Subject) {
    for order in ["newest", "oldest"] {
        let options = ["--order", order];
        let (whole, _) = subject.fetch(&options);
        for kibibytes in [8, 50, 100] {
            // The kernel ends the run when the size of the output file reaches `kibibytes` KiB.
            let limited = format!(
                "ulimit -c 0; ulimit -f {}; exec ct-fetch \"$@\"",
                2 * kibibytes
            );
            let name = format!("{order}-{kibibytes}");
            let arguments = [&subject.arguments[..], &options, &["-q", "-o", &name]].concat();
            let cut = subject
                .sandbox
                .process("sh")
                .args(["-c", &limited, "ct-fetch"])
                .args(&arguments)
                .status()
                .unwrap();
            assert!(!cut.success(), "{} {name}", subject.name);
            let (_, said, code) = outcome(&subject.sandbox, &arguments);
            assert_eq!(code, status::OK, "{} {name}: {said}", subject.name);
            let out = std::fs::read_to_string(subject.sandbox.folder().join(&name)).unwrap();
            assert!(out == whole, "{} {name}", subject.name);
        }
    }
}

fn a_low_memory_limit_does_not_change_the_output(subject: &Subject) {
    for order in ["newest", "oldest"] {
        let options = ["--order", order];
        let (all, _) = subject.fetch(&options);
        let (few, _) = subject.fetch(&[&options[..], &["--memory", "1KiB"]].concat());
        assert_eq!(all, few, "{} {order}", subject.name);
    }
}

fn the_summary_counts_the_records(subject: &Subject) {
    let (out, said) = subject.fetch(&["--event-name", "CreateUser"]);
    let events = out.lines().count();
    assert_eq!(events, 80, "{}", subject.name);
    assert!(
        said.contains(&format!("ct-fetch: {events} events")),
        "{said}"
    );
}

/// The checks that every source must pass.
const REQUIREMENTS: [fn(&Subject); 6] = [
    every_record_is_written_once_in_order_and_unchanged,
    the_window_includes_both_ends,
    every_filter_selects_the_same_records_as_a_full_scan,
    a_run_that_ends_anywhere_continues_to_the_same_output,
    a_low_memory_limit_does_not_change_the_output,
    the_summary_counts_the_records,
];

/// Checks that a source meets every requirement.
#[track_caller]
fn assert_conforms(subject: &Subject) {
    for requirement in REQUIREMENTS {
        requirement(subject);
    }
}

/// Checks that a bucket meets every requirement, and gives the same bytes as the folder.
#[track_caller]
pub(crate) fn assert_bucket_conforms(subject: &Subject) {
    assert_conforms(subject);
    let folder = Subject::folder();
    for order in ["newest", "oldest"] {
        let options = ["--order", order];
        let (expected, _) = folder.fetch(&options);
        assert_eq!(subject.fetch(&options).0, expected, "{}", subject.name);
    }
}

#[test]
fn the_event_history_conforms() {
    assert_conforms(&Subject::history(None));
}

#[test]
fn a_folder_conforms() {
    assert_conforms(&Subject::folder());
}

#[test]
fn a_bucket_conforms() {
    assert_bucket_conforms(&Subject::bucket(None));
}

#[test]
fn athena_conforms() {
    assert_bucket_conforms(&Subject::athena());
}
