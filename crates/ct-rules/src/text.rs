//! Comparisons of strings and addresses that several rule languages share.

mod glob;
pub(crate) mod network;

pub(crate) use glob::Glob;
