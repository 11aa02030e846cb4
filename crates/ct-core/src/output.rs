//! Data output: buffered, flushed before a wait, and silent if the reader closes the pipe.

pub mod lock;
pub mod stdio;

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::exit::Failure;
use stdio::Stdout;

/// The size of the buffer: 64 KiB, the capacity of a pipe on Linux.
const BUFFER_BYTES: usize = 1 << 16;

/// Permissions that allow only the owner to read and write the file.
const PRIVATE: u32 = 0o600;

/// The destination of a tool's data: standard output or a file.
pub struct Output {
    writer: BufWriter<Box<dyn Write + Send>>,
    /// The regular file that [`Output::open`] opened, or `None` for other outputs.
    file: Option<File>,
    /// The device and the inode of the file. They identify the file independently of its path.
    inode: Option<(u64, u64)>,
    path: Option<PathBuf>,
    name: String,
}

/// `path` with `.new` appended: the path of a temporary file for the new content of the file at
/// `path`. When the temporary file is complete, it replaces the file at `path`.
#[must_use]
pub fn staged(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

impl Output {
    /// An output that writes to standard output.
    #[must_use]
    pub fn stdout() -> Self {
        let duplicate = rustix::stdio::stdout().try_clone_to_owned().map(File::from);
        let metadata = duplicate.and_then(|file| file.metadata()).ok();
        Self {
            inode: metadata.map(|metadata| inode(&metadata)),
            ..Self::to(Box::new(Stdout), "standard output")
        }
    }

    /// Opens a file, creates it if necessary, and locks it for this run. Opening a file does not
    /// change its content.
    ///
    /// A device or a named pipe is not locked.
    ///
    /// # Errors
    /// If the file cannot be created or is locked by a different run; the message contains the path.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let file = OpenOptions::new()
            // In append mode, no zero bytes fill the gap if a different process truncates the file during the run.
            .append(true)
            .create(true)
            .mode(PRIVATE)
            .open(path)
            .with_context(|| {
                format!(
                    "cannot write {name}: use a path where a file can be \
                created"
                )
            })?;
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

    /// The name of the output in error messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The path at which the file was opened, or `None` for standard output.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The regular file, or `None` if [`Output::open`] did not open a regular file.
    #[must_use]
    pub fn file(&self) -> Option<&File> {
        self.file.as_ref()
    }

    /// Whether `path` leads to the file of this output, even under a different name.
    #[must_use]
    pub fn is_at(&self, path: &Path) -> bool {
        let other = path.metadata().map(|metadata| inode(&metadata));
        self.inode.is_some() && self.inode == other.ok()
    }

    /// The size of the file in bytes, or `None` if [`Output::open`] did not open a regular file.
    ///
    /// # Errors
    /// If the size cannot be read.
    pub fn length(&self) -> Result<Option<u64>, Failure> {
        let metadata = self.file.as_ref().map(File::metadata).transpose();
        let metadata = metadata.map_err(|error| self.failure(&error))?;
        Ok(metadata.map(|metadata| metadata.len()))
    }

    /// Truncates the file to the first `bytes` bytes, which are the output of an earlier run, and restricts access to
    /// its owner. Output continues after these bytes. Does nothing if [`Output::open`] did not open a regular file.
    ///
    /// # Errors
    /// See [`Output::line`].
    pub fn cut(&mut self, bytes: u64) -> Result<(), Failure> {
        let cut = |file: &File| {
            file.set_permissions(Permissions::from_mode(PRIVATE))?;
            file.set_len(bytes)
        };
        let done = self.file.as_ref().map_or(Ok(()), cut);
        done.map_err(|error| self.failure(&error))
    }

    /// An output that writes to `writer`; `name` is the name of the output in error messages.
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

    /// Writes `bytes` and a line feed.
    ///
    /// # Errors
    /// [`Failure::ReaderLeft`] if the pipe is closed. Any other error, such as a full disk, has a message that
    /// contains the name of the output.
    pub fn line(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written = self
            .writer
            .write_all(bytes)
            .and_then(|()| self.writer.write_all(b"\n"));
        written.map_err(|error| self.failure(&error))
    }

    /// Writes `bytes` unchanged.
    ///
    /// # Errors
    /// See [`Output::line`].
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.writer
            .write_all(bytes)
            .map_err(|error| self.failure(&error))
    }

    /// Writes the buffer. Call it before waiting for the network or for input.
    ///
    /// # Errors
    /// See [`Output::line`].
    pub fn flush(&mut self) -> Result<(), Failure> {
        self.writer.flush().map_err(|error| self.failure(&error))
    }

    /// Writes the buffer, and syncs the file to disk if the output is a regular file.
    ///
    /// # Errors
    /// See [`Output::line`].
    pub fn sync(&mut self) -> Result<(), Failure> {
        self.flush()?;
        let synced = self.file.as_ref().map_or(Ok(()), File::sync_data);
        synced.map_err(|error| self.failure(&error))
    }

    /// Discards the buffer. If the output is a regular file, truncates it to its first `bytes`
    /// bytes.
    ///
    /// # Errors
    /// If the file cannot be truncated.
    pub fn abandon(self, bytes: u64) -> io::Result<()> {
        // Dropping a `BufWriter` writes its buffer; `into_parts` does not.
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
            ErrorKind::StorageFull => "free up space, and run it again",
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
    fn a_file_is_readable_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.ndjson");
        let mut output = Output::open(&path).unwrap();
        output.line(b"{}").unwrap();
        output.flush().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"{}\n");
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn an_old_file_is_unchanged_until_it_is_truncated_and_then_restricted_to_its_owner() {
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
    fn a_file_that_another_process_truncates_is_not_filled_with_zeros() {
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
    fn only_one_run_may_write_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.ndjson");
        let first = Output::open(&path).unwrap();
        let Err(failure) = Output::open(&path) else {
            panic!("the file was opened twice");
        };
        let message = failure.message().unwrap();
        assert_eq!(
            message,
            format!(
                "cannot write {}: another run is writing it: wait until it ends, or use a \
                 different file",
                path.display()
            )
        );
        drop(first);
        assert!(Output::open(&path).is_ok());
    }

    #[test]
    fn a_device_is_neither_locked_nor_truncated_nor_synced() {
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
    fn an_abandoned_output_is_truncated_and_its_buffer_discarded() {
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
    fn a_closed_pipe_means_that_the_reader_left() {
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
            "cannot write out.ndjson: no storage space: free up space, and run it again"
        );
    }
}
