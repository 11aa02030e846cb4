//! Standard output: buffered, flushed before a wait, with jq's words when it cannot be written.

use std::io::{ErrorKind, Write};

/// As much as a pipe on Linux holds.
const BUFFER_BYTES: usize = 1 << 16;

/// Why nothing more can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// The reader left, which is no error.
    ReaderLeft,
    /// Anything else, as the operating system puts it.
    Failed(String),
}

/// Where results go.
pub(crate) struct Stdout {
    writer: Box<dyn Write + Send>,
    buffer: Vec<u8>,
    broken: Option<Broken>,
}

impl Stdout {
    /// Nothing has gathered yet.
    #[must_use]
    pub(crate) fn to(writer: Box<dyn Write + Send>) -> Self {
        Self {
            writer,
            buffer: Vec::with_capacity(BUFFER_BYTES),
            broken: None,
        }
    }

    /// What is to be written next: append to it, then call [`Stdout::spill`].
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Writes text that is worth a call of its own, after what has gathered.
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

    /// Writes what has gathered once it is worth a call.
    pub(crate) fn spill(&mut self) {
        if self.buffer.len() >= BUFFER_BYTES {
            self.flush();
        }
    }

    /// Writes everything that has gathered.
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

    /// Why nothing more can be written, if so.
    #[must_use]
    pub(crate) fn broken(&self) -> Option<&Broken> {
        self.broken.as_ref()
    }
}

fn broken(error: &std::io::Error) -> Broken {
    match error.kind() {
        ErrorKind::BrokenPipe => Broken::ReaderLeft,
        _ => Broken::Failed(crate::reason(error)),
    }
}
