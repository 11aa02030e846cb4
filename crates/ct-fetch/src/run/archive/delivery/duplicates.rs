//! Recognizes duplicates among records that are not sorted, in bounded memory.
//!
//! The fingerprint of a record consists of the hour of the event, a hash of its ID and a hash of
//! its content.

mod spilled;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use ct_core::exit::Failure;
use foldhash::fast::RandomState;

use crate::run::archive::content_hash::Novelty;
use crate::source::archive::fingerprint::Fingerprint;
use spilled::SpilledFingerprints;

/// The minimum memory for fingerprints, in bytes. With less memory, the temporary file would
/// consist of many short sorted runs. All of them must be searched for each record.
const LEAST_BYTES: usize = 16 << 20;

/// The maximum memory for a fingerprint in the hash table of its hour, in bytes. Includes the
/// unused part of the table, which may be more than half of it.
const FINGERPRINT_BYTES: usize = 40;

/// The memory for the hash table of an hour, without the fingerprints in it, in bytes.
const HOUR_BYTES: usize = 256;

/// The memory for a second or further content of an event, in bytes.
const OTHER_BYTES: usize = 64;

/// The fingerprints of all records so far: the newest in memory, the others in a temporary file.
#[derive(Debug)]
pub(crate) struct DuplicateFilter {
    /// For each hour, a map from the hash of an event ID to the hash of the event's first content.
    hours: BTreeMap<i64, HashMap<u64, u64, RandomState>>,
    /// The second and further contents of events that have several. Few events do.
    others: BTreeSet<Fingerprint>,
    /// The memory that the fingerprints take, except those in the temporary file, in bytes.
    bytes: usize,
    most_bytes: usize,
    spilled: SpilledFingerprints,
}

impl DuplicateFilter {
    /// Creates an empty set that keeps up to `most_bytes` of fingerprints in memory. The limit is
    /// at least [`LEAST_BYTES`].
    pub(crate) fn new(most_bytes: usize) -> Self {
        Self::of_bytes(most_bytes.max(LEAST_BYTES))
    }

    fn of_bytes(most_bytes: usize) -> Self {
        Self {
            hours: BTreeMap::new(),
            others: BTreeSet::new(),
            bytes: 0,
            most_bytes,
            spilled: SpilledFingerprints::default(),
        }
    }

    /// Returns whether a record repeats one of the records of earlier calls, and remembers the
    /// record.
    ///
    /// # Errors
    /// If a temporary file cannot be written or read.
    pub(crate) fn novelty(&mut self, record: Fingerprint) -> Result<Novelty, Failure> {
        let mut novelty = self.novelty_in_memory(record);
        if novelty != Novelty::Repeat {
            novelty = novelty.max(self.spilled.novelty(record)?);
        }
        if novelty != Novelty::Repeat {
            self.remember(record);
            if self.bytes > self.most_bytes {
                self.spill()?;
            }
        }
        Ok(novelty)
    }

    fn novelty_in_memory(&self, record: Fingerprint) -> Novelty {
        let first = self.hours.get(&record.hour);
        match first.and_then(|first| first.get(&record.id)) {
            None => Novelty::New,
            Some(content) if *content == record.content => Novelty::Repeat,
            Some(_) if self.others.contains(&record) => Novelty::Repeat,
            Some(_) => Novelty::Differs,
        }
    }

    fn remember(&mut self, record: Fingerprint) {
        let first = self.hours.entry(record.hour).or_insert_with(|| {
            self.bytes += HOUR_BYTES;
            HashMap::default()
        });
        if let Entry::Vacant(entry) = first.entry(record.id) {
            entry.insert(record.content);
            self.bytes += FINGERPRINT_BYTES;
        } else {
            self.others.insert(record);
            self.bytes += OTHER_BYTES;
        }
    }

    /// Moves all fingerprints in memory to the temporary file.
    fn spill(&mut self) -> Result<(), Failure> {
        let (hours, others) = (
            std::mem::take(&mut self.hours),
            std::mem::take(&mut self.others),
        );
        self.bytes = 0;
        let mut others = others.into_iter().peekable();
        let in_order = hours.into_iter().flat_map(|(hour, first)| {
            let first = first.into_iter();
            let first = first.map(|(id, content)| Fingerprint { hour, id, content });
            let mut all: Vec<Fingerprint> = first.collect();
            while let Some(other) = others.next_if(|other| other.hour == hour) {
                all.push(other);
            }
            all.sort_unstable();
            all
        });
        self.spilled.add(in_order)
    }
}

#[cfg(test)]
mod tests;
