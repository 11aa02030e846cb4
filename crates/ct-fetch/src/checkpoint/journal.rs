//! The journal of one run, so that the same command continues where the run stopped.
//!
//! Records are written in order. Therefore a single time describes the progress: all events before
//! it are in a known number of output bytes. To continue, the run truncates the output to that
//! length and requests the rest.

use std::path::Path;

use anyhow::anyhow;
use ct_core::exit::Failure;

use super::{CheckpointFile, RunState};

/// The progress and its file.
#[derive(Debug)]
pub(crate) struct Journal {
    file: CheckpointFile,
    /// The state in the file, or the state that the next save writes.
    pub(crate) state: RunState,
}

impl Journal {
    /// A journal for a run that continues from `state`.
    #[must_use]
    pub(crate) fn new(file: CheckpointFile, state: RunState) -> Self {
        Self { file, state }
    }

    /// The state that an earlier run saved in `file`, or `None` if it saved none.
    ///
    /// # Errors
    /// If the file cannot be read, or is not a complete journal of this version.
    pub(crate) fn load(file: &CheckpointFile) -> Result<Option<RunState>, Failure> {
        let text = file.text()?;
        if text.is_empty() {
            return Ok(None);
        }
        let state = RunState::decode(&text).map_err(|mistake| {
            Failure::Other(anyhow!(
                "cannot continue from {}: {mistake}: pass --restart to begin anew, or name another file",
                file.path().display()
            ))
        })?;
        Ok(Some(state))
    }

    /// The path.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Saves the state. The output must be synced first.
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
