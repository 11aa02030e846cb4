//! Finds direct calls (made by the holder of a key, not by a service) with different keys in the
//! same session.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::session;
use crate::evidence::event::Event;
use crate::symbols::whole;

/// Stores two calls of each session: the first direct call, and the first direct call with a
/// different key.
pub(super) struct Sessions {
    calls: HashTable<Calls>,
    /// A bitmap. For each session with more than one event, the bit that the session's hash selects
    /// is set. In a large input, most sessions have only one event, and need no entry in the table.
    repeated: Vec<u64>,
    state: RandomState,
}

/// The number of bits in the bitmap for each event. More bits would cause fewer collisions.
const BITS: usize = 16;

/// The first direct calls of one session.
struct Calls {
    /// A part of the hash of the session. Only events with the same hash are compared.
    hash: u32,
    /// The index of the first direct call.
    first: u32,
    /// The index of the first direct call with a different key. If all calls have the same key,
    /// this index is the same as `first`.
    other: u32,
}

impl Sessions {
    /// Finds the sessions with more than one event.
    pub(super) fn new(events: &[Event]) -> Self {
        let words = (events.len() * BITS / 64).next_power_of_two();
        let mut sessions = Self {
            calls: HashTable::new(),
            repeated: vec![0; words],
            state: RandomState::default(),
        };
        let mut seen = vec![0_u64; words];
        for event in events.iter().filter(|event| session(event).is_some()) {
            let (word, bit) = sessions.bit(sessions.hash(event));
            sessions.repeated[word] |= seen[word] & bit;
            seen[word] |= bit;
        }
        sessions
    }

    /// Adds a direct call. Calls must be added in order of time.
    pub(super) fn add(&mut self, events: &[Event], index: u32) {
        let event = &events[index as usize];
        let hash = self.hash(event);
        if session(event).is_none() || !self.is_repeated(hash) {
            return;
        }
        let entry = self.calls.entry(
            whole(hash),
            |calls| calls.is_of(events, event, hash),
            |calls| whole(calls.hash),
        );
        let mut entry = entry.or_insert_with(|| Calls {
            hash,
            first: index,
            other: index,
        });
        let calls = entry.get_mut();
        if calls.first == calls.other && events[calls.first as usize].key != event.key {
            calls.other = index;
        }
    }

    /// In the session of `event`, the index of the first direct call with a key that is not the
    /// event's key. `None` without such a call.
    pub(super) fn sibling(&self, events: &[Event], event: &Event) -> Option<usize> {
        let hash = self.hash(event);
        if !self.is_repeated(hash) {
            return None;
        }
        let calls = self
            .calls
            .find(whole(hash), |calls| calls.is_of(events, event, hash))?;
        let calls = [calls.first, calls.other].map(|call| call as usize);
        calls
            .into_iter()
            .find(|&call| events[call].key != event.key)
    }

    /// The bit of the bitmap for a hash: the index of the word that contains the bit, and the mask
    /// of the bit in this word.
    fn bit(&self, hash: u32) -> (usize, u64) {
        let word = hash as usize / 64 % self.repeated.len();
        (word, 1 << (hash % 64))
    }

    fn is_repeated(&self, hash: u32) -> bool {
        let (word, bit) = self.bit(hash);
        self.repeated[word] & bit != 0
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "only a part of the hash is used"
    )]
    fn hash(&self, event: &Event) -> u32 {
        self.state.hash_one(session(event)) as u32
    }
}

impl Calls {
    fn is_of(&self, events: &[Event], event: &Event, hash: u32) -> bool {
        self.hash == hash && session(&events[self.first as usize]) == session(event)
    }
}
