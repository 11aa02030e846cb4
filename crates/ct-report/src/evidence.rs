//! All records of the input as facts, in the order of their times.

use std::collections::{BTreeMap, HashMap};

use crate::evidence::event::Event;
use crate::evidence::symbols::{Symbol, Symbols};
use crate::intake::completeness::Completeness;

pub(crate) mod event;
pub(crate) mod symbols;

/// What the input holds.
pub(crate) struct Evidence {
    /// The texts of the facts.
    pub(crate) symbols: Symbols,
    /// By time, then event ID; each record once.
    pub(crate) events: Vec<Event>,
    /// Records that came again.
    pub(crate) duplicates: u64,
    /// Whether the input is all there is.
    pub(crate) completeness: Completeness,
}

impl Evidence {
    /// Sorts the events, removes records that came again, and settles which calls created and which overwrote.
    pub(crate) fn new(
        symbols: Symbols,
        mut events: Vec<Event>,
        completeness: Completeness,
    ) -> Self {
        let before = events.len();
        events.sort_unstable_by_key(|event| (event.time, event.id));
        events.dedup_by_key(|event| (event.time, event.id));
        let mut evidence = Self {
            duplicates: (before - events.len()) as u64,
            symbols,
            events,
            completeness,
        };
        evidence.settle_overwrites();
        evidence
    }

    /// The text of a symbol.
    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        self.symbols.text(symbol)
    }

    /// The text of an event's ID.
    pub(crate) fn id(&self, event: &Event) -> String {
        event.id.text(&self.symbols)
    }

    /// The indices of the events of each access key.
    pub(crate) fn by_key(&self) -> HashMap<Symbol, Vec<usize>> {
        let mut by_key: HashMap<Symbol, Vec<usize>> = HashMap::new();
        for (index, event) in self.events.iter().enumerate() {
            if let Some(key) = event.key.some() {
                by_key.entry(key).or_default().push(index);
            }
        }
        by_key
    }

    /// The earliest and the latest time, in seconds since 1970.
    pub(crate) fn span(&self) -> Option<(i64, i64)> {
        Some((self.events.first()?.time, self.events.last()?.time))
    }

    /// How many events have each value of a field, by value.
    pub(crate) fn counts<'e>(
        &self,
        events: impl Iterator<Item = &'e Event>,
        field: impl Fn(&Event) -> Symbol,
    ) -> BTreeMap<&str, u64> {
        let mut counts: HashMap<Symbol, u64> = HashMap::new();
        for symbol in events.map(field).filter_map(Symbol::some) {
            *counts.entry(symbol).or_default() += 1;
        }
        counts
            .into_iter()
            .map(|(symbol, count)| (self.text(symbol), count))
            .collect()
    }

    /// Of calls that create or overwrite, only the first one of a name in an account and region creates.
    fn settle_overwrites(&mut self) {
        let mut seen = std::collections::HashSet::new();
        for event in &mut self.events {
            let place = (event.account, event.region, event.name);
            let Some(detail) = &mut event.detail else {
                continue;
            };
            if !detail
                .resources
                .iter()
                .any(|resource| resource.may_overwrite)
            {
                continue;
            }
            detail.resources.retain(|resource| {
                seen.insert((place, resource.names.first().copied(), resource.within))
            });
            detail.creates = !detail.resources.is_empty();
        }
    }
}
