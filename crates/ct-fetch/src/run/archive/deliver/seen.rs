//! Remembers event IDs within bounded memory, for unordered records.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::BuildHasher as _;

use ct_core::record;
use foldhash::quality::RandomState;

use crate::run::archive::content::Novelty;

/// The memory for an ID in the map and in the list, in bytes. An ID that is not a UUID takes twice its length in
/// addition.
const ID_BYTES: usize = 168;

/// The minimum memory, in bytes. It may be small, because repeats are usually in files of the same hour.
const LEAST_BYTES: usize = 16 << 20;

/// The lengths of the groups of a UUID.
const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

/// The most recent IDs.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The remembered IDs, each with the hash of its first content.
    ids: HashMap<Id, u64, RandomState>,
    /// The IDs that have several contents, with the hashes of the further ones. Few IDs have any.
    others: HashSet<(Id, u64)>,
    hashes: RandomState,
    /// The IDs in the order of their first records, and the further contents in the order of theirs.
    in_order: VecDeque<(Id, Option<u64>)>,
    /// The memory for the remembered IDs, in bytes.
    bytes: usize,
    most_bytes: usize,
    /// The number of forgotten IDs and contents.
    forgotten: u64,
}

/// An event ID in compact form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Id {
    /// A UUID in lower case, as CloudTrail writes it.
    Uuid([u8; 16]),
    Text(Box<str>),
}

impl Id {
    fn new(text: &str) -> Self {
        uuid(text).map_or_else(|| Self::Text(text.into()), Self::Uuid)
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Uuid(_) => ID_BYTES,
            Self::Text(text) => ID_BYTES + 2 * text.len(),
        }
    }
}

/// The bytes of a UUID in lower case; `None` for any other string.
fn uuid(text: &str) -> Option<[u8; 16]> {
    let mut digits = [0; 32];
    let mut groups = text.split('-');
    let mut at = 0;
    for length in GROUPS {
        let group = groups.next().filter(|group| group.len() == length)?;
        for byte in group.bytes() {
            digits[at] = match byte {
                b'0'..=b'9' => byte - b'0',
                b'a'..=b'f' => byte - b'a' + 10,
                _ => return None,
            };
            at += 1;
        }
    }
    if groups.next().is_some() {
        return None;
    }
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    Some(bytes)
}

impl Seen {
    /// Remembers as many IDs as fit into `most_bytes`, and at least about 100,000 UUIDs.
    pub(crate) fn new(most_bytes: usize) -> Self {
        Self::of_bytes(most_bytes.max(LEAST_BYTES))
    }

    fn of_bytes(most_bytes: usize) -> Self {
        Self {
            ids: HashMap::default(),
            others: HashSet::new(),
            hashes: RandomState::default(),
            in_order: VecDeque::new(),
            bytes: 0,
            most_bytes,
            forgotten: 0,
        }
    }

    /// Whether a record is new, compared with the remembered IDs and contents.
    pub(crate) fn novelty(&mut self, id: &str, record: &str) -> Novelty {
        let id = Id::new(id);
        let compacted = record::compacted(record);
        let content = self.hashes.hash_one(compacted.as_bytes());
        if let Some(first) = self.ids.get(&id) {
            if *first == content || !self.others.insert((id.clone(), content)) {
                return Novelty::Repeat;
            }
            self.remember(id, Some(content));
            return Novelty::Differs;
        }
        self.ids.insert(id.clone(), content);
        self.remember(id, None);
        Novelty::New
    }

    /// Counts the memory for an ID, or for a further content of it, and forgets the oldest ones that do not fit.
    fn remember(&mut self, id: Id, other: Option<u64>) {
        self.bytes += id.bytes();
        self.in_order.push_back((id, other));
        while self.bytes > self.most_bytes
            && let Some((oldest, other)) = self.in_order.pop_front()
        {
            self.bytes -= oldest.bytes();
            match other {
                None => drop(self.ids.remove(&oldest)),
                Some(content) => drop(self.others.remove(&(oldest, content))),
            }
            self.forgotten += 1;
        }
    }

    /// The number of forgotten IDs and contents, whose duplicates are not noticed.
    pub(crate) fn forgotten(&self) -> u64 {
        self.forgotten
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_until_it_is_forgotten() {
        let mut seen = Seen::of_bytes(2 * (ID_BYTES + 2));
        let is_new = |id: &str| seen.novelty(id, "{}") == Novelty::New;
        let new = ["a", "b", "a", "c", "a"].map(is_new);
        assert_eq!(new, [true, true, false, true, true]);
        assert_eq!(seen.forgotten(), 2);
    }

    #[test]
    fn another_content_with_a_known_id_differs_once() {
        let mut seen = Seen::new(0);
        let novelty = ["{}", "[]", "{ }", "[]"].map(|record| seen.novelty("a", record));
        let [new, differs, repeat] = [Novelty::New, Novelty::Differs, Novelty::Repeat];
        assert_eq!(novelty, [new, differs, repeat, repeat]);
    }

    #[test]
    fn the_contents_of_one_id_are_bounded_too() {
        let mut seen = Seen::of_bytes(3 * (ID_BYTES + 2));
        let mut novelty = |record: &str| seen.novelty("a", record);
        let [new, differs] = [Novelty::New, Novelty::Differs];
        assert_eq!(["1", "2", "3"].map(&mut novelty), [new, differs, differs]);
        assert_eq!(["4", "1"].map(&mut novelty), [differs, new]);
        assert!(seen.others.len() <= 2);
        assert_eq!(seen.forgotten(), 2);
    }

    #[test]
    fn a_uuid_is_remembered_as_its_bytes_and_any_other_text_as_it_is() {
        let text = "0123abcd-ef01-4567-89ab-cdef01234567";
        let bytes = 0x0123_abcd_ef01_4567_89ab_cdef_0123_4567_u128.to_be_bytes();
        assert_eq!(Id::new(text), Id::Uuid(bytes));
        for other in [
            &text.to_uppercase(),
            &format!("{text}-"),
            &text.replace('-', ""),
            "0123abcd-ef01-4567-89ab-cdef0123456g",
            "0123abcde-f01-4567-89ab-cdef01234567",
            "",
        ] {
            assert_eq!(Id::new(other), Id::Text(other.into()));
        }
    }
}
