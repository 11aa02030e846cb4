//! A run: connects, fetches, writes and reports its coverage.

pub(crate) mod archive;
pub(crate) mod athena_ddl;
mod ending;
pub(crate) mod fetch;
pub(crate) mod progress;
pub(crate) mod session;
mod status_line;
