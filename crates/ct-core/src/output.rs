//! The only standard output: buffered, flushed before a wait, quiet when the reader leaves.

pub mod lock;
pub mod stdio;

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::exit::Failure;
use stdio::Stdout;

/// 64 KiB, the size of a pipe on Linux.
const BUFFER_BYTES: usize = 1 << 16;

/// Its owner may read and write it, and nobody else anything.
const PRIVATE: u32 = 0o600;

/// Where a tool's data goes: standard output or a file.
pub struct Output {
    writer: BufWriter<Box<dyn Write + Send>>,
    /// The regular file it goes to, where it is one we opened.
    file: Option<File>,
    /// What tells the file from all others, whatever it is called: its device and its inode.
    inode: Option<(u64, u64)>,
    path: Option<PathBuf>,
    name: String,
}

impl Output {
    /// Standard output.
    #[must_use]
    pub fn stdout() -> Self {
        let duplicate = rustix::stdio::stdout().try_clone_to_owned().map(File::from);
        let metadata = duplicate.and_then(|file| file.metadata()).ok();
        Self {
            inode: metadata.map(|metadata| inode(&metadata)),
            ..Self::to(Box::new(Stdout), "standard output")
        }
    }

    /// A file of its own, made where there is none and kept to this run; nothing of it is changed yet.
    ///
    /// A device or a named pipe is written to as it is.
    ///
    /// # Errors
    /// When the file cannot be made, or another run has it; the message names it.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let file = OpenOptions::new()
            // Where others cut the file meanwhile, it stays shorter than what was written: no zeros fill it up.
            .append(true)
            .create(true)
            .mode(PRIVATE)
            .open(path)
            .with_context(|| format!("cannot write {name}: name a file that can be made"))?;
        let metadata = file.metadata().ok();
        let is_file = metadata.as_ref().is_some_and(Metadata::is_file);
        if is_file {
            lock::keep(&file, path)?;
        }
        let writer = file
            .try_clone()
            .with_context(|| format!("cannot write {name}: check the limit on open files"))?;
        Ok(Self {
            file: is_file.then_some(file),
            inode: metadata.map(|metadata| inode(&metadata)),
            path: Some(path.to_owned()),
            ..Self::to(Box::new(writer), &name)
        })
    }

    /// What its errors call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The path it was opened at; `None` for standard output.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The regular file that was opened here; `None` where it goes to anything else.
    #[must_use]
    pub fn file(&self) -> Option<&File> {
        self.file.as_ref()
    }

    /// Whether the file at `path` is the one it goes to, by whatever name.
    #[must_use]
    pub fn is_at(&self, path: &Path) -> bool {
        let other = path.metadata().map(|metadata| inode(&metadata));
        self.inode.is_some() && self.inode == other.ok()
    }

    /// How many bytes are in the file; `None` where it goes to no regular file that was opened here.
    ///
    /// # Errors
    /// When the file cannot be asked.
    pub fn length(&self) -> Result<Option<u64>, Failure> {
        let metadata = self.file.as_ref().map(File::metadata).transpose();
        let metadata = metadata.map_err(|error| self.failure(&error))?;
        Ok(metadata.map(|metadata| metadata.len()))
    }

    /// Leaves the first `bytes` of what an earlier run wrote, for its owner alone, and goes on after
    /// them; does nothing where it goes to no regular file that was opened here.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub fn cut(&mut self, bytes: u64) -> Result<(), Failure> {
        let cut = |file: &File| {
            file.set_permissions(Permissions::from_mode(PRIVATE))?;
            file.set_len(bytes)
        };
        let done = self.file.as_ref().map_or(Ok(()), cut);
        done.map_err(|error| self.failure(&error))
    }

    /// Any writer; `name` is what its errors call it.
    #[must_use]
    pub fn to(writer: Box<dyn Write + Send>, name: &str) -> Self {
        Self {
            writer: BufWriter::with_capacity(BUFFER_BYTES, writer),
            file: None,
            inode: None,
            path: None,
            name: name.to_owned(),
        }
    }

    /// `bytes` and a line end.
    ///
    /// # Errors
    /// [`Failure::ReaderLeft`] on a closed pipe; anything else, such as a full disk, names the output.
    pub fn line(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written = self
            .writer
            .write_all(bytes)
            .and_then(|()| self.writer.write_all(b"\n"));
        written.map_err(|error| self.failure(&error))
    }

    /// `bytes` as they are.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.writer
            .write_all(bytes)
            .map_err(|error| self.failure(&error))
    }

    /// Hands over everything written so far; call it before waiting for the network or for input.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub fn flush(&mut self) -> Result<(), Failure> {
        self.writer.flush().map_err(|error| self.failure(&error))
    }

    /// Sees to it that everything written so far outlasts a power cut, where it goes to a file.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub fn sync(&mut self) -> Result<(), Failure> {
        self.flush()?;
        let synced = self.file.as_ref().map_or(Ok(()), File::sync_data);
        synced.map_err(|error| self.failure(&error))
    }

    /// Gives up what could not be written, and cuts the file it goes to, if any, to `bytes`.
    ///
    /// # Errors
    /// When the file cannot be cut.
    pub fn abandon(self, bytes: u64) -> io::Result<()> {
        // What a dropped `BufWriter` holds is written; its parts are not.
        drop(self.writer.into_parts());
        match self.file {
            Some(file) if file.metadata()?.len() > bytes => file.set_len(bytes),
            _ => Ok(()),
        }
    }

    fn failure(&self, error: &io::Error) -> Failure {
        if error.kind() == ErrorKind::BrokenPipe {
            return Failure::ReaderLeft;
        }
        let hint = match error.kind() {
            ErrorKind::StorageFull => "make room and run it again",
            _ => "check where the output goes",
        };
        Failure::Other(anyhow::anyhow!(
            "cannot write {}: {error}: {hint}",
            self.name
        ))
    }
}

