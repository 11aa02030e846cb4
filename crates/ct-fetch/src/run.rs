//! One run over the event history: connects, fetches, writes and says what it covered.

mod ending;
pub(crate) mod fetch;
pub(crate) mod progress;
pub(crate) mod session;
