//! The parser's tables, which the build script generates from `grammar.txt`.

/// The action of a state for a terminal.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    Shift(u16),
    Reduce(u16),
    /// A syntax error for a non-associative operator, in spite of a default reduction.
    Refuse,
}

include!(concat!(env!("OUT_DIR"), "/grammar.rs"));
