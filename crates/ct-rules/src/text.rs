//! Text comparisons shared by several rule languages.

mod glob;
pub(crate) mod network;

pub(crate) use glob::Glob;
