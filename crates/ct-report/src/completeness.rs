//! Judges whether the input is complete.
//!
//! The evidence is a seal (the last line of a complete output of ct-fetch, with the number and the
//! hash of its records), or the journal that ct-fetch wrote next to a file. Unreadable parts show
//! that records are missing.

use std::path::Path;

use ct_core::journal;
use ct_core::seal::{Counted, Seal};
use jiff::Timestamp;
use serde::Serialize;

/// Whether the input is known to contain all records that it should contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// Every input has a seal or a journal that proves its completeness.
    Complete,
    /// At least one input has no evidence of completeness, but no record is known to be missing.
    Unknown,
    /// Some records are known to be missing or unreadable, or an input does not match its seal.
    Incomplete,
}

/// Whether the input is complete, and the reasons if it is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Completeness {
    /// The verdict.
    pub(crate) state: State,
    /// The reasons why the input is incomplete or its completeness is unknown, as sentences.
    pub(crate) reasons: Vec<String>,
    /// The time windows that the seals cover.
    pub(crate) windows: Vec<String>,
    /// The regions and accounts that the seals cover, as written in the seals.
    pub(crate) targets: Vec<String>,
    /// The filters that restrict the records of the inputs, such as `EventName=StopLogging`.
    pub(crate) filters: Vec<String>,
    /// The number of inputs without a filter.
    #[serde(skip)]
    unfiltered: usize,
    /// The latest end of the time windows in the seals, or `None` if no input has a seal.
    #[serde(skip)]
    pub(crate) until: Option<Timestamp>,
    /// The time up to which every input contains all its events. Later events may not have arrived
    /// before they were requested. `None` if all events of every time window had arrived.
    #[serde(skip)]
    pub(crate) settled: Option<String>,
    /// The number of inputs without evidence of completeness; `first_doubt` describes the first of
    /// them.
    #[serde(skip)]
    doubts: usize,
    #[serde(skip)]
    first_doubt: String,
}

impl Default for Completeness {
    fn default() -> Self {
        Self {
            state: State::Complete,
            reasons: Vec::new(),
            windows: Vec::new(),
            targets: Vec::new(),
            filters: Vec::new(),
            unfiltered: 0,
            until: None,
            settled: None,
            doubts: 0,
            first_doubt: String::new(),
        }
    }
}

impl Completeness {
    /// Marks the input as incomplete, and adds the reason.
    pub(crate) fn miss(&mut self, reason: String) {
        self.state = State::Incomplete;
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    /// Counts an input without evidence of completeness; `lack` names the missing evidence.
    pub(crate) fn doubt(&mut self, input: &str, lack: &str) {
        if self.state == State::Complete {
            self.state = State::Unknown;
        }
        self.doubts += 1;
        self.unfiltered += 1;
        if self.doubts == 1 {
            self.first_doubt = format!("{input} has {lack}");
        }
    }

    /// Adds one reason that summarizes all inputs without evidence of completeness.
    pub(crate) fn finish(&mut self) {
        match self.doubts {
            0 => {}
            1 => self.reasons.push(self.first_doubt.clone()),
            doubts => self.reasons.push(format!(
                "{}, and the same is true for {} other inputs",
                self.first_doubt,
                doubts - 1
            )),
        }
    }

    /// Compares a seal of an input with `counted`, which is the number and the hash of the records
    /// since the previous seal.
    pub(crate) fn seal(&mut self, input: &str, seal: &str, counted: &Counted) {
        let seal = match Seal::read(seal) {
            Ok(seal) => seal,
            Err(error) => {
                self.miss(format!("the seal of {input} cannot be read: {error}"));
                return;
            }
        };
        if !seal.complete && seal.window.settled.is_none() {
            self.miss(format!(
                "the seal of {input} says that the input is incomplete"
            ));
        }
        if let Err(difference) = seal.verify(counted) {
            self.miss(format!("{input} does not match its seal: {difference}"));
        }
        for gap in &seal.gaps {
            self.miss(format!("the seal of {input} lists a gap: {gap}"));
        }
        self.settle(seal.window.settled);
        self.until = self.until.max(seal.window.until.parse().ok());
        self.windows.push(match seal.window.since {
            Some(since) => format!("{since} to {}", seal.window.until),
            None => format!("everything until {}", seal.window.until),
        });
        self.targets.extend(seal.targets);
        self.narrow(seal.filters);
    }

    /// Adds the filters that selected the records of one input.
    fn narrow(&mut self, filters: Vec<String>) {
        self.unfiltered += usize::from(filters.is_empty());
        for filter in filters {
            if !self.filters.contains(&filter) {
                self.filters.push(filter);
            }
        }
    }

    /// The description of the records if filters restrict every input, such as `only records with
    /// EventName=StopLogging`. `None` if an input has no filter.
    pub(crate) fn only(&self) -> Option<String> {
        let filters = self.filters.join(", ");
        let are_all = self.unfiltered == 0;
        (are_all && !filters.is_empty()).then(|| format!("only records with {filters}"))
    }

    /// Compares a file with its journal, and returns whether the file has a journal. `history_days`
    /// is the length of the event history, in days.
    pub(crate) fn journal(&mut self, file: &Path, history_days: u32) -> bool {
        let Some(journal) = journal::beside(file) else {
            return false;
        };
        match journal::verify(file, &journal, history_days) {
            Ok(covered) => {
                self.settle(covered.window.settled);
                self.narrow(covered.filters);
            }
            Err(reason) => self.miss(format!("{}: {reason}", file.display())),
        }
        true
    }

    /// Updates [`Completeness::settled`] with the value for one input: `None` if all events of its
    /// time window had arrived.
    fn settle(&mut self, settled: Option<String>) {
        let known = self.settled.take();
        self.settled = known.into_iter().chain(settled).min();
    }
}
