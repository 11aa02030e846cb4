//! The facts (the values that a report needs) of all records in the input, in order of time.

use std::collections::BTreeMap;
use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use foldhash::{HashMap, HashSet};

use crate::completeness::Completeness;
use crate::evidence::event::Event;
use crate::evidence::id::Id;
use crate::evidence::names::Names;
use crate::evidence::record_position::RecordPosition;
use crate::symbols::{Symbol, Symbols};

mod actor;
pub(crate) mod event;
pub(crate) mod fields;
mod grants;
pub(crate) mod id;
pub(crate) mod lossy;
pub(crate) mod names;
pub(crate) mod reader;
pub(crate) mod record_position;
mod texts;

/// The facts of all records in the input, and whether the input is complete.
pub(crate) struct Evidence {
    /// The strings that the facts refer to by [`Symbol`].
    pub(crate) symbols: Symbols,
    /// For each event: the hashes of the names in its request.
    pub(crate) names: Names,
    /// The events without duplicates, sorted by time and then by event ID.
    pub(crate) events: Vec<Event>,
    /// The number of duplicate records.
    pub(crate) duplicates: u64,
    /// The event IDs that two or more different records have.
    pub(crate) ambiguous: Vec<Id>,
    /// Whether the input is complete.
    pub(crate) completeness: Completeness,
}

impl Evidence {
    /// Sorts the events and removes duplicates. Different records with the same ID are kept.
    pub(crate) fn new(
        symbols: Symbols,
        names: Names,
        mut events: Vec<Event>,
        completeness: Completeness,
    ) -> Self {
        let before = events.len();
        sort(&mut events);
        events.dedup_by(|later, earlier| {
            (later.time(), later.id) == (earlier.time(), earlier.id)
                && names.are_the_same(later, earlier)
        });
        let ambiguous = ambiguous(&events);
        remove_repeated(&mut events, &ambiguous, &names);
        Self {
            duplicates: (before - events.len()) as u64,
            ambiguous,
            symbols,
            names,
            events,
            completeness,
        }
    }

    /// The text of a symbol.
    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        self.symbols.text(symbol)
    }

    /// The text of an event's ID.
    pub(crate) fn id(&self, event: &Event) -> String {
        event.id.text(&self.symbols)
    }

    /// The place and the ID of each event. When the input is read again, they identify the record
    /// of the event.
    pub(crate) fn wanted<'e>(
        &self,
        events: impl IntoIterator<Item = &'e Event>,
    ) -> Vec<(RecordPosition, String)> {
        let events = events.into_iter();
        events.map(|event| (event.place, self.id(event))).collect()
    }

    /// The events of each access key.
    pub(crate) fn by_key(&self) -> ByKey {
        let events = self.events.iter().enumerate();
        let pairs = events.filter_map(|(index, event)| Some((event.key.some()?, index_of(index))));
        let count = self.events.iter().filter(|event| !event.key.is_none());
        let mut uses = Vec::with_capacity(count.count());
        uses.extend(pairs);
        uses.sort_unstable();
        ByKey { uses }
    }

    /// The times of the first and the last event, in Unix seconds, or `None` if there are no
    /// events.
    pub(crate) fn span(&self) -> Option<(i64, i64)> {
        Some((self.events.first()?.time(), self.events.last()?.time()))
    }

    /// The number of events for each non-empty value of a field.
    pub(crate) fn counts<'e>(
        &self,
        events: impl Iterator<Item = &'e Event>,
        field: impl Fn(&Event) -> Symbol,
    ) -> BTreeMap<&str, u64> {
        let mut counts: HashMap<Symbol, u64> = HashMap::default();
        for symbol in events.map(field).filter_map(Symbol::some) {
            *counts.entry(symbol).or_default() += 1;
        }
        counts
            .into_iter()
            .map(|(symbol, count)| (self.text(symbol), count))
            .collect()
    }

    /// The number of different non-empty values of a field in all events.
    pub(crate) fn distinct(&self, field: impl Fn(&Event) -> Symbol) -> usize {
        let mut values: HashSet<Symbol> = HashSet::default();
        for value in self.events.iter().map(field) {
            values.insert(value);
        }
        values.remove(&Symbol::NONE);
        values.len()
    }

    /// Returns a predicate that is true for the events whose name is one of `names`.
    pub(crate) fn is_one_of(&self, names: &[&str]) -> impl Fn(&Event) -> bool + use<> {
        let names = names.iter().filter_map(|name| self.symbols.find(name));
        let names: HashSet<Symbol> = names.collect();
        move |event| names.contains(&event.name)
    }
}

