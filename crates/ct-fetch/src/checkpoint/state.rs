//! What is known of a run.

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::time::Window;

use crate::place::Place;

/// What is known of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The command line without the program's name, as typed.
    pub arguments: Vec<String>,
    /// As it was when the run began: `--since 1d` does not move.
    pub window: Window,
    /// In the order that ties go by.
    pub places: Vec<Place>,
    /// Those of them that the account has not enabled: they have not been asked for events since.
    pub disabled: Vec<Place>,
    /// Places that refused on the way, in the order they did.
    pub lost: Vec<Gap>,
    /// Events that could not be written.
    pub broken: Option<Broken>,
    /// How far it has come.
    pub edge: Checkpoint,
    /// It has come to the end of the window; what was lost or broken on the way is missing still.
    pub is_finished: bool,
}

/// A place that has brought nothing more from `edge` on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Which one.
    pub place: Place,
    /// How far the run had come.
    pub edge: Checkpoint,
}

/// Events that are missing in the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    /// How many.
    pub events: u64,
    /// How far the run had come before the first.
    pub edge: Checkpoint,
}

/// A place in the output that a run can go on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Checkpoint {
    /// So many bytes of the output hold everything that comes before `rest`.
    pub bytes: u64,
    /// So many records are in them.
    pub events: u64,
    /// The first second, since 1970, that is left to do: the newest, or the oldest where those come
    /// first; `None` where all is.
    pub rest: Option<i64>,
}

impl State {
    /// Of a run that has done nothing yet.
    #[must_use]
    pub fn new(arguments: Vec<String>, window: Window, places: Vec<Place>) -> Self {
        Self {
            arguments,
            window,
            places,
            disabled: Vec::new(),
            lost: Vec::new(),
            broken: None,
            edge: Checkpoint::default(),
            is_finished: false,
        }
    }

    /// This state, if the run of `other` asks the places it holds: `AWS_REGION` is not typed.
    ///
    /// # Errors
    /// When it asks others.
    pub fn of(self, other: &Self) -> Result<Self, Failure> {
        if self.places == other.places {
            return Ok(self);
        }
        let names = |state: &Self| {
            let names: Vec<String> = state.places.iter().map(Place::to_string).collect();
            names.join(" ")
        };
        Err(Failure::Usage(anyhow!(
            "the journal is of {}, not of {}: name the same regions and accounts, or pass --restart",
            names(&self),
            names(other)
        )))
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_finished && self.lost.is_empty() && self.broken.is_none()
    }

    /// Goes back to where the first of the places that answer again was lost; once all else is done,
    /// to where the first event could not be written.
    ///
    /// Never behind a place that has brought events since and does not answer now: they would be
    /// cut off and not come again.
    pub fn go_back(&mut self, answers: impl Fn(&Place) -> bool) {
        let (again, silent): (Vec<&Gap>, Vec<&Gap>) =
            self.lost.iter().partition(|gap| answers(&gap.place));
        let least = silent.iter().map(|gap| gap.edge.bytes).max().unwrap_or(0);
        let broken = self.broken.filter(|_| self.is_finished);
        let edges = again.iter().map(|gap| gap.edge);
        let edges = edges.chain(broken.map(|broken| broken.edge));
        // Of equals the first: they stand in the order they came.
        let Some(edge) = edges
            .filter(|edge| edge.bytes >= least)
            .min_by_key(|edge| edge.bytes)
        else {
            return;
        };
        self.lost
            .retain(|gap| gap.edge.bytes < edge.bytes || !answers(&gap.place));
        self.broken = self.broken.filter(|broken| broken.edge.bytes < edge.bytes);
        self.edge = edge;
        self.is_finished = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        State::new(Vec::new(), Window::default(), Vec::new())
    }

    fn edge(bytes: u64) -> Checkpoint {
        Checkpoint {
            bytes,
            events: bytes,
            rest: None,
        }
    }

    /// Which places are lost after going back, and to how many bytes, when these answer again.
    fn gone_back(state: &State, answering: &[&str]) -> (Vec<String>, u64) {
        let mut state = state.clone();
        state.go_back(|place| answering.contains(&place.region.as_str()));
        let lost = state.lost.iter().map(|gap| gap.place.to_string());
        (lost.collect(), state.edge.bytes)
    }

    #[test]
    fn a_run_goes_back_to_where_a_place_was_lost_that_answers_again() {
        let gap = |region, bytes| Gap {
            place: Place::region(region),
            edge: edge(bytes),
        };
        let state = State {
            lost: vec![gap("a", 0), gap("b", 10), gap("c", 10), gap("d", 20)],
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
            broken,
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
