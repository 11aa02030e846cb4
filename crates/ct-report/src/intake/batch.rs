//! A batch of records that one thread finds and that other threads process.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::evidence::fields::{FieldPositions, Finder};
use crate::evidence::reader::Scanned;
use crate::evidence::record_position::RecordPosition;

/// The size of a batch, in bytes.
pub(super) const BATCH_BYTES: usize = 1 << 18;

/// Records, and marks between them: the starts of inputs, and the seals that ct-fetch writes as the
/// last lines of its output.
#[derive(Default)]
pub(super) struct Batch {
    text: String,
    records: Vec<BatchEntry>,
    /// The hashes of the names in the records: one list for each record, one after the other.
    names: Vec<u32>,
    /// The marks in the batch, each with the number of records that precede the mark in the batch.
    pub(super) marks: Vec<(usize, Mark)>,
}

/// A record in a batch.
struct BatchEntry {
    /// The byte offset in [`Batch::text`] at which the record ends.
    end: usize,
    /// The index in [`Batch::names`] at which the list for the record ends.
    names_end: usize,
    /// The position of the record in the input.
    place: RecordPosition,
    /// The fields of the record.
    fields: FieldPositions,
}

/// A mark between two records: the start of an input, or a seal.
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
        fields: FieldPositions,
        place: RecordPosition,
        finder: &Finder,
    ) -> bool {
        self.text.push_str(record);
        finder.add_names(record, &fields, &mut self.names);
        self.records.push(BatchEntry {
            end: self.text.len(),
            names_end: self.names.len(),
            place,
            fields,
        });
        self.text.len() >= BATCH_BYTES
    }

    /// Empties the batch and sends it back for reuse, unless another thread still reads it.
    pub(super) fn give_back(self: Arc<Self>, emptied: &Sender<Self>) {
        if let Some(mut batch) = Arc::into_inner(self) {
            batch.text.clear();
            batch.records.clear();
            batch.names.clear();
            batch.marks.clear();
            // Sending fails if the thread that reuses batches has already read all inputs, which is
            // harmless.
            let _ = emptied.send(batch);
        }
    }

    /// Adds a mark after the records so far.
    pub(super) fn mark(&mut self, mark: Mark) {
        self.marks.push((self.records.len(), mark));
    }

    /// The records of the batch with their positions in the input, in input order.
    pub(super) fn records(&self) -> impl Iterator<Item = (Scanned<'_>, RecordPosition)> {
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
