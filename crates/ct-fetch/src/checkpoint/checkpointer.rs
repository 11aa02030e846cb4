//! What a run has done so far, put into its journal now and then.

use std::path::Path;
use std::time::{Duration, Instant};

use ct_core::exit::Failure;

use crate::checkpoint::{Broken, Checkpoint, Gap, Journal};
use crate::coverage::Coverage;
use crate::order::Order;
use crate::outlet::Outlet;
use crate::place::Place;

/// How often the journal is written at most: a run that is killed asks again for what came since.
const SAVED_EVERY: Duration = Duration::from_secs(1);

/// The same in events, for endpoints that are faster than CloudTrail: eight pages.
const SAVED_EVENTS: u64 = 400;

/// The same where the output cannot be cut: what goes to a reader twice is one page.
const SAVED_EVENTS_READ: u64 = 50;

/// What is done, and where it is kept.
pub struct Checkpointer {
    journal: Journal,
    order: Order,
    /// Bytes given to the output since the run began, and before it was broken off.
    bytes: u64,
    /// The second of the event that came last.
    second: Option<i64>,
    saved_at: Instant,
    /// Events looked at since then.
    unsaved: u64,
    /// The output holds what the journal says, and nothing else.
    is_begun: bool,
}

impl Checkpointer {
    /// Goes on from where the journal ends.
    #[must_use]
    pub fn new(journal: Journal, order: Order, start: Instant) -> Self {
        let Checkpoint { bytes, rest, .. } = journal.state.edge;
        Self {
            journal,
            order,
            bytes,
            second: rest,
            saved_at: start,
            unsaved: 0,
            is_begun: false,
        }
    }

    /// Leaves of the output what the journal says is done, before the first record is written.
    ///
    /// The journal first: a run that is killed in between leaves more than it says, never less.
    ///
    /// # Errors
    /// When the output or the journal cannot be written.
    pub fn begin(&mut self, outlet: &mut Outlet) -> Result<(), Failure> {
        if !self.is_begun {
            self.journal.save()?;
            outlet.cut(self.journal.state.edge.bytes)?;
            self.is_begun = true;
        }
        Ok(())
    }

    /// Whether the output holds nothing yet.
    #[must_use]
    pub fn is_at_start(&self) -> bool {
        self.bytes == 0
    }

    /// Whether the journal was last written long enough, or enough events, ago.
    #[must_use]
    pub fn is_due(&self, outlet: &Outlet) -> bool {
        let events = if outlet.may_be_seen() {
            SAVED_EVENTS_READ
        } else {
            SAVED_EVENTS
        };
        self.unsaved >= events || self.saved_at.elapsed() >= SAVED_EVERY
    }

    /// An event's turn has come, `events` written before it: a second that another follows is done.
    pub fn note(&mut self, second: i64, events: u64) {
        self.unsaved += 1;
        let is_next = |before| self.order.is_after(second, before);
        if self.second.is_none_or(is_next) {
            self.journal.state.edge = Checkpoint {
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

    /// A place brings nothing more: what it has from here on is missing.
    pub fn lost(&mut self, place: &Place) {
        let state = &mut self.journal.state;
        if !state.lost.iter().any(|gap| gap.place == *place) {
            state.lost.push(Gap {
                place: place.clone(),
                edge: state.edge,
            });
        }
    }

    /// The account has not enabled a place.
    pub fn disabled(&mut self, place: &Place) {
        self.journal.state.disabled.push(place.clone());
    }

    /// An event that was noted cannot be written.
    pub fn broke(&mut self) {
        let state = &mut self.journal.state;
        let edge = state.edge;
        let broken = state.broken.get_or_insert(Broken { events: 0, edge });
        broken.events += 1;
    }

    /// Where it is kept.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.journal.path()
    }

    /// Writes down what is done; all of it, when the run `is_finished`. Nothing of a run that has not
    /// begun: what an earlier one left still stands.
    ///
    /// # Errors
    /// When the output or the journal cannot be written.
    pub fn save(
        &mut self,
        outlet: &mut Outlet,
        coverage: &Coverage,
        is_finished: bool,
    ) -> Result<(), Failure> {
        if is_finished {
            self.begin(outlet)?;
        }
        if !self.is_begun {
            return Ok(());
        }
        let state = &mut self.journal.state;
        if is_finished {
            state.edge = Checkpoint {
                bytes: self.bytes,
                events: coverage.events,
                rest: None,
            };
        }
        state.is_finished = is_finished;
        outlet.sync()?;
        self.saved_at = Instant::now();
        self.unsaved = 0;
        self.journal.save()
    }
}
