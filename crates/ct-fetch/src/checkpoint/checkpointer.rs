//! Tracks the progress of a run, and saves it to the journal at intervals.

use std::path::Path;
use std::time::{Duration, Instant};

use ct_core::exit::Failure;
use ct_core::record::event::Event;

use super::{Broken, Checkpoint, Gap, Journal, Written, requester, written};
use crate::account::target::Target;
use crate::source::cursor::Cursor;
use crate::source::order::Order;
use crate::writer::RecordWriter;

/// The time after which a save is due. A killed run requests again what came after the last save.
const SAVED_EVERY: Duration = Duration::from_secs(1);

/// The number of events after which a save is due, for endpoints that are faster than CloudTrail:
/// eight pages.
const SAVED_EVENTS: u64 = 400;

/// The same number if the output cannot be truncated: at most one page is written twice.
const SAVED_EVENTS_OF_STREAM: u64 = 50;

/// Whether the run continues after a save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It continues, and may be killed before the next save.
    Underway,
    /// It ends early.
    Stopped,
    /// It is complete.
    Finished,
}

/// The progress and its journal.
pub(crate) struct Checkpointer {
    journal: Journal,
    order: Order,
    /// The lines written so far, including those before an interruption.
    written: Written,
    /// The cursor of the last record.
    cursor: Option<Cursor>,
    /// The number of output bytes that the saved journal confirms.
    vouched: u64,
    saved_at: Instant,
    /// The number of events since the last save.
    unsaved: u64,
    /// Whether the output has been truncated to the state of the journal.
    is_begun: bool,
}

impl Checkpointer {
    /// A checkpointer that continues where the journal ends. `written` is the output up to that
    /// point.
    #[must_use]
    pub(crate) fn new(journal: Journal, written: Written, order: Order, start: Instant) -> Self {
        Self {
            cursor: journal.state.edge.rest.clone(),
            vouched: written.bytes(),
            journal,
            order,
            written,
            saved_at: start,
            unsaved: 0,
            is_begun: false,
        }
    }

    /// Truncates the output to the journal's state, before the first record is written.
    ///
    /// The journal is saved first: a run that is killed in between leaves more output than the
    /// journal records, never less.
    ///
    /// # Errors
    /// If the output or the journal cannot be written.
    pub(crate) fn begin(&mut self, writer: &mut RecordWriter) -> Result<(), Failure> {
        if !self.is_begun {
            self.vouch(writer, Stage::Underway);
            self.journal.save()?;
            writer.cut(self.written.bytes())?;
            self.is_begun = true;
        }
        Ok(())
    }

    /// Whether the output is empty.
    #[must_use]
    pub(crate) fn is_at_start(&self) -> bool {
        self.written.bytes() == 0
    }

    /// Whether enough time has passed, or enough events were noted, since the last save.
    #[must_use]
    pub(crate) fn is_due(&self, writer: &RecordWriter) -> bool {
        let events = match writer.output().file() {
            Some(_) => SAVED_EVENTS,
            None => SAVED_EVENTS_OF_STREAM,
        };
        self.unsaved >= events || self.saved_at.elapsed() >= SAVED_EVERY
    }

    /// Records that the next record is at `cursor`, after `events` written records. Everything
    /// before the cursor is done.
    pub(crate) fn note(&mut self, cursor: Cursor, events: u64) {
        self.unsaved += 1;
        let is_next = match (&self.cursor, &cursor) {
            (None, _) => true,
            (Some(Cursor::Second(before)), Cursor::Second(second)) => {
                self.order.is_after(*second, *before)
            }
            (Some(before), cursor) => before != cursor,
        };
        if is_next {
            self.journal.state.edge = Checkpoint {
                bytes: self.written.bytes(),
                events,
                rest: Some(cursor.clone()),
            };
            self.cursor = Some(cursor);
        }
    }

    /// Records the account of an event, if nothing else identifies it.
    pub(crate) fn saw(&mut self, event: &Event) {
        let state = &mut self.journal.state;
        if state.requester.is_unknown()
            && let Some(account) = requester::recipient(event)
        {
            state.seen.insert(account);
        }
    }

    /// Records that `line` was written, followed by a line end.
    pub(crate) fn wrote(&mut self, line: &[u8]) {
        self.written.line(line);
    }

    /// Records that a target failed, so its remaining events are missing.
    pub(crate) fn failed(&mut self, target: &Target) {
        let state = &mut self.journal.state;
        if !state.failed.iter().any(|gap| gap.target == *target) {
            state.failed.push(Gap {
                target: target.clone(),
                edge: state.edge.clone(),
            });
        }
    }

    /// Records that a target is not enabled in the account.
    pub(crate) fn disabled(&mut self, target: &Target) {
        self.journal.state.disabled.push(target.clone());
    }

    /// Records that an event cannot be written.
    pub(crate) fn broke(&mut self) {
        let state = &mut self.journal.state;
        let edge = state.edge.clone();
        let broken = state.broken.get_or_insert(Broken { events: 0, edge });
        broken.events += 1;
    }

    /// Records that an event was written out of order. The same command then restarts from the
    /// beginning.
    pub(crate) fn misplaced(&mut self) {
        let state = &mut self.journal.state;
        let events = state.broken.as_ref().map_or(0, |broken| broken.events);
        state.broken = Some(Broken {
            events: events + 1,
            edge: Checkpoint::default(),
        });
    }

    /// The number of output bytes that the saved journal confirms.
    #[must_use]
    pub(crate) fn vouched(&self) -> u64 {
        self.vouched
    }

    /// The journal's path.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        self.journal.path()
    }

    /// Saves the progress after `events` written events. A run that has not begun saves nothing, so
    /// that an earlier run's journal stays valid.
    ///
    /// # Errors
    /// If the output or the journal cannot be written, or the output file does not contain what was
    /// written to it.
    pub(crate) fn save(
        &mut self,
        writer: &mut RecordWriter,
        events: u64,
        stage: Stage,
    ) -> Result<(), Failure> {
        if stage == Stage::Finished {
            self.begin(writer)?;
        }
        if !self.is_begun {
            return Ok(());
        }
        writer.sync()?;
        written::is_intact(writer.output(), self.written.bytes())?;
        if stage == Stage::Finished {
            self.journal.state.edge = Checkpoint {
                bytes: self.written.bytes(),
                events,
                rest: None,
            };
        }
        self.vouch(writer, stage);
        self.saved_at = Instant::now();
        self.unsaved = 0;
        self.journal.save()?;
        self.vouched = self.written.bytes();
        Ok(())
    }

    /// Updates the journal to describe all of the output written so far.
    fn vouch(&mut self, writer: &RecordWriter, stage: Stage) {
        let kept = &mut self.journal.state;
        let file = writer.output().file();
        kept.written = file.map(|_| self.written.digest());
        kept.is_stopped = stage != Stage::Underway;
        kept.is_finished = stage == Stage::Finished;
    }
}
