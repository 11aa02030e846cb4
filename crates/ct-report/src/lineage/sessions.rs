//! Finds direct calls with different keys in the same session.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::session;
use crate::evidence::event::Event;

/// The first direct call of each session, and the first direct call with a different key.
#[derive(Default)]
pub(super) struct Sessions {
    /// The indices of the two events of each session. Both are the first event if there is no call with a different
    /// key.
    calls: HashTable<(u32, u32)>,
    state: RandomState,
}

impl Sessions {
    /// Adds a direct call. Calls must be added in order of time.
    pub(super) fn add(&mut self, events: &[Event], index: u32) {
        let of = |&(first, _): &(u32, u32)| session(&events[first as usize]);
        let event = &events[index as usize];
        let (calls, state) = (&mut self.calls, &self.state);
        let entry = calls.entry(
            state.hash_one(session(event)),
            |call| of(call) == session(event),
            |call| state.hash_one(of(call)),
        );
        let mut entry = entry.or_insert((index, index));
        let (first, other) = entry.get_mut();
        if first == other && events[*first as usize].key != event.key {
            *other = index;
        }
    }

    /// The first direct call in the session of an event that has a different key, or `None` if there is none.
    pub(super) fn sibling(&self, events: &[Event], event: &Event) -> Option<usize> {
        let of = |&(first, _): &(u32, u32)| session(&events[first as usize]);
        let hash = self.state.hash_one(session(event));
        let &(first, other) = self.calls.find(hash, |call| of(call) == session(event))?;
        let calls = [first, other].map(|call| call as usize);
        calls
            .into_iter()
            .find(|&call| events[call].key != event.key)
    }
}
