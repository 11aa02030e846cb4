//! The state of a run.

use std::collections::BTreeSet;

use super::query::SavedQuery;
use super::requester::{Renamed, Requester};
use super::written::Digest;
use crate::account::target::Target;
use crate::source::cursor::Cursor;

/// The state of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunState {
    /// The query. Its window is that of the first run, so `--since 1d` does not move.
    pub(crate) question: SavedQuery,
    /// The accounts and targets.
    pub(crate) requester: Requester,
    /// When the newest events were requested, in Unix seconds. Later events are missing.
    pub(crate) begun: i64,
    /// The accounts found in the records, if nothing else identifies the account.
    pub(crate) seen: BTreeSet<String>,
    /// Targets that are not enabled in the account, and have not been queried since.
    pub(crate) disabled: Vec<Target>,
    /// Targets that failed, in order of failure.
    pub(crate) failed: Vec<Gap>,
    /// Events that could not be written.
    pub(crate) broken: Option<Broken>,
    /// The progress.
    pub(crate) edge: Checkpoint,
    /// The output at the time of the save; `None` if it is not a file.
    pub(crate) written: Option<Digest>,
    /// Whether the run ended after the save and wrote nothing more.
    pub(crate) is_stopped: bool,
    /// Whether the end of the window was reached. Failed or invalid events may still be missing.
    pub(crate) is_finished: bool,
}

/// A target whose events from `edge` on are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gap {
    /// The target.
    pub(crate) target: Target,
    /// The progress at the failure.
    pub(crate) edge: Checkpoint,
}

/// Events that are missing from the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    /// The number of missing events.
    pub(crate) events: u64,
    /// The progress before the first missing event.
    pub(crate) edge: Checkpoint,
}

/// A position from which a run can continue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Checkpoint {
    /// The length of the output that contains everything before `rest`, in bytes.
    pub(crate) bytes: u64,
    /// The number of records in that output.
    pub(crate) events: u64,
    /// The position to continue from; `None` if everything or nothing remains.
    pub(crate) rest: Option<Cursor>,
}

impl RunState {
    /// The state of a run without progress. `begun` is in Unix seconds.
    #[must_use]
    pub(crate) fn new(question: SavedQuery, requester: Requester, begun: i64) -> Self {
        Self {
            question,
            requester,
            begun,
            seen: BTreeSet::new(),
            disabled: Vec::new(),
            failed: Vec::new(),
            broken: None,
            edge: Checkpoint::default(),
            written: None,
            is_stopped: false,
            is_finished: false,
        }
    }

    /// Changes the names in the targets to the current names of their accounts.
    pub(crate) fn rename(&mut self, renamed: &Renamed, accounts: &Requester) {
        self.requester.accounts.clone_from(&accounts.accounts);
        let gaps = self.failed.iter_mut().map(|gap| &mut gap.target);
        let targets = self.requester.targets.iter_mut().chain(&mut self.disabled);
        for target in targets.chain(gaps) {
            *target = renamed.of(target);
        }
    }

    /// Whether the window ended before the run began, so that its events no longer change.
    #[must_use]
    pub(crate) fn has_closed_window(&self) -> bool {
        let until = self.question.until.as_ref();
        until.is_some_and(|until| until.second <= self.begun)
    }

    /// Whether nothing remains to be done.
    #[must_use]
    pub(crate) fn is_complete(&self) -> bool {
        self.is_finished && self.failed.is_empty() && self.broken.is_none()
    }

    /// Goes back to the first failure of a target that responds again. If the run is finished, an
    /// event that could not be written counts as a failure.
    ///
    /// Never goes back past the failure of a target that does not respond now: events of that
    /// target would be truncated and could not be fetched again.
    pub(crate) fn go_back(&mut self, answers: impl Fn(&Target) -> bool) {
        let (again, silent): (Vec<&Gap>, Vec<&Gap>) =
            self.failed.iter().partition(|gap| answers(&gap.target));
        let least = silent.iter().map(|gap| gap.edge.bytes).max().unwrap_or(0);
        let broken = self.broken.as_ref().filter(|_| self.is_finished);
        let edges = again.iter().map(|gap| &gap.edge);
        let edges = edges.chain(broken.map(|broken| &broken.edge));
        // Among equal positions, take the first: failures are in order of time.
        let Some(edge) = edges
            .filter(|edge| edge.bytes >= least)
            .min_by_key(|edge| edge.bytes)
            .cloned()
        else {
            return;
        };
        self.failed
            .retain(|gap| gap.edge.bytes < edge.bytes || !answers(&gap.target));
        self.broken = self
            .broken
            .take()
            .filter(|broken| broken.edge.bytes < edge.bytes);
        self.edge = edge;
        self.is_finished = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> RunState {
        RunState::new(SavedQuery::default(), Requester::default(), 0)
    }

    fn edge(bytes: u64) -> Checkpoint {
        Checkpoint {
            bytes,
            events: bytes,
            rest: None,
        }
    }

    /// The failed targets and the output length after going back, if only the targets in
    /// `answering` respond.
    fn gone_back(state: &RunState, answering: &[&str]) -> (Vec<String>, u64) {
        let mut state = state.clone();
        state.go_back(|target| answering.contains(&target.region.as_str()));
        let failed = state.failed.iter().map(|gap| gap.target.to_string());
        (failed.collect(), state.edge.bytes)
    }

    #[test]
    fn a_run_goes_back_to_the_failure_of_a_target_that_answers_again() {
        let gap = |region, bytes| Gap {
            target: Target::region(region),
            edge: edge(bytes),
        };
        let state = RunState {
            failed: vec![gap("a", 0), gap("b", 10), gap("c", 10), gap("d", 20)],
            edge: edge(30),
            ..state()
        };
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(gone_back(&state, &[]), (names(&["a", "b", "c", "d"]), 30));
        assert_eq!(gone_back(&state, &["d"]), (names(&["a", "b", "c"]), 20));
        assert_eq!(gone_back(&state, &["b", "d"]), (names(&["a", "c"]), 10));
        assert_eq!(gone_back(&state, &["a", "b", "c", "d"]), (names(&[]), 0));
        // d's later events are not truncated.
        let all = names(&["a", "b", "c", "d"]);
        assert_eq!(gone_back(&state, &["a", "b", "c"]), (all, 30));
    }

    #[test]
    fn a_run_goes_back_to_an_unwritable_event_once_all_else_is_done() {
        let broken = Some(Broken {
            events: 1,
            edge: edge(5),
        });
        let underway = RunState {
            broken: broken.clone(),
            edge: edge(30),
            ..state()
        };
        let done = RunState {
            is_finished: true,
            ..underway.clone()
        };
        let after = [underway, done].map(|mut state| {
            state.go_back(|_| true);
            (state.broken, state.edge.bytes, state.is_finished)
        });
        assert_eq!(after, [(broken, 30, false), (None, 5, false)]);
    }
}
