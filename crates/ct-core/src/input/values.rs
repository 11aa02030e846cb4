//! Splits a byte stream into JSON values: top-level ones, and the elements of long outer lists.

use std::io::{self, Read};
use std::ops::Range;

mod nesting;
mod opening;

use super::shape::record_end;
use crate::json;
use nesting::{Nested, Nesting};
use opening::{OPENING_BYTES, Opening, opening};

/// The read size, in bytes.
const READ_BYTES: usize = 128 << 10;

/// The maximum size of a value, in bytes. CloudTrail's records have at most 256 KB; a longer value
/// is unclosed text.
const MAX_VALUE_BYTES: usize = 256 << 20;

/// A part of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A top-level record, or a record that is an element of an outer list; it is valid JSON if it
    /// is UTF-8.
    Record(Range<usize>),
    /// A top-level value.
    Value(Range<usize>),
    /// An element of the named outer list, or of a top-level array, which has no name.
    Element(Option<&'static str>, Range<usize>),
    /// The members after the outer list, as the text `,"name":value…}`.
    Tail(Range<usize>),
    /// Text that is not a JSON value, up to the next line.
    Line(Range<usize>),
    /// An unterminated value, or a list with an unexpected token; what was expected.
    Broken(Range<usize>, &'static str),
    /// The end of the input.
    End,
}

/// The parser's state between two parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Top,
    /// Before an element; `true` before the first.
    List(Option<&'static str>, bool),
    Tail,
    Lines,
}

/// Splits a reader's bytes.
pub(super) struct Values<R> {
    reader: R,
    buffer: Vec<u8>,
    /// The start of the next part in the buffer.
    at: usize,
    /// The position of the buffer's first byte in the input.
    offset: u64,
    state: State,
    /// Whether the reader has ended or failed.
    is_ended: bool,
    /// Whether every object so far was a record; if so, records are tried first.
    are_records: bool,
    /// Whether text is skipped up to a line that starts with `{`.
    is_lost: bool,
}

impl<R: Read> Values<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            at: 0,
            offset: 0,
            state: State::Top,
            is_ended: false,
            are_records: true,
            is_lost: false,
        }
    }

    /// The bytes of a part; valid until the next call of [`Values::next`].
    pub(super) fn bytes(&self, range: &Range<usize>) -> &[u8] {
        &self.buffer[range.clone()]
    }

    /// The position of a part in the input, in bytes from 0.
    pub(super) fn position(&self, range: &Range<usize>) -> u64 {
        self.offset + range.start as u64
    }

    /// The number of input bytes read.
    pub(super) fn end(&self) -> u64 {
        self.offset + self.buffer.len() as u64
    }

    /// The available bytes: at least `length` unless the input is shorter.
    ///
    /// # Errors
    /// The reader's error.
    pub(super) fn peek(&mut self, length: usize) -> io::Result<&[u8]> {
        while self.buffer.len() - self.at < length && self.fill()? {}
        Ok(&self.buffer[self.at..])
    }

    /// Skips `count` bytes that [`Values::peek`] returned.
    pub(super) fn pass_over(&mut self, count: usize) {
        self.at += count;
    }

    /// The next part. After a reader's error, further calls return the parts that arrived before
    /// it.
    ///
    /// # Errors
    /// The reader's error, once.
    pub(super) fn next(&mut self) -> io::Result<Piece> {
        self.drop_consumed();
        if self.is_lost {
            self.find_object_line()?;
        }
        match self.state {
            State::Top => self.next_value(),
            State::List(name, is_first) => self.next_element(name, is_first),
            State::Tail => self.next_tail(),
            State::Lines => self.next_line(),
        }
    }

    /// Treats the rest as lines of text, whatever they start with.
    pub(super) fn read_lines(&mut self) {
        self.state = State::Lines;
    }

    fn next_line(&mut self) -> io::Result<Piece> {
        if self.buffer.get(self.at) == Some(&b'\n') {
            self.at += 1;
        }
        if self.at == self.buffer.len() && !self.fill()? {
            return Ok(Piece::End);
        }
        let start = self.at;
        self.at = self.line_end(start)?;
        Ok(Piece::Line(start..self.at))
    }

    fn next_value(&mut self) -> io::Result<Piece> {
        let Some(first) = self.next_byte()? else {
            return Ok(Piece::End);
        };
        let start = self.at;
        match first {
            b'[' => {
                self.at += 1;
                self.state = State::List(None, true);
                self.next_element(None, true)
            }
            b'{' => {
                if let Some((name, length)) = self.opening()? {
                    self.at += length;
                    self.state = State::List(Some(name), true);
                    return self.next_element(Some(name), true);
                }
                if let Some(piece) = self.record(start) {
                    return Ok(piece);
                }
                Ok(match self.container(start)? {
                    Some(end) => {
                        self.at = end;
                        Piece::Value(start..end)
                    }
                    None => self.broken(start, "the end of a JSON object"),
                })
            }
            _ => {
                let end = self.line_end(start)?;
                self.at = end;
                Ok(Piece::Line(start..end))
            }
        }
    }

    fn next_element(&mut self, name: Option<&'static str>, is_first: bool) -> io::Result<Piece> {
        let mut next = self.next_byte()?;
        if next == Some(b',') && !is_first {
            self.at += 1;
            next = self.next_byte()?;
        } else if next.is_some_and(|byte| byte != b']') && !is_first {
            return Ok(self.broken(self.at, "a comma or the end of the list"));
        }
        let start = self.at;
        if next == Some(b'{')
            && let Some(piece) = self.record(start)
        {
            self.state = State::List(name, false);
            return Ok(piece);
        }
        match next {
            Some(b']') => {
                self.at += 1;
                if name.is_some() {
                    self.state = State::Tail;
                    return self.next_tail();
                }
                self.state = State::Top;
                self.next_value()
            }
            Some(b'{' | b'[') => Ok(match self.container(start)? {
                Some(end) => {
                    self.at = end;
                    self.state = State::List(name, false);
                    Piece::Element(name, start..end)
                }
                None => self.broken(start, "the end of a list's element"),
            }),
            Some(_) => Ok(match self.scalar(start)? {
                Some(end) => {
                    self.at = end;
                    self.state = State::List(name, false);
                    Piece::Element(name, start..end)
                }
                None => self.broken(start, "an element of a list"),
            }),
            None => Ok(self.broken(start, "the end of a list")),
        }
    }

    fn next_tail(&mut self) -> io::Result<Piece> {
        let next = self.next_byte()?;
        let start = self.at;
        self.state = State::Top;
        Ok(match next {
            Some(b'}') => {
                self.at += 1;
                Piece::Tail(start..start + 1)
            }
            Some(b',') => match self.closing(start, 1)? {
                Some(end) => {
                    self.at = end;
                    Piece::Tail(start..end)
                }
                None => self.broken(start, "the end of a JSON object"),
            },
            _ => self.broken(start, "a comma or the end of a JSON object"),
        })
    }

    /// Gives up on the value at `start`, and continues at the next line that starts with `{`.
    fn broken(&mut self, start: usize, expected: &'static str) -> Piece {
        self.at = start;
        self.state = State::Top;
        self.is_lost = true;
        Piece::Broken(start..self.buffer.len(), expected)
    }

    /// Skips text up to the next line that starts with `{`.
    fn find_object_line(&mut self) -> io::Result<()> {
        loop {
            let end = self.line_end(self.at)?;
            let has_ended = end == self.buffer.len();
            self.at = end;
            self.drop_consumed();
            if has_ended {
                self.is_lost = false;
                return Ok(());
            }
            self.at += 1;
            if self.buffer.len() == self.at && !self.fill()? {
                self.is_lost = false;
                return Ok(());
            }
            if self.buffer[self.at] == b'{' {
                self.is_lost = false;
                return Ok(());
            }
        }
    }

    /// The list of [`opening::LISTS`] with which the object opens, and the length of that opening.
    fn opening(&mut self) -> io::Result<Option<(&'static str, usize)>> {
        let known = opening(self.peek(1)?);
        if known != Opening::TooShort {
            return Ok(known.list());
        }
        // Waits for more input only while the available bytes may become an opening.
        while self.buffer.len() - self.at < OPENING_BYTES && self.fill()? {
            let known = opening(&self.buffer[self.at..]);
            if known != Opening::TooShort {
                return Ok(known.list());
            }
        }
        Ok(None)
    }

    /// The first byte that is not white space; `None` at the end of the input.
    fn next_byte(&mut self) -> io::Result<Option<u8>> {
        loop {
            while let Some(&byte) = self.buffer.get(self.at) {
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

    /// The end of the object or array at `start`.
    fn container(&mut self, start: usize) -> io::Result<Option<usize>> {
        // Usually the whole value is available and valid, and the scanner is faster.
        if let Some(end) = json::value(&self.buffer[..], start) {
            self.are_records = false;
            return Ok(Some(end));
        }
        self.closing(start, 0)
    }

    /// The record at `start`, if the buffer contains all of it.
    fn record(&mut self, start: usize) -> Option<Piece> {
        let end = self
            .are_records
            .then(|| record_end(&self.buffer, start))??;
        self.at = end;
        Some(Piece::Record(start..end))
    }

    /// The end of the value at `start` that has `depth` open levels; `None` if it is never closed.
    fn closing(&mut self, start: usize, depth: u32) -> io::Result<Option<usize>> {
        let mut nesting = Nesting::new(depth);
        let mut from = start;
        loop {
            match nesting.read(&self.buffer[from..]) {
                Nested::Ends(length) => return Ok(Some(from + length)),
                Nested::Torn => return Ok(None),
                Nested::GoesOn => {}
            }
            from = self.buffer.len();
            if from - start > MAX_VALUE_BYTES || !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// The end of the string, number or literal at `start`.
    fn scalar(&mut self, start: usize) -> io::Result<Option<usize>> {
        let is_string = self.buffer[start] == b'"';
        loop {
            let text = &self.buffer[start..];
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

    /// The end of the line at `start`: its line end or the end of the input.
    fn line_end(&mut self, start: usize) -> io::Result<usize> {
        let mut from = start;
        loop {
            if let Some(length) = memchr::memchr(b'\n', &self.buffer[from..]) {
                return Ok(from + length);
            }
            from = self.buffer.len();
            if from - start > MAX_VALUE_BYTES || !self.fill()? {
                return Ok(self.buffer.len());
            }
        }
    }

    /// Reads more bytes; `false` at the end of the input.
    fn fill(&mut self) -> io::Result<bool> {
        if self.is_ended {
            return Ok(false);
        }
        let length = self.buffer.len();
        self.buffer.resize(length + READ_BYTES, 0);
        loop {
            match self.reader.read(&mut self.buffer[length..]) {
                Ok(count) => {
                    self.buffer.truncate(length + count);
                    self.is_ended = count == 0;
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.buffer.truncate(length);
                    self.is_ended = true;
                    return Err(error);
                }
            }
        }
    }

    /// Discards delivered bytes, so that memory is bounded by one value.
    fn drop_consumed(&mut self) {
        if self.at >= READ_BYTES || self.at == self.buffer.len() {
            self.buffer.drain(..self.at);
            self.offset += self.at as u64;
            self.at = 0;
        }
    }
}

/// The length of the string at the start of `text`, including quotes.
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

#[cfg(test)]
mod tests;
