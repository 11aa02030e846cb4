//! Tracks the progress of a run, and saves it in the journal at intervals.

use std::path::Path;
use std::time::{Duration, Instant};

use ct_core::exit::Failure;
use ct_core::record::event::Event;

use super::{
    Checkpoint, FailedTarget, Journal, OutputHasher, UnwrittenEvents, output_hash, requester,
};
use crate::account::target::Target;
use crate::source::cursor::Cursor;
use crate::source::order::Order;
use crate::writer::RecordWriter;

/// The maximum time between two saves. If the run is killed, the next run requests the events since
/// the last save again.
const SAVED_EVERY: Duration = Duration::from_secs(1);

/// The maximum number of events between two saves: eight pages. Only endpoints that are faster than
/// CloudTrail return so many events within [`SAVED_EVERY`].
const SAVED_EVENTS: u64 = 400;

/// Like [`SAVED_EVENTS`], but for standard output, which cannot be truncated. After a kill, the
/// next run repeats at most one page.
const SAVED_EVENTS_OF_STREAM: u64 = 50;

/// Whether the run continues after its progress is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The run continues, and may be killed before the next save.
    Underway,
    /// The run ends, but is not complete.
    Stopped,
    /// The run is complete.
    Finished,
}

/// The progress of a run, and the journal in which it is saved.
pub(crate) struct Checkpointer {
    journal: Journal,
    order: Order,
    /// The length and the hash of the output, including the part that interrupted runs wrote.
    written: OutputHasher,
    /// The position of the last record in the source; `None` before the first record.
    cursor: Option<Cursor>,
    /// The length of the output at the last save, in bytes.
    vouched: u64,
    saved_at: Instant,
    /// The number of events since the last save.
    unsaved: u64,
    /// Whether the output was truncated to the length in the journal.
    is_begun: bool,
}

impl Checkpointer {
    /// Creates a checkpointer for a run that continues at the position in the journal. `written` is
    /// the length and the hash of the output that belongs to this position.
    #[must_use]
    pub(crate) fn new(
        journal: Journal,
        written: OutputHasher,
        order: Order,
        start: Instant,
    ) -> Self {
        Self {
            cursor: journal.state.checkpoint.rest.clone(),
            vouched: written.bytes(),
            journal,
            order,
            written,
            saved_at: start,
            unsaved: 0,
            is_begun: false,
        }
    }

    /// Truncates the output to the length in the journal. The caller must call `begin` before it
    /// writes the first record.
    ///
    /// The journal is saved before the output is truncated. If the run is killed between the two
    /// steps, the output is longer than the journal says, and never shorter.
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

    /// Whether the next save is due, because of the time or the number of events since the last
    /// save.
    #[must_use]
    pub(crate) fn is_due(&self, writer: &RecordWriter) -> bool {
        let events = match writer.output().file() {
            Some(_) => SAVED_EVENTS,
            None => SAVED_EVENTS_OF_STREAM,
        };
        self.unsaved >= events || self.saved_at.elapsed() >= SAVED_EVERY
    }

    /// Records that the next record to write is at `cursor` in the source, and that `events`
    /// records were written so far. A later run continues at the cursor, so all earlier records
    /// must have been written or skipped.
    pub(crate) fn set_cursor(&mut self, cursor: Cursor, events: u64) {
        self.unsaved += 1;
        let is_next = match (&self.cursor, &cursor) {
            (None, _) => true,
            (Some(Cursor::Second(before)), Cursor::Second(second)) => {
                self.order.is_after(*second, *before)
            }
            (Some(before), cursor) => before != cursor,
        };
        if is_next {
            self.journal.state.checkpoint = Checkpoint {
                bytes: self.written.bytes(),
                events,
                rest: Some(cursor.clone()),
            };
            self.cursor = Some(cursor);
        }
    }

    /// Remembers the account ID that an event's record contains, if nothing else identifies the
    /// account.
    pub(crate) fn record_account(&mut self, event: &Event) {
        let state = &mut self.journal.state;
        if state.requester.is_unknown()
            && let Some(account) = requester::recipient(event)
        {
            state.seen.insert(account);
        }
    }

    /// Adds `line` and a line end, which were written, to the length and the hash of the output.
    pub(crate) fn wrote(&mut self, line: &[u8]) {
        self.written.line(line);
    }

    /// Records that requests for a target failed, so that the rest of its events are missing.
    pub(crate) fn add_failed(&mut self, target: &Target) {
        let state = &mut self.journal.state;
        if !state.failed.iter().any(|gap| gap.target == *target) {
            state.failed.push(FailedTarget {
                target: target.clone(),
                checkpoint: state.checkpoint.clone(),
            });
        }
    }

    /// Records that a target is not enabled in the account.
    pub(crate) fn add_disabled(&mut self, target: &Target) {
        self.journal.state.disabled.push(target.clone());
    }

    /// Records that an event could not be written.
    pub(crate) fn add_unwritten(&mut self) {
        let state = &mut self.journal.state;
        let checkpoint = state.checkpoint.clone();
        let broken = state.broken.get_or_insert(UnwrittenEvents {
            events: 0,
            checkpoint,
        });
        broken.events += 1;
    }

    /// Records that an event was written out of order. If the user repeats the command after the
    /// run finished, the new run starts from the beginning.
    pub(crate) fn misplaced(&mut self) {
        let state = &mut self.journal.state;
        let events = state.broken.as_ref().map_or(0, |broken| broken.events);
        state.broken = Some(UnwrittenEvents {
            events: events + 1,
            checkpoint: Checkpoint::default(),
        });
    }

    /// Returns the length of the output at the last save, in bytes.
    #[must_use]
    pub(crate) fn vouched(&self) -> u64 {
        self.vouched
    }

    /// Returns the path of the journal.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        self.journal.path()
    }

    /// Saves the progress. `events` is the number of events written so far. Before
    /// [`Checkpointer::begin`], nothing is saved, so that an earlier run's journal remains valid.
    ///
    /// # Errors
    /// If the output or the journal cannot be written, or if another process changed the output
    /// file.
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
        output_hash::is_intact(writer.output(), self.written.bytes())?;
        if stage == Stage::Finished {
            self.journal.state.checkpoint = Checkpoint {
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

    /// Updates the journal in memory, so that it describes everything written so far.
    fn vouch(&mut self, writer: &RecordWriter, stage: Stage) {
        let kept = &mut self.journal.state;
        let file = writer.output().file();
        kept.written = file.map(|_| self.written.digest());
        kept.is_stopped = stage != Stage::Underway;
        kept.is_finished = stage == Stage::Finished;
    }
}
