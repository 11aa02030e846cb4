//! A run: connects to AWS, fetches and writes records, and reports what was covered.

pub(crate) mod archive;
pub(crate) mod athena_ddl;
mod ending;
pub(crate) mod fetch;
pub(crate) mod progress;
pub(crate) mod session;
mod status_line;
