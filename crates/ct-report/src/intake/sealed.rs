//! Hashes the records on a separate thread, to verify the seals among them.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use ct_core::seal::Counted;

use crate::intake::batch::{Batch, Mark};

/// A seal, and the hash of the records that it covers.
pub(super) struct Sealed {
    /// The input's name, for messages.
    pub(super) input: String,
    /// The seal's line.
    pub(super) seal: String,
    /// The records since the previous seal or the start of the input.
    pub(super) counted: Counted,
}

/// Hashes all batches, and returns the seals in input order.
pub(super) fn hash(batches: Receiver<Arc<Batch>>, emptied: &Sender<Batch>) -> Vec<Sealed> {
    let mut sealed = Vec::new();
    let mut counted = Counted::default();
    for batch in batches {
        let mut marks = batch.marks.iter().peekable();
        for (number, (record, _)) in batch.records().enumerate() {
            while let Some((_, mark)) = marks.next_if(|(before, _)| *before <= number) {
                heed(mark, &mut counted, &mut sealed);
            }
            counted.record(record.as_bytes());
        }
        for (_, mark) in marks {
            heed(mark, &mut counted, &mut sealed);
        }
        batch.give_back(emptied);
    }
    sealed
}

fn heed(mark: &Mark, counted: &mut Counted, sealed: &mut Vec<Sealed>) {
    let counted = std::mem::take(counted);
    if let Mark::Seal { input, seal } = mark {
        sealed.push(Sealed {
            input: input.clone(),
            seal: seal.clone(),
            counted,
        });
    }
}
