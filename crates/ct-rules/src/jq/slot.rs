//! The jq program that a worker is running, for a thread that watches the worker.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The current run of a worker's jq programs, shared with the watching thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct CurrentRun(Arc<Mutex<RunState>>);

/// The current run.
#[derive(Debug, Default)]
pub(crate) struct RunState {
    /// The index of the rule that is running, or `None` if no rule is.
    pub(crate) rule: Option<usize>,
    /// The ID of the event that the rule runs on.
    pub(crate) event: String,
    /// When the watching thread first saw the run, or `None` if it has not seen it yet.
    pub(crate) seen: Option<Seen>,
}

/// The time and the memory use of the process when a run was first seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) at: Instant,
    /// The resident memory in bytes, or `None` if it is unknown.
    pub(crate) resident: Option<u64>,
}

impl CurrentRun {
    /// Records that the program of a rule starts to run.
    pub(crate) fn begin(&self, rule: usize, event: &str) {
        let mut state = self.state();
        state.rule = Some(rule);
        state.event.clear();
        state.event.push_str(event);
        state.seen = None;
    }

    /// Records that the program has ended.
    pub(crate) fn end(&self) {
        self.state().rule = None;
    }

    /// The current state.
    pub(crate) fn state(&self) -> MutexGuard<'_, RunState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the worker still exists.
    pub(crate) fn is_used(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}
