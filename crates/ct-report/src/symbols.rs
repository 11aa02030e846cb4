//! Stores each distinct text of the evidence once.

use std::collections::HashMap;
use std::sync::Arc;

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
    by_text: HashMap<Arc<str>, Symbol>,
    texts: Vec<Arc<str>>,
}

impl Symbols {
    /// Contains only the empty text.
    pub(crate) fn new() -> Self {
        let empty: Arc<str> = Arc::from("");
        Self {
            by_text: HashMap::from([(Arc::clone(&empty), Symbol::NONE)]),
            texts: vec![empty],
        }
    }

    /// The symbol of a text, which is stored if it is new.
    pub(crate) fn intern(&mut self, text: &str) -> Symbol {
        if let Some(&known) = self.by_text.get(text) {
            return known;
        }
        let number = u32::try_from(self.texts.len())
            .expect("memory ends before four thousand million texts");
        let stored: Arc<str> = Arc::from(text);
        self.texts.push(Arc::clone(&stored));
        self.by_text.insert(stored, Symbol(number));
        Symbol(number)
    }

    /// The symbol of a stored text.
    pub(crate) fn find(&self, text: &str) -> Option<Symbol> {
        self.by_text.get(text).copied()
    }

    /// The text of a symbol.
    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        &self.texts[symbol.0 as usize]
    }
}
