//! Reads off a record what a program wants of it, in one pass over its bytes.

pub(crate) mod events;
pub(crate) mod path_tree;
pub(crate) mod projection;
pub(crate) mod rows;
