//! A batch of records for the threads.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::evidence::fields::{Fields, Finder};
use crate::evidence::place::Place;
use crate::evidence::reader::Scanned;

/// The size of a batch, in bytes.
pub(super) const BATCH_BYTES: usize = 1 << 18;

/// Records, with the seals and the starts of inputs between them.
#[derive(Default)]
pub(super) struct Batch {
    text: String,
    records: Vec<Entry>,
    /// The lists of the names in the records.
    names: Vec<u32>,
    /// Marks, each with the number of records before it in the batch.
    pub(super) marks: Vec<(usize, Mark)>,
}

/// A record in a batch.
struct Entry {
    /// The end of the record in the text of the batch.
    end: usize,
    /// The end of the list of its names in the lists of the batch.
    names_end: usize,
    /// The position of the record in the input.
    place: Place,
    /// The fields of the record.
    fields: Fields,
}

/// A mark between records.
pub(super) enum Mark {
    /// The start of an input.
    Start,
    /// A seal of the records since the previous mark.
    Seal {
        /// The name of the input, for messages.
        input: String,
        /// The line with the seal.
        seal: String,
    },
}

impl Batch {
    /// Adds a record. Returns whether the batch is full.
    pub(super) fn add(
        &mut self,
        record: &str,
        fields: Fields,
        place: Place,
        finder: &Finder,
    ) -> bool {
        self.text.push_str(record);
        finder.add_names(record, &fields, &mut self.names);
        self.records.push(Entry {
            end: self.text.len(),
            names_end: self.names.len(),
            place,
            fields,
        });
        self.text.len() >= BATCH_BYTES
    }

    /// Returns the batch for reuse once no other thread reads it.
    pub(super) fn give_back(self: Arc<Self>, emptied: &Sender<Self>) {
        if let Some(mut batch) = Arc::into_inner(self) {
            batch.text.clear();
            batch.records.clear();
            batch.names.clear();
            batch.marks.clear();
            // The receiver is gone after the last record.
            let _ = emptied.send(batch);
        }
    }

    /// Adds a mark after the records so far.
    pub(super) fn mark(&mut self, mark: Mark) {
        self.marks.push((self.records.len(), mark));
    }

    /// The records with their places, in order.
    pub(super) fn records(&self) -> impl Iterator<Item = (Scanned<'_>, Place)> {
        let ends = self
            .records
            .iter()
            .map(|entry| (entry.end, entry.names_end));
        let starts = std::iter::once((0, 0)).chain(ends);
        let records = starts.zip(&self.records);
        records.map(|((start, names), entry)| {
            let scanned = Scanned {
                record: &self.text[start..entry.end],
                fields: &entry.fields,
                names: &self.names[names..entry.names_end],
            };
            (scanned, entry.place)
        })
    }
}
