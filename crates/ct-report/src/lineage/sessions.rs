//! Finds direct calls with other keys in one session.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::session;
use crate::evidence::event::Event;

/// The first direct call of each session, and its first one with another key.
#[derive(Default)]
pub(super) struct Sessions {
    /// As indices of events, whose sessions are the keys; the other is the first itself if there is
    /// none.
    calls: HashTable<(u32, u32)>,
    state: RandomState,
}

impl Sessions {
    /// Adds a direct call; they come in order of time.
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

    /// The first direct call with another key in the session of an event.
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
