//! Collects the facts (the values that a report needs) of all records.

use crate::evidence::event::Event;
use crate::evidence::names::{NameHasher, Names};
use crate::evidence::reader::EventReader;
use crate::intake::batch::Batch;
use crate::symbols::Symbols;

/// The facts of the records that were read so far.
pub(super) struct FactCollector {
    pub(super) reader: EventReader,
    pub(super) symbols: Symbols,
    pub(super) names: Names,
    pub(super) events: Vec<Event>,
    /// The number of records that lack a required fact, and the defect of the first such record.
    /// `None` if no record lacks a required fact.
    pub(super) unusable: Option<(u64, &'static str)>,
}

impl FactCollector {
    pub(super) fn new(hasher: NameHasher) -> Self {
        Self {
            reader: EventReader::new(),
            symbols: Symbols::new(),
            names: Names::new(hasher),
            events: Vec::new(),
            unusable: None,
        }
    }

    /// Adds the records of a batch.
    pub(super) fn read(&mut self, batch: &Batch) {
        for (scanned, place) in batch.records() {
            let (symbols, names) = (&mut self.symbols, &mut self.names);
            match self.reader.read(scanned, place, symbols, names) {
                Ok(event) => self.events.push(event),
                Err(why) => self.unusable.get_or_insert((0, why)).0 += 1,
            }
        }
    }
}
