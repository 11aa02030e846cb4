//! The jq program that a worker runs now, for a watching thread.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a worker's programs do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Slot(Arc<Mutex<State>>);

/// The current run.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The number of runs so far.
    pub(crate) runs: u64,
    /// The rule that runs, by index.
    pub(crate) rule: Option<usize>,
    /// The ID of the record's event.
    pub(crate) event: String,
}

impl Slot {
    /// Notes that the program of a rule begins to run.
    pub(crate) fn begin(&self, rule: usize, event: &str) {
        let mut state = self.state();
        state.runs += 1;
        state.rule = Some(rule);
        state.event.clear();
        state.event.push_str(event);
    }

    /// Notes that it has ended.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        state.rule = None;
    }

    /// The current state.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
