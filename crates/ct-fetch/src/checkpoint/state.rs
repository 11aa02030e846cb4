//! The progress of a run, as saved in its journal or state file.

use std::collections::BTreeSet;

use super::output_hash::OutputDigest;
use super::query::SavedQuery;
use super::requester::{Requester, TargetRenames};
use crate::account::target::Target;
use crate::source::cursor::Cursor;

/// The progress of a run, with its query and its accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunState {
    /// The query of the run. A continued run keeps the window of the first run, so that `--since
    /// 1d` does not move.
    pub(crate) question: SavedQuery,
    /// The accounts, the endpoint and the targets of the run.
    pub(crate) requester: Requester,
    /// When the newest events were requested, in Unix seconds. Events that arrived after that time
    /// are missing.
    pub(crate) begun: i64,
    /// The account IDs in the records. They are collected only if nothing else identifies the
    /// account.
    pub(crate) seen: BTreeSet<String>,
    /// The targets that are not enabled in the account, so that their events were not requested.
    pub(crate) disabled: Vec<Target>,
    /// The targets that failed, in the order in which they failed.
    pub(crate) failed: Vec<FailedTarget>,
    /// The events that could not be written, or were written out of order; `None` if there are
    /// none.
    pub(crate) broken: Option<UnwrittenEvents>,
    /// How far the source has been read, and the length of the output written up to there.
    pub(crate) checkpoint: Checkpoint,
    /// The length and the hash of the output at the last save; `None` if the output is not a file.
    pub(crate) written: Option<OutputDigest>,
    /// Whether the run saved its progress when it ended, so that it wrote nothing after the last
    /// save. False while the run is in progress, and if it was killed.
    pub(crate) is_stopped: bool,
    /// Whether the run reached the end of the window. Events of failed targets, and events that
    /// could not be written, may still be missing.
    pub(crate) is_finished: bool,
}

/// A target that failed, so that its events from the position `checkpoint` on are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FailedTarget {
    /// The target that failed.
    pub(crate) target: Target,
    /// How far the run had come when the target failed.
    pub(crate) checkpoint: Checkpoint,
}

/// Events that could not be written, or that were written out of order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnwrittenEvents {
    /// The number of such events.
    pub(crate) events: u64,
    /// How far the run had come before the first such event. For an event that was written out of
    /// order, this is the beginning of the run.
    pub(crate) checkpoint: Checkpoint,
}

/// A position in the source from which a run can continue, and the length of the output there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Checkpoint {
    /// The length of the output that precedes the record at `rest`, in bytes.
    pub(crate) bytes: u64,
    /// The number of records in the output that precede the record at `rest`.
    pub(crate) events: u64,
    /// The position of the next record in the source. `None` if the run has read nothing yet, or
    /// everything.
    pub(crate) rest: Option<Cursor>,
}

