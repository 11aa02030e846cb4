//! A batch of records for the threads.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::evidence::place::Place;

/// The size of a batch, in bytes.
pub(super) const BATCH_BYTES: usize = 1 << 18;

/// Records, with the seals and the starts of inputs between them.
#[derive(Default)]
pub(super) struct Batch {
    text: String,
    /// The end of each record, and its position in the input.
    ends: Vec<(usize, Place)>,
    /// Marks, each with the number of records before it in the batch.
    pub(super) marks: Vec<(usize, Mark)>,
}

/// A mark between records.
pub(super) enum Mark {
    /// Another input starts.
    Start,
    /// A seal of the records since the previous mark.
    Seal {
        /// The input's name, for messages.
        input: String,
        /// The seal's line.
        seal: String,
    },
}

impl Batch {
    /// Adds a record; whether the batch is full.
    pub(super) fn add(&mut self, record: &str, place: Place) -> bool {
        self.text.push_str(record);
        self.ends.push((self.text.len(), place));
        self.text.len() >= BATCH_BYTES
    }

    /// Returns the batch for reuse once no other thread reads it.
    pub(super) fn give_back(self: Arc<Self>, emptied: &Sender<Self>) {
        if let Some(mut batch) = Arc::into_inner(self) {
            batch.text.clear();
            batch.ends.clear();
            batch.marks.clear();
            // The receiver is gone after the last record.
            let _ = emptied.send(batch);
        }
    }

    /// Adds a mark after the records so far.
    pub(super) fn mark(&mut self, mark: Mark) {
        self.marks.push((self.ends.len(), mark));
    }

    /// The records with their places, in order.
    pub(super) fn records(&self) -> impl Iterator<Item = (&str, Place)> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(end, _)| *end));
        let records = starts.zip(&self.ends);
        records.map(|(start, &(end, place))| (&self.text[start..end], place))
    }
}
