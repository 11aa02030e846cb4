//! Reads off a record what a program wants of it, in one pass over its bytes.

pub(crate) mod events;
pub(crate) mod path_tree;
pub(crate) mod projection;
pub(crate) mod rows;

/// What a record holds at a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Slot<'a> {
    /// Nothing, or null on the way: jq's null.
    Missing,
    /// The value's bytes.
    Found(&'a [u8]),
    /// Something on the way has no fields: jq's error.
    Unindexable,
}