/// Finds the events of each access key.
pub(crate) struct ByKey {
    /// Pairs of an access key and the index of an event with the key, sorted by key and then by
    /// time.
    uses: Vec<(Symbol, u32)>,
}

/// The events of one access key, in order of time. A value from [`ByKey::all`] has at least one
/// event.
#[derive(Clone, Copy)]
pub(crate) struct KeyUses<'k>(&'k [(Symbol, u32)]);

impl ByKey {
    /// The events of the access key `key`.
    pub(crate) fn of(&self, key: Symbol) -> KeyUses<'_> {
        let start = self.uses.partition_point(|&(other, _)| other < key);
        let length = self.uses[start..].partition_point(|&(other, _)| other == key);
        KeyUses(&self.uses[start..start + length])
    }

    /// The events of each access key, in order of the first event.
    pub(crate) fn all(&self) -> Vec<KeyUses<'_>> {
        let keys = self.uses.chunk_by(|one, next| one.0 == next.0);
        let mut keys: Vec<KeyUses<'_>> = keys.map(KeyUses).collect();
        keys.sort_unstable_by_key(|uses| uses.0[0].1);
        keys
    }
}

impl<'k> KeyUses<'k> {
    /// The key.
    pub(crate) fn key(self) -> Symbol {
        self.0.first().map_or(Symbol::NONE, |&(key, _)| key)
    }

    /// The indices of the events in [`Evidence::events`].
    pub(crate) fn iter(self) -> impl Iterator<Item = usize> + use<'k> {
        self.0.iter().map(|&(_, index)| index as usize)
    }
}

/// Converts the index of an event to four bytes, to save memory.
pub(crate) fn index_of(index: usize) -> u32 {
    u32::try_from(index).expect("memory is exhausted before 2^32 events")
}

/// Sorts events by time, ID and place. The sort is in place, because the events use most of the
/// memory of a report.
///
/// Records usually arrive in order of time, oldest or newest first. If the input is in order of
/// time, only the events within each second need sorting.
fn sort(events: &mut [Event]) {
    if events.is_sorted_by(|one, next| one.time() >= next.time()) {
        events.reverse();
    }
    if !events.is_sorted_by_key(Event::time) {
        events.sort_unstable_by_key(Event::time);
    }
    for second in events.chunk_by_mut(|one, next| one.time() == next.time()) {
        second.sort_unstable_by_key(|event| (event.id, event.place));
    }
}

/// Returns the IDs that two or more events have.
fn ambiguous(events: &[Event]) -> Vec<Id> {
    // The hash of each ID selects one bit of a bitmap with 32 bits per ID. Only the few IDs that
    // share a bit with another ID are compared.
    let bits = (events.len() * 32).next_power_of_two();
    let state = RandomState::default();
    let bit = |id: Id| {
        let hash = usize::try_from(state.hash_one(id)).unwrap_or_default();
        (hash % bits / 64, 1_u64 << (hash % 64))
    };
    let mut seen = vec![0_u64; bits.div_ceil(64)];
    let mut repeated: HashSet<(usize, u64)> = HashSet::default();
    for event in events {
        let (word, mask) = bit(event.id);
        if seen[word] & mask != 0 {
            repeated.insert((word, mask));
        }
        seen[word] |= mask;
    }
    if repeated.is_empty() {
        return Vec::new();
    }
    let ids = events.iter().map(|event| event.id);
    let ids = ids.filter(|id| repeated.contains(&bit(*id)));
    let mut times: BTreeMap<Id, usize> = BTreeMap::new();
    for id in ids {
        *times.entry(id).or_default() += 1;
    }
    let found = times.into_iter().filter(|(_, times)| *times > 1);
    found.map(|(id, _)| id).collect()
}

/// Removes duplicate records among the events whose ID is in `ids`.
fn remove_repeated(events: &mut Vec<Event>, ids: &[Id], names: &Names) {
    let mut kept: HashMap<Id, Vec<Event>> = ids.iter().map(|&id| (id, Vec::new())).collect();
    events.retain(|event| {
        let Some(known) = kept.get_mut(&event.id) else {
            return true;
        };
        let is_new = !known.iter().any(|known| names.are_the_same(known, event));
        if is_new {
            known.push(event.clone());
        }
        is_new
    });
}
