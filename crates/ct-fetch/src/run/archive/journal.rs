//! The journal of a run over an archive. It stores the file, and the record in it, at which the
//! next run continues.

mod done;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::output::Output;

use crate::checkpoint::{Checkpoint, CheckpointFile, SavedQuery, Written, is_intact, verify};
use crate::source::archive::listing::FileToRead;
use crate::source::cursor::Cursor;
pub(super) use done::Done;
use done::digest;

/// The maximum time between two saves of the progress.
const SAVED_EVERY: Duration = Duration::from_secs(1);

/// The maximum number of records between two saves of the progress.
const SAVED_RECORDS: u64 = 50_000;

/// The progress of an earlier run, and what it means for this run.
pub(super) enum Found {
    /// There is no progress to continue: the run starts from the beginning.
    Nothing,
    /// The earlier run is complete, so nothing remains to be done.
    Complete,
    /// The earlier run is not complete, and this run continues it.
    Unfinished(Box<Done>),
}

/// Loads the progress of an earlier run from `file`; `None` if the file is empty.
///
/// # Errors
/// [`Failure::Other`] if the file is not the journal of a run over an archive, [`Failure::Usage`]
/// if the file is empty, but the output has content.
pub(super) fn read(file: &CheckpointFile, output: &Output) -> Result<Option<Done>, Failure> {
    let text = file.text()?;
    if text.is_empty() {
        file.refuse_unknown(output)?;
        return Ok(None);
    }
    let done = Done::decode(&text).map_err(|mistake| {
        Failure::Other(anyhow!(
            "cannot continue from {}: {mistake}: pass --restart to start again, or use a \
             different file",
            file.path().display()
        ))
    })?;
    Ok(Some(done))
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
    let mut done = Done::nothing(question.clone(), &[], begun);
    done.query = Some(id.to_owned());
    file.replace(&done.encode())
}

/// Compares the progress `done` of an earlier run with `now`, the progress of this run, and decides
/// how this run continues. If files were added to the archive since the earlier run began, removes
/// them from `files`. `name` is the path of the journal.
///
/// # Errors
/// [`Failure::Usage`] if the query, the sources or the files differ, [`Failure::Other`] if the
/// output does not match the journal.
pub(super) fn compare(
    mut done: Done,
    now: &Done,
    files: &mut Vec<FileToRead>,
    (name, output, time): (&Path, &Output, &jiff::Zoned),
) -> Result<Found, Failure> {
    let name = name.display();
    let difference = done.state.question.difference(&now.state.question, time);
    if let Some(difference) = difference {
        return Err(Failure::Usage(anyhow!(
            "{name} belongs to a different run: {difference}: undo the change, use a different \
             file, or pass --restart to start again"
        )));
    }
    let is_same = digest(files) == done.files;
    if done.is_complete() {
        if is_same {
            return Ok(Found::Complete);
        }
        return Err(Failure::Usage(anyhow!(
            "the output is already complete, but the files of the archive have changed since: \
             pass --restart to read them again, or use a different file"
        )));
    }
    if done.state.is_finished {
        // The earlier run reached the end, but some files or records were missing. They may exist
        // now.
        return Ok(Found::Nothing);
    }
    if !is_same && done.query.is_some() && done.files == digest(&[]) {
        // The earlier run ended before its Athena query had found the files.
        return Ok(Found::Nothing);
    }
    if !is_same {
        // The earlier run did not read files that were added after it began, so this run leaves
        // these files out too.
        let begun = done.state.begun;
        let was_there = |file: &&FileToRead| file.modified.is_none_or(|second| second <= begun);
        let former: Vec<FileToRead> = files.iter().filter(was_there).cloned().collect();
        if digest(&former) != done.files {
            return Err(Failure::Usage(anyhow!(
                "the files of the archive have changed since {name} was started: restore the \
                 files, or pass --restart to start again"
            )));
        }
        *files = former;
    }
    verify(output, &done.state)?;
    if let Some(Cursor::Object { key, index }) = &done.state.edge.rest {
        let is_at = |file: &FileToRead| file.source.label() == **key;
        let file = files.iter().position(is_at);
        // If all files were read, the key in the journal is empty, so it is not the key of a file.
        done.start.file = file.unwrap_or(files.len());
        done.start.handled = *index;
    }
    Ok(Found::Unfinished(Box::new(done)))
}

/// The journal of a run over an archive, with the length and the hash of the output.
pub(super) struct Journal {
    file: CheckpointFile,
    written: Written,
    saved_at: Instant,
    saved_records: u64,
}

/// Whether the run continues after its progress is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Underway,
    Stopped,
    Finished,
}

impl Journal {
    /// Saves `done` in `file`, then truncates the output to the length that `done` contains. `key`
    /// is the path of the first file whose records are not all handled.
    ///
    /// # Errors
    /// If the journal or the output cannot be written.
    pub(super) fn begin(
        file: CheckpointFile,
        (done, key): (&mut Done, &str),
        output: &mut Output,
    ) -> Result<Self, Failure> {
        let written = Written::prefix(output, done.state.edge.bytes)?;
        let mut journal = Self {
            file,
            written,
            saved_at: Instant::now(),
            saved_records: done.state.edge.events,
        };
        journal.keep((done, key), output, Stage::Underway)?;
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
        (done, key): (&mut Done, &str),
        output: &mut Output,
        stage: Stage,
    ) -> Result<(), Failure> {
        output.sync()?;
        is_intact(output, self.written.bytes())?;
        self.keep((done, key), output, stage)?;
        self.saved_at = Instant::now();
        self.saved_records = done.state.edge.events;
        Ok(())
    }

    fn keep(
        &mut self,
        (done, key): (&mut Done, &str),
        output: &Output,
        stage: Stage,
    ) -> Result<(), Failure> {
        let kept = &mut done.state;
        let is_finished = stage == Stage::Finished;
        kept.edge = Checkpoint {
            bytes: self.written.bytes(),
            events: kept.edge.events,
            rest: (!is_finished).then(|| Cursor::Object {
                key: key.into(),
                index: done.start.handled,
            }),
        };
        kept.written = output.file().map(|_| self.written.digest());
        kept.is_stopped = stage != Stage::Underway;
        kept.is_finished = is_finished;
        self.file.replace(&done.encode())
    }
}
