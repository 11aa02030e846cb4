//! Copies a stream while it is read.

use std::fs::File;
use std::io::{self, Read, Write as _};

/// A stream and the file that receives a copy of its bytes.
pub(super) struct Tee<R> {
    pub(super) stream: R,
    pub(super) writer: File,
}

impl<R: Read> Read for Tee<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.writer.write_all(&buffer[..count])?;
        Ok(count)
    }
}
