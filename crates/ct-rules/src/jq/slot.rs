//! The jq program that a worker is running, for a thread that watches the worker.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The current run of a worker's jq programs, shared with the watching thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct Slot(Arc<Mutex<State>>);

/// The current run.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The number of runs so far, including the current one.
    pub(crate) runs: u64,
    /// The index of the rule that is running, or `None` if no rule is.
    pub(crate) rule: Option<usize>,
    /// The ID of the event that the rule runs on.
    pub(crate) event: String,
}

impl Slot {
    /// Records that the program of a rule starts to run.
    pub(crate) fn begin(&self, rule: usize, event: &str) {
        let mut state = self.state();
        state.runs += 1;
        state.rule = Some(rule);
        state.event.clear();
        state.event.push_str(event);
    }

    /// Records that the program has ended.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        state.rule = None;
    }

    /// The current state.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
