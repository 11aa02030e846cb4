//! Objects: members in insertion order, with an index if there are many.

use super::Val;
use super::array::dismantle;
use super::text::Text;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::hash::BuildHasher as _;
use std::mem;

/// The number of members up to which a linear search is faster than an index.
const INDEXED_FROM: usize = 32;

/// The members of an object, in insertion order.
#[derive(Clone, Debug, Default)]
pub struct Object {
    members: Vec<(Text, Val)>,
    /// The index is boxed because most objects have none.
    index: Option<Box<Index>>,
}

/// The position of each key among the members.
#[derive(Clone, Debug, Default)]
struct Index {
    positions: HashTable<usize>,
    hasher: RandomState,
}

impl Index {
    fn find(&self, key: &str, members: &[(Text, Val)]) -> Option<usize> {
        let is_at = |at: &usize| members[*at].0.as_str() == key;
        self.positions
            .find(self.hasher.hash_one(key), is_at)
            .copied()
    }

    /// Adds the key of the member at the position `at`; the key must be new.
    fn add(&mut self, at: usize, members: &[(Text, Val)]) {
        let hash = |at: &usize| self.hasher.hash_one(members[*at].0.as_str());
        self.positions.insert_unique(hash(&at), at, hash);
    }
}

impl Object {
    /// An object without members.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            members: Vec::new(),
            index: None,
        }
    }

    /// An object without members, with memory for `n` members.
    #[must_use]
    pub fn with_capacity(n: usize) -> Self {
        Self {
            members: Vec::with_capacity(n),
            index: None,
        }
    }

    /// The number of members.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are no members.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    fn position(&self, key: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.find(key, &self.members),
            None => self.members.iter().position(|(k, _)| k.as_str() == key),
        }
    }

    /// The value at `key`; `None` if the key is missing.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Val> {
        self.position(key).map(|at| &self.members[at].1)
    }

    /// The value at `key`, for changes in place; `None` if the key is missing.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Val> {
        self.position(key).map(|at| &mut self.members[at].1)
    }

    /// The value at `key`, which is inserted as null if it is missing.
    pub fn entry(&mut self, key: &Text) -> &mut Val {
        let at = match self.position(key) {
            Some(at) => at,
            None => self.push(key.clone(), Val::Null),
        };
        &mut self.members[at].1
    }

    /// Sets the value at `key`; an existing key keeps its position.
    pub fn insert(&mut self, key: Text, value: Val) {
        match self.position(&key) {
            Some(at) => self.members[at].1 = value,
            None => {
                self.push(key, value);
            }
        }
    }

    /// Adds a member whose key must be new.
    pub(super) fn append(&mut self, key: Text, value: Val) {
        self.push(key, value);
    }

    fn push(&mut self, key: Text, value: Val) -> usize {
        let at = self.members.len();
        self.members.push((key, value));
        if let Some(index) = &mut self.index {
            index.add(at, &self.members);
        } else if self.members.len() > INDEXED_FROM {
            self.reindex();
        }
        at
    }

    fn reindex(&mut self) {
        self.index = (self.members.len() > INDEXED_FROM).then(|| {
            let mut index = Box::new(Index::default());
            for at in 0..self.members.len() {
                index.add(at, &self.members);
            }
            index
        });
    }

    /// Removes the member at `key` and returns its value; the other members keep their order.
    pub fn remove(&mut self, key: &str) -> Option<Val> {
        let at = self.position(key)?;
        let (_, value) = self.members.remove(at);
        if self.index.is_some() {
            self.reindex();
        }
        Some(value)
    }

    /// Keeps the members for which `keep` returns true, in insertion order.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &Val) -> bool) {
        self.members.retain(|(key, value)| keep(key, value));
        self.reindex();
    }

    /// The member at the position `at` in insertion order, from 0.
    #[must_use]
    pub fn member(&self, at: usize) -> &(Text, Val) {
        &self.members[at]
    }

    /// The members in insertion order.
    pub fn iter(&self) -> std::slice::Iter<'_, (Text, Val)> {
        self.members.iter()
    }

    /// The values of the members in insertion order, for changes in place.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Val> {
        self.members.iter_mut().map(|(_, value)| value)
    }

    /// The members, sorted by the code points of their keys.
    #[must_use]
    pub fn sorted(&self) -> Vec<&(Text, Val)> {
        let mut members: Vec<_> = self.members.iter().collect();
        members.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        members
    }

    /// Moves the members out, in insertion order.
    #[must_use]
    pub fn into_members(mut self) -> Vec<(Text, Val)> {
        mem::take(&mut self.members)
    }

    /// Moves the values out, in insertion order.
    pub fn into_values(self) -> impl Iterator<Item = Val> {
        self.into_members().into_iter().map(|(_, value)| value)
    }
}

impl<'a> IntoIterator for &'a Object {
    type Item = &'a (Text, Val);
    type IntoIter = std::slice::Iter<'a, (Text, Val)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<(Text, Val)> for Object {
    fn from_iter<I: IntoIterator<Item = (Text, Val)>>(members: I) -> Self {
        let mut object = Self::new();
        for (key, value) in members {
            object.insert(key, value);
        }
        object
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        if self.members.iter().any(|(_, value)| value.is_container()) {
            dismantle(
                mem::take(&mut self.members)
                    .into_iter()
                    .map(|(_, value)| value)
                    .collect(),
            );
        }
    }
}
