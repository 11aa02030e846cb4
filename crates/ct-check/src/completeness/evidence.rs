//! Collects the evidence that shows whether an input is complete: its seals (a seal is the last
//! line of a complete output of ct-fetch), its counts, and its unreadable parts.

use ct_core::input::{Tally, Unreadable};
use ct_core::seal::{Counted, Seal};

/// Evidence from the parts of an input that have been read so far. Several threads read the parts,
/// in any order.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// The counts of records, bytes and other content.
    pub(crate) tally: Tally,
    /// The position in the input of the last record or of the last part that cannot be read, in
    /// bytes.
    last_content: Option<u64>,
    /// The seal lines, each with its position in the input, in bytes.
    seals: Vec<(u64, String)>,
    /// The first part of the input that cannot be read.
    unreadable: Option<Unreadable>,
}

/// The evidence from a whole input.
#[derive(Debug)]
pub(crate) struct InputEvidence {
    /// The name of the input, for messages.
    pub(crate) name: String,
    /// The counts of records, bytes and other content.
    pub(crate) tally: Tally,
    /// The count and the hash of the records, which must match the seal. `None` if the records were
    /// not hashed, because the input does not end with a seal.
    pub(crate) counted: Option<Counted>,
    /// The last seal, or the reason why it cannot be parsed. `None` if there is no seal.
    pub(crate) seal: Option<Result<Seal, String>>,
    /// The position in the input where the seal ends, without its line end, in bytes.
    pub(crate) seal_end: u64,
    /// Whether a record, a seal, or a part that cannot be read follows a seal.
    pub(crate) is_continued: bool,
    /// A description of the first part of the input that cannot be read, or `None` if every part
    /// can be read.
    pub(crate) unreadable: Option<String>,
}

impl Evidence {
    /// Adds a record at the byte `position` of the input.
    pub(crate) fn record(&mut self, position: u64) {
        self.last_content = self.last_content.max(Some(position));
    }

    /// Adds a seal line at the byte `position` of the input.
    pub(crate) fn seal(&mut self, seal: &str, position: u64) {
        self.seals.push((position, seal.to_owned()));
    }

    /// Adds a part of the input that cannot be read.
    pub(crate) fn unreadable(&mut self, unreadable: Unreadable) {
        self.last_content = self.last_content.max(Some(unreadable.position));
        let is_first = |first: &Unreadable| unreadable.position < first.position;
        if self.unreadable.as_ref().is_none_or(is_first) {
            self.unreadable = Some(unreadable);
        }
    }

    /// Adds the evidence that another thread collected from other parts of the same input.
    pub(crate) fn extend(&mut self, other: Self) {
        self.tally += other.tally;
        self.last_content = self.last_content.max(other.last_content);
        self.seals.extend(other.seals);
        if let Some(unreadable) = other.unreadable {
            self.unreadable(unreadable);
        }
    }

    /// Returns the evidence from the whole input. Call this after the evidence from all parts has
    /// been added.
    pub(crate) fn whole(mut self, name: &str, counted: Option<Counted>) -> InputEvidence {
        self.seals.sort_unstable();
        let first = self.seals.first().map(|(position, _)| *position);
        let is_continued = first.is_some_and(|first| self.last_content > Some(first));
        let unreadable = self
            .unreadable
            .map(|Unreadable { position, found }| format!("at byte {position}: {found}"));
        let last = self.seals.last();
        InputEvidence {
            name: name.to_owned(),
            tally: self.tally,
            counted,
            seal: last.map(|(_, seal)| Seal::read(seal)),
            seal_end: last.map_or(0, |(position, seal)| position + seal.len() as u64),
            is_continued: is_continued || self.seals.len() > 1,
            unreadable,
        }
    }
}
