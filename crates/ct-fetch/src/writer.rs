//! Writes records to an output that may block, while ctrl-C still works.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

use ct_core::exit::Failure;
use ct_core::output::Output;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::PIPE_BUF;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// An output that reports when it has room.
pub(crate) struct RecordWriter {
    output: Output,
    /// Standard output, if it is a pipe or a terminal. Writing to a file never blocks for long.
    watched: Option<AsyncFd<OwnedFd>>,
    /// The number of buffered bytes for `watched`, for which there is room.
    held: usize,
}

impl RecordWriter {
    /// A writer to standard output; requires a Tokio runtime.
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
            // An output that cannot be watched is a file.
            watched: watched.ok(),
            ..Self::file(output)
        }
    }

    /// A writer to a file.
    #[must_use]
    pub(crate) fn file(output: Output) -> Self {
        Self {
            output,
            watched: None,
            held: 0,
        }
    }

    /// Whether the output may appear on a terminal, directly or through a reader.
    #[must_use]
    pub(crate) fn may_be_seen(&self) -> bool {
        self.watched.is_some()
    }

    /// Waits until a line of this many bytes, including its line end, can be written at once.
    /// Cancelling the wait leaves no partial line.
    ///
    /// A line longer than `PIPE_BUF` is started when its beginning fits, and is then completed
    /// however long that takes.
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
        // If watching fails, the write itself fails or blocks.
        let _ = watched.async_io(Interest::WRITABLE, has_room).await;
        Ok(())
    }

    /// Writes a line for which [`RecordWriter::room`] was awaited. `line` excludes the line end.
    ///
    /// # Errors
    /// See [`Output::line`].
    pub(crate) fn line(&mut self, line: &[u8]) -> Result<(), Failure> {
        self.held += line.len() + 1;
        self.output.line(line)
    }

    /// Writes the buffer.
    ///
    /// # Errors
    /// See [`Output::line`].
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.held = 0;
        self.output.flush()
    }

    /// The output itself.
    #[must_use]
    pub(crate) fn output(&self) -> &Output {
        &self.output
    }

    /// See [`Output::abandon`].
    ///
    /// # Errors
    /// See there.
    pub(crate) fn abandon(self, bytes: u64) -> io::Result<()> {
        self.output.abandon(bytes)
    }

    /// See [`Output::cut`].
    ///
    /// # Errors
    /// See [`Output::line`].
    pub(crate) fn cut(&mut self, bytes: u64) -> Result<(), Failure> {
        self.output.cut(bytes)
    }

    /// See [`Output::sync`].
    ///
    /// # Errors
    /// See [`Output::line`].
    pub(crate) fn sync(&mut self) -> Result<(), Failure> {
        self.held = 0;
        self.output.sync()
    }
}

/// Succeeds if `PIPE_BUF` bytes can be written at once, and fails with `WouldBlock` otherwise.
///
/// Source: POSIX, "write": a pipe that is ready accepts this many bytes atomically.
fn has_room(stdout: &OwnedFd) -> io::Result<()> {
    let mut polled = [PollFd::new(stdout, PollFlags::OUT)];
    match poll(&mut polled, Some(&Timespec::default()))? {
        0 => Err(io::ErrorKind::WouldBlock.into()),
        _ => Ok(()),
    }
}
