//! The parser's tables, which the build script generates from `grammar.txt`.

/// The action of a parser state for a terminal.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    Shift(u16),
    Reduce(u16),
    /// Reports a syntax error for a non-associative operator, even if the state has a default
    /// reduction.
    Refuse,
}

include!(concat!(env!("OUT_DIR"), "/grammar.rs"));
