//! What is known of a run.

use std::collections::BTreeSet;

use super::asker::{Asker, Renamed};
use super::query::Question;
use super::written::Digest;
use crate::account::target::Target;
use crate::source::cursor::Cursor;

/// What is known of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    /// What was asked for; its window is that of the first run: `--since 1d` does not move.
    pub(crate) question: Question,
    /// Whose events, and where.
    pub(crate) asker: Asker,
    /// The second, since 1970, at which the newest events were asked for: later ones are missing.
    pub(crate) begun: i64,
    /// The accounts that the records were of, where nothing else tells.
    pub(crate) seen: BTreeSet<String>,
    /// Those of them that the account has not enabled: they have not been asked for events since.
    pub(crate) disabled: Vec<Target>,
    /// Places that refused on the way, in the order they did.
    pub(crate) failed: Vec<Gap>,
    /// Events that could not be written.
    pub(crate) broken: Option<Broken>,
    /// How far it has come.
    pub(crate) edge: Checkpoint,
    /// What was written to the output when this was kept; `None` where it goes to no file.
    pub(crate) written: Option<Digest>,
    /// The run ended after that and has written nothing more.
    pub(crate) is_stopped: bool,
    /// It has come to the end of the window; what was lost or broken on the way is missing still.
    pub(crate) is_finished: bool,
}

/// A target that has brought nothing more from `edge` on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gap {
    /// Which one.
    pub(crate) target: Target,
    /// How far the run had come.
    pub(crate) edge: Checkpoint,
}

/// Events that are missing in the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    /// How many.
    pub(crate) events: u64,
    /// How far the run had come before the first.
    pub(crate) edge: Checkpoint,
}

/// Where a run can be continued.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Checkpoint {
    /// The length of the output that holds everything before `rest`.
    pub(crate) bytes: u64,
    /// How many records that are.
    pub(crate) events: u64,
    /// Where to continue; `None` where all is left to do, or nothing.
    pub(crate) rest: Option<Cursor>,
}

impl State {
    /// Of a run that has done nothing yet; `begun` is in seconds since 1970.
    #[must_use]
    pub(crate) fn new(question: Question, asker: Asker, begun: i64) -> Self {
        Self {
            question,
            asker,
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

    /// Gives the targets the names that their accounts have now.
    pub(crate) fn rename(&mut self, renamed: &Renamed, accounts: &Asker) {
        self.asker.accounts.clone_from(&accounts.accounts);
        let gaps = self.failed.iter_mut().map(|gap| &mut gap.target);
        let targets = self.asker.targets.iter_mut().chain(&mut self.disabled);
        for target in targets.chain(gaps) {
            *target = renamed.of(target);
        }
    }

    /// Whether the window ended before the run began, so that the same events are in it for ever.
    #[must_use]
    pub(crate) fn has_closed_window(&self) -> bool {
        let until = self.question.until.as_ref();
        until.is_some_and(|until| until.second <= self.begun)
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub(crate) fn is_complete(&self) -> bool {
        self.is_finished && self.failed.is_empty() && self.broken.is_none()
    }

    /// Goes back to where the first of the targets that answer again failed; once all else is done,
    /// to where the first event could not be written.
    ///
    /// Never behind a target that has brought events since and does not answer now: they would be
    /// cut off and not come again.
    pub(crate) fn go_back(&mut self, answers: impl Fn(&Target) -> bool) {
        let (again, silent): (Vec<&Gap>, Vec<&Gap>) =
            self.failed.iter().partition(|gap| answers(&gap.target));
        let least = silent.iter().map(|gap| gap.edge.bytes).max().unwrap_or(0);
        let broken = self.broken.as_ref().filter(|_| self.is_finished);
        let edges = again.iter().map(|gap| &gap.edge);
        let edges = edges.chain(broken.map(|broken| &broken.edge));
        // Of equals the first: they stand in the order they came.
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

    fn state() -> State {
        State::new(Question::default(), Asker::default(), 0)
    }

    fn edge(bytes: u64) -> Checkpoint {
        Checkpoint {
            bytes,
            events: bytes,
            rest: None,
        }
    }

    /// Which targets have failed after going back, and to how many bytes, when these answer again.
    fn gone_back(state: &State, answering: &[&str]) -> (Vec<String>, u64) {
        let mut state = state.clone();
        state.go_back(|target| answering.contains(&target.region.as_str()));
        let failed = state.failed.iter().map(|gap| gap.target.to_string());
        (failed.collect(), state.edge.bytes)
    }

    #[test]
    fn a_run_goes_back_to_where_a_place_was_lost_that_answers_again() {
        let gap = |region, bytes| Gap {
            target: Target::region(region),
            edge: edge(bytes),
        };
        let state = State {
            failed: vec![gap("a", 0), gap("b", 10), gap("c", 10), gap("d", 20)],
            edge: edge(30),
            ..state()
        };
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(gone_back(&state, &[]), (names(&["a", "b", "c", "d"]), 30));
        assert_eq!(gone_back(&state, &["d"]), (names(&["a", "b", "c"]), 20));
        assert_eq!(gone_back(&state, &["b", "d"]), (names(&["a", "c"]), 10));
        assert_eq!(gone_back(&state, &["a", "b", "c", "d"]), (names(&[]), 0));
        // What d has brought since is not cut off.
        let all = names(&["a", "b", "c", "d"]);
        assert_eq!(gone_back(&state, &["a", "b", "c"]), (all, 30));
    }

    #[test]
    fn a_run_goes_back_to_an_event_that_could_not_be_written_once_all_else_is_done() {
        let broken = Some(Broken {
            events: 1,
            edge: edge(5),
        });
        let underway = State {
            broken: broken.clone(),
            edge: edge(30),
            ..state()
        };
        let done = State {
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
