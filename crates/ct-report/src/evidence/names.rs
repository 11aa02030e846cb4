//! The names in requests, as short hashes, which serve to find the few records that refer to something.

use std::hash::BuildHasher as _;
use std::num::NonZeroU64;

use foldhash::fast::RandomState;

use crate::evidence::event::{Event, NameList};
use crate::evidence::texts;

/// Lists of names. Two different names have the same hash with a probability of 1 in 4,000 million, so a match is
/// only a reason to read the record.
pub(crate) struct Names {
    state: RandomState,
    /// Each list consists of its length, a hash of the response, and the sorted hashes of the names.
    lists: Vec<u32>,
    /// The list that is being built.
    next: Vec<u32>,
}

impl Names {
    /// Creates a collection that contains only the empty list.
    pub(crate) fn new() -> Self {
        Self {
            state: RandomState::default(),
            lists: vec![0, 0],
            next: Vec::new(),
        }
    }

    /// The hash of a name.
    pub(crate) fn hash(&self, name: &str) -> u32 {
        short(self.state.hash_one(name))
    }

    /// The hash of a request ID.
    pub(crate) fn request(&self, id: &str) -> NonZeroU64 {
        NonZeroU64::new(self.state.hash_one(id)).unwrap_or(NonZeroU64::MIN)
    }

    /// Adds the list of the strings in the request and the resources of a record. The strings in the response only
    /// serve to distinguish records.
    pub(super) fn add(&mut self, named: [Option<&str>; 2], response: Option<&str>) -> NameList {
        let (state, next) = (&self.state, &mut self.next);
        next.clear();
        for json in named.into_iter().flatten() {
            texts::each(json, &mut |text| next.push(short(state.hash_one(text))));
        }
        next.sort_unstable();
        next.dedup();
        let mut answer = 0_u32;
        if let Some(response) = response {
            texts::each(response, &mut |text| {
                answer = answer.wrapping_add(short(state.hash_one(text)));
            });
        }
        let start = NameList(number(self.lists.len()));
        self.lists.extend([number(self.next.len()), answer]);
        self.lists.extend_from_slice(&self.next);
        start
    }

    /// The hashes of the names that an event's record contains, sorted.
    pub(crate) fn of(&self, event: &Event) -> &[u32] {
        &self.list(event)[2..]
    }

    /// The list of an event, including its length and the hash of the response.
    fn list(&self, event: &Event) -> &[u32] {
        let start = event.names.0 as usize;
        &self.lists[start..start + 2 + self.lists[start] as usize]
    }

    /// Whether two events have a name in common.
    pub(crate) fn are_shared(&self, one: &Event, other: &Event) -> bool {
        let other = self.of(other);
        let mut names = self.of(one).iter();
        names.any(|name| other.binary_search(name).is_ok())
    }

    /// Whether two records have the same content, regardless of their positions.
    pub(crate) fn are_the_same(&self, one: &Event, other: &Event) -> bool {
        let placed = Event {
            place: one.place,
            names: one.names,
            ..other.clone()
        };
        *one == placed && self.list(one) == self.list(other)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a part of the hash is wanted"
)]
fn short(hash: u64) -> u32 {
    hash as u32
}

fn number(length: usize) -> u32 {
    u32::try_from(length).expect("memory ends before four thousand million names")
}
