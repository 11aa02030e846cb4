//! The forms of a report, with fields that try to be more than text.

use serde_json::{Value, json};

use crate::program::{LEAKED, call, id, lines, run, text, with};

/// A user agent that is markup, a script, terminal escapes, text turned around, and a formula.
const HOSTILE: &str = "=cmd|'<script>alert(1)</script><img src=http://x.example/ onerror=alert(2)>\u{1b}[2J\u{202e}\n\"";

fn hostile() -> String {
    let records = [
        with(
            call(1, 1, "ec2", "CreateVolume"),
            json!({"userAgent": HOSTILE, "responseElements": {"volumeId": HOSTILE}}),
        ),
        with(
            call(2, 2, "ec2", "StopInstances"),
            json!({"userAgent": "x".repeat(1 << 20), "errorCode": HOSTILE, "errorMessage": HOSTILE}),
        ),
    ];
    lines(&records)
}

#[test]
fn a_page_has_no_markup_of_a_field_and_a_policy_that_allows_its_own_script_alone() {
    let page = text(&run(&["--format", "html"], &hostile()));
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("<img").count(), 0);
    assert!(page.contains("default-src 'none'; style-src 'sha256-"));
    assert!(!page.contains(['\u{1b}', '\u{202e}']));
    assert!(
        page.len() < 200_000,
        "a long field is cut: {} bytes",
        page.len()
    );
}

#[test]
fn no_form_for_people_has_a_control_character_of_a_field() {
    for form in ["text", "markdown", "html"] {
        let page = text(&run(&["--format", form], &hostile()));
        let steering = page
            .chars()
            .find(|&letter| letter != '\n' && (letter.is_control() || letter == '\u{202e}'));
        assert_eq!(steering, None, "{form}");
    }
}

#[test]
fn a_table_is_csv_with_formulas_disarmed() {
    let records = [with(
        call(1, 1, "ec2", "CreateVolume"),
        json!({"responseElements": {"volumeId": "=1+1"}}),
    )];
    let table = text(&run(
        &["--format", "csv", "--table", "created"],
        &lines(&records),
    ));
    let row = table.lines().nth(1).unwrap();
    let expected = format!(
        "2026-01-31T10:00:01Z,AWS::EC2::Volume,'=1+1,,curated,111122223333,us-east-1,{LEAKED},CreateVolume,{},,,,",
        id(1)
    );
    assert_eq!(row, expected);
}

#[test]
fn timesketch_lines_have_its_fields_and_the_record() {
    let record = call(1, 1, "ec2", "StopInstances");
    let line = text(&run(
        &["--format", "timesketch"],
        &lines(std::slice::from_ref(&record)),
    ));
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["datetime"], json!("2026-01-31T10:00:01Z"));
    assert_eq!(line["timestamp_desc"], json!("Event Logged"));
    assert_eq!(line["data_type"], json!("aws:cloudtrail:entry"));
    assert_eq!(line["event_name"], json!("StopInstances"));
    let inner: Value = serde_json::from_str(line["cloud_trail_event"].as_str().unwrap()).unwrap();
    assert_eq!(inner, record);
}

#[test]
fn an_event_is_shown_as_the_console_does_with_its_record() {
    let records = [with(
        call(1, 1, "s3", "DeleteBucket"),
        json!({"requestParameters": {"bucketName": "b"}}),
    )];
    let shown = text(&run(&["event", &id(1)], &lines(&records)));
    let head: Vec<&str> = shown.lines().take(6).collect();
    assert_eq!(
        head,
        [
            "Event time          2026-01-31T10:00:01Z",
            "User name           alice",
            "Event name          DeleteBucket",
            "Event source        s3.amazonaws.com",
            "AWS access key      AKIAIOSFODNN7EXAMPLE",
            "AWS region          us-east-1",
        ]
    );
    let record = &shown[shown.find("\n{").unwrap()..];
    assert_eq!(serde_json::from_str::<Value>(record).unwrap(), records[0]);
}

#[test]
fn two_events_differ_field_by_field() {
    let records = [
        call(1, 1, "ec2", "StopInstances"),
        call(2, 2, "ec2", "StartInstances"),
    ];
    let shown = text(&run(&["diff", &id(1), &id(2)], &lines(&records)));
    let names: Vec<&str> = shown
        .lines()
        .filter(|line| line.contains(".eventName"))
        .collect();
    assert_eq!(
        names,
        [
            "- .eventName \"StopInstances\"",
            "+ .eventName \"StartInstances\""
        ]
    );
    assert!(!shown.contains("awsRegion"));
}

#[test]
fn containment_is_text_quoted_for_a_shell() {
    let records = [with(
        call(1, 1, "ec2", "StopInstances"),
        json!({"userIdentity": {"userName": "a'; rm -rf /"}}),
    )];
    let output = run(&["--format", "json", "--key", LEAKED], &lines(&records));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        report["containment"],
        json!([
            r"aws iam update-access-key --status Inactive --access-key-id 'AKIAIOSFODNN7EXAMPLE' --user-name 'a'\''; rm -rf /'"
        ])
    );
}