fn inode(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.ndjson");
        let mut output = Output::open(&path).unwrap();
        output.line(b"{}").unwrap();
        output.flush().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"{}\n");
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn an_old_file_is_as_it_was_until_it_is_cut_and_then_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.ndjson");
        std::fs::write(&path, "older and longer").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let mut output = Output::open(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"older and longer");
        output.cut(6).unwrap();
        assert_eq!(mode(&path), 0o600);
        output.line(b"{}").unwrap();
        output.flush().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"older {}\n");
    }

    #[test]
    fn a_file_that_others_cut_stays_shorter_than_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.ndjson");
        let mut output = Output::open(&path).unwrap();
        output.line(b"{\"a\":1}").unwrap();
        output.flush().unwrap();
        std::fs::write(&path, "").unwrap();
        output.line(b"{}").unwrap();
        output.flush().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"{}\n");
    }

    #[test]
    fn a_file_is_one_runs_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.ndjson");
        let first = Output::open(&path).unwrap();
        let Err(failure) = Output::open(&path) else {
            panic!("it was opened twice");
        };
        let message = failure.message().unwrap();
        assert_eq!(
            message,
            format!(
                "cannot write {}: another run is writing it: wait until it ends, or name another file",
                path.display()
            )
        );
        drop(first);
        assert!(Output::open(&path).is_ok());
    }

    #[test]
    fn a_device_is_neither_kept_nor_cut_nor_synced() {
        let device = Path::new("/dev/null");
        let outputs = [Output::open(device), Output::open(device)];
        for output in outputs {
            let mut output = output.unwrap();
            output.cut(0).unwrap();
            output.line(b"{}").unwrap();
            output.sync().unwrap();
            assert_eq!(output.length().unwrap(), None);
        }
    }

    #[test]
    fn an_abandoned_output_is_cut_and_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.ndjson");
        std::fs::write(&path, "a\nb").unwrap();
        for (bytes, left) in [(9, "a\nb"), (2, "a\n")] {
            let mut output = Output::open(&path).unwrap();
            output.bytes(b"not written").unwrap();
            output.abandon(bytes).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), left);
        }
    }

    #[test]
    fn a_closed_pipe_is_a_reader_that_left() {
        let mut output = Output::to(Box::new(Failing(ErrorKind::BrokenPipe)), "standard output");
        output.line(b"{}").unwrap();
        assert!(matches!(output.flush(), Err(Failure::ReaderLeft)));
    }

    #[test]
    fn a_full_disk_is_an_error_that_names_the_output() {
        let mut output = Output::to(Box::new(Failing(ErrorKind::StorageFull)), "out.ndjson");
        output.line(b"{}").unwrap();
        let message = output.flush().unwrap_err().message().unwrap();
        assert_eq!(
            message,
            "cannot write out.ndjson: no storage space: make room and run it again"
        );
    }
}
