//! Files that are not as they should be: the place, the cause, and what to do.

use std::fs;

use crate::program::failed;

/// A record that is one, on a line of its own.
const RECORD: &str = r#"{"eventID":"a","eventTime":"2020-10-01T00:00:00Z"}"#;

/// What is said of a file with this content after its path.
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
fn a_line_that_is_no_json_is_named_with_its_column() {
    assert_eq!(
        said_of(format!("{RECORD}\n{{\"eventTime\":\n")),
        "2: not JSON: EOF while parsing a value at column 13"
    );
}

#[test]
fn a_line_that_is_no_record_is_named() {
    assert_eq!(
        said_of(r#"{"eventID":"a"}"#),
        "1: not a CloudTrail record: missing field `eventTime` at column 15"
    );
}

#[test]
fn a_file_over_several_lines_is_named_with_the_line_that_is_broken() {
    assert_eq!(
        said_of(format!(
            "{{\"Records\":[\n{RECORD},\n{{\"eventID\": oops}}]}}"
        )),
        "3: not JSON: expected value at column 13"
    );
    assert_eq!(
        said_of("{\n\"Records\": 5}"),
        "2: no records: invalid type: integer `5`, expected a sequence at column 12"
    );
}

#[test]
fn a_file_that_holds_no_list_is_told_what_to_hold() {
    let expected = " no records: give NDJSON, {\"Records\":[…]} or {\"Events\":[…]}";
    assert_eq!(said_of("{\n\"eventID\": 1\n}"), expected);
    assert_eq!(said_of(" \n"), expected);
}

#[test]
fn a_member_that_is_no_record_is_named_with_its_line() {
    assert_eq!(
        said_of(format!(
            "{{\"Records\":[\n{RECORD},\n{{\"eventID\":\"b\"}}]}}"
        )),
        "3: .Records[1]: not a CloudTrail record: missing field `eventTime`"
    );
    assert_eq!(
        said_of(r#"{"Events":[{"EventId":"a","EventTime":1}]}"#),
        "1: .Events[0]: has no CloudTrailEvent: list it anew, without --query"
    );
}

#[test]
fn bytes_that_are_no_utf_8_are_named_with_their_place() {
    let broken = [RECORD.as_bytes(), b"\n{\"eventID\":\"\xff\"}"].concat();
    assert_eq!(
        said_of(broken),
        "2: not UTF-8 at column 13: save the file as UTF-8"
    );
}
