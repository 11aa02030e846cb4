//! The file a journal is in, which one run at a time has.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::lock;
use ct_core::output::Output;

use super::state::State;

/// A file that no other run may have meanwhile.
#[derive(Debug)]
pub struct JournalFile {
    path: PathBuf,
    file: File,
}

impl JournalFile {
    /// The file at `path`, made where there is none.
    ///
    /// # Errors
    /// [`Failure::Usage`] when `output` goes there, or where the next state is put first, or when it is
    /// no regular file; [`Failure::Other`] when it cannot be opened or another run has it.
    pub fn open(path: &Path, output: &Output) -> Result<Self, Failure> {
        let name = path.display();
        if output.is_at(path) || output.is_at(&next(path)) {
            return Err(Failure::Usage(anyhow!(
                "the journal {name} is where the records go: name another file with --journal"
            )));
        }
        loop {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(path)
                .map_err(|error| cannot_write(path, &error))?;
            let metadata = file
                .metadata()
                .map_err(|error| cannot_write(path, &error))?;
            if !metadata.is_file() {
                return Err(Failure::Usage(anyhow!(
                    "no journal can be kept in {name}, which is no regular file: name another with --journal"
                )));
            }
            lock::keep(&file, path)?;
            // A run that ended just now may have put another file in its place.
            if path.metadata().is_ok_and(|now| now.ino() == metadata.ino()) {
                let path = path.to_owned();
                return Ok(Self { path, file });
            }
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What an earlier run left, if it came to leave something.
    ///
    /// # Errors
    /// When the file cannot be read, or is no whole journal.
    pub fn load(&self) -> Result<Option<State>, Failure> {
        let name = self.path.display();
        let mut text = String::new();
        (&self.file).read_to_string(&mut text).map_err(|error| {
            Failure::Other(anyhow!(
                "cannot read {name}: {error}: pass --restart to begin anew"
            ))
        })?;
        if text.is_empty() {
            return Ok(None);
        }
        let state = State::decode(&text).map_err(|mistake| {
            Failure::Other(anyhow!(
                "cannot go on from {name}: {mistake}: pass --restart to begin anew"
            ))
        })?;
        Ok(Some(state))
    }

    /// Puts `state` in the place of what is there, in one step: a run that is killed leaves either.
    ///
    /// # Errors
    /// When the file cannot be written; the old one stands.
    pub fn replace(&mut self, state: &State) -> Result<(), Failure> {
        let next = next(&self.path);
        let file = write(&next, state).map_err(|error| cannot_write(&self.path, &error))?;
        lock::keep(&file, &next)?;
        fs::rename(&next, &self.path).map_err(|error| cannot_write(&self.path, &error))?;
        self.file = file;
        Ok(())
    }
}

/// Where the next state is put first.
fn next(path: &Path) -> PathBuf {
    let mut next = OsString::from(path);
    next.push(".new");
    next.into()
}

fn write(path: &Path, state: &State) -> io::Result<File> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(state.encode().as_bytes())?;
    file.sync_data()?;
    Ok(file)
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::Other(anyhow!(
        "cannot write {}: {error}: make room, or name a place that can be written",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Place;
    use ct_core::time::Window;
    use std::os::unix::fs::PermissionsExt as _;

    fn message<T>(result: Result<T, Failure>) -> (u8, String) {
        let failure = result.err().unwrap();
        (failure.status(), failure.message().unwrap())
    }

    #[test]
    fn what_was_saved_is_loaded_and_is_the_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.journal");
        let output = Output::to(Box::new(io::sink()), "out");
        let mut kept = JournalFile::open(&path, &output).unwrap();
        assert_eq!(kept.load().unwrap(), None);
        let places = vec![Place::region("us-east-1")];
        let state = State::new(vec!["-o".to_owned()], Window::default(), places);
        kept.replace(&state).unwrap();
        drop(kept);
        let kept = JournalFile::open(&path, &output).unwrap();
        assert_eq!(kept.load().unwrap(), Some(state));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn it_is_one_runs_at_a_time_before_and_after_it_was_saved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.journal");
        let output = Output::to(Box::new(io::sink()), "out");
        let mut kept = JournalFile::open(&path, &output).unwrap();
        let expected = (
            255,
            format!(
                "cannot write {}: another run is writing it: wait until it ends, or name another file",
                path.display()
            ),
        );
        assert_eq!(message(JournalFile::open(&path, &output)), expected);
        kept.replace(&State::new(Vec::new(), Window::default(), Vec::new()))
            .unwrap();
        assert_eq!(message(JournalFile::open(&path, &output)), expected);
    }

    #[test]
    fn the_file_the_records_go_to_is_refused_by_whatever_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let output = Output::open(&at("out.new")).unwrap();
        std::os::unix::fs::symlink(at("out.new"), at("link")).unwrap();
        for path in [at("out.new"), at("out"), at("link")] {
            let expected = format!(
                "the journal {} is where the records go: name another file with --journal",
                path.display()
            );
            assert_eq!(message(JournalFile::open(&path, &output)), (252, expected));
        }
    }

    #[test]
    fn a_device_holds_no_journal() {
        let output = Output::to(Box::new(io::sink()), "out");
        let expected = "no journal can be kept in /dev/null, which is no regular file: name another with --journal";
        let device = Path::new("/dev/null");
        assert_eq!(
            message(JournalFile::open(device, &output)),
            (252, expected.to_owned())
        );
    }
}
