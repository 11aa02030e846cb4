//! The journal of one run, so that the same command continues where the run stopped.
//!
//! Records are written in order of time. Therefore, the journal stores only a time, and the length
//! of the output with all events before that time. A continued run truncates the output to this
//! length, and requests the events from that time on.

use std::path::Path;

use ct_core::exit::Failure;

use super::{CheckpointFile, RunState, refusal};

/// The journal file of a run, and the progress that is saved in it.
#[derive(Debug)]
pub(crate) struct Journal {
    file: CheckpointFile,
    /// The progress: as saved in the file, or as the next save will write it.
    pub(crate) state: RunState,
}

impl Journal {
    /// Creates the journal of a run that continues from `state`.
    #[must_use]
    pub(crate) fn new(file: CheckpointFile, state: RunState) -> Self {
        Self { file, state }
    }

    /// Returns the progress that an earlier run saved in `file`, or `None` if the file is empty.
    ///
    /// # Errors
    /// If the file cannot be read, or is not a complete journal of this version.
    pub(crate) fn load(file: &CheckpointFile) -> Result<Option<RunState>, Failure> {
        let text = file.text()?;
        if text.is_empty() {
            return Ok(None);
        }
        let state =
            RunState::decode(&text).map_err(|error| refusal::unusable(file.path(), error))?;
        Ok(Some(state))
    }

    /// Returns the path of the journal.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Saves the progress in the file. The caller must sync the output first.
    ///
    /// # Errors
    /// See [`CheckpointFile::replace`].
    pub(crate) fn save(&mut self) -> Result<(), Failure> {
        self.file.replace(&self.state.encode())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use ct_core::output::Output;

    use super::super::{Requester, SavedQuery};
    use super::*;

    #[test]
    fn a_saved_state_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.journal");
        let output = Output::to(Box::new(io::sink()), "out");
        let open = || CheckpointFile::open(&path, "--journal", &output).unwrap();
        let file = open();
        assert_eq!(Journal::load(&file).unwrap(), None);
        let state = RunState::new(SavedQuery::default(), Requester::default(), 0);
        let mut journal = Journal::new(file, state.clone());
        journal.save().unwrap();
        drop(journal);
        assert_eq!(Journal::load(&open()).unwrap(), Some(state));
    }
}
