//! Tests records with the same event ID: repeats of a record, and records with different content.

use std::fmt::Write as _;

use ct_core::exit::status;
use ct_tests::{Sandbox, outcome};

use super::{log_path, record, write};

#[test]
fn records_with_one_event_id_and_different_content_are_each_written_once() {
    let sandbox = Sandbox::new();
    let first = record(1, 300);
    let other = first.replace("GetUser", "PutUser");
    let spaced = first.replace(':', " : ").replace(" : 00", ":00");
    let spaced = spaced.replace("23 : ", "23:").replace("00 : ", "00:");
    let records = [&first, &other, &spaced, &other, &first];
    let all = records.map(String::as_str).join(",");
    write(
        &sandbox,
        &log_path(600),
        format!(r#"{{"Records":[{all}]}}"#),
    );
    let id: serde_json::Value = serde_json::from_str(&first).unwrap();
    let id = id["eventID"].as_str().unwrap();
    for order in ["newest", "oldest", "none"] {
        let (out, said, code) = outcome(&sandbox, &["--from", "AWSLogs", "--order", order]);
        let mut lines: Vec<&str> = out.lines().collect();
        lines.sort_unstable();
        let mut expected = [first.as_str(), &other];
        expected.sort_unstable();
        assert_eq!((&lines[..], code), (&expected[..], status::OK), "{order}");
        let mut told = String::new();
        writeln!(
            told,
            "ct-fetch: event {id} has several records with different content, and all were \
             written: compare them"
        )
        .unwrap();
        assert!(said.starts_with(&told), "{said}");
        assert!(
            said.contains(
                ", 3 duplicates removed, 1 record with the event ID of another record but different \
                 content\n"
            ),
            "{said}"
        );
    }
}

#[test]
fn a_record_of_a_later_delivery_with_other_content_is_written() {
    let sandbox = Sandbox::new();
    let first = record(1, 300);
    let other = first.replace("GetUser", "PutUser");
    let run = |seconds: u32, record: &str| {
        write(
            &sandbox,
            &log_path(seconds),
            format!(r#"{{"Records":[{record}]}}"#),
        );
        outcome(&sandbox, &["--from", "AWSLogs", "--state", "s", "-q"])
    };
    let line = |record: &str| format!("{record}\n");
    let first_run = run(600, &first);
    assert_eq!(first_run, (line(&first), String::new(), status::OK));
    let (out, said, code) = run(900, &format!("{first},{other}"));
    assert_eq!((out, code), (line(&other), status::OK));
    assert!(
        said.contains("has several records with different content"),
        "{said}"
    );
    assert_eq!(run(1_200, &other).0, "");
}

#[test]
fn a_small_memory_limit_writes_no_duplicates() {
    let sandbox = Sandbox::new();
    let records: Vec<String> = (0..2_000).map(|number| record(number, 300)).collect();
    let twice = [records.join("\n"), records.join("\n")].join("\n");
    write(&sandbox, "own", twice);
    let arguments = ["--from", "own", "--order", "none", "--memory", "1"];
    let (out, said, code) = outcome(&sandbox, &arguments);
    assert_eq!(
        (out, code),
        (records.join("\n") + "\n", status::OK),
        "{said}"
    );
    assert!(said.contains(", 2,000 duplicates removed"), "{said}");
}
