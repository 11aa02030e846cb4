//! Tests which files and events count as delivered.

use super::*;
use crate::source::archive::location::Location;

/// Returns a log file in the folder `name`, of the region `region` and with the time `minute`
/// (Unix seconds) in its name.
fn file_in(region: &str, name: &str, minute: i64, version: &str) -> FileToRead {
    let time = jiff::Timestamp::from_second(minute).unwrap();
    let time = time.strftime("%Y%m%dT%H%MZ");
    let label = format!("{name}/111122223333_CloudTrail_{region}_{time}_0123456789abcdef.json.gz");
    FileToRead {
        location: Location::Path(label.into()),
        minute: Some(minute),
        bytes: 0,
        modified: None,
        version: version.into(),
    }
}

fn file(name: &str, minute: i64, version: &str) -> FileToRead {
    file_in("us-east-1", name, minute, version)
}

/// Returns `minute` as the minute of the newest file in us-east-1.
fn newest(minute: i64) -> Places {
    let mut newest = Places::default();
    newest.raise("111122223333", "us-east-1", minute);
    newest
}

fn item(second: i64, id: &str, record: &str) -> Item {
    Item {
        second,
        id: id.into(),
        record: record.into(),
        file: 0,
    }
}

#[test]
fn a_file_is_new_once_per_version_and_until_it_is_too_late() {
    let mut known = DeliveryMemory::empty(1_000, 1 << 20);
    known.advance(&newest(12_000));
    let [one, other] = [file("a", 11_520, "1"), file("b", 11_640, "1")];
    assert!(known.is_new(&one) && !known.is_new(&file("c", 10_680, "1")));
    assert!(known.is_new(&file_in("eu-west-1", "c", 10_680, "1")));
    known.add_read(&one);
    assert!(known.is_new(&one));
    known.commit();
    assert!(!known.is_new(&one) && known.is_new(&other));
    let changed = file("a", 11_520, "2");
    assert!(known.is_new(&changed) && known.has_changed(&changed));
    known.advance(&newest(11_520 + 1_000 + AHEAD));
    assert!(known.files.is_empty() && !known.is_new(&one) && known.is_new(&other));
}

#[test]
fn a_late_file_is_named_once() {
    let mut known = DeliveryMemory::empty(1_000, 1 << 20);
    known.listed = Some(20_000);
    let late = |modified| FileToRead {
        modified: Some(modified),
        ..file("a", 1_200, "1")
    };
    let [first, again] = [20_000; 2].map(late);
    let label = first.location.label();
    assert_eq!(known.take_late(&[first]), [label]);
    known.advance(&newest(10_000));
    assert_eq!(known.take_late(&[again]), Vec::<String>::new());
    known.listed = Some(20_001);
    known.advance(&newest(10_000));
    assert!(known.files.is_empty());
}

#[test]
fn a_refused_object_is_not_new_until_it_was_read() {
    let mut known = DeliveryMemory::empty(1_000, 1 << 20);
    let one = file("a", 9_500, "1");
    assert_eq!(
        [known.add_refused(&one), known.add_refused(&one)],
        [true, false]
    );
    assert!(!known.is_new(&one));
    known.add_read(&one);
    assert!(known.refused.is_empty());
}

#[test]
fn an_event_is_remembered_as_long_as_a_duplicate_may_arrive() {
    let mut known = DeliveryMemory::empty(1_000, 3 * EVENT_BYTES);
    let own = FileToRead {
        location: Location::Path("own".into()),
        minute: None,
        ..file("own", 0, "1")
    };
    known.wrote(&item(8_000, "old", "1"), &file("a", 8_100, "1"));
    known.wrote(&item(8_000, "late", "1"), &file("b", 9_480, "1"));
    known.wrote(&item(8_000, "own", "1"), &own);
    let novelty = |known: &DeliveryMemory, record: &str| {
        ["old", "late", "own"].map(|id| known.novelty(&item(8_000, id, record), &own))
    };
    assert_eq!(novelty(&known, "1"), [Novelty::Repeat; 3]);
    assert_eq!(novelty(&known, "2"), [Novelty::Differs; 3]);
    known.advance(&newest(10_000));
    let expected = [Novelty::New, Novelty::Repeat, Novelty::Repeat];
    assert_eq!(novelty(&known, "1"), expected);
    for id in ["c", "d", "e"] {
        known.wrote(&item(9_900, id, "1"), &own);
    }
    assert_eq!(novelty(&known, "1"), [Novelty::New; 3]);
    assert_eq!(known.forgotten, 2);
}

#[test]
fn a_record_without_an_id_is_a_duplicate_only_in_a_file_that_has_changed() {
    let mut known = DeliveryMemory::empty(1_000, 1 << 20);
    let one = file("a", 9_500, "1");
    let record = item(9_400, "", "1");
    known.wrote(&record, &one);
    known.add_read(&one);
    known.commit();
    let novelty = |file: &FileToRead| known.novelty(&record, file);
    assert_eq!(novelty(&file("b", 9_500, "1")), Novelty::New);
    assert_eq!(novelty(&file("a", 9_500, "2")), Novelty::Repeat);
}