impl RunState {
    /// Creates the state of a run that has made no progress. `begun` is in Unix seconds.
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
            checkpoint: Checkpoint::default(),
            written: None,
            is_stopped: false,
            is_finished: false,
        }
    }

    /// Replaces the saved names of the accounts by the current names, in all targets.
    pub(crate) fn rename(&mut self, renamed: &TargetRenames, accounts: &Requester) {
        self.requester.accounts.clone_from(&accounts.accounts);
        let gaps = self.failed.iter_mut().map(|gap| &mut gap.target);
        let targets = self.requester.targets.iter_mut().chain(&mut self.disabled);
        for target in targets.chain(gaps) {
            *target = renamed.current(target);
        }
    }

    /// Whether the window ended before the run began, so that no more events can arrive in it.
    #[must_use]
    pub(crate) fn has_closed_window(&self) -> bool {
        let until = self.question.until.as_ref();
        until.is_some_and(|until| until.second <= self.begun)
    }

    /// Whether the run is finished and no events are missing.
    #[must_use]
    pub(crate) fn is_complete(&self) -> bool {
        self.is_finished && self.failed.is_empty() && self.broken.is_none()
    }

    /// Moves the position of the run back to the first failure of a target that responds again.
    /// `answers` tells whether a target responds. If the run is finished, an event that could not
    /// be written counts as a failure too.
    ///
    /// Never goes back past the failure of a target that still does not respond: events of that
    /// target would be removed from the output, and could not be fetched again.
    pub(crate) fn go_back(&mut self, answers: impl Fn(&Target) -> bool) {
        let (again, silent): (Vec<&FailedTarget>, Vec<&FailedTarget>) =
            self.failed.iter().partition(|gap| answers(&gap.target));
        let least = silent
            .iter()
            .map(|gap| gap.checkpoint.bytes)
            .max()
            .unwrap_or(0);
        let broken = self.broken.as_ref().filter(|_| self.is_finished);
        let checkpoints = again.iter().map(|gap| &gap.checkpoint);
        let checkpoints = checkpoints.chain(broken.map(|broken| &broken.checkpoint));
        // If several positions are equal, `min_by_key` returns the first, which is that of the
        // earliest failure.
        let Some(checkpoint) = checkpoints
            .filter(|checkpoint| checkpoint.bytes >= least)
            .min_by_key(|checkpoint| checkpoint.bytes)
            .cloned()
        else {
            return;
        };
        self.failed
            .retain(|gap| gap.checkpoint.bytes < checkpoint.bytes || !answers(&gap.target));
        self.broken = self
            .broken
            .take()
            .filter(|broken| broken.checkpoint.bytes < checkpoint.bytes);
        self.checkpoint = checkpoint;
        self.is_finished = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> RunState {
        RunState::new(SavedQuery::default(), Requester::default(), 0)
    }

    fn checkpoint(bytes: u64) -> Checkpoint {
        Checkpoint {
            bytes,
            events: bytes,
            rest: None,
        }
    }

    /// Moves a run back when only the targets in `answering` respond. Returns the failed targets
    /// that remain, and the length of the output to which the run was moved back.
    fn gone_back(state: &RunState, answering: &[&str]) -> (Vec<String>, u64) {
        let mut state = state.clone();
        state.go_back(|target| answering.contains(&target.region.as_str()));
        let failed = state.failed.iter().map(|gap| gap.target.to_string());
        (failed.collect(), state.checkpoint.bytes)
    }

    #[test]
    fn a_run_goes_back_to_the_failure_of_a_target_that_responds_again() {
        let gap = |region, bytes| FailedTarget {
            target: Target::region(region),
            checkpoint: checkpoint(bytes),
        };
        let state = RunState {
            failed: vec![gap("a", 0), gap("b", 10), gap("c", 10), gap("d", 20)],
            checkpoint: checkpoint(30),
            ..state()
        };
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(gone_back(&state, &[]), (names(&["a", "b", "c", "d"]), 30));
        assert_eq!(gone_back(&state, &["d"]), (names(&["a", "b", "c"]), 20));
        assert_eq!(gone_back(&state, &["b", "d"]), (names(&["a", "c"]), 10));
        assert_eq!(gone_back(&state, &["a", "b", "c", "d"]), (names(&[]), 0));
        // If the run moved back further, it would remove events of d, which does not respond.
        let all = names(&["a", "b", "c", "d"]);
        assert_eq!(gone_back(&state, &["a", "b", "c"]), (all, 30));
    }

    #[test]
    fn a_run_goes_back_to_an_unwritable_event_when_all_other_events_are_written() {
        let broken = Some(UnwrittenEvents {
            events: 1,
            checkpoint: checkpoint(5),
        });
        let underway = RunState {
            broken: broken.clone(),
            checkpoint: checkpoint(30),
            ..state()
        };
        let done = RunState {
            is_finished: true,
            ..underway.clone()
        };
        let after = [underway, done].map(|mut state| {
            state.go_back(|_| true);
            (state.broken, state.checkpoint.bytes, state.is_finished)
        });
        assert_eq!(after, [(broken, 30, false), (None, 5, false)]);
    }
}
