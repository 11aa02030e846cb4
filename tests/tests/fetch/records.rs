//! Tests which records the output of `ct-fetch` contains, in which order, and with which bytes.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows unwrap in tests, but not in their helper functions"
)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use ct_core::exit::status;
use ct_sim::{Events, Sim, TimeFormat};
use ct_tests::Sandbox;
use serde_json::Value;

fn seoul() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "fixtures", "seoul.ndjson"]
        .iter()
        .collect()
}

/// Runs `ct-fetch` with these arguments, expects success, and returns its output and its messages.
fn fetch(sandbox: &Sandbox, arguments: &[&str]) -> (String, String) {
    let output = sandbox
        .command("ct-fetch")
        .args(["--rate", "1000"])
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}\n{errors}");
    (String::from_utf8(output.stdout).unwrap(), errors)
}

/// The number at the end of each record's event ID. This number identifies a record of the fixture.
fn numbers(records: &str) -> Vec<u64> {
    let record = |line| serde_json::from_str::<Value>(line).unwrap();
    records
        .lines()
        .map(|line| {
            record(line)["eventID"].as_str().unwrap()[24..]
                .parse()
                .unwrap()
        })
        .collect()
}

/// The numbers of the fixture's records that ct-fetch selects with these arguments, in output
/// order.
fn found(arguments: &[&str]) -> Vec<u64> {
    let sim = Sim::start(Events::files([seoul()]).any_region());
    numbers(&fetch(&Sandbox::beside(&sim), arguments).0)
}

#[test]
fn records_are_newest_first_and_unchanged() {
    let sim = Sim::start(Events::files([seoul()]).any_region());
    let (records, _) = fetch(&Sandbox::beside(&sim), &[]);
    assert_eq!(records, std::fs::read_to_string(seoul()).unwrap());
}

#[test]
fn a_repeated_option_means_any_of_its_values_and_listings_are_merged_by_time() {
    let found = found(&[
        "--event-name",
        "RunInstances",
        "--event-name",
        "CreateBucket",
    ]);
    assert_eq!(found, [4, 6, 7, 9]);
}

#[test]
fn different_options_must_all_match() {
    let found = found(&[
        "--access-key",
        "ABCDEFGHIJK",
        "--event-name",
        "RunInstances",
    ]);
    assert_eq!(found, [6, 9]);
}

#[test]
fn an_exclamation_mark_means_not_and_a_star_matches_any_text() {
    let found = found(&[
        "--event-name",
        "!Describe*",
        "--event-source",
        "*2.amazonaws.com",
    ]);
    assert_eq!(found, [1, 6, 7, 9, 11]);
}

#[test]
fn read_only_calls_are_distinguished_from_writes() {
    assert_eq!(found(&["--read-only"]), [2, 3, 5, 8, 10]);
    assert_eq!(found(&["--read-only", "false"]), [1, 4, 6, 7, 9, 11]);
}

#[test]
fn an_event_that_matches_two_values_is_written_once() {
    let of_type = ["--resource-type", "AWS::EC2::Instance"];
    let of_names = [
        "--resource-name",
        "i-0598c7d356eba48d7",
        "--resource-name",
        "i-1234567890abcdef0",
    ];
    let records = std::fs::read_to_string(seoul()).unwrap().replace(
        "\"instanceId\":\"i-1234567890abcdef0\"}]},\"force\"",
        "\"instanceId\":\"i-1234567890abcdef0\"},{\"instanceId\":\"i-0598c7d356eba48d7\"}]},\"force\"",
    );
    let sim = Sim::start(Events::records(records.lines()).any_region());
    let sandbox = Sandbox::beside(&sim);
    let by_type = numbers(&fetch(&sandbox, &of_type).0);
    assert_eq!(numbers(&fetch(&sandbox, &of_names).0), by_type);
    assert_eq!(by_type, [1, 5, 11]);
}

#[test]
fn the_window_includes_both_ends_and_is_parsed_as_by_the_aws_cli() {
    let arguments = [
        "--start-time",
        "10-01-2020, 09:00 AM",
        "--end-time",
        "2020-10-02T22:50:00Z",
    ];
    assert_eq!(found(&arguments), [2, 3, 4, 5, 6, 7, 8, 9, 10]);
}

#[test]
fn the_aws_clis_lookup_attributes_are_literal() {
    let lookup = "AttributeKey=AccessKeyId,AttributeValue=AKIAIOSFODNN7EXAMPLE";
    assert_eq!(found(&["--lookup-attributes", lookup]), [7]);
    assert_eq!(
        found(&[
            "--lookup-attributes",
            "AttributeKey=EventName,AttributeValue=!Run*"
        ]),
        [0; 0]
    );
}

