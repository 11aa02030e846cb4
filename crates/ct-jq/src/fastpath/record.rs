//! Reads the wanted parts of a record in one pass over its bytes.

pub(crate) mod events;
pub(crate) mod path_tree;
pub(crate) mod projection;
pub(crate) mod reduction;
pub(crate) mod rows;

/// The value of a record at a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Slot<'a> {
    /// No value, or null on the way: jq's null.
    Missing,
    /// The value's bytes.
    Found(&'a [u8]),
    /// A value on the way has no fields: jq's error.
    Unindexable,
}
