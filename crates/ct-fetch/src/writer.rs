//! Writes records to an output that may block. Ctrl-C works even while the output blocks.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

use ct_core::exit::Failure;
use ct_core::output::Output;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::PIPE_BUF;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// An output of records, which can be awaited until it has room.
pub(crate) struct RecordWriter {
    output: Output,
    /// Standard output, if it is a pipe or a terminal. `None` for a file, because writing to a file
    /// never blocks for long.
    watched: Option<AsyncFd<OwnedFd>>,
    /// The number of bytes that are in the buffer and for which `watched` has room.
    held: usize,
}

impl RecordWriter {
    /// Creates a writer to standard output. Requires a Tokio runtime.
    #[must_use]
    pub(crate) fn stdout(output: Output) -> Self {
        #[expect(clippy::disallowed_methods, reason = "watched, never written to")]
        let stdout = io::stdout();
        #[expect(
            deprecated,
            reason = "unsound for what closes its descriptor early, which an OwnedFd does not; the new way is unsafe code"
        )]
        let watched = stdout
            .as_fd()
            .try_clone_to_owned()
            .and_then(|stdout| AsyncFd::with_interest(stdout, Interest::WRITABLE));
        Self {
            // An output that cannot be watched is a file, which never blocks for long.
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

    /// Whether a person may see the output: on a terminal, or through a program that reads it.
    #[must_use]
    pub(crate) fn may_be_seen(&self) -> bool {
        self.watched.is_some()
    }

    /// Waits until a line of `bytes` bytes, including its line end, can be written without
    /// blocking. If the wait is cancelled, no partial line was written.
    ///
    /// A line longer than `PIPE_BUF` may block: it is written as soon as its beginning fits, and
    /// completed however long that takes.
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
        // If watching fails, the following write reports the error, or blocks.
        let _ = watched.async_io(Interest::WRITABLE, has_room).await;
        Ok(())
    }

    /// Writes a line without its line end in `line`. [`RecordWriter::room`] must have been awaited
    /// for the line.
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

    /// Returns the output that is written to.
    #[must_use]
    pub(crate) fn output(&self) -> &Output {
        &self.output
    }

    /// Abandons the output, as [`Output::abandon`] does.
    ///
    /// # Errors
    /// The errors of [`Output::abandon`].
    pub(crate) fn abandon(self, bytes: u64) -> io::Result<()> {
        self.output.abandon(bytes)
    }

    /// Truncates the output, as [`Output::cut`] does.
    ///
    /// # Errors
    /// See [`Output::line`].
    pub(crate) fn cut(&mut self, bytes: u64) -> Result<(), Failure> {
        self.output.cut(bytes)
    }

    /// Syncs the output, as [`Output::sync`] does.
    ///
    /// # Errors
    /// See [`Output::line`].
    pub(crate) fn sync(&mut self) -> Result<(), Failure> {
        self.held = 0;
        self.output.sync()
    }
}

/// Checks that `PIPE_BUF` bytes can be written without blocking. Otherwise, fails with
/// `WouldBlock`.
///
/// Source: POSIX, "write": a pipe that is ready for writing accepts this many bytes atomically.
fn has_room(stdout: &OwnedFd) -> io::Result<()> {
    let mut polled = [PollFd::new(stdout, PollFlags::OUT)];
    match poll(&mut polled, Some(&Timespec::default()))? {
        0 => Err(io::ErrorKind::WouldBlock.into()),
        _ => Ok(()),
    }
}
