//! Tests which records the reader of one file returns.

use super::*;
use ct_core::predicate::Field;
use ct_core::record::attribute::Attribute;

fn read(predicate: &Predicate, text: &str) -> (Vec<RecordBatch>, FileTally) {
    let mut parts = Vec::new();
    let reader = Reader::new(Scope::default(), predicate);
    let mut hand_over = |part| {
        parts.push(part);
        Ok(())
    };
    let tally = reader.read(text.as_bytes(), &mut hand_over).unwrap();
    (parts, tally)
}

#[test]
fn selected_records_have_their_second_and_id() {
    let alice = r#"{"eventVersion":"1.08","eventTime":"2026-01-01T00:00:01Z","eventID":"e-1","eventName":"A","userIdentity":{"type":"IAMUser","userName":"alice"}}"#;
    let bob = alice.replace("alice", "bob");
    let predicate = Predicate::any_of(
        &[Field::Attribute(Attribute::Username)],
        &["al*".parse().unwrap()],
    );
    let (parts, tally) = read(&predicate, &format!(r#"{{"Records":[{alice},{bob}]}}"#));
    let item = Item {
        second: 1_767_225_601,
        id: "e-1".into(),
        record: alice.into(),
        file: 0,
    };
    let part = RecordBatch {
        items: vec![item],
        problems: Vec::new(),
        ..RecordBatch::default()
    };
    assert_eq!(parts, [part]);
    assert!(tally.has_records);
}

/// Asserts that reading a log file in one pass gives the same result as reading it as a stream.
#[track_caller]
fn assert_same(predicate: &Predicate, text: &str) {
    let (parts, tally) = read(predicate, text);
    let mut whole = Vec::new();
    let reader = Reader::new(Scope::default(), predicate);
    let mut hand_over = |part| {
        whole.push(part);
        Ok(())
    };
    let read_whole = reader.read_bytes(text.as_bytes(), &mut hand_over).unwrap();
    assert_eq!((whole, read_whole), (parts, tally), "{predicate} {text}");
}

#[test]
fn a_log_file_gives_the_same_in_one_pass_as_through_the_input_layer() {
    let record = |id: &str, name: &str| {
        format!(
            r#"{{"eventVersion":"1.08","eventTime":"2026-01-01T00:00:01Z","eventID":"{id}","eventName":"{name}"}}"#
        )
    };
    let [create, delete] = [record("e-1", "CreateUser"), record("e-2", "DeleteUser")];
    let escaped = record("e-3", r"Create\u0055ser");
    let timeless = r#"{"eventVersion":"1.08","eventID":"e-4","eventName":"CreateUser"}"#;
    let name = |text: &str| {
        Predicate::any_of(
            &[Field::Attribute(Attribute::EventName)],
            &[text.parse().unwrap()],
        )
    };
    for predicate in [
        Predicate::default(),
        name("CreateUser"),
        name("!CreateUser"),
    ] {
        for text in [
            format!(r#"{{"Records":[{create},{delete}]}}"#),
            format!(r#"{{"Records":[{delete},{create},{escaped}]}}"#),
            format!(r#"{{"Records":[{timeless},{create}]}}"#),
            format!(r#"{{"Records":[{create}"#),
            format!(r#"{{"Records":[{create},{{"CreateUser":1}}]}}"#),
            format!(r#"{{"Records":[{create}],"Other":["CreateUser"]}}"#),
            format!("{{\"Records\":[\n{create}]}}"),
        ] {
            assert_same(&predicate, &text);
        }
    }
}

#[test]
fn a_record_without_a_time_is_a_problem() {
    let record = r#"{"eventVersion":"1.08","eventID":"e-1","eventName":"A"}"#;
    let soon = record.replace("\"eventName\"", "\"eventTime\":\"soon\",\"eventName\"");
    let (parts, tally) = read(&Predicate::default(), &format!("{record}\n{soon}\n"));
    assert_eq!(
        parts[0].problems,
        [
            "at byte 0: a record without eventTime: examine it manually",
            "at byte 56: a record whose eventTime `soon` is not a time: examine it manually"
        ]
    );
    assert_eq!((tally.has_records, tally.unreadable), (true, 2));
}

#[test]
fn a_record_without_a_time_that_the_predicate_excludes_is_no_problem() {
    let record = r#"{"eventVersion":"1.08","eventID":"e-1","eventName":"A"}"#;
    let field = Field::Attribute(Attribute::EventName);
    let other = Predicate::any_of(&[field], &["DeleteUser".parse().unwrap()]);
    for text in [
        format!("{record}\n"),
        format!(r#"{{"Records":[{record}]}}"#),
        format!(r#"{{"Records": [{record}]}}"#),
    ] {
        assert_same(&other, &text);
        let (parts, tally) = read(&other, &text);
        assert_eq!((parts, tally.unreadable), (vec![RecordBatch::default()], 0));
    }
}

#[test]
fn the_first_of_many_problems_are_named_and_all_are_counted() {
    let (parts, tally) = read(&Predicate::default(), &"x y\n".repeat(12));
    assert_eq!(parts[0].problems.len(), 11);
    assert_eq!(parts[0].problems[10], "2 more places in it cannot be read");
    assert_eq!(tally.unreadable, 12);
}
