//! What a run has done, in a small text file, so that the same command goes on where it stopped.
//!
//! Events come out in order, so one second says it all: everything newer than it, or older where the
//! oldest come first, stands in the first so many bytes of the output. Going on means to cut the output there and to ask for the rest.

use std::path::Path;

use ct_core::exit::Failure;

use super::{JournalFile, State};

/// What is done, and the file beside the output that keeps it.
#[derive(Debug)]
pub struct Journal {
    kept: JournalFile,
    /// What stands in the file, or will once something is done.
    pub state: State,
}

impl Journal {
    /// Of a run that goes on from `state`.
    #[must_use]
    pub fn new(kept: JournalFile, state: State) -> Self {
        Self { kept, state }
    }

    /// Where it is kept.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.kept.path()
    }

    /// Puts the state in the place of the old one.
    ///
    /// The output must be on the disk up to the edge before.
    ///
    /// # Errors
    /// As [`JournalFile::replace`].
    pub fn save(&mut self) -> Result<(), Failure> {
        self.kept.replace(&self.state)
    }
}
