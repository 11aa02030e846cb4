//! What a run has done, in a small text file, so that the same command goes on where it stopped.
//!
//! Events come out in order, so one second says it all: everything newer than it, or older where the
//! oldest come first, stands in the first so many bytes of the output. Going on means to cut the output there and to ask for the rest.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use ct_core::exit::Failure;

use crate::place::Place;

mod state;

pub use state::{Broken, Edge, Gap, State};

/// The file beside the output.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    /// What stands in it, or will once something is done.
    pub state: State,
}

impl Journal {
    /// A run that has done nothing yet.
    #[must_use]
    pub fn new(path: &Path, state: State) -> Self {
        Self {
            path: path.to_owned(),
            state,
        }
    }

    /// What an earlier run left, if there was one.
    ///
    /// # Errors
    /// When the file cannot be read, or is no journal.
    pub fn load(path: &Path) -> Result<Option<Self>, Failure> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(Failure::Other(anyhow!(
                    "cannot read {}: {error}: pass --restart to begin anew",
                    path.display()
                )));
            }
        };
        let state = State::decode(&text).map_err(|line| {
            Failure::Other(anyhow!(
                "{}:{line}: not a line of a journal: pass --restart to begin anew",
                path.display()
            ))
        })?;
        Ok(Some(Self::new(path, state)))
    }

    /// Where it is kept.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// This journal, if the run of `state` asks the places it holds: `AWS_REGION` is not typed.
    ///
    /// # Errors
    /// When it asks others.
    pub fn of(self, state: &State) -> Result<Self, Failure> {
        if self.state.places == state.places {
            return Ok(self);
        }
        let names = |state: &State| {
            let names: Vec<String> = state.places.iter().map(Place::to_string).collect();
            names.join(" ")
        };
        Err(Failure::Usage(anyhow!(
            "the journal is of {}, not of {}: name the same regions and accounts, or pass --restart",
            names(&self.state),
            names(state)
        )))
    }

    /// Puts the state in the place of the old one, in one step: a run that is killed leaves either.
    ///
    /// The output must be on the disk up to the edge before.
    ///
    /// # Errors
    /// When the file cannot be written; the old one stands.
    pub fn save(&self) -> Result<(), Failure> {
        let mut new = self.path.clone().into_os_string();
        new.push(".new");
        self.replace(Path::new(&new)).map_err(|error| {
            Failure::Other(anyhow!(
                "cannot write {}: {error}: make room, or name a place that can be written",
                self.path.display()
            ))
        })
    }

    fn replace(&self, new: &Path) -> io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(new)?;
        file.write_all(self.state.encode().as_bytes())?;
        file.sync_data()?;
        fs::rename(new, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_core::time::Window;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn what_was_saved_is_loaded_and_is_the_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.journal");
        assert!(Journal::load(&path).unwrap().is_none());
        let places = vec![Place::region("us-east-1")];
        let state = State::new(vec!["-o".to_owned()], Window::default(), places);
        Journal::new(&path, state.clone()).save().unwrap();
        assert_eq!(Journal::load(&path).unwrap().unwrap().state, state);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
