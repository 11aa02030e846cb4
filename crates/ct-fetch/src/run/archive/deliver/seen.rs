//! Remembers event IDs within bounded memory, for records that come in no order.

use std::collections::{HashSet, VecDeque};

/// Bytes that an ID needs in the set and in the list.
const ID_BYTES: usize = 160;

/// The IDs that came last.
#[derive(Debug)]
pub(crate) struct Seen {
    ids: HashSet<Box<str>>,
    in_order: VecDeque<Box<str>>,
    most: usize,
    /// How many IDs were forgotten.
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

    /// Whether the ID has not come before, as far as is remembered.
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

    /// How many IDs were forgotten, so that a repeat of one would not be noticed.
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
