//! What a run has done so far, put into its journal now and then.

use std::time::{Duration, Instant};

use ct_core::exit::Failure;

use crate::coverage::Coverage;
use crate::journal::{Edge, Journal};
use crate::outlet::Outlet;

/// How often the journal is written at most: a run that is killed asks again for what came since.
const SAVED_EVERY: Duration = Duration::from_secs(1);

/// The same in events, for endpoints that are faster than CloudTrail: eight pages.
const SAVED_EVENTS: u64 = 400;

/// What is done, and where it is kept.
pub struct Ledger {
    journal: Journal,
    /// Bytes given to the output since the run began, and before it was broken off.
    bytes: u64,
    /// The second of the event that came last.
    second: Option<i64>,
    saved_at: Instant,
    /// Events looked at since then.
    unsaved: u64,
}

impl Ledger {
    /// Goes on from where the journal ends.
    #[must_use]
    pub fn new(journal: Journal, start: Instant) -> Self {
        let Edge { bytes, rest, .. } = journal.state.edge;
        Self {
            journal,
            bytes,
            second: rest,
            saved_at: start,
            unsaved: 0,
        }
    }

    /// Whether the journal was last written long enough, or enough events, ago.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.unsaved >= SAVED_EVENTS || self.saved_at.elapsed() >= SAVED_EVERY
    }

    /// An event's turn has come, `events` written before it: a second that an older one follows is done.
    pub fn note(&mut self, second: i64, events: u64) {
        self.unsaved += 1;
        if self.second.is_none_or(|newer| second < newer) {
            self.journal.state.edge = Edge {
                bytes: self.bytes,
                events,
                rest: Some(second),
            };
            self.second = Some(second);
        }
    }

    /// So many bytes more were given to the output.
    pub fn wrote(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    /// Writes down what is done; all of it, when the run `is_finished`.
    ///
    /// # Errors
    /// When the output or the journal cannot be written.
    pub fn save(
        &mut self,
        outlet: &mut Outlet,
        coverage: &Coverage,
        is_finished: bool,
    ) -> Result<(), Failure> {
        let state = &mut self.journal.state;
        if is_finished {
            state.edge = Edge {
                bytes: self.bytes,
                events: coverage.events,
                rest: None,
            };
        }
        state.is_finished = is_finished;
        state.lost.clone_from(&coverage.lost);
        outlet.sync()?;
        self.saved_at = Instant::now();
        self.unsaved = 0;
        self.journal.save()
    }
}
