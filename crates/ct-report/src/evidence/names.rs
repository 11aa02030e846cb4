//! Stores the names in requests as short hashes, to find the records that refer to a resource.

use std::hash::BuildHasher as _;
use std::num::NonZeroU64;

use foldhash::fast::RandomState;

use crate::evidence::event::{Event, NameList};
use crate::evidence::texts;

/// Hashes names, with a random key for each run.
#[derive(Clone, Default)]
pub(crate) struct NameHasher(RandomState);

impl NameHasher {
    /// Appends the list of one record to `lists`, in the format of [`Names`]. The names are the
    /// strings in the JSON texts `named`. The strings in `response` are not names, but affect the
    /// hash of the response.
    pub(super) fn list(
        &self,
        named: [Option<&str>; 3],
        response: Option<&str>,
        lists: &mut Vec<u32>,
    ) {
        let start = lists.len();
        lists.extend([0, 0]);
        for json in named.into_iter().flatten() {
            texts::each(json, &mut |text| lists.push(self.hash(text)));
        }
        let first = start + 2;
        lists[first..].sort_unstable();
        let mut kept = first;
        for at in first..lists.len() {
            if kept == first || lists[at] != lists[kept - 1] {
                lists[kept] = lists[at];
                kept += 1;
            }
        }
        lists.truncate(kept);
        let mut answer = 0_u32;
        if let Some(response) = response {
            texts::each(response, &mut |text| {
                answer = answer.wrapping_add(self.hash(text));
            });
        }
        lists[start] = number(kept - first);
        lists[start + 1] = answer;
    }

    /// The hash of a name.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "only a part of the hash is used"
    )]
    fn hash(&self, name: &str) -> u32 {
        self.0.hash_one(name) as u32
    }
}

/// The list of an event without names: the length 0, and 0 as the hash of the response.
const NO_NAMES: &[u32] = &[0, 0];

/// For each event: a list of the hashes of its names. Two different names have the same hash with a
/// probability of 1 in 4,000 million, so every match must be confirmed in the record.
pub(crate) struct Names {
    hasher: NameHasher,
    /// The lists of all events, one after the other. Each list consists of its length, a hash of
    /// the response, and the sorted hashes of the names.
    lists: Vec<u32>,
}

impl Names {
    /// Creates a collection that contains only [`NO_NAMES`].
    pub(crate) fn new(hasher: NameHasher) -> Self {
        Self {
            hasher,
            lists: NO_NAMES.to_vec(),
        }
    }

    /// The hasher of the names.
    pub(crate) fn hasher(&self) -> NameHasher {
        self.hasher.clone()
    }

    /// The hash of a name.
    pub(crate) fn hash(&self, name: &str) -> u32 {
        self.hasher.hash(name)
    }

    /// The hash of the request ID `id`, which is never 0.
    pub(crate) fn request(&self, id: &str) -> NonZeroU64 {
        NonZeroU64::new(self.hasher.0.hash_one(id)).unwrap_or(NonZeroU64::MIN)
    }

    /// Adds a list that [`NameHasher::list`] created, and returns its position. If `list` is an empty
    /// slice, returns the position of the list without names.
    pub(super) fn add(&mut self, list: &[u32]) -> NameList {
        if list.is_empty() {
            return NameList::default();
        }
        let start = NameList(number(self.lists.len()));
        self.lists.extend_from_slice(list);
        start
    }

    /// The hashes of the names that an event's record contains, sorted.
    pub(crate) fn of(&self, event: &Event) -> &[u32] {
        &self.list(event)[2..]
    }

    /// The list of an event: its length, the hash of the response, and the hashes of the names.
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
        has_facts_of(one, other) && self.list(one) == self.list(other)
    }

    /// Whether `again`, an event that was read a second time, is the same as `event`. `list` is the
    /// list of the record's names, because `again` contains none.
    pub(crate) fn are_of(&self, event: &Event, again: &Event, list: &[u32]) -> bool {
        let list = if list.is_empty() { NO_NAMES } else { list };
        has_facts_of(event, again) && self.list(event) == list
    }
}

/// Whether two events are equal except for their positions and names.
fn has_facts_of(one: &Event, other: &Event) -> bool {
    let placed = Event {
        place: one.place,
        names: one.names,
        ..other.clone()
    };
    *one == placed
}

fn number(length: usize) -> u32 {
    u32::try_from(length).expect("memory is exhausted before 2^32 names")
}
