//! Hashes the records of inputs on a separate thread, to verify their seals. A seal is the last
//! line of a complete output of ct-fetch, with the number and the hash of the records before it.

use std::fs::File;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use ct_core::exit::Failure;
use ct_core::input::{self, Sink, Unreadable};
use ct_core::seal::Counted;

use crate::intake::batch::{Batch, Mark};

/// A seal of an input, and the values with which it must agree.
pub(super) struct Sealed {
    /// The name of the input, for messages.
    pub(super) input: String,
    /// The line with the seal.
    pub(super) seal: String,
    /// The count and the hash of the records since the previous seal or the start of the input.
    pub(super) counted: Counted,
}

/// Hashes the records of all batches, and returns the seals in input order.
pub(super) fn hash(batches: Receiver<Arc<Batch>>, emptied: &Sender<Batch>) -> Vec<Sealed> {
    let mut sealed = Vec::new();
    let mut counted = Counted::default();
    for batch in batches {
        let mut marks = batch.marks.iter().peekable();
        for (number, (scanned, _)) in batch.records().enumerate() {
            while let Some((_, mark)) = marks.next_if(|(before, _)| *before <= number) {
                apply_mark(mark, &mut counted, &mut sealed);
            }
            counted.record(scanned.record.as_bytes());
        }
        for (_, mark) in marks {
            apply_mark(mark, &mut counted, &mut sealed);
        }
        batch.give_back(emptied);
    }
    sealed
}

fn apply_mark(mark: &Mark, counted: &mut Counted, sealed: &mut Vec<Sealed>) {
    let counted = std::mem::take(counted);
    if let Mark::Seal { input, seal } = mark {
        sealed.push(Sealed {
            input: input.clone(),
            seal: seal.clone(),
            counted,
        });
    }
}

/// Hashes the records of a file that was read without hashing, and returns its seals.
///
/// # Errors
/// If the file cannot be read.
pub(super) fn hash_file(
    name: &str,
    file: File,
    expanded_bytes: u64,
) -> Result<Vec<Sealed>, Failure> {
    let mut again = SealedFileHasher {
        name,
        counted: Counted::default(),
        sealed: Vec::new(),
    };
    input::records(file, expanded_bytes, &mut again)?;
    Ok(again.sealed)
}

struct SealedFileHasher<'n> {
    name: &'n str,
    counted: Counted,
    sealed: Vec<Sealed>,
}

impl Sink for SealedFileHasher<'_> {
    fn record(&mut self, record: &str, _: u64) -> Result<(), Failure> {
        self.counted.record(record.as_bytes());
        Ok(())
    }

    fn seal(&mut self, seal: &str, _: u64) -> Result<(), Failure> {
        let (input, seal) = (self.name.to_owned(), seal.to_owned());
        let mark = Mark::Seal { input, seal };
        apply_mark(&mark, &mut self.counted, &mut self.sealed);
        Ok(())
    }

    // Unreadable parts are ignored, because the first reading of the file counted them.
    fn unreadable(&mut self, _: Unreadable) -> Result<(), Failure> {
        Ok(())
    }
}
