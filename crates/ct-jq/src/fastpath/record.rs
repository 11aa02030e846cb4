//! Reads the parts of a record that a program uses. This takes one pass over the record's bytes.

pub(crate) mod events;
pub(crate) mod object;
pub(crate) mod path_tree;
pub(crate) mod projection;
pub(crate) mod reduction;
pub(crate) mod rows;

/// The result of looking for the value at a path of a record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Slot<'a> {
    /// There is no value at the path, or a value on the way to it is null; jq's result is null.
    Missing,
    /// The bytes of the value at the path.
    Found(&'a [u8]),
    /// A value on the way to the path's end has no fields; jq raises an error.
    Unindexable,
}
