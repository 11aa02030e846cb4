//! Records that are handed to the threads together.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::evidence::place::Place;

/// Bytes of records that are handed over together.
pub(super) const BATCH_BYTES: usize = 1 << 18;

/// Records, and what stands between them.
#[derive(Default)]
pub(super) struct Batch {
    text: String,
    /// Where each record ends, and where it stands in its input.
    ends: Vec<(usize, Place)>,
    /// What stands before the record of this number; behind the last one for their count.
    pub(super) marks: Vec<(usize, Mark)>,
}

/// What stands between records.
pub(super) enum Mark {
    /// Another input starts.
    Start,
    /// A seal of the records since the mark before.
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

    /// Gives the memory of a batch back when no other thread reads it any more.
    pub(super) fn give_back(self: Arc<Self>, emptied: &Sender<Self>) {
        if let Some(mut batch) = Arc::into_inner(self) {
            batch.text.clear();
            batch.ends.clear();
            batch.marks.clear();
            // Nobody fills it again after the last record.
            let _ = emptied.send(batch);
        }
    }

    /// Adds a mark behind the records so far.
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
