//! Tests of the file formats of records.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use ct_sim::{Events, Sim};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::client::ask;

fn record(id: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.08","eventTime":"2020-10-01T00:00:00Z","eventID":"{id}","awsRegion":"us-east-1"}}"#
    )
}

fn gzip(path: &Path, text: &str) {
    let mut encoder = GzEncoder::new(fs::File::create(path).unwrap(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap();
}

fn served(path: impl AsRef<Path>) -> String {
    let sim = Sim::start(Events::files([path.as_ref()]));
    ask(&sim, &json!({})).ids()
}

#[test]
fn each_line_of_a_file_is_a_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("any.name");
    fs::write(&path, format!("{}\n\n{}", record("a"), record("b"))).unwrap();
    assert_eq!(served(&path), "ab");
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_records() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.ndjson");
    fs::write(&path, format!("\u{feff}{}", record("a"))).unwrap();
    assert_eq!(served(&path), "a");
}

#[test]
fn a_trails_file_is_read_compressed_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "{{\n \"Records\": [{},\n {}]\n}}\n",
        record("a"),
        record("b")
    );
    let path = folder.path().join("x.json");
    fs::write(&path, &text).unwrap();
    assert_eq!(served(&path), "ab");
    let path = folder.path().join("x.json.gz");
    gzip(&path, &text);
    assert_eq!(served(&path), "ab");
}

#[test]
fn a_folder_is_walked_in_name_order() {
    let folder = tempfile::tempdir().unwrap();
    let day = folder.path().join("AWSLogs/111122223333/01");
    fs::create_dir_all(&day).unwrap();
    gzip(
        &day.join("1.json.gz"),
        &format!("{{\"Records\":[{}]}}", record("a")),
    );
    fs::write(day.join("2.ndjson"), record("b")).unwrap();
    fs::write(day.join("notes.txt"), "not a record").unwrap();
    fs::write(day.join(".1.json.gz.metadata.json"), "{}").unwrap();
    fs::write(day.join("3.json"), r#"{"digestS3Object":"x"}"#).unwrap();
    assert_eq!(served(folder.path()), "ab");
}

#[test]
fn a_saved_listing_is_served_with_the_services_own_attributes() {
    let event = json!({
        "EventId": "a",
        "EventTime": "2020-10-01T09:00:00+09:00",
        "Username": "as the service has it",
        "Resources": [{"ResourceType": "AWS::EC2::VPC", "ResourceName": "vpc-1"}],
        "CloudTrailEvent": record("a"),
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("saved.json");
    let saved = json!({ "Events": [event] });
    fs::write(&path, serde_json::to_string_pretty(&saved).unwrap()).unwrap();
    let sim = Sim::start(Events::files([path]));
    let mut expected = saved;
    expected["Events"][0]["EventTime"] = json!(1.601_510_4E9);
    assert_eq!(ask(&sim, &json!({})).json(), expected);
}

#[test]
fn a_multi_line_record_is_sent_on_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.json");
    let pretty = "{\"Records\":[{\n\"eventVersion\": \"1.08\", \"eventID\": \"a\", \"eventTime\": \"2020-10-01T00:00:00Z\",\n\"awsRegion\": \"us-east-1\"}]}";
    fs::write(&path, pretty).unwrap();
    let sim = Sim::start(Events::files([path]));
    assert_eq!(
        ask(&sim, &json!({})).json()["Events"][0]["CloudTrailEvent"],
        r#"{"eventVersion":"1.08","eventID":"a","eventTime":"2020-10-01T00:00:00Z","awsRegion":"us-east-1"}"#
    );
}

#[test]
fn every_container_format_of_records_is_served() {
    let folder = tempfile::tempdir().unwrap();
    for (container, name) in [
        (format!("[{}]", record("a")), "array"),
        (
            json!({"detail-type": "AWS API Call via CloudTrail", "detail": {
                "eventVersion": "1.08", "eventID": "a", "eventTime": "2020-10-01T00:00:00Z",
                "awsRegion": "us-east-1",
            }})
            .to_string(),
            "EventBridge",
        ),
        (
            json!({"messageType": "DATA_MESSAGE", "logEvents": [{"message": record("a")}]})
                .to_string(),
            "CloudWatch Logs",
        ),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, container).unwrap();
        assert_eq!(served(&path), "a", "{name}");
    }
}
