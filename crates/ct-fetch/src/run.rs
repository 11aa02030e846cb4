//! A run over the event history: connects, fetches, writes and reports its coverage.

mod ending;
pub(crate) mod fetch;
pub(crate) mod progress;
pub(crate) mod session;
