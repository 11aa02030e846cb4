//! The jq program that a worker runs now, for a watching thread.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What a worker's programs do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Slot(Arc<Mutex<State>>);

/// The current run.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The rule that runs, by index.
    pub(crate) rule: Option<usize>,
    /// The ID of the record's event.
    pub(crate) event: String,
    /// When the watching thread first saw the run.
    pub(crate) seen: Option<Seen>,
}

/// The state of the process at a moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) at: Instant,
    /// Resident memory in bytes; `None` if it is unknown.
    pub(crate) resident: Option<u64>,
}

impl Slot {
    /// Notes that the program of a rule begins to run.
    pub(crate) fn begin(&self, rule: usize, event: &str) {
        let mut state = self.state();
        state.rule = Some(rule);
        state.event.clear();
        state.event.push_str(event);
        state.seen = None;
    }

    /// Notes that it has ended.
    pub(crate) fn end(&self) {
        self.state().rule = None;
    }

    /// The current state.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether its worker still exists.
    pub(crate) fn is_used(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}
