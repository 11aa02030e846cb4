//! Tests of the shapes of objects.

use super::*;
use proptest::prelude::*;

fn shape(text: &str) -> ObjectShape {
    Members::read(text).unwrap().shape()
}

#[test]
fn a_record_is_recognized_by_its_version_and_a_name() {
    assert_eq!(
        shape(r#"{"eventVersion":"1.08","eventID":"e"}"#),
        ObjectShape::Record
    );
    assert_eq!(
        shape(r#"{"event\u0056ersion":"1.08","eventID":"e"}"#),
        ObjectShape::Record
    );
    assert_eq!(
        shape(r#"{"eventVersion":"2.1","eventName":"ObjectCreated:Put","s3":{}}"#),
        ObjectShape::Pointer
    );
    assert_eq!(shape(r#"{"eventVersion":"1.08"}"#), ObjectShape::Unknown);
    assert_eq!(shape("{}"), ObjectShape::Unknown);
}

#[test]
fn the_last_of_duplicate_keys_counts() {
    let members = Members::read(r#"{"eventVersion":"2","eventVersion":"1.1","eventID":"e"}"#);
    assert_eq!(members.unwrap().shape(), ObjectShape::Record);
}

proptest! {
    #[test]
    fn a_single_scan_recognizes_the_same_records_as_a_parser(
        text in r#"\{("(eventVersion|eventID|eventName|eventType|ctSeal|event\\u0056ersion)":("1\.08"|"1\\u002e1"|"2"|null|\{"a":\[1\]\}),){0,3}"z":1\}"#,
    ) {
        let is_record = Members::read(&text).is_ok_and(|members| members.shape() == ObjectShape::Record);
        match record_end(text.as_bytes(), 0) {
            Some(end) => prop_assert!(is_record && end == text.len()),
            // Text with escapes may need the full parser.
            None => prop_assert!(!is_record || text.contains('\\')),
        }
    }
}

#[test]
fn text_that_is_not_an_object_is_reported() {
    let reason = |text| Members::read(text).unwrap_err().0;
    assert_eq!(reason("{\"a\":}"), "expected value at line 1 column 6");
    assert_eq!(reason("{} 1"), "trailing characters at line 1 column 4");
    assert!(reason("[1]").starts_with("invalid type: sequence, expected a JSON object"));
}

#[test]
fn a_deep_record_is_read_by_the_full_parser() {
    let (open, close) = ("[".repeat(80), "]".repeat(80));
    let text = format!(r#"{{"eventVersion":"1.08","eventID":"e","x":{open}{close}}}"#);
    assert_eq!(shape(&text), ObjectShape::Record);
}
