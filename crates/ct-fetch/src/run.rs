//! One run, from its first request to the line that says what it covered.

pub(crate) mod archive;
mod ending;
pub(crate) mod fetch;
pub(crate) mod progress;
pub(crate) mod session;
