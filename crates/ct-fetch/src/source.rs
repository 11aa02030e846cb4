//! Where records come from, and how they are put in order.

pub(crate) mod archive;
pub(crate) mod athena;
#[cfg(test)]
mod conformance;
pub(crate) mod cursor;
pub(crate) mod history;
pub(crate) mod merge;
pub(crate) mod order;
pub(crate) mod partition;
