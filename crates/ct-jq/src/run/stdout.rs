//! Standard output, which is buffered, and flushed before a run blocks.

use std::io::{ErrorKind, Write};

/// The size of the buffer in bytes: the capacity of a pipe on Linux.
const BUFFER_BYTES: usize = 1 << 16;

/// The reason that a write failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WriteFailure {
    /// The reader closed the pipe, which is not an error.
    ReaderLeft,
    /// Any other reason, in the operating system's words.
    Failed(String),
}

/// Standard output with a buffer.
pub(crate) struct Stdout {
    writer: Box<dyn Write + Send>,
    buffer: Vec<u8>,
    broken: Option<WriteFailure>,
}

impl Stdout {
    /// Standard output that writes to `writer`, with an empty buffer.
    #[must_use]
    pub(crate) fn to(writer: Box<dyn Write + Send>) -> Self {
        Self {
            writer,
            buffer: Vec::with_capacity(BUFFER_BYTES),
            broken: None,
        }
    }

    /// The buffer of pending output. After appending to it, call [`Stdout::spill`].
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Writes a text after the pending output; a large text is not copied to the buffer.
    pub(crate) fn write(&mut self, text: &[u8]) {
        if text.len() < BUFFER_BYTES {
            self.buffer.extend_from_slice(text);
            self.spill();
            return;
        }
        self.flush();
        if self.broken.is_none() {
            self.broken = self
                .writer
                .write_all(text)
                .err()
                .map(|error| broken(&error));
        }
    }

    /// Writes the pending output if the buffer is full.
    pub(crate) fn spill(&mut self) {
        if self.buffer.len() >= BUFFER_BYTES {
            self.flush();
        }
    }

    /// Writes all pending output.
    pub(crate) fn flush(&mut self) {
        if self.broken.is_none() {
            let written = self
                .writer
                .write_all(&self.buffer)
                .and_then(|()| self.writer.flush());
            self.broken = written.err().map(|error| broken(&error));
        }
        self.buffer.clear();
    }

    /// The reason that a write failed; `None` if none has failed.
    #[must_use]
    pub(crate) fn broken(&self) -> Option<&WriteFailure> {
        self.broken.as_ref()
    }
}

fn broken(error: &std::io::Error) -> WriteFailure {
    match error.kind() {
        ErrorKind::BrokenPipe => WriteFailure::ReaderLeft,
        _ => WriteFailure::Failed(crate::reason(error)),
    }
}
