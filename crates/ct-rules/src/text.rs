//! Comparisons of texts that several rule languages have.

mod glob;
pub(crate) mod network;

pub(crate) use glob::Glob;
