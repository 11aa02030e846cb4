//! Reads one file: its records that are wanted, and what in it cannot be read.

use std::io::Read;

use ct_core::category::EventCategory;
use ct_core::derive::Derived;
use ct_core::exit::Failure;
use ct_core::fields::{self, Path, Value};
use ct_core::input::{self, EXPANDED_BYTES, Sink, Tally, Unreadable};
use ct_core::predicate::{Matcher, Predicate};
use jiff::Timestamp;

use super::scope::{Facts, Scope};
use super::sorter::Item;

/// How many problems of one file are named.
const NAMED: u64 = 10;

/// Records are handed over when so many bytes of them have come.
const PART_BYTES: usize = 4 << 20;

/// Fields of the record that every file is read for, in the order of [`Row`].
const COLUMNS: [&str; 8] = [
    "eventTime",
    "eventID",
    "awsRegion",
    "recipientAccountId",
    "userIdentity.accountId",
    "eventCategory",
    "eventType",
    "managementEvent",
];

/// Which records are wanted, ready for every file.
#[derive(Debug)]
pub(super) struct Reader {
    scope: Scope,
    matcher: Matcher,
}

/// Some of what a file holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// Records that are wanted, in the file's order.
    pub(super) items: Vec<Item>,
    /// What cannot be read, with where and what to do.
    pub(super) problems: Vec<String>,
}

/// What a file held, when all of it is read.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileTally {
    /// Records, wanted or not.
    pub(super) records: u64,
    /// Things that cannot be read.
    pub(super) unreadable: u64,
    /// Whether it holds digests.
    pub(super) has_digests: bool,
    /// Whether a listing in it goes on where it came from.
    pub(super) is_unfinished: bool,
}

impl Reader {
    pub(super) fn new(scope: Scope, predicate: &Predicate) -> Self {
        let columns = COLUMNS.map(Path::of_names).to_vec();
        Self {
            scope,
            matcher: Matcher::of_records(predicate, columns),
        }
    }

    /// Hands over what `input` holds; `hand_over` fails when no more is wanted.
    ///
    /// # Errors
    /// Those of `hand_over`.
    pub(super) fn read(
        &self,
        input: impl Read + Send,
        hand_over: &mut dyn FnMut(Part) -> Result<(), Failure>,
    ) -> Result<FileTally, Failure> {
        let mut collector = Collector {
            reader: self,
            hand_over,
            part: Part::default(),
            part_bytes: 0,
            unreadable: 0,
        };
        let tally: Tally = input::records(input, EXPANDED_BYTES, &mut collector)?;
        let unreadable = collector.unreadable;
        if unreadable > NAMED {
            let more = format!("{} more places in it cannot be read", unreadable - NAMED);
            collector.part.problems.push(more);
        }
        collector.flush()?;
        Ok(FileTally {
            records: tally.records,
            unreadable,
            has_digests: tally.digests > 0,
            is_unfinished: tally.unfinished_listings > 0,
        })
    }

    /// The record, if it is wanted.
    ///
    /// # Errors
    /// What is wrong with it.
    fn item(&self, record: &str) -> Result<Option<Item>, String> {
        let values = self.matcher.read(record)?;
        let row = Row::new(&values);
        let Some(time) = row.text(0) else {
            return Err("a record without eventTime, which has no place in time".to_owned());
        };
        let Ok(time) = time.parse::<Timestamp>() else {
            return Err(format!("a record whose eventTime `{time}` is not a time"));
        };
        let account = row.text(3).or_else(|| row.text(4));
        let region = row.text(2);
        let facts = Facts {
            time,
            account: account.as_deref(),
            region: region.as_deref(),
            category: EventCategory::of(
                row.text(5).as_deref(),
                row.text(6).as_deref(),
                row.text(7).as_deref(),
            ),
        };
        if !self.scope.holds(&facts) {
            return Ok(None);
        }
        let derived = if self.matcher.needs_attributes() {
            Derived::new(record).map_err(|error| format!("not a CloudTrail record: {error}"))?
        } else {
            Derived::default()
        };
        if !self.matcher.is_met_by(&values, &derived) {
            return Ok(None);
        }
        Ok(Some(Item {
            second: time.as_second(),
            id: row.text(1).unwrap_or_default().into(),
            record: record.into(),
        }))
    }
}

/// The values of [`COLUMNS`].
struct Row<'v, 'a>(&'v [Value<'a>]);

impl<'v, 'a> Row<'v, 'a> {
    fn new(values: &'v [Value<'a>]) -> Self {
        Self(values)
    }

    /// The text at a column; `None` where it is null or absent.
    fn text(&self, column: usize) -> Option<std::borrow::Cow<'a, str>> {
        let value = self.0[column].filter(|value| *value != "null")?;
        Some(fields::text(Some(value)))
    }
}

/// Gathers parts of a file.
struct Collector<'r> {
    reader: &'r Reader,
    hand_over: &'r mut dyn FnMut(Part) -> Result<(), Failure>,
    part: Part,
    part_bytes: usize,
    unreadable: u64,
}

impl Collector<'_> {
    fn flush(&mut self) -> Result<(), Failure> {
        self.part_bytes = 0;
        (self.hand_over)(std::mem::take(&mut self.part))
    }

    fn problem(&mut self, position: u64, found: &str) {
        self.unreadable += 1;
        if self.unreadable <= NAMED {
            self.part
                .problems
                .push(format!("at byte {position}: {found}"));
        }
    }
}

impl Sink for Collector<'_> {
    fn record(&mut self, record: &str, position: u64) -> Result<(), Failure> {
        match self.reader.item(record) {
            Ok(None) => return Ok(()),
            Ok(Some(item)) => {
                self.part_bytes += item.record.len();
                self.part.items.push(item);
            }
            Err(found) => self.problem(position, &format!("{found}: look at it by hand")),
        }
        if self.part_bytes > PART_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    /// The seal of an earlier run, which is about that run's records and not these.
    fn seal(&mut self, _seal: &str, _position: u64) -> Result<(), Failure> {
        Ok(())
    }

    fn unreadable(&mut self, unreadable: Unreadable) -> Result<(), Failure> {
        self.problem(unreadable.position, &unreadable.found);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_core::attribute::Attribute;
    use ct_core::predicate::Field;

    fn read(predicate: &Predicate, text: &str) -> (Vec<Part>, FileTally) {
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
    fn wanted_records_come_with_their_second_and_id() {
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
        };
        let part = Part {
            items: vec![item],
            problems: Vec::new(),
        };
        assert_eq!(parts, [part]);
        assert_eq!(tally.records, 2);
    }

    #[test]
    fn a_record_without_a_time_is_a_problem() {
        let record = r#"{"eventVersion":"1.08","eventID":"e-1","eventName":"A"}"#;
        let soon = record.replace("\"eventName\"", "\"eventTime\":\"soon\",\"eventName\"");
        let (parts, tally) = read(&Predicate::default(), &format!("{record}\n{soon}\n"));
        assert_eq!(
            parts[0].problems,
            [
                "at byte 0: a record without eventTime, which has no place in time: look at it by hand",
                "at byte 56: a record whose eventTime `soon` is not a time: look at it by hand"
            ]
        );
        assert_eq!((tally.records, tally.unreadable), (2, 2));
    }

    #[test]
    fn of_many_problems_the_first_are_named_and_all_counted() {
        let (parts, tally) = read(&Predicate::default(), &"x y\n".repeat(12));
        assert_eq!(parts[0].problems.len(), 11);
        assert_eq!(parts[0].problems[10], "2 more places in it cannot be read");
        assert_eq!(tally.unreadable, 12);
    }
}
