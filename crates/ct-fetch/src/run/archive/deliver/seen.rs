//! Remembers event IDs within bounded memory, for unordered records.

use std::collections::{HashSet, VecDeque};

/// The memory for an ID in the set and in the list, in bytes.
const ID_BYTES: usize = 160;

/// The most recent IDs.
#[derive(Debug)]
pub(crate) struct Seen {
    ids: HashSet<Box<str>>,
    in_order: VecDeque<Box<str>>,
    most: usize,
    /// The number of forgotten IDs.
    forgotten: u64,
}

impl Seen {
    /// Remembers as many as fit into `memory_bytes`.
    pub(crate) fn new(memory_bytes: usize) -> Self {
        Self {
            ids: HashSet::new(),
            in_order: VecDeque::new(),
            most: (memory_bytes / ID_BYTES).max(1),
            forgotten: 0,
        }
    }

    /// Whether the ID is new, as far as is remembered.
    pub(crate) fn is_new(&mut self, id: &str) -> bool {
        if self.ids.contains(id) {
            return false;
        }
        if self.ids.len() == self.most
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.ids.remove(&oldest);
            self.forgotten += 1;
        }
        self.ids.insert(id.into());
        self.in_order.push_back(id.into());
        true
    }

    /// The number of forgotten IDs, whose duplicates would not be noticed.
    pub(crate) fn forgotten(&self) -> u64 {
        self.forgotten
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_until_it_is_forgotten() {
        let mut seen = Seen::new(2 * ID_BYTES);
        let new: Vec<bool> = ["a", "b", "a", "c", "a"].map(|id| seen.is_new(id)).into();
        assert_eq!(new, [true, true, false, true, true]);
        assert_eq!(seen.forgotten(), 2);
    }
}
