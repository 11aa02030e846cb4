//! The facts of all records in the input, ordered by time.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;

use crate::completeness::Completeness;
use crate::evidence::event::Event;
use crate::evidence::id::Id;
use crate::symbols::{Symbol, Symbols};

pub(crate) mod event;
pub(crate) mod id;
pub(crate) mod place;
pub(crate) mod reader;
mod texts;

/// The content of the input.
pub(crate) struct Evidence {
    /// The texts in the facts.
    pub(crate) symbols: Symbols,
    /// By time, then event ID, without duplicates.
    pub(crate) events: Vec<Event>,
    /// The number of duplicate records.
    pub(crate) duplicates: u64,
    /// Event IDs that several different records have.
    pub(crate) ambiguous: Vec<Id>,
    /// Whether the input is complete.
    pub(crate) completeness: Completeness,
}

impl Evidence {
    /// Sorts the events, removes duplicates, and decides which calls created and which overwrote.
    ///
    /// Different records with one ID are all kept.
    pub(crate) fn new(
        symbols: Symbols,
        mut events: Vec<Event>,
        completeness: Completeness,
    ) -> Self {
        let before = events.len();
        sort(&mut events);
        events.dedup_by(|later, earlier| {
            (later.time, later.id) == (earlier.time, earlier.id) && later.says_the_same(earlier)
        });
        let ambiguous = ambiguous(&events);
        remove_repeated(&mut events, &ambiguous);
        let mut evidence = Self {
            duplicates: (before - events.len()) as u64,
            ambiguous,
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

    /// The number of events per value of a field.
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

    /// Among calls that create or overwrite, only the first one with a name in an account and
    /// region creates.
    fn settle_overwrites(&mut self) {
        let mut seen = HashSet::new();
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
            let resources = std::mem::take(&mut detail.resources).into_iter();
            let first = resources.filter(|resource| {
                seen.insert((place, resource.names.first().copied(), resource.within))
            });
            detail.resources = first.collect();
            detail.creates = !detail.resources.is_empty();
        }
    }
}

/// Sorts events by time, ID and place in place: the events are most of the memory of a report.
///
/// Records usually arrive by time, oldest or newest first; then only the events of each second are sorted.
fn sort(events: &mut [Event]) {
    if events.is_sorted_by(|one, next| one.time >= next.time) {
        events.reverse();
    }
    if !events.is_sorted_by_key(|event| event.time) {
        events.sort_unstable_by_key(|event| event.time);
    }
    for second in events.chunk_by_mut(|one, next| one.time == next.time) {
        second.sort_unstable_by_key(|event| (event.id, event.place));
    }
}

/// The IDs of several events.
fn ambiguous(events: &[Event]) -> Vec<Id> {
    // Short hashes first: they take a fifth of the memory, and few IDs collide.
    let state = RandomState::default();
    let hash = |id: Id| (state.hash_one(id) >> 32) as u32;
    let mut hashes: Vec<u32> = events.iter().map(|event| hash(event.id)).collect();
    hashes.sort_unstable();
    let pairs = hashes.windows(2).filter(|pair| pair[0] == pair[1]);
    let repeated: HashSet<u32> = pairs.map(|pair| pair[0]).collect();
    if repeated.is_empty() {
        return Vec::new();
    }
    let ids = events.iter().map(|event| event.id);
    let ids = ids.filter(|id| repeated.contains(&hash(*id)));
    let mut times: BTreeMap<Id, usize> = BTreeMap::new();
    for id in ids {
        *times.entry(id).or_default() += 1;
    }
    let found = times.into_iter().filter(|(_, times)| *times > 1);
    found.map(|(id, _)| id).collect()
}

/// Removes duplicates among the events with these IDs.
fn remove_repeated(events: &mut Vec<Event>, ids: &[Id]) {
    let mut kept: HashMap<Id, Vec<Event>> = ids.iter().map(|&id| (id, Vec::new())).collect();
    events.retain(|event| {
        let Some(known) = kept.get_mut(&event.id) else {
            return true;
        };
        let is_new = !known.iter().any(|known| known.says_the_same(event));
        if is_new {
            known.push(event.clone());
        }
        is_new
    });
}
