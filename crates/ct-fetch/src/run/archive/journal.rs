//! The journal of a run over an archive. It stores the file, and the record in it, at which the
//! next run continues.

mod resume;
mod run_state;

use std::time::{Duration, Instant};

use ct_core::exit::Failure;
use ct_core::output::Output;

use crate::checkpoint::{
    Checkpoint, CheckpointFile, OutputHasher, SavedQuery, Stage, is_intact, refusal,
};
use crate::source::cursor::Cursor;
pub(super) use resume::{JournalStatus, resume};
pub(super) use run_state::ArchiveRunState;

/// The maximum time between two saves of the progress.
const SAVED_EVERY: Duration = Duration::from_secs(1);

/// The maximum number of records between two saves of the progress.
const SAVED_RECORDS: u64 = 50_000;

/// Loads the progress of an earlier run from `file`; `None` if the file is empty.
///
/// # Errors
/// [`Failure::Other`] if the file is not the journal of a run over an archive, [`Failure::Usage`]
/// if the file is empty, but the output has content.
pub(super) fn read(
    file: &CheckpointFile,
    output: &Output,
) -> Result<Option<ArchiveRunState>, Failure> {
    let text = file.text()?;
    if text.is_empty() {
        file.refuse_unknown(output)?;
        return Ok(None);
    }
    let saved =
        ArchiveRunState::decode(&text).map_err(|error| refusal::unusable(file.path(), error))?;
    Ok(Some(saved))
}

/// Saves the ID of an Athena query in `file` while the query runs. A continued run then does not
/// pay for the query again.
///
/// # Errors
/// If the journal cannot be written.
pub(super) fn keep_query(
    file: &mut CheckpointFile,
    question: &SavedQuery,
    begun: i64,
    id: &str,
) -> Result<(), Failure> {
    let mut saved = ArchiveRunState::new(question.clone(), &[], begun);
    saved.query = Some(id.to_owned());
    file.replace(&saved.encode())
}

/// The journal of a run over an archive, with the length and the hash of the output.
pub(super) struct ArchiveJournal {
    file: CheckpointFile,
    written: OutputHasher,
    saved_at: Instant,
    saved_records: u64,
}

impl ArchiveJournal {
    /// Saves `saved` in `file`, then truncates the output to the length that `saved` contains. `key`
    /// is the path of the first file that is not finished.
    ///
    /// # Errors
    /// If the journal or the output cannot be written.
    pub(super) fn begin(
        file: CheckpointFile,
        (saved, key): (&mut ArchiveRunState, &str),
        output: &mut Output,
    ) -> Result<Self, Failure> {
        let written = OutputHasher::prefix(output, saved.state.checkpoint.bytes)?;
        let mut journal = Self {
            file,
            written,
            saved_at: Instant::now(),
            saved_records: saved.state.checkpoint.events,
        };
        journal.keep((saved, key), output, Stage::Underway)?;
        output.cut(journal.written.bytes())?;
        Ok(journal)
    }

    /// Adds a written line to the length and the hash of the output. `line` does not contain the
    /// line end.
    pub(super) fn wrote(&mut self, line: &[u8]) {
        self.written.line(line);
    }

    /// Whether the next save is due, because of the time or the number of records since the last
    /// save.
    pub(super) fn is_due(&self, records: u64) -> bool {
        records - self.saved_records >= SAVED_RECORDS
            || (records > self.saved_records && self.saved_at.elapsed() >= SAVED_EVERY)
    }

    /// Syncs the output, then saves the progress. `key` is the path of the first file whose records
    /// are not all handled.
    ///
    /// # Errors
    /// If the output or the journal cannot be written, or if another process changed the output
    /// file.
    pub(super) fn save(
        &mut self,
        (saved, key): (&mut ArchiveRunState, &str),
        output: &mut Output,
        stage: Stage,
    ) -> Result<(), Failure> {
        output.sync()?;
        is_intact(output, self.written.bytes())?;
        self.keep((saved, key), output, stage)?;
        self.saved_at = Instant::now();
        self.saved_records = saved.state.checkpoint.events;
        Ok(())
    }

    fn keep(
        &mut self,
        (saved, key): (&mut ArchiveRunState, &str),
        output: &Output,
        stage: Stage,
    ) -> Result<(), Failure> {
        let kept = &mut saved.state;
        let is_finished = stage == Stage::Finished;
        kept.checkpoint = Checkpoint {
            bytes: self.written.bytes(),
            events: kept.checkpoint.events,
            rest: (!is_finished).then(|| Cursor::Object {
                key: key.into(),
                index: saved.start.handled,
            }),
        };
        kept.written = output.file().map(|_| self.written.digest());
        kept.is_stopped = stage != Stage::Underway;
        kept.is_finished = is_finished;
        self.file.replace(&saved.encode())
    }
}
