//! The journal of a run over an archive: which file, and which of its records, it goes on with.

mod done;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::output::Output;

use super::listing::FileToRead;
use crate::checkpoint::{Checkpoint, CheckpointFile, Question, Written, is_intact, verify};
use crate::source::cursor::Cursor;
pub(super) use done::Done;
use done::digest;

/// How often the journal is written at most.
const SAVED_EVERY: Duration = Duration::from_secs(1);

/// The same in records.
const SAVED_RECORDS: u64 = 50_000;

/// What an earlier run left, and what becomes of this one.
pub(super) enum Found {
    /// Nothing, or something that is to be done anew.
    Nothing,
    /// The run is done.
    Complete,
    /// A run to go on with.
    Unfinished(Box<Done>),
}

/// Reads what an earlier run left in `file`; `None` where there was none.
///
/// # Errors
/// [`Failure::Other`] where the file is not the journal of a run over an archive, [`Failure::Usage`] where the output has content that no
/// journal is about.
pub(super) fn read(file: &CheckpointFile, output: &Output) -> Result<Option<Done>, Failure> {
    let text = file.text()?;
    if text.is_empty() {
        let had = output.length()?.unwrap_or(0);
        if had > 0 {
            file.remove()?;
            return Err(Failure::Usage(anyhow!(
                "{} has {had} bytes, and no journal says that ct-fetch wrote them: name another file, or pass --restart to overwrite it",
                output.name()
            )));
        }
        return Ok(None);
    }
    let done = Done::decode(&text).map_err(|mistake| {
        Failure::Other(anyhow!(
            "cannot continue from {}: {mistake}: pass --restart to begin anew, or name another file",
            file.path().display()
        ))
    })?;
    Ok(Some(done))
}

/// Keeps the ID of a search in `file` before its results are there, so that they are not paid for twice.
///
/// # Errors
/// When the journal cannot be written.
pub(super) fn keep_query(
    file: &mut CheckpointFile,
    question: &Question,
    begun: i64,
    id: &str,
) -> Result<(), Failure> {
    let mut done = Done::nothing(question.clone(), &[], begun);
    done.query = Some(id.to_owned());
    file.replace(&done.encode())
}

/// Compares what an earlier run has `done` with the run of now, and takes from `files` what was not there then; `name`
/// is the journal's.
///
/// # Errors
/// [`Failure::Usage`] where the question, the sources or the files are others, [`Failure::Other`] where the output
/// is not what the journal says.
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
            "{name} is of another run: {difference}: change it back, name another file, or pass --restart to begin anew"
        )));
    }
    let is_same = digest(files) == done.files;
    if done.is_complete() {
        if is_same {
            return Ok(Found::Complete);
        }
        return Err(Failure::Usage(anyhow!(
            "this was read before, and the archive has other files now: pass --restart to read it anew, or name another file"
        )));
    }
    if done.state.is_finished {
        // What was missing may be there now.
        return Ok(Found::Nothing);
    }
    if !is_same && done.query.is_some() && done.files == digest(&[]) {
        // It was ended before it knew the files.
        return Ok(Found::Nothing);
    }
    if !is_same {
        // What was added since comes in the next run.
        let begun = done.state.begun;
        let was_there = |file: &&FileToRead| file.modified.is_none_or(|second| second <= begun);
        let former: Vec<FileToRead> = files.iter().filter(was_there).cloned().collect();
        if digest(&former) != done.files {
            return Err(Failure::Usage(anyhow!(
                "the archive has other files than when {name} was begun: put back what was there, or pass --restart to begin anew"
            )));
        }
        *files = former;
    }
    verify(output, &done.state)?;
    if let Some(Cursor::Object { key, index }) = &done.state.edge.rest {
        let is_at = |file: &FileToRead| file.source.label() == **key;
        let file = files.iter().position(is_at);
        // After the last file nothing is left to read.
        done.start.file = file.unwrap_or(files.len());
        done.start.handled = *index;
    }
    Ok(Found::Unfinished(Box::new(done)))
}

/// Keeps what is done in its file.
pub(super) struct Journal {
    file: CheckpointFile,
    written: Written,
    saved_at: Instant,
    saved_records: u64,
}

/// Whether a run goes on after what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Underway,
    Stopped,
    Finished,
}

impl Journal {
    /// Keeps `done` in `file`, whose first file with records left is called `key`, and leaves of the output what it says.
    ///
    /// # Errors
    /// When the journal or the output cannot be written.
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

    /// A line without its end was given to the output.
    pub(super) fn wrote(&mut self, line: &[u8]) {
        self.written.line(line);
    }

    /// Whether the journal was last written long enough, or enough records, ago.
    pub(super) fn is_due(&self, records: u64) -> bool {
        records - self.saved_records >= SAVED_RECORDS
            || (records > self.saved_records && self.saved_at.elapsed() >= SAVED_EVERY)
    }

    /// Sees to it that all that was written is on the disk, and then that it is done; `key` is the name of the first
    /// file with records left.
    ///
    /// # Errors
    /// When the output or the journal cannot be written, or the output is not what was written to it.
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
