//! Writes the seal, the last line of a complete output, at the end of a run over the event history.

use std::future::Future;
use std::pin::Pin;

use ct_core::exit::Failure;
use ct_core::output::Output;
use ct_core::seal::{Counted, Seal, SealedWindow, VERSION};

use super::write::wait_for_room;
use super::{Fetch, Report};
use crate::checkpoint::Checkpoint;
use crate::checkpoint::earlier_output;
use crate::summary::FetchEnd;
use crate::wording::count;
use crate::writer::RecordWriter;

/// What the seal of a run will contain.
#[derive(Debug)]
pub(crate) struct SealBuilder {
    counted: Counted,
    /// When the newest events were requested, in Unix seconds. If the window has no end, it ends
    /// then.
    asked_at: i64,
    /// Reasons why events are missing, as far as they were known before the first request.
    gaps: Vec<String>,
    /// The filters of the query, as the seal lists them.
    filters: Vec<String>,
}

impl SealBuilder {
    /// Starts without records. `asked_at` is when the newest events are requested, in Unix seconds.
    /// `gaps` are reasons why events are missing.
    #[must_use]
    pub(crate) fn new(asked_at: i64, gaps: Vec<String>, filters: Vec<String>) -> Self {
        Self {
            counted: Counted::default(),
            asked_at,
            gaps,
            filters,
        }
    }

    /// Adds the records of an earlier run, which this run continues, to the count and the hash.
    /// `asked_at` is when the earlier run requested the newest events, in Unix seconds.
    ///
    /// # Errors
    /// See [`earlier_output::written_before`].
    pub(crate) fn continue_after(
        &mut self,
        output: &Output,
        checkpoint: &Checkpoint,
        asked_at: i64,
    ) -> Result<(), Failure> {
        self.asked_at = asked_at;
        self.counted = earlier_output::written_before(output, checkpoint)?;
        Ok(())
    }

    /// Adds a record that was written to the count and the hash. `line` does not contain the line
    /// end.
    pub(super) fn record(&mut self, line: &[u8]) {
        self.counted.record(line);
    }
}

impl Fetch<'_> {
    /// Writes the seal, if a seal is requested.
    ///
    /// # Errors
    /// If `stop` completes, or if the output fails.
    pub(super) async fn seal(
        &mut self,
        writer: &mut RecordWriter,
        report: &mut impl Report,
        mut stop: Pin<&mut impl Future<Output = Failure>>,
    ) -> Result<(), Failure> {
        let Some(seal_builder) = &self.seal_builder else {
            return Ok(());
        };
        let line = self.seal_of(seal_builder).line();
        self.begin_output(writer, report, stop.as_mut()).await?;
        wait_for_room(line.len() + 1, writer, report, stop).await?;
        self.put(&line, writer)?;
        writer.flush()
    }

    fn seal_of(&self, seal_builder: &SealBuilder) -> Seal {
        let window = self.summary.window;
        let mut sealed = SealedWindow::new(window.since(), window.until(), seal_builder.asked_at);
        if self.history_state.is_some() {
            // With `--state`, events that arrive later are not missing: the next run delivers them.
            sealed.settled = None;
        }
        let gaps = self.gaps(seal_builder);
        let asked = self.regions.iter().map(|region| region.service.target());
        let targets = asked.map(ToString::to_string);
        let disabled = &self.summary.disabled;
        Seal {
            ct_seal: VERSION,
            records: seal_builder.counted.records(),
            sha256: seal_builder.counted.sha256(),
            complete: gaps.is_empty() && sealed.settled.is_none(),
            window: sealed,
            targets: targets
                .filter(|target| !disabled.contains(target))
                .collect(),
            filters: seal_builder.filters.clone(),
            validation: None,
            gaps,
        }
    }

    /// Returns a message for each reason why events are missing from the output.
    fn gaps(&self, seal_builder: &SealBuilder) -> Vec<String> {
        let summary = &self.summary;
        let mut gaps = seal_builder.gaps.clone();
        let failed = summary.failed.iter();
        gaps.extend(failed.map(|target| format!("{target} did not return all events")));
        if summary.broken > 0 {
            let events = count(summary.broken, "event");
            gaps.push(format!("{events} could not be written"));
        }
        if summary.misplaced > 0 {
            let events = count(summary.misplaced, "event");
            gaps.push(format!("{events} out of order"));
        }
        gaps.extend(summary.uncovered().map(|shortfall| shortfall.to_string()));
        if summary.end == FetchEnd::Enough {
            gaps.push("stopped at --max-items".to_owned());
        }
        gaps
    }
}
