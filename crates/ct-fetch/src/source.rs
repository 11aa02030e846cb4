//! The sources of records, and how their records are ordered.

pub(crate) mod archive;
pub(crate) mod athena;
#[cfg(test)]
mod conformance;
pub(crate) mod cursor;
pub(crate) mod history;
pub(crate) mod merge;
pub(crate) mod order;
pub(crate) mod partition;
