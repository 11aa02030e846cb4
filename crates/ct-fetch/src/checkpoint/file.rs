//! A file that stores progress. Only one run may use it at a time, and its content is replaced
//! atomically.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::output::{Output, lock, staged};
use rustix::fs::OFlags;
use rustix::io::Errno;

/// The text with which every file that stores progress begins, whatever its kind and version.
const SIGNATURE: &str = "ct-fetch ";

/// A regular file with only one hard link, which stays locked while this value exists.
#[derive(Debug)]
pub(crate) struct CheckpointFile {
    path: PathBuf,
    option: &'static str,
    file: File,
}

impl CheckpointFile {
    /// Opens and locks the file at `path`, or creates an empty file there. Messages name the file
    /// by `option`, the option that contains the path.
    ///
    /// # Errors
    /// * [`Failure::Usage`] if `output` is this file, or the temporary file that replaces it
    /// * [`Failure::Usage`] if the file is a symbolic link, has a second name, or is not a regular
    ///   file
    /// * [`Failure::Usage`] if a file of a different program has the name of the temporary file
    /// * [`Failure::Other`] if the file cannot be opened, or if another run has locked it
    pub(crate) fn open(
        path: &Path,
        option: &'static str,
        output: &Output,
    ) -> Result<Self, Failure> {
        let name = path.display();
        if output.is_at(path) || output.is_at(&staged(path)) {
            return Err(Failure::Usage(anyhow!(
                "{name} is the output file: use a different file for {option}"
            )));
        }
        loop {
            let mut options = OpenOptions::new();
            let options = options.read(true).write(true).create(true).truncate(false);
            let file = open(options, path).map_err(|error| {
                if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) {
                    return unsuitable(path, "it is a symbolic link", option);
                }
                cannot_write(path, &error)
            })?;
            let metadata = file
                .metadata()
                .map_err(|error| cannot_write(path, &error))?;
            if !metadata.is_file() {
                return Err(unsuitable(path, "it is not a regular file", option));
            }
            if metadata.nlink() > 1 {
                return Err(unsuitable(path, "it has more than one hard link", option));
            }
            lock::keep(&file, path)?;
            // Another run may have replaced the file between opening and locking.
            if path.metadata().is_ok_and(|now| now.ino() == metadata.ino()) {
                remove_leftover(path, option)?;
                return Ok(Self {
                    path: path.to_owned(),
                    option,
                    file,
                });
            }
        }
    }

    /// Returns the path of the file.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file at `path` is this file, perhaps under a different name.
    #[must_use]
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        let place = |metadata: Metadata| (metadata.dev(), metadata.ino());
        let other = path.metadata().ok().map(place);
        other.is_some() && other == self.file.metadata().ok().map(place)
    }

    /// Returns the content of the file. The content is empty if no run has saved its progress yet.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn text(&self) -> Result<String, Failure> {
        let mut text = String::new();
        (&self.file).read_to_string(&mut text).map_err(|error| {
            Failure::Other(anyhow!(
                "cannot read {}: {error}: pass --restart to start again",
                self.path.display()
            ))
        })?;
        Ok(text)
    }

    /// Refuses an output that has content. This file is the run's journal, and is empty, so no
    /// earlier run wrote the content. If the output is refused, also removes the journal, which the
    /// run has just created.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the output has content.
    pub(crate) fn refuse_unknown(&self, output: &Output) -> Result<(), Failure> {
        let had = output.length()?.unwrap_or(0);
        if had == 0 {
            return Ok(());
        }
        self.remove()?;
        Err(Failure::Usage(anyhow!(
            "{} already has {had} bytes, but there is no journal to show that ct-fetch wrote \
             them: use a different file, or pass --restart to overwrite it",
            output.name()
        )))
    }

    /// Removes the file, which this run created but does not need.
    ///
    /// # Errors
    /// If the file cannot be removed.
    pub(crate) fn remove(&self) -> Result<(), Failure> {
        fs::remove_file(&self.path).map_err(|error| cannot_write(&self.path, &error))
    }

    /// Replaces the content of the file atomically: a killed run leaves either the old or the new
    /// content.
    ///
    /// # Errors
    /// If the file cannot be written. The old content then remains.
    pub(crate) fn replace(&mut self, text: &str) -> Result<(), Failure> {
        let new = staged(&self.path);
        remove_leftover(&self.path, self.option)?;
        let cannot_write = |error| cannot_write(&self.path, &error);
        let mut options = OpenOptions::new();
        let mut file =
            open(options.read(true).write(true).create_new(true), &new).map_err(cannot_write)?;
        lock::keep(&file, &new)?;
        let replaced = file
            .write_all(text.as_bytes())
            .and_then(|()| file.sync_data())
            .and_then(|()| fs::rename(&new, &self.path))
            .and_then(|()| File::open(folder(&self.path))?.sync_all());
        replaced.map_err(cannot_write)?;
        self.file = file;
        Ok(())
    }

    /// Appends `text` to the content that [`CheckpointFile::replace`] wrote. A killed run may leave
    /// only a part of `text`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn append(&mut self, text: &str) -> Result<(), Failure> {
        let appended = self
            .file
            .write_all(text.as_bytes())
            .and_then(|()| self.file.sync_data());
        appended.map_err(|error| cannot_write(&self.path, &error))
    }
}

