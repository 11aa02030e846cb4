//! Writes records to an output that may block. A run can be stopped even while the output blocks.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

use ct_core::exit::Failure;
use ct_core::output::Output;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::PIPE_BUF;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// An output of records. A caller can wait until the output can take a line, and then write the
/// line.
pub(crate) struct RecordWriter {
    output: Output,
    /// Standard output, if it is a pipe or a terminal. `None` for a file, because writing to a file
    /// never blocks for long.
    watched: Option<AsyncFd<OwnedFd>>,
    /// The number of bytes in the buffer. `watched` can take them without blocking.
    held: usize,
}

impl RecordWriter {
    /// Creates a writer to standard output. Must be called in a Tokio runtime.
    #[must_use]
    pub(crate) fn stdout(output: Output) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the descriptor is watched and never written to"
        )]
        let stdout = io::stdout();
        #[expect(
            deprecated,
            reason = "unsound only if the descriptor is closed early, which an `OwnedFd` prevents; the replacement needs unsafe code"
        )]
        let watched = stdout
            .as_fd()
            .try_clone_to_owned()
            .and_then(|stdout| AsyncFd::with_interest(stdout, Interest::WRITABLE));
        Self {
            // Standard output that cannot be watched is a file, which never blocks for long.
            watched: watched.ok(),
            ..Self::file(output)
        }
    }

    /// Creates a writer to a file.
    #[must_use]
    pub(crate) fn file(output: Output) -> Self {
        Self {
            output,
            watched: None,
            held: 0,
        }
    }

    /// Whether a person may see the records as they are written: the output is a terminal, or a
    /// pipe to another program.
    #[must_use]
    pub(crate) fn may_be_seen(&self) -> bool {
        self.watched.is_some()
    }

    /// Waits until a line of `bytes` bytes, including its line end, can be written without
    /// blocking. If the caller stops waiting, the output ends with a complete line.
    ///
    /// A line longer than `PIPE_BUF` may block. It is written as soon as its beginning fits. The
    /// write then takes as long as the reader needs.
    ///
    /// # Errors
    /// See [`Output::line`].
    pub(crate) async fn room(&mut self, bytes: usize) -> Result<(), Failure> {
        let Some(watched) = &self.watched else {
            return Ok(());
        };
        if self.held > 0 && self.held + bytes <= PIPE_BUF {
            return Ok(());
        }
        if self.held > 0 {
            self.held = 0;
            self.output.flush()?;
        }
        // If watching the output fails, the next write returns the error, or blocks.
        let _ = watched.async_io(Interest::WRITABLE, has_room).await;
        Ok(())
    }

    /// Writes `line` and a line end. The caller must first wait with [`RecordWriter::room`].
    ///
    /// # Errors
    /// See [`Output::line`].
    pub(crate) fn line(&mut self, line: &[u8]) -> Result<(), Failure> {
        self.held += line.len() + 1;
        self.output.line(line)
    }

    /// Writes the buffered lines to the output.
    ///
    /// # Errors
    /// See [`Output::line`].
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.held = 0;
        self.output.flush()
    }

    /// Returns the output to which the records are written.
    #[must_use]
    pub(crate) fn output(&self) -> &Output {
        &self.output
    }

    /// Closes the output after a failed write; see [`Output::abandon`].
    ///
    /// # Errors
    /// See [`Output::abandon`].
    pub(crate) fn abandon(self, bytes: u64) -> io::Result<()> {
        self.output.abandon(bytes)
    }

    /// Truncates the output to `bytes` bytes; see [`Output::cut`].
    ///
    /// # Errors
    /// See [`Output::line`].
    pub(crate) fn cut(&mut self, bytes: u64) -> Result<(), Failure> {
        self.output.cut(bytes)
    }

    /// Writes the buffered lines, and makes sure that they are on the disk; see [`Output::sync`].
    ///
    /// # Errors
    /// See [`Output::line`].
    pub(crate) fn sync(&mut self) -> Result<(), Failure> {
        self.held = 0;
        self.output.sync()
    }
}

/// Returns an error of the kind `WouldBlock` if `PIPE_BUF` bytes cannot be written without
/// blocking.
///
/// Source: POSIX, "write": a pipe that is ready for writing accepts this many bytes atomically.
fn has_room(stdout: &OwnedFd) -> io::Result<()> {
    let mut polled = [PollFd::new(stdout, PollFlags::OUT)];
    match poll(&mut polled, Some(&Timespec::default()))? {
        0 => Err(io::ErrorKind::WouldBlock.into()),
        _ => Ok(()),
    }
}
