//! The records' way out, which a reader that does not read may block without ctrl-C being missed.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

use ct_core::exit::Failure;
use ct_core::output::Output;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::PIPE_BUF;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// An output that says when it has room.
pub(crate) struct RecordWriter {
    output: Output,
    /// Standard output, where it is a pipe or a terminal: a file never makes a writer wait.
    watched: Option<AsyncFd<OwnedFd>>,
    /// Bytes of the lines that are on their way to `watched`, and have room there.
    held: usize,
}

impl RecordWriter {
    /// Over standard output; only inside a Tokio runtime.
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
            // What cannot be watched is a file.
            watched: watched.ok(),
            ..Self::file(output)
        }
    }

    /// Over a file.
    #[must_use]
    pub(crate) fn file(output: Output) -> Self {
        Self {
            output,
            watched: None,
            held: 0,
        }
    }

    /// Whether what goes out may come up on a terminal, by itself or through a reader.
    #[must_use]
    pub(crate) fn may_be_seen(&self) -> bool {
        self.watched.is_some()
    }

    /// Waits until a line of so many bytes, its end counted, can go out whole without more waiting;
    /// given up, it leaves nothing half done.
    ///
    /// A line longer than `PIPE_BUF` is begun when there is room for its beginning, and then finished
    /// however long that takes.
    ///
    /// # Errors
    /// As [`Output::line`].
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
        // A watch that fails leaves the writing itself to fail, or to wait.
        let _ = watched.async_io(Interest::WRITABLE, has_room).await;
        Ok(())
    }

    /// A line that [`RecordWriter::room`] was waited for, without its end.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub(crate) fn line(&mut self, line: &[u8]) -> Result<(), Failure> {
        self.held += line.len() + 1;
        self.output.line(line)
    }

    /// Hands over every line.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.held = 0;
        self.output.flush()
    }

    /// The output itself.
    #[must_use]
    pub(crate) fn output(&self) -> &Output {
        &self.output
    }

    /// As [`Output::abandon`].
    ///
    /// # Errors
    /// As there.
    pub(crate) fn abandon(self, bytes: u64) -> io::Result<()> {
        self.output.abandon(bytes)
    }

    /// As [`Output::cut`].
    ///
    /// # Errors
    /// As [`Output::line`].
    pub(crate) fn cut(&mut self, bytes: u64) -> Result<(), Failure> {
        self.output.cut(bytes)
    }

    /// As [`Output::sync`].
    ///
    /// # Errors
    /// As [`Output::line`].
    pub(crate) fn sync(&mut self) -> Result<(), Failure> {
        self.held = 0;
        self.output.sync()
    }
}

/// Whether `PIPE_BUF` bytes can be written at once; `WouldBlock` where not.
///
/// Source: POSIX, "write": so many bytes go into a pipe that is ready for them as one.
fn has_room(stdout: &OwnedFd) -> io::Result<()> {
    let mut polled = [PollFd::new(stdout, PollFlags::OUT)];
    match poll(&mut polled, Some(&Timespec::default()))? {
        0 => Err(io::ErrorKind::WouldBlock.into()),
        _ => Ok(()),
    }
}
