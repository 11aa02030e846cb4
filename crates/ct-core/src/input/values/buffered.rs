//! The buffered part of a byte stream: bytes that were read and not yet returned.

use std::io::{self, Read};
use std::ops::Range;

use super::nesting::{Nested, Nesting};

/// The read size, in bytes.
const READ_BYTES: usize = 128 << 10;

/// The maximum size of a line that is buffered as a whole before it is parsed, in bytes.
const MAX_LINE_BYTES: usize = 512 << 10;

/// The maximum size of a value, in bytes. CloudTrail records have at most 256 KB; a longer value has probably lost
/// its closing bracket.
const MAX_VALUE_BYTES: usize = 256 << 20;

/// A reader and its buffer.
pub(super) struct Buffered<R> {
    reader: R,
    pub(super) bytes: Vec<u8>,
    /// The index, in the buffer, of the next value or line to return.
    pub(super) at: usize,
    /// The position of the buffer's first byte in the input.
    offset: u64,
    /// The byte before the buffer's first byte, or `None` at the start of the input.
    before: Option<u8>,
    /// Whether the reader has reached its end or has returned an error.
    is_ended: bool,
}

impl Buffered<io::Empty> {
    /// A buffer that contains the rest of an input, from `offset` on.
    pub(super) fn filled(bytes: Vec<u8>, offset: u64) -> Self {
        Self {
            reader: io::empty(),
            bytes,
            at: 0,
            offset,
            before: None,
            is_ended: true,
        }
    }
}

impl<R: Read> Buffered<R> {
    /// A buffer for a reader from which nothing has been read yet.
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            bytes: Vec::new(),
            at: 0,
            offset: 0,
            before: None,
            is_ended: false,
        }
    }

    /// The position of a part in the input, in bytes from 0.
    pub(super) fn position(&self, range: &Range<usize>) -> u64 {
        self.offset + range.start as u64
    }

    /// The number of input bytes read.
    pub(super) fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }

    /// The available bytes: at least `length` bytes unless the input is shorter.
    ///
    /// # Errors
    /// Errors of the reader.
    pub(super) fn peek(&mut self, length: usize) -> io::Result<&[u8]> {
        while self.bytes.len() - self.at < length && self.fill()? {}
        Ok(&self.bytes[self.at..])
    }

    /// Skips `count` bytes that [`Buffered::peek`] returned.
    pub(super) fn pass_over(&mut self, count: usize) {
        self.at += count;
    }

    /// Skips white space and returns the first byte after it, or `None` at the end of the input.
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

    /// The end of the value that starts at `start`, or `None` if the value is never closed. `depth`
    /// is the number of objects and arrays that are already open at `start`.
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

    /// The end of the string, number or literal at `start`, or `None` if the value is empty or not
    /// terminated.
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

    /// The end of the line that contains `start`: the position of its line feed, or the end of the input.
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

    /// Whether the next unread byte is a `{` at the start of a line.
    pub(super) fn is_object_line(&self) -> bool {
        let before = match self.at.checked_sub(1) {
            Some(at) => self.bytes.get(at).copied(),
            None => self.before,
        };
        before == Some(b'\n') && self.bytes.get(self.at) == Some(&b'{')
    }

    /// Whether the buffer contains the whole line at `start` and the first byte of the next line.
    /// Also `true` if the line is longer than `MAX_LINE_BYTES`, because such a line is not buffered
    /// as a whole.
    pub(super) fn has_line_and_next(&self, start: usize) -> bool {
        let line = &self.bytes[start..];
        let feed = memchr::memchr(b'\n', line);
        feed.map_or(line.len() > MAX_LINE_BYTES, |feed| feed + 1 < line.len())
    }

    /// Reads more bytes. Returns `false` at the end of the input.
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

    /// Discards the bytes of values that were returned, so that the buffer holds little more than
    /// one value.
    pub(super) fn drop_consumed(&mut self) {
        if self.at >= READ_BYTES || self.at == self.bytes.len() {
            self.before = self.bytes[..self.at].last().copied().or(self.before);
            self.bytes.drain(..self.at);
            self.offset += self.at as u64;
            self.at = 0;
        }
    }
}

/// The length of the string at the start of `text`, including quotes, or 0 if a line feed comes
/// before the closing quote. Returns `None` if `text` does not contain the end of the string.
fn string_length(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr3(b'"', b'\\', b'\n', text.get(at..)?)?;
        match text[at] {
            b'"' => return Some(at + 1),
            b'\n' => return Some(0),
            _ => at += 2,
        }
    }
}
