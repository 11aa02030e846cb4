//! Tests runs that end because of the user, a reader or a full disk.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows unwrap in tests, but not in their helper functions"
)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Stdio};

use ct_core::exit::status;
use ct_sim::{Events, Sim};
use ct_tests::{Sandbox, outcome};

#[test]
fn ctrl_c_leaves_complete_lines_and_reports_the_coverage() {
    let sim = Sim::start(Events::count(120).fault("hang@2..".parse().unwrap()));
    let sandbox = Sandbox::beside(&sim);
    let mut child = sandbox
        .process("ct-fetch")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut records = String::new();
    for _ in 0..50 {
        reader.read_line(&mut records).unwrap();
    }
    interrupt(&sandbox, &child);
    reader.read_to_string(&mut records).unwrap();
    let mut told = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut told)
        .unwrap();
    assert_eq!(
        child.wait().unwrap().code(),
        Some(i32::from(status::INTERRUPTED))
    );
    assert_eq!(
        (records.lines().count(), records.ends_with('\n')),
        (50, true)
    );
    assert!(
        told.starts_with("ct-fetch: 50 events in 1 page from us-east-1, ")
            && told.contains(": incomplete, reached "),
        "{told}"
    );
    assert_eq!(told.lines().count(), 1);
}

/// Sends SIGINT to a process.
fn interrupt(sandbox: &Sandbox, child: &Child) {
    let sent = sandbox
        .process("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

#[test]
fn ctrl_c_ends_a_run_while_the_reader_is_not_reading() {
    let sim = Sim::start(Events::count(500));
    let sandbox = Sandbox::beside(&sim);
    let mut child = sandbox
        .process("ct-fetch")
        .args(["--rate", "1000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut reader = child.stdout.take().unwrap();
    let mut records = vec![0];
    reader.read_exact(&mut records).unwrap();
    interrupt(&sandbox, &child);
    let ended = child.wait().unwrap();
    reader.read_to_end(&mut records).unwrap();
    let records = String::from_utf8(records).unwrap();
    let mut told = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut told)
        .unwrap();
    let events = records.lines().count();
    assert_eq!(
        (ended.code(), records.ends_with('\n'), events < 500),
        (Some(i32::from(status::INTERRUPTED)), true, true)
    );
    assert!(
        told.starts_with(&format!("ct-fetch: {events} events in "))
            && told.contains(": incomplete, reached "),
        "{told}"
    );
}

#[test]
fn a_second_ctrl_c_ends_a_run_within_a_line() {
    let record = format!(
        r#"{{"eventID":"a","eventTime":"2020-10-01T00:00:00Z","awsRegion":"us-east-1","requestParameters":"{}"}}"#,
        "x".repeat(200_000)
    );
    let sim = Sim::start(Events::records([record]));
    let sandbox = Sandbox::beside(&sim);
    let mut child = sandbox
        .process("ct-fetch")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut reader = child.stdout.take().unwrap();
    reader.read_exact(&mut [0]).unwrap();
    let ended = loop {
        interrupt(&sandbox, &child);
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
    };
    assert_eq!((ended.code(), ended.signal()), (None, Some(2)));
}

#[test]
fn with_an_output_file_standard_output_needs_no_reader() {
    let sim = Sim::start(Events::count(120));
    let sandbox = Sandbox::beside(&sim);
    let output = sandbox
        .shell("ct-fetch -q -o events.ndjson | true")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(i32::from(status::OK)));
    let records = std::fs::read_to_string(sandbox.folder().join("events.ndjson")).unwrap();
    assert_eq!(records.lines().count(), 120);
}

#[test]
fn a_file_that_cannot_be_created_is_named() {
    let sim = Sim::start(Events::count(1));
    let (_, told, status) = outcome(&Sandbox::beside(&sim), &["-o", "no/such/folder/events"]);
    assert_eq!(
        (told.as_str(), status),
        (
            "ct-fetch: cannot write no/such/folder/events: use a path where a file can be \
             created: No such file or directory (os error 2)\n",
            status::OTHER
        )
    );
}

#[test]
fn a_full_disk_is_an_error_that_names_the_output() {
    let sim = Sim::start(Events::count(120));
    let output = Sandbox::beside(&sim)
        .shell("ct-fetch -q > /dev/full")
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(i32::from(status::OTHER)));
    assert!(
        told.starts_with("ct-fetch: cannot write standard output: ")
            && told.ends_with(": free up space, and run it again\n"),
        "{told}"
    );
}
