//! An object under construction.

use std::collections::HashMap;

use super::arena::Arena;
use super::{Member, Value};

/// The number of members up to which a linear search is faster than an index.
const INDEXED_FROM: usize = 16;

/// The members of an object, with each key once.
#[derive(Debug, Default)]
pub(crate) struct Members<'a> {
    list: Vec<Member<'a>>,
    /// The positions of the members by key; empty while there are few members.
    index: HashMap<&'a [u8], usize>,
}

impl<'a> Members<'a> {
    /// Sets the value at `key`; an existing key keeps its position.
    pub(crate) fn insert(&mut self, key: &'a [u8], value: Value<'a>) {
        let at = if self.index.is_empty() {
            self.list.iter().position(|(name, _)| *name == key)
        } else {
            self.index.get(key).copied()
        };
        if let Some(at) = at {
            self.list[at].1 = value;
            return;
        }
        self.list.push((key, value));
        if !self.index.is_empty() {
            self.index.insert(key, self.list.len() - 1);
        } else if self.list.len() > INDEXED_FROM {
            let places = self.list.iter().enumerate();
            self.index = places.map(|(at, (key, _))| (*key, at)).collect();
        }
    }

    /// The object with these members.
    pub(crate) fn into_value(self, arena: &'a Arena) -> Value<'a> {
        Value::Obj(arena.alloc_slice_copy(&self.list))
    }
}
