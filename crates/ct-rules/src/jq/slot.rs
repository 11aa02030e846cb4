//! Records which jq program a worker is running, for the thread that watches the worker.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The state of a worker's jq programs, shared with the watching thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct CurrentRun(Arc<Mutex<RunState>>);

/// Which jq program a worker is running, and on which event.
#[derive(Debug, Default)]
pub(crate) struct RunState {
    /// The index of the rule whose program is running, or `None` if no program is running.
    pub(crate) rule: Option<usize>,
    /// The ID of the event on which the program runs.
    pub(crate) event: String,
    /// The moment at which the watching thread first saw the run, or `None` if that thread has not
    /// seen the run yet.
    pub(crate) seen: Option<FirstSeen>,
}

/// The moment at which the watching thread first saw a run, and the memory use of the process at
/// this moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FirstSeen {
    pub(crate) at: Instant,
    /// The resident memory of the process in bytes, or `None` if it is unknown.
    pub(crate) resident: Option<u64>,
}

impl CurrentRun {
    /// Records that the program of a rule starts to run on an event.
    pub(crate) fn begin(&self, rule: usize, event: &str) {
        let mut state = self.state();
        state.rule = Some(rule);
        state.event.clear();
        state.event.push_str(event);
        state.seen = None;
    }

    /// Records that the running program has ended.
    pub(crate) fn end(&self) {
        self.state().rule = None;
    }

    /// Locks and returns the state.
    pub(crate) fn state(&self) -> MutexGuard<'_, RunState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the worker still exists.
    pub(crate) fn is_used(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}
