//! Decides from an earlier run's journal where a run over an archive continues.

use std::path::Path;

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::output::Output;

use super::run_state::{ArchiveRunState, digest};
use crate::checkpoint::{refusal, verify};
use crate::source::archive::listing::FileToRead;
use crate::source::cursor::Cursor;

/// The progress of an earlier run, and what it means for this run.
pub(crate) enum JournalStatus {
    /// There is no progress to continue: the run starts from the beginning.
    StartAgain,
    /// The earlier run is complete, so nothing remains to be done.
    Complete,
    /// The earlier run is not complete, and this run continues it.
    Unfinished(Box<ArchiveRunState>),
}

/// Compares the progress `saved` of an earlier run with `now`, the progress of this run, and decides
/// how this run continues. If files were added to the archive since the earlier run began, removes
/// them from `files`. `path` is the path of the journal.
///
/// # Errors
/// [`Failure::Usage`] if the query, the sources or the files differ, [`Failure::Other`] if the
/// output does not match the journal.
pub(crate) fn resume(
    mut saved: ArchiveRunState,
    now: &ArchiveRunState,
    files: &mut Vec<FileToRead>,
    (path, output, time): (&Path, &Output, &jiff::Zoned),
) -> Result<JournalStatus, Failure> {
    let name = path.display();
    let difference = saved.state.question.difference(&now.state.question, time);
    if let Some(difference) = difference {
        return Err(refusal::different_run(path, difference));
    }
    let is_same = digest(files) == saved.files;
    if saved.is_complete() {
        if is_same {
            return Ok(JournalStatus::Complete);
        }
        return Err(Failure::Usage(anyhow!(
            "the output is already complete, but the files of the archive have changed since: \
             pass --restart to read them again, or use a different file"
        )));
    }
    if saved.state.is_finished {
        // The earlier run missed files, which may exist now.
        return Ok(JournalStatus::StartAgain);
    }
    if !is_same && saved.query.is_some() && saved.files == digest(&[]) {
        // The earlier run ended before its Athena query had found the files.
        return Ok(JournalStatus::StartAgain);
    }
    if !is_same {
        // Leave out files that were added later, as the earlier run did.
        let begun = saved.state.begun;
        let was_there = |file: &&FileToRead| file.modified.is_none_or(|second| second <= begun);
        let former: Vec<FileToRead> = files.iter().filter(was_there).cloned().collect();
        if digest(&former) != saved.files {
            return Err(Failure::Usage(anyhow!(
                "the files of the archive have changed since {name} was started: restore the \
                 files, or pass --restart to start again"
            )));
        }
        *files = former;
    }
    verify(output, &saved.state)?;
    if let Some(Cursor::Object { key, index }) = &saved.state.checkpoint.rest {
        let is_at = |file: &FileToRead| file.location.label() == **key;
        let file = files.iter().position(is_at);
        // The journal contains an empty key if all files were read.
        saved.start.file = file.unwrap_or(files.len());
        saved.start.handled = *index;
    }
    Ok(JournalStatus::Unfinished(Box::new(saved)))
}
