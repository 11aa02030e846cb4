//! Writes the header and the records, and tracks the progress of the run.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;

use ct_core::exit::Failure;
use ct_core::record;
use ct_core::record::event::Event;

use super::{Fetch, Report};
use crate::checkpoint::{Checkpointer, HistoryState, Stage};
use crate::source::cursor::Cursor;
use crate::writer::RecordWriter;

impl Fetch<'_> {
    /// Prepares the output for records: truncates it to the length in the journal or state file. If
    /// the output is empty, writes the header.
    pub(super) async fn begin_output(
        &mut self,
        writer: &mut RecordWriter,
        report: &mut impl Report,
        stop: Pin<&mut impl Future<Output = Failure>>,
    ) -> Result<(), Failure> {
        if self.is_begun {
            return Ok(());
        }
        if let Some(checkpointer) = &mut self.checkpointer {
            checkpointer.begin(writer)?;
        }
        if let Some(history_state) = &mut self.history_state {
            history_state.begin(writer)?;
        }
        let is_new = self
            .checkpointer
            .as_ref()
            .is_none_or(Checkpointer::is_at_start)
            && self
                .history_state
                .as_ref()
                .is_none_or(HistoryState::is_at_start);
        if let Some(header) = self.layout.header().filter(|_| is_new) {
            wait_for_room(header.len() + 1, writer, report, stop).await?;
            self.put(&header, writer)?;
        }
        self.is_begun = true;
        Ok(())
    }

    /// Writes the record of an event, unless the query excludes it or an earlier run delivered it.
    /// Waits until the output can take the record, and only then updates the progress.
    pub(super) async fn deliver(
        &mut self,
        region: usize,
        event: &Event,
        writer: &mut RecordWriter,
        report: &mut impl Report,
        stop: Pin<&mut impl Future<Output = Failure>>,
    ) -> Result<(), Failure> {
        let is_known = |history_state: &HistoryState| history_state.is_known(event);
        let is_wanted = self.plan.wants(event);
        let line = match is_wanted {
            Ok(false) => None,
            _ if self.history_state.as_ref().is_some_and(is_known) => None,
            Ok(true) => Some(line(event).and_then(|record| self.layout.row(record))),
            Err(reason) => Some(Err(reason)),
        };
        if let Some(Ok(line)) = &line {
            wait_for_room(line.len() + 1, writer, report, stop).await?;
        }
        self.note(event);
        match line {
            Some(Ok(line)) => {
                self.put(&line, writer)?;
                self.summary.events += 1;
                if let Some(seal_builder) = &mut self.seal_builder {
                    seal_builder.record(line.as_bytes());
                }
                if let Some(history_state) = &mut self.history_state {
                    history_state.add_delivered(event, region);
                }
            }
            Some(Err(reason)) => self.miss(region, event, &reason, report),
            None => {}
        }
        Ok(())
    }

    /// Updates the summary and the progress before an event is written or skipped.
    fn note(&mut self, event: &Event) {
        self.summary.reached = event.event_time.or(self.summary.reached);
        if let Some(checkpointer) = &mut self.checkpointer {
            checkpointer.record_account(event);
        }
        if let Some(history_state) = &mut self.history_state {
            history_state.note(event);
        }
        if let (Some(checkpointer), Some(cursor)) =
            (&mut self.checkpointer, Cursor::of_event(event))
        {
            checkpointer.set_cursor(cursor, self.summary.events);
        }
    }

    /// Writes a line. The caller must have waited with [`wait_for_room`].
    pub(super) fn put(&mut self, line: &str, writer: &mut RecordWriter) -> Result<(), Failure> {
        writer.line(line.as_bytes())?;
        if let Some(checkpointer) = &mut self.checkpointer {
            checkpointer.wrote(line.as_bytes());
        }
        if let Some(history_state) = &mut self.history_state {
            history_state.wrote(line.as_bytes());
        }
        Ok(())
    }

    /// Handles an event that was written out of order. Saves this in the journal before the event
    /// is reported. The next run then starts from the beginning even if this run is killed.
    pub(super) fn misplace(
        &mut self,
        region: usize,
        event: &Event,
        writer: &mut RecordWriter,
        report: &mut impl Report,
    ) -> Result<(), Failure> {
        self.summary.misplaced += 1;
        if let Some(checkpointer) = &mut self.checkpointer {
            checkpointer.misplaced();
            if self.summary.misplaced == 1 {
                self.save(writer, Stage::Underway)?;
            }
        }
        let id = event.event_id.as_deref().unwrap_or("without an ID");
        let target = self.regions[region].service.target();
        report.problem(&format!(
            "event {id} of {target} is out of order: it arrived after later events were written: \
             run it again"
        ));
        Ok(())
    }

    fn miss(&mut self, region: usize, event: &Event, reason: &str, report: &mut impl Report) {
        self.summary.broken += 1;
        if let Some(checkpointer) = &mut self.checkpointer {
            checkpointer.add_unwritten();
        }
        let id = event.event_id.as_deref().unwrap_or("without an ID");
        let target = self.regions[region].service.target();
        report.problem(&format!(
            "event {id} of {target} cannot be written: {reason}: look it up with --event-id"
        ));
    }
}

/// Waits until the output can take a line of `bytes` bytes, including its line end.
pub(super) async fn wait_for_room(
    bytes: usize,
    writer: &mut RecordWriter,
    report: &mut impl Report,
    mut stop: Pin<&mut impl Future<Output = Failure>>,
) -> Result<(), Failure> {
    report.writing();
    tokio::select! {
        biased;
        failure = &mut stop => Err(failure),
        room = writer.room(bytes) => room,
    }
}

/// Returns the record of an event as one line, otherwise unchanged.
fn line(event: &Event) -> Result<Cow<'_, str>, String> {
    if let Some(reason) = &event.unreadable {
        return Err(reason.clone());
    }
    let text = event
        .cloud_trail_event
        .as_deref()
        .ok_or("it has no CloudTrailEvent")?;
    record::line(text).map_err(|error| error.to_string())
}
