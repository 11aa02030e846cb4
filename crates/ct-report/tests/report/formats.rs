//! Checks that every format of a report escapes hostile fields.

use serde_json::{Value, json};

use crate::program::{LEAKED, asked, call, id, lines, report, run, text, with};

/// A user agent with markup, a script, terminal escapes, bidirectional overrides, and a formula.
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
fn a_page_escapes_fields_and_its_policy_allows_only_its_own_script() {
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
fn no_format_for_people_contains_a_control_character_of_a_field() {
    for form in ["text", "markdown", "html"] {
        let page = text(&run(&["--format", form], &hostile()));
        let steering = page
            .chars()
            .find(|&letter| letter != '\n' && (letter.is_control() || letter == '\u{202e}'));
        assert_eq!(steering, None, "{form}");
    }
}

#[test]
fn a_field_of_a_megabyte_does_not_fill_a_report_for_people() {
    let name = "x".repeat(1 << 20);
    let record = asked(
        1,
        "iam",
        "CreateUser",
        json!({"userName": name}),
        json!(null),
    );
    let record = with(
        record,
        json!({"userAgent": name, "sourceIPAddress": name, "userIdentity": {"userName": name}}),
    );
    for form in ["text", "markdown", "html"] {
        let page = text(&run(
            &["--format", form, "--key", LEAKED],
            &lines(std::slice::from_ref(&record)),
        ));
        assert!(page.len() < 100_000, "{form}: {} bytes", page.len());
    }
}

#[test]
fn an_invalid_key_is_quoted_in_commands() {
    let credentials = json!({"credentials": {"accessKeyId": "X; rm -rf '/"}});
    let record = asked(1, "sts", "AssumeRole", json!({}), credentials);
    let page = text(&run(&["--key", LEAKED], &lines(&[record])));
    let command = r"ct-fetch --region all --access-key 'X; rm -rf '\''/'";
    assert!(page.contains(command), "{page}");
}

#[test]
fn a_table_is_csv_with_escaped_formulas() {
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
        "2026-01-31T10:00:01Z,AWS::EC2::Volume,'=1+1,,curated,111122223333,us-east-1,{LEAKED},CreateVolume,{},,,,,",
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
fn an_event_is_shown_in_the_consoles_layout_with_its_record() {
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
fn two_events_are_compared_field_by_field() {
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
fn a_report_about_an_address_counts_its_records_and_names_its_identities() {
    let refused = with(
        call(2, 5, "ec2", "StopInstances"),
        json!({"errorCode": "AccessDenied"}),
    );
    let records = [call(1, 1, "ec2", "StopInstances"), refused];
    let report = report(&records, &["--ip", "203.0.113.7"]);
    let verdict = report["verdict"].as_str().unwrap();
    assert!(
        verdict.contains(
            "203.0.113.7: 2 records from 2026-01-31T10:00:01Z to \
            2026-01-31T10:00:05Z, 1 of them denied or failed."
        ),
        "{verdict}"
    );
    assert_eq!(
        report["questions"][0]["answer"],
        "the records are from arn:aws:iam::111122223333:user/alice"
    );
}

#[test]
fn a_failed_sign_in_is_recognized_by_its_response() {
    let sign_in = |number: u32, outcome: &str| {
        with(
            call(number, number, "signin", "ConsoleLogin"),
            json!({"responseElements": {"ConsoleLogin": outcome}, "errorMessage": if outcome == "Failure" { json!("Failed authentication") } else { Value::Null }}),
        )
    };
    let report = report(&[sign_in(1, "Failure"), sign_in(2, "Success")], &[]);
    let rows = report["timeline"].as_array().unwrap().iter();
    assert_eq!(
        rows.map(|row| row["errorCode"].clone()).collect::<Vec<_>>(),
        [json!("Failed authentication"), Value::Null]
    );
}

#[test]
fn the_subjects_key_is_not_its_own_origin() {
    let issue = with(
        call(1, 1, "iam", "CreateAccessKey"),
        json!({"responseElements": {"accessKey": {"accessKeyId": "AKIAANOTHEREXAMPLE00", "userName": "eve"}}}),
    );
    let use_of_it = with(
        call(2, 2, "ec2", "StopInstances"),
        json!({"userIdentity": {"accessKeyId": "AKIAANOTHEREXAMPLE00", "userName": "eve"}}),
    );
    let verdict = |key: &str| {
        let report = report(&[issue.clone(), use_of_it.clone()], &["--key", key]);
        report["verdict"]
            .as_str()
            .unwrap()
            .contains("The report also covers 1 key that the subject obtained.")
    };
    assert_eq!([LEAKED, "AKIAANOTHEREXAMPLE00"].map(verdict), [true, false]);
}

#[test]
fn every_record_of_an_event_id_is_shown_and_compared() {
    let one = call(1, 1, "ec2", "StopInstances");
    let other = with(one.clone(), json!({"eventName": "StartInstances"}));
    let input = lines(&[one, other]);
    let shown = text(&run(&["event", &id(1)], &input));
    let names = shown.lines().filter(|line| line.starts_with("Event name"));
    assert_eq!(
        names.collect::<Vec<_>>(),
        [
            "Event name          StopInstances",
            "Event name          StartInstances"
        ]
    );
    assert_eq!(
        text(&run(&["diff", &id(1), &id(1)], &input)),
        "- .eventName \"StopInstances\"\n+ .eventName \"StartInstances\"\n"
    );
}
