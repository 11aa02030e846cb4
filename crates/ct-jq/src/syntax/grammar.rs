//! The parser's tables, built from `grammar.txt` by build.rs.

/// What a state does with a terminal.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    Shift(u16),
    Reduce(u16),
    /// An operator that does not associate: an error in spite of a default reduction.
    Refuse,
}

include!(concat!(env!("OUT_DIR"), "/grammar.rs"));
