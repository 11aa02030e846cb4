//! Stores each distinct string of the evidence once.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// A reference to a string in [`Symbols`]. The default refers to the empty string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Symbol(u32);

impl Symbol {
    /// The empty string, which means that the record lacks the field.
    pub(crate) const NONE: Self = Self(0);

    /// Whether the symbol is the empty string.
    pub(crate) fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// The symbol itself, or `None` if it is the empty string.
    pub(crate) fn some(self) -> Option<Self> {
        (!self.is_none()).then_some(self)
    }

    /// The bytes of the symbol, for [`Symbol::from_bytes`].
    pub(crate) const fn to_bytes(self) -> [u8; 4] {
        self.0.to_le_bytes()
    }

    /// The symbol with these bytes.
    pub(crate) const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(u32::from_le_bytes(bytes))
    }
}

/// A collection of distinct strings, numbered in order of insertion.
///
/// All strings are in one allocation, because a separate allocation would double the memory of a
/// short string.
pub(crate) struct Symbols {
    /// All symbols, each with a part of the hash of its string. Comparing these parts avoids most
    /// comparisons of strings, and the table can grow without reading the strings.
    by_text: HashTable<(u32, Symbol)>,
    state: RandomState,
    all: String,
    /// The byte offset at which each string ends in `all`.
    ends: Vec<usize>,
}

impl Symbols {
    /// Creates a collection that contains only the empty string.
    pub(crate) fn new() -> Self {
        let mut symbols = Self {
            by_text: HashTable::new(),
            state: RandomState::default(),
            all: String::new(),
            ends: Vec::new(),
        };
        symbols.intern("");
        symbols
    }

    /// Returns the symbol of a string. A new string is stored first.
    pub(crate) fn intern(&mut self, text: &str) -> Symbol {
        let part = part_of(self.state.hash_one(text));
        let (all, ends) = (&self.all, &self.ends);
        let found = self.by_text.entry(
            whole(part),
            |&(known, symbol)| known == part && text_of(all, ends, symbol) == text,
            |&(known, _)| whole(known),
        );
        let number = u32::try_from(ends.len());
        let new = || Symbol(number.expect("memory is exhausted before 2^32 strings"));
        let (_, symbol) = *found.or_insert_with(|| (part, new())).get();
        if symbol.0 as usize == self.ends.len() {
            self.all.push_str(text);
            self.ends.push(self.all.len());
        }
        symbol
    }

    /// The symbol of a string, or `None` if the string is not stored.
    pub(crate) fn find(&self, text: &str) -> Option<Symbol> {
        let part = part_of(self.state.hash_one(text));
        let is_it = |&(known, symbol): &(u32, Symbol)| known == part && self.text(symbol) == text;
        let found = self.by_text.find(whole(part), is_it);
        found.map(|&(_, symbol)| symbol)
    }

    /// The string of a symbol.
    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        text_of(&self.all, &self.ends, symbol)
    }
}

/// The part of a string's hash that the hash table stores.
#[expect(
    clippy::cast_possible_truncation,
    reason = "only a part of the hash is used"
)]
fn part_of(hash: u64) -> u32 {
    (hash >> 16) as u32
}

/// Computes the hash for a hash table from a stored part of a hash. The hash table uses the first
/// and the last bits, so both halves of the result contain the part.
pub(crate) fn whole(part: u32) -> u64 {
    u64::from(part) << 32 | u64::from(part)
}

fn text_of<'a>(all: &'a str, ends: &[usize], symbol: Symbol) -> &'a str {
    let at = symbol.0 as usize;
    let start = at.checked_sub(1).map_or(0, |before| ends[before]);
    &all[start..ends[at]]
}
