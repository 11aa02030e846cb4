//! The part of a stream of bytes that is in memory: what is read and not handed over yet.

use std::io::{self, Read};
use std::ops::Range;

use super::nesting::{Nested, Nesting};

/// How many bytes are asked of the reader at once.
const READ_BYTES: usize = 128 << 10;

/// The longest single value, in bytes. CloudTrail's records are at most 256 KB; a longer value than
/// this is text that never closes.
const MAX_VALUE_BYTES: usize = 256 << 20;

/// A reader, and the bytes of it that wait.
pub(super) struct Buffered<R> {
    reader: R,
    pub(super) bytes: Vec<u8>,
    /// Where the next piece starts in the buffer.
    pub(super) at: usize,
    /// The position of the buffer's first byte in the input.
    offset: u64,
    /// The reader has given its last byte, or failed.
    is_ended: bool,
}

impl<R: Read> Buffered<R> {
    /// Nothing is read yet.
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            bytes: Vec::new(),
            at: 0,
            offset: 0,
            is_ended: false,
        }
    }

    /// The position of a piece in the input, in bytes from 0.
    pub(super) fn position(&self, range: &Range<usize>) -> u64 {
        self.offset + range.start as u64
    }

    /// How many bytes of the input have been read.
    pub(super) fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }

    /// The bytes from the first on, as many as have been read: at least `length` unless the input is shorter.
    ///
    /// # Errors
    /// The reader's own.
    pub(super) fn peek(&mut self, length: usize) -> io::Result<&[u8]> {
        while self.bytes.len() - self.at < length && self.fill()? {}
        Ok(&self.bytes[self.at..])
    }

    /// Passes over `count` bytes that [`Buffered::peek`] has shown.
    pub(super) fn pass_over(&mut self, count: usize) {
        self.at += count;
    }

    /// The first byte that is not white space; `None` at the end of the input.
    pub(super) fn next_byte(&mut self) -> io::Result<Option<u8>> {
        loop {
            while let Some(&byte) = self.bytes.get(self.at) {
                if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                    return Ok(Some(byte));
                }
                self.at += 1;
            }
            self.drop_consumed();
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Where what is open at `start`, `depth` levels of it, is closed; `None` where it never is.
    pub(super) fn closing(&mut self, start: usize, depth: u32) -> io::Result<Option<usize>> {
        let mut nesting = Nesting::new(depth);
        let mut from = start;
        loop {
            match nesting.read(&self.bytes[from..]) {
                Nested::Ends(length) => return Ok(Some(from + length)),
                Nested::Torn => return Ok(None),
                Nested::GoesOn => {}
            }
            from = self.bytes.len();
            if from - start > MAX_VALUE_BYTES || !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Where the string, number or word at `start` ends.
    pub(super) fn scalar(&mut self, start: usize) -> io::Result<Option<usize>> {
        let is_string = self.bytes[start] == b'"';
        loop {
            let text = &self.bytes[start..];
            let length = if is_string {
                string_length(text)
            } else {
                text.iter().position(|byte| b",] \t\r\n".contains(byte))
            };
            if let Some(length) = length {
                return Ok((length > 0).then_some(start + length));
            }
            if text.len() > MAX_VALUE_BYTES || !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Where the line at `start` ends: at its line end or at the end of the input.
    pub(super) fn line_end(&mut self, start: usize) -> io::Result<usize> {
        let mut from = start;
        loop {
            if let Some(length) = memchr::memchr(b'\n', &self.bytes[from..]) {
                return Ok(from + length);
            }
            from = self.bytes.len();
            if from - start > MAX_VALUE_BYTES || !self.fill()? {
                return Ok(self.bytes.len());
            }
        }
    }

    /// Reads some more; `false` at the end of the input.
    pub(super) fn fill(&mut self) -> io::Result<bool> {
        if self.is_ended {
            return Ok(false);
        }
        let length = self.bytes.len();
        self.bytes.resize(length + READ_BYTES, 0);
        loop {
            match self.reader.read(&mut self.bytes[length..]) {
                Ok(count) => {
                    self.bytes.truncate(length + count);
                    self.is_ended = count == 0;
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.bytes.truncate(length);
                    self.is_ended = true;
                    return Err(error);
                }
            }
        }
    }

    /// Forgets what has been handed over, so that a long input takes the memory of one value.
    pub(super) fn drop_consumed(&mut self) {
        if self.at >= READ_BYTES || self.at == self.bytes.len() {
            self.bytes.drain(..self.at);
            self.offset += self.at as u64;
            self.at = 0;
        }
    }
}

/// The length of the string that `text` starts with, its quotes included.
fn string_length(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}
