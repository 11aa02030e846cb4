//! Tests of files with invalid records: each error gives the position, the cause and the remedy.

use std::fs;

use crate::program::failed;

/// A valid record as one line.
const RECORD: &str = r#"{"eventVersion":"1.08","eventID":"a","eventTime":"2020-10-01T00:00:00Z"}"#;

/// Returns the part of the error message after the file name: the position, the cause and the
/// remedy. The file contains `content`.
fn said_of(content: impl AsRef<[u8]>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.json");
    fs::write(&path, content).unwrap();
    let path = path.to_str().unwrap();
    let (said, status) = failed(&["--events", path]);
    assert_eq!(status, Some(255), "{said}");
    let said = said.strip_prefix(&format!("ct-sim: {path}:")).unwrap();
    said.strip_suffix('\n').unwrap().to_owned()
}

#[test]
fn a_line_that_is_not_json_is_reported_with_its_byte() {
    let position = RECORD.len() + 1;
    assert_eq!(
        said_of(format!("{RECORD}\n{{\"eventTime\":\n")),
        format!(
            " at byte {position}: not JSON: expected the end of a JSON object: it may be truncated"
        )
    );
}

#[test]
fn a_record_without_a_time_is_reported() {
    assert_eq!(
        said_of(r#"{"eventVersion":"1.08","eventID":"a"}"#),
        " at byte 0: not a CloudTrail record: missing field `eventTime` at column 37"
    );
}

#[test]
fn in_a_multi_line_file_the_invalid_byte_is_reported() {
    let start = "{\"Records\":[\n";
    let position = start.len() + RECORD.len() + 2;
    assert_eq!(
        said_of(format!("{start}{RECORD},\n{{\"eventID\": oops}}]}}")),
        format!(" at byte {position}: not JSON: expected value at line 1 column 13")
    );
}

#[test]
fn a_file_without_records_is_reported_with_the_accepted_formats() {
    assert_eq!(
        said_of(" \n"),
        " no records: give NDJSON, {\"Records\":[…]} or {\"Events\":[…]}"
    );
    assert_eq!(
        said_of("{\n\"eventID\": 1\n}"),
        " at byte 0: not a CloudTrail record: an object with neither `eventVersion` and `eventID` nor a known list of records"
    );
    assert_eq!(
        said_of(r#"{"Events":[{"EventId":"a","EventTime":1}]}"#),
        " at byte 11: not a CloudTrail record: an object with neither `eventVersion` and `eventID` nor a known list of records"
    );
}

#[test]
fn bytes_that_are_not_utf_8_are_reported_with_their_position() {
    let broken = [RECORD.as_bytes(), b"\n{\"eventID\":\"\xff\"}"].concat();
    let position = RECORD.len() + 1;
    assert_eq!(
        said_of(broken),
        format!(" at byte {position}: not UTF-8: save it as UTF-8")
    );
}
