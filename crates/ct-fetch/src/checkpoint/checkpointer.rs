//! Notes what a run does, and puts it into the journal now and then.

use std::path::Path;
use std::time::{Duration, Instant};

use ct_core::exit::Failure;
use ct_core::record::event::Event;

use super::{Broken, Checkpoint, Gap, Journal, Written, asker, written};
use crate::account::target::Target;
use crate::source::cursor::Cursor;
use crate::source::order::Order;
use crate::writer::RecordWriter;

/// How often the journal is written at most: a run that is killed asks again for what came since.
const SAVED_EVERY: Duration = Duration::from_secs(1);

/// The same in events, for endpoints that are faster than CloudTrail: eight pages.
const SAVED_EVENTS: u64 = 400;

/// The same where the output cannot be cut: what is written twice is one page.
const SAVED_EVENTS_OF_STREAM: u64 = 50;

/// Whether a run goes on after what is put into the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It goes on, and may be killed before the journal is written again.
    Underway,
    /// It ends before it is done.
    Stopped,
    /// It is done.
    Finished,
}

/// What is done, and where it is kept.
pub(crate) struct Checkpointer {
    journal: Journal,
    order: Order,
    /// What was given to the output since the run began, and before it was broken off.
    written: Written,
    /// That of the record that came last.
    cursor: Option<Cursor>,
    /// How many bytes of it the journal on the disk says are there.
    vouched: u64,
    saved_at: Instant,
    /// Events looked at since then.
    unsaved: u64,
    /// The output holds what the journal says, and nothing else.
    is_begun: bool,
}

impl Checkpointer {
    /// Continues where the journal ends; `written` is the output up to there.
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

    /// Leaves of the output what the journal says is done, before the first record is written.
    ///
    /// The journal first: a run that is killed in between leaves more than it says, never less.
    ///
    /// # Errors
    /// When the output or the journal cannot be written.
    pub(crate) fn begin(&mut self, writer: &mut RecordWriter) -> Result<(), Failure> {
        if !self.is_begun {
            self.vouch(writer, Stage::Underway);
            self.journal.save()?;
            writer.cut(self.written.bytes())?;
            self.is_begun = true;
        }
        Ok(())
    }

    /// Whether the output holds nothing yet.
    #[must_use]
    pub(crate) fn is_at_start(&self) -> bool {
        self.written.bytes() == 0
    }

    /// Whether the journal was last written long enough, or enough events, ago.
    #[must_use]
    pub(crate) fn is_due(&self, writer: &RecordWriter) -> bool {
        let events = match writer.output().file() {
            Some(_) => SAVED_EVENTS,
            None => SAVED_EVENTS_OF_STREAM,
        };
        self.unsaved >= events || self.saved_at.elapsed() >= SAVED_EVERY
    }

    /// A record's turn has come, `events` written before it: everything before its cursor is done.
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

    /// Notes the account of an event, where nothing but the events tells it.
    pub(crate) fn saw(&mut self, event: &Event) {
        let state = &mut self.journal.state;
        if state.asker.is_unknown()
            && let Some(account) = asker::recipient(event)
        {
            state.seen.insert(account);
        }
    }

    /// A line without its end was given to the output, and its end.
    pub(crate) fn wrote(&mut self, line: &[u8]) {
        self.written.line(line);
    }

    /// A target brings nothing more: what it has from here on is missing.
    pub(crate) fn failed(&mut self, target: &Target) {
        let state = &mut self.journal.state;
        if !state.failed.iter().any(|gap| gap.target == *target) {
            state.failed.push(Gap {
                target: target.clone(),
                edge: state.edge.clone(),
            });
        }
    }

    /// The account has not enabled a target.
    pub(crate) fn disabled(&mut self, target: &Target) {
        self.journal.state.disabled.push(target.clone());
    }

    /// An event that was noted cannot be written.
    pub(crate) fn broke(&mut self) {
        let state = &mut self.journal.state;
        let edge = state.edge.clone();
        let broken = state.broken.get_or_insert(Broken { events: 0, edge });
        broken.events += 1;
    }

    /// An event was written out of order: the same command, run again, begins at the start.
    pub(crate) fn misplaced(&mut self) {
        let state = &mut self.journal.state;
        let events = state.broken.as_ref().map_or(0, |broken| broken.events);
        state.broken = Some(Broken {
            events: events + 1,
            edge: Checkpoint::default(),
        });
    }

    /// How many bytes of the output the file of the journal vouches for.
    #[must_use]
    pub(crate) fn vouched(&self) -> u64 {
        self.vouched
    }

    /// Where it is kept.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        self.journal.path()
    }

    /// Puts what is done into the journal, `events` written in all. Nothing of a run that has not begun: what an earlier one
    /// left still stands.
    ///
    /// # Errors
    /// When the output or the journal cannot be written, and when the output file is not what was
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

    /// What the journal says of the output: all that was given to it.
    fn vouch(&mut self, writer: &RecordWriter, stage: Stage) {
        let kept = &mut self.journal.state;
        let file = writer.output().file();
        kept.written = file.map(|_| self.written.digest());
        kept.is_stopped = stage != Stage::Underway;
        kept.is_finished = stage == Stage::Finished;
    }
}
