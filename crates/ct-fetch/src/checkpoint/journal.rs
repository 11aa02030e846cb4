//! The journal of one run, so that the same command continues where the run stopped.
//!
//! Records come out in order. So one second says what is done: every event that comes before it is
//! in the first so many bytes of the output. To continue is to cut the output there and to ask for the rest.

use std::path::Path;

use anyhow::anyhow;
use ct_core::exit::Failure;

use super::{CheckpointFile, State};

/// What is done, and the file that keeps it.
#[derive(Debug)]
pub(crate) struct Journal {
    file: CheckpointFile,
    /// As in the file, or as it will be once something more is done.
    pub(crate) state: State,
}

impl Journal {
    /// Of a run that continues from `state`.
    #[must_use]
    pub(crate) fn new(file: CheckpointFile, state: State) -> Self {
        Self { file, state }
    }

    /// What an earlier run left in `file`, if it came to write anything.
    ///
    /// # Errors
    /// When the file cannot be read, or is not a whole journal of this version.
    pub(crate) fn load(file: &CheckpointFile) -> Result<Option<State>, Failure> {
        let text = file.text()?;
        if text.is_empty() {
            return Ok(None);
        }
        let state = State::decode(&text).map_err(|mistake| {
            Failure::Other(anyhow!(
                "cannot continue from {}: {mistake}: pass --restart to begin anew, or name another file",
                file.path().display()
            ))
        })?;
        Ok(Some(state))
    }

    /// Where it is.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Replaces the file's content with the state; the output must be on the disk before.
    ///
    /// # Errors
    /// As [`CheckpointFile::replace`].
    pub(crate) fn save(&mut self) -> Result<(), Failure> {
        self.file.replace(&self.state.encode())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use ct_core::output::Output;

    use super::super::{Asker, Question};
    use super::*;

    #[test]
    fn a_saved_state_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.journal");
        let output = Output::to(Box::new(io::sink()), "out");
        let open = || CheckpointFile::open(&path, "--journal", &output).unwrap();
        let file = open();
        assert_eq!(Journal::load(&file).unwrap(), None);
        let state = State::new(Question::default(), Asker::default(), 0);
        let mut journal = Journal::new(file, state.clone());
        journal.save().unwrap();
        drop(journal);
        assert_eq!(Journal::load(&open()).unwrap(), Some(state));
    }
}
