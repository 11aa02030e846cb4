//! The last written event, with which the next record is compared to find duplicates.

use crate::run::archive::content_hash::{ContentHash, is_same};
use crate::source::archive::sorter::Item;

/// The last written event. In sorted order, the duplicates of an event directly follow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LastEvent {
    pub(crate) second: i64,
    pub(crate) id: Box<str>,
    /// The records of the event that this run wrote.
    records: Vec<Box<str>>,
    /// The hashes of the records of the event that an earlier run wrote.
    before: Vec<ContentHash>,
}

impl LastEvent {
    /// Creates the last written event from its first record.
    pub(crate) fn new(item: Item) -> Self {
        Self {
            second: item.second,
            id: item.id,
            records: vec![item.record],
            before: Vec::new(),
        }
    }

    /// Creates the last event that an earlier run wrote. `before` contains the hashes of its
    /// records.
    pub(crate) fn of_before(second: i64, id: Box<str>, before: Vec<ContentHash>) -> Self {
        Self {
            second,
            id,
            records: Vec::new(),
            before,
        }
    }

    /// Whether a record has the time and the ID of this event.
    pub(crate) fn is_event_of(&self, item: &Item) -> bool {
        !item.id.is_empty() && (self.second, &self.id) == (item.second, &item.id)
    }

    /// Whether `record`, which must be a record of this event, was written.
    pub(crate) fn has(&self, record: &str) -> bool {
        self.records.iter().any(|known| is_same(known, record))
            || (!self.before.is_empty() && self.before.contains(&ContentHash::of_record(record)))
    }

    /// Adds another record of this event, which was just written.
    pub(crate) fn add(&mut self, record: Box<str>) {
        self.records.push(record);
    }

    /// Returns the hashes of all records of this event that were written.
    pub(crate) fn contents(&self) -> Vec<ContentHash> {
        let records = self
            .records
            .iter()
            .map(|record| ContentHash::of_record(record));
        self.before.iter().copied().chain(records).collect()
    }
}