/// Opens a file that only its owner can read. Does not follow a symbolic link. If the file is a
/// pipe, does not wait for the other end to be opened.
fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options
        .mode(0o600)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Removes the temporary file that a killed run left. The caller must hold the lock on `path`.
fn remove_leftover(path: &Path, option: &str) -> Result<(), Failure> {
    let new = staged(path);
    let metadata = match new.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(cannot_write(&new, &error)),
    };
    let is_ours = metadata.is_file() && metadata.nlink() == 1 && is_our_text(&new);
    if !is_ours {
        let (name, new) = (path.display(), new.display());
        return Err(Failure::Usage(anyhow!(
            "cannot save {name}: the temporary file {new} already exists: remove it, or use a \
             different file for {option}"
        )));
    }
    fs::remove_file(&new).map_err(|error| cannot_write(&new, &error))
}

/// Whether a file begins with [`SIGNATURE`], or is shorter and contains only a part of it.
fn is_our_text(path: &Path) -> bool {
    let mut begins = Vec::new();
    let read = open(OpenOptions::new().read(true), path)
        .and_then(|file| file.take(SIGNATURE.len() as u64).read_to_end(&mut begins));
    read.is_ok() && SIGNATURE.as_bytes().starts_with(&begins)
}

fn unsuitable(path: &Path, reason: &str, option: &str) -> Failure {
    Failure::Usage(anyhow!(
        "cannot save the progress in {}: {reason}: use a different file for {option}",
        path.display()
    ))
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::Other(anyhow!(
        "cannot write {}: {error}: free up space, or use a path that can be written",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn message<T>(result: Result<T, Failure>) -> (u8, String) {
        let failure = result.err().unwrap();
        (failure.status(), failure.message().unwrap())
    }

    fn elsewhere() -> Output {
        Output::to(Box::new(io::sink()), "out")
    }

    fn opened(path: &Path) -> Result<CheckpointFile, Failure> {
        CheckpointFile::open(path, "--journal", &elsewhere())
    }

    #[test]
    fn replaced_content_reads_back_and_is_readable_by_the_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.journal");
        let mut file = opened(&path).unwrap();
        assert_eq!(file.text().unwrap(), "");
        file.replace("ct-fetch a\n").unwrap();
        file.append("b\n").unwrap();
        drop(file);
        assert_eq!(opened(&path).unwrap().text().unwrap(), "ct-fetch a\nb\n");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_second_run_is_refused_before_and_after_a_replacement() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.journal");
        let mut file = opened(&path).unwrap();
        let expected = (
            255,
            format!(
                "cannot write {}: another run is writing it: wait until it ends, or use a \
                 different file",
                path.display()
            ),
        );
        assert_eq!(message(opened(&path)), expected);
        file.replace("ct-fetch a\n").unwrap();
        assert_eq!(message(opened(&path)), expected);
    }

    #[test]
    fn the_output_file_is_refused_under_any_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let output = Output::open(&at("out.new")).unwrap();
        symlink(at("out.new"), at("link")).unwrap();
        for path in [at("out.new"), at("out"), at("link")] {
            let expected = format!(
                "{} is the output file: use a different file for --journal",
                path.display()
            );
            let opened = CheckpointFile::open(&path, "--journal", &output);
            assert_eq!(message(opened), (252, expected));
        }
    }

    #[test]
    fn a_link_a_pipe_and_a_device_are_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("victim"), "precious").unwrap();
        symlink(at("victim"), at("soft")).unwrap();
        fs::hard_link(at("victim"), at("hard")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe"), 0o600.into()).unwrap();
        for (path, reason) in [
            (at("soft"), "it is a symbolic link"),
            (at("hard"), "it has more than one hard link"),
            (at("pipe"), "it is not a regular file"),
            (PathBuf::from("/dev/null"), "it is not a regular file"),
        ] {
            let expected = format!(
                "cannot save the progress in {}: {reason}: use a different file for --journal",
                path.display()
            );
            assert_eq!(message(opened(&path)), (252, expected));
        }
        assert_eq!(fs::read(at("victim")).unwrap(), b"precious");
    }

    #[test]
    fn a_foreign_file_at_the_path_of_the_replacement_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("victim"), "ct-fetch").unwrap();
        symlink(at("victim"), at("a.new")).unwrap();
        fs::hard_link(at("victim"), at("b.new")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, at("c.new"), 0o600.into()).unwrap();
        fs::write(at("d.new"), "notes").unwrap();
        for name in ["a", "b", "c", "d"] {
            let (path, new) = (at(name), at(&format!("{name}.new")));
            let expected = format!(
                "cannot save {}: the temporary file {} already exists: remove it, or use a different file for --journal",
                path.display(),
                new.display()
            );
            assert_eq!(message(opened(&path)), (252, expected));
            assert!(new.symlink_metadata().is_ok());
        }
        assert_eq!(fs::read(at("victim")).unwrap(), b"ct-fetch");
    }

    #[test]
    fn an_unfinished_replacement_of_a_killed_run_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.journal");
        for left in ["", "ct-fet", "ct-fetch journal 5\nhalf"] {
            fs::write(staged(&path), left).unwrap();
            let mut file = opened(&path).unwrap();
            file.replace("ct-fetch whole\n").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"ct-fetch whole\n");
        }
    }
}
