//! Says whether the input is all that was asked for: by seals, by journals, by what could not be read.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use ct_core::journal;
use ct_core::seal::{Counted, Seal};
use jiff::Timestamp;
use serde::Serialize;

/// Whether the records are complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// Every input has a seal or a journal that says so.
    Complete,
    /// Nothing says whether there was more.
    Unknown,
    /// Something is missing.
    Incomplete,
}

/// Whether the input is complete, and why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Completeness {
    /// The verdict.
    pub(crate) state: State,
    /// What is missing or unknown, a sentence each.
    pub(crate) reasons: Vec<String>,
    /// The windows that the seals cover.
    pub(crate) windows: Vec<String>,
    /// The regions and accounts that the seals cover, as they have them.
    pub(crate) targets: Vec<String>,
    /// The latest end of a window.
    #[serde(skip)]
    pub(crate) until: Option<Timestamp>,
    /// The last second whose events had all arrived, of the windows that end later.
    #[serde(skip)]
    pub(crate) settled: Option<String>,
    /// Inputs about which nothing is known, and what the first lacks.
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
            until: None,
            settled: None,
            doubts: 0,
            first_doubt: String::new(),
        }
    }
}

impl Completeness {
    /// Notes that something is missing.
    pub(crate) fn miss(&mut self, reason: String) {
        self.state = State::Incomplete;
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    /// Notes an input about which nothing is known.
    pub(crate) fn doubt(&mut self, input: &str, lack: &str) {
        if self.state == State::Complete {
            self.state = State::Unknown;
        }
        self.doubts += 1;
        if self.doubts == 1 {
            self.first_doubt = format!("{input} has {lack}");
        }
    }

    /// Puts what is unknown into one reason, however many inputs it is of.
    pub(crate) fn finish(&mut self) {
        match self.doubts {
            0 => {}
            1 => self.reasons.push(self.first_doubt.clone()),
            doubts => self.reasons.push(format!(
                "{}, nor have {} other inputs",
                self.first_doubt,
                doubts - 1
            )),
        }
    }

    /// Notes a seal of an input; `counted` are the records between it and the seal before.
    pub(crate) fn seal(&mut self, input: &str, seal: &str, counted: &Counted) {
        let seal = match Seal::read(seal) {
            Ok(seal) => seal,
            Err(error) => {
                self.miss(format!("the seal of {input} cannot be read: {error}"));
                return;
            }
        };
        if !seal.complete && seal.window.settled.is_none() {
            self.miss(format!("the seal of {input} says that it is incomplete"));
        }
        if let Err(difference) = seal.verify(counted) {
            self.miss(format!("{input} is not what was sealed: {difference}"));
        }
        for gap in &seal.gaps {
            self.miss(format!("{input} lacks {gap}"));
        }
        self.settle(seal.window.settled);
        self.until = self.until.max(seal.window.until.parse().ok());
        self.windows.push(match seal.window.since {
            Some(since) => format!("{since} to {}", seal.window.until),
            None => format!("all until {}", seal.window.until),
        });
        self.targets.extend(seal.targets);
    }

    /// Notes the journal beside a file; whether there is one. `history_days` is how far the event history goes back.
    pub(crate) fn journal(&mut self, file: &Path, history_days: u32) -> bool {
        let journal = journal::path_of(file);
        let mut start = [0; journal::HEADER.len()];
        let begins = File::open(&journal).and_then(|mut journal| journal.read_exact(&mut start));
        match begins {
            Ok(()) if start != journal::HEADER.as_bytes() => return false,
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof) =>
            {
                return false;
            }
            // What is wrong with it is said below.
            Ok(()) | Err(_) => {}
        }
        match journal::verify(file, &journal, history_days) {
            Ok(covered) => self.settle(covered.window.settled),
            Err(reason) => self.miss(format!("{}: {reason}", file.display())),
        }
        true
    }

    /// Notes up to which second a window is settled, if not to its end.
    fn settle(&mut self, settled: Option<String>) {
        let known = self.settled.take();
        self.settled = known.into_iter().chain(settled).min();
    }
}