#[test]
fn the_most_selective_plain_value_is_sent_to_the_service() {
    let sim = Sim::start(Events::files([seoul()]).any_region());
    let arguments = [
        "-v",
        "--event-name",
        "RunInstances",
        "--username",
        "a*",
        "--access-key",
        "ABCDEFGHIJK",
    ];
    let (_, errors) = fetch(&Sandbox::beside(&sim), &arguments);
    let lines: Vec<&str> = errors.lines().take(2).collect();
    assert_eq!(
        lines,
        [
            "ct-fetch: `ABCDEFGHIJK` does not look like an access key: an access key looks like \
             AKIAIOSFODNN7EXAMPLE",
            "ct-fetch: the service looks up AccessKeyId=ABCDEFGHIJK; ct-fetch checks EventName, Username"
        ]
    );
    let bodies: Vec<String> = sim
        .requests()
        .into_iter()
        .map(|request| request.body.to_string())
        .collect();
    let lookup =
        r#"{"LookupAttributes":[{"AttributeKey":"AccessKeyId","AttributeValue":"ABCDEFGHIJK"}]}"#;
    assert_eq!(bodies, [lookup]);
}

#[test]
fn only_the_regions_records_are_written() {
    let sim = Sim::start(Events::files([seoul()]));
    let (records, _) = fetch(&Sandbox::beside(&sim), &["--region", "us-east-1"]);
    assert_eq!(numbers(&records), [9]);
}

#[test]
fn the_latest_ten_events_need_one_small_page() {
    let sim = Sim::start(Events::count(120));
    let (records, errors) = fetch(&Sandbox::beside(&sim), &["--max-items", "10"]);
    assert_eq!(records.lines().count(), 10);
    assert!(
        errors.contains("10 events in 1 page from us-east-1, "),
        "{errors}"
    );
    let bodies: Vec<String> = sim
        .requests()
        .into_iter()
        .map(|request| request.body.to_string())
        .collect();
    assert_eq!(bodies, [r#"{"MaxResults":10}"#]);
}

#[test]
fn the_final_message_reports_the_coverage() {
    let sim = Sim::start(Events::count(120));
    let sandbox = Sandbox::beside(&sim);
    let (records, errors) = fetch(&sandbox, &["--until", "2020-10-02"]);
    assert_eq!(records.lines().count(), 120);
    assert_eq!(
        errors,
        "ct-fetch: 120 events in 3 pages from us-east-1, the start of the event history to 2020-10-02T00:00:00Z: complete; only \
         us-east-1: for all regions, pass --region all\n"
    );
    assert_eq!(fetch(&sandbox, &["-q"]).1, "");
}

#[test]
fn an_empty_result_is_not_an_error() {
    let sim = Sim::start(Events::files([seoul()]));
    let (records, errors) = fetch(&Sandbox::beside(&sim), &["--region", "eu-west-1"]);
    assert_eq!(records, "");
    assert!(
        errors.starts_with("ct-fetch: 0 events in 1 page from eu-west-1, "),
        "{errors}"
    );
}

#[test]
fn empty_pages_do_not_end_a_listing() {
    let sim = Sim::start(Events::count(60).page_sizes([50, 0, 0, 50]));
    assert_eq!(fetch(&Sandbox::beside(&sim), &[]).0.lines().count(), 60);
}

#[test]
fn times_in_responses_may_be_numbers_or_strings() {
    for format in [
        TimeFormat::Iso,
        TimeFormat::Integer,
        TimeFormat::Milliseconds,
    ] {
        let sim = Sim::start(Events::files([seoul()]).any_region().time_format(format));
        let (records, _) = fetch(
            &Sandbox::beside(&sim),
            &["--event-name", "RunInstances", "--event-name", "ListUsers"],
        );
        assert_eq!(numbers(&records), [6, 7, 9, 10], "{format:?}");
    }
}

#[test]
fn a_record_with_raw_line_ends_is_written_on_one_line() {
    let record = std::fs::read_to_string(seoul())
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .to_owned();
    let pretty =
        serde_json::to_string_pretty(&serde_json::from_str::<Value>(&record).unwrap()).unwrap();
    let sim = Sim::start(Events::records([pretty]).any_region());
    let (records, _) = fetch(&Sandbox::beside(&sim), &[]);
    let same = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(
        (records.lines().count(), same(&records)),
        (1, same(&record))
    );
}

#[test]
fn a_file_is_readable_by_its_owner_only() {
    let sim = Sim::start(Events::files([seoul()]).any_region());
    let sandbox = Sandbox::beside(&sim);
    let (printed, _) = fetch(&sandbox, &["-o", "events.ndjson"]);
    let path = sandbox.folder().join("events.ndjson");
    let mode = path.metadata().unwrap().permissions().mode() & 0o777;
    let written = std::fs::read_to_string(path).unwrap();
    assert_eq!((printed.as_str(), mode), ("", 0o600));
    assert_eq!(written, std::fs::read_to_string(seoul()).unwrap());
}

#[test]
fn a_reader_that_leaves_ends_the_run_quietly_without_further_requests() {
    let sim = Sim::start(Events::count(500));
    let output = Sandbox::beside(&sim)
        .shell("ct-fetch | head -1")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(i32::from(status::READER_LEFT)));
    assert!(sim.requests().len() <= 2, "{}", sim.requests().len());
}
