//! The only standard output: buffered, flushed before a wait, quiet when the reader leaves.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, BufWriter, ErrorKind, Seek as _, SeekFrom, Write};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::Context as _;

use crate::exit::Failure;

/// 64 KiB, the size of a pipe on Linux.
const BUFFER_BYTES: usize = 1 << 16;

/// Its owner may read and write it, and nobody else anything.
const PRIVATE: u32 = 0o600;

/// Where a tool's data goes: standard output or a file.
pub struct Output {
    writer: BufWriter<Box<dyn Write + Send>>,
    /// The file it goes to, where it is one we opened.
    file: Option<File>,
    name: String,
}

impl Output {
    /// Standard output.
    #[must_use]
    pub fn stdout() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that owns it"
        )]
        let stdout = io::stdout();
        Self::to(Box::new(stdout), "standard output")
    }

    /// A new file that only its owner may read, or an old one written over.
    ///
    /// # Errors
    /// When the file cannot be made; the message names it.
    pub fn file(path: &Path) -> Result<Self, Failure> {
        let file = open_private(path).with_context(|| {
            format!(
                "cannot write {}: name a file that can be made",
                path.display()
            )
        })?;
        Self::opened(file, path)
    }

    /// What an earlier run wrote, cut after its first `bytes`, to go on from there.
    ///
    /// # Errors
    /// When the file cannot be opened, or holds less than that.
    pub fn resume(path: &Path, bytes: u64) -> Result<Self, Failure> {
        let file = open_cut(path, bytes).with_context(|| {
            format!(
                "cannot go on with {}: pass --restart to begin anew",
                path.display()
            )
        })?;
        Self::opened(file, path)
    }

    fn opened(file: File, path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let writer = file
            .try_clone()
            .with_context(|| format!("cannot write {name}: check the limit on open files"))?;
        Ok(Self {
            file: Some(file),
            ..Self::to(Box::new(writer), &name)
        })
    }

    /// Any writer; `name` is what its errors call it.
    #[must_use]
    pub fn to(writer: Box<dyn Write + Send>, name: &str) -> Self {
        Self {
            writer: BufWriter::with_capacity(BUFFER_BYTES, writer),
            file: None,
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

fn open_private(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(PRIVATE)
        .open(path)?;
    // A device or a named pipe keeps its mode, and has nothing to cut.
    if file.metadata()?.is_file() {
        file.set_permissions(Permissions::from_mode(PRIVATE))?;
        file.set_len(0)?;
    }
    Ok(file)
}

fn open_cut(path: &Path, bytes: u64) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let length = file.metadata()?.len();
    if length < bytes {
        let reason = format!("it has {length} bytes and had {bytes}");
        return Err(io::Error::other(reason));
    }
    file.set_len(bytes)?;
    file.seek(SeekFrom::End(0))?;
    Ok(file)
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

    #[test]
    fn a_file_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.ndjson");
        let mut output = Output::file(&path).unwrap();
        output.line(b"{}").unwrap();
        output.flush().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"{}\n");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn an_old_file_is_its_owners_alone_before_anything_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.ndjson");
        std::fs::write(&path, "older and longer").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let mut output = Output::file(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        output.line(b"{}").unwrap();
        output.flush().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"{}\n");
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
