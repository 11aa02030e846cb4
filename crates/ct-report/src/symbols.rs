//! Stores each distinct text of the evidence once.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// A text in [`Symbols`]; the default is the empty text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Symbol(u32);

impl Symbol {
    /// The empty text: the record does not have the field.
    pub(crate) const NONE: Self = Self(0);

    /// Whether it is the empty text.
    pub(crate) fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// The symbol itself, unless it is the empty text.
    pub(crate) fn some(self) -> Option<Self> {
        (!self.is_none()).then_some(self)
    }
}

/// The texts, numbered in order of insertion.
pub(crate) struct Symbols {
    by_text: HashTable<Symbol>,
    state: RandomState,
    texts: Vec<Box<str>>,
}

impl Symbols {
    /// Contains only the empty text.
    pub(crate) fn new() -> Self {
        let mut symbols = Self {
            by_text: HashTable::new(),
            state: RandomState::default(),
            texts: Vec::new(),
        };
        symbols.intern("");
        symbols
    }

    /// The symbol of a text, which is stored if it is new.
    pub(crate) fn intern(&mut self, text: &str) -> Symbol {
        let hash = self.state.hash_one(text);
        let (texts, state) = (&mut self.texts, &self.state);
        let found = self.by_text.entry(
            hash,
            |symbol| *texts[symbol.0 as usize] == *text,
            |symbol| state.hash_one(&*texts[symbol.0 as usize]),
        );
        let stored = found.or_insert_with(|| {
            let number = u32::try_from(texts.len());
            Symbol(number.expect("memory ends before four thousand million texts"))
        });
        let symbol = *stored.get();
        if symbol.0 as usize == texts.len() {
            texts.push(text.into());
        }
        symbol
    }

    /// The symbol of a stored text.
    pub(crate) fn find(&self, text: &str) -> Option<Symbol> {
        let hash = self.state.hash_one(text);
        let is_it = |symbol: &Symbol| self.text(*symbol) == text;
        self.by_text.find(hash, is_it).copied()
    }

    /// The text of a symbol.
    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        &self.texts[symbol.0 as usize]
    }
}
