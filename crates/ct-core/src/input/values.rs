//! Cuts a stream of bytes into JSON values: the top-level ones, and the elements of long outer lists.

use std::io::{self, Read};
use std::ops::Range;

mod nesting;
mod opening;

use super::shape::record_end;
use crate::json;
use nesting::{Nested, Nesting};
use opening::{OPENING_BYTES, Opening, opening};

/// How many bytes are asked of the reader at once.
const READ_BYTES: usize = 128 << 10;

/// The longest single value, in bytes. CloudTrail's records are at most 256 KB; a longer value than
/// this is text that never closes.
const MAX_VALUE_BYTES: usize = 256 << 20;

/// What the cutter found next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A record that stands alone, or as an element of an outer list; it is valid JSON if it is UTF-8.
    Record(Range<usize>),
    /// A value that stands alone.
    Value(Range<usize>),
    /// An element of the named outer list; of an array that stands alone where there is no name.
    Element(Option<&'static str>, Range<usize>),
    /// The members after the outer list, as the text `,"name":value…}`.
    Tail(Range<usize>),
    /// Text that is no JSON value, up to the next line.
    Line(Range<usize>),
    /// A value that does not end, or a list that goes on with something else; what was expected.
    Broken(Range<usize>, &'static str),
    /// The end of the input.
    End,
}

/// Where the cutter stands between two pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Top,
    /// Before an element; `true` before the first.
    List(Option<&'static str>, bool),
    Tail,
    Lines,
}

/// The cutter.
pub(super) struct Values<R> {
    reader: R,
    buffer: Vec<u8>,
    /// Where the next piece starts in the buffer.
    at: usize,
    /// The position of the buffer's first byte in the input.
    offset: u64,
    state: State,
    /// The reader has given its last byte, or failed.
    is_ended: bool,
    /// Whether every object so far was a record: they are looked for first then.
    are_records: bool,
    /// Text is skipped up to a line that starts with `{`.
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

    /// The bytes of a piece; they stay until the next call of [`Values::next`].
    pub(super) fn bytes(&self, range: &Range<usize>) -> &[u8] {
        &self.buffer[range.clone()]
    }

    /// The position of a piece in the input, in bytes from 0.
    pub(super) fn position(&self, range: &Range<usize>) -> u64 {
        self.offset + range.start as u64
    }

    /// How many bytes of the input have been read.
    pub(super) fn end(&self) -> u64 {
        self.offset + self.buffer.len() as u64
    }

    /// The bytes from the first on, as many as have been read: at least `length` unless the input is shorter.
    ///
    /// # Errors
    /// The reader's own.
    pub(super) fn peek(&mut self, length: usize) -> io::Result<&[u8]> {
        while self.buffer.len() - self.at < length && self.fill()? {}
        Ok(&self.buffer[self.at..])
    }

    /// Passes over `count` bytes that [`Values::peek`] has shown.
    pub(super) fn pass_over(&mut self, count: usize) {
        self.at += count;
    }

    /// The next piece. After an error of the reader, further calls give what had come before it.
    ///
    /// # Errors
    /// The reader's own, once.
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

    /// What follows is lines of text, whatever they start with.
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

    /// Gives up on the value at `start`, and goes on at the next line that starts with `{`.
    fn broken(&mut self, start: usize, expected: &'static str) -> Piece {
        self.at = start;
        self.state = State::Top;
        self.is_lost = true;
        Piece::Broken(start..self.buffer.len(), expected)
    }

    /// Passes over text up to the next line that starts with `{`.
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

    /// Which of [`opening::LISTS`] the object at the start opens with, and how long that opening is.
    fn opening(&mut self) -> io::Result<Option<(&'static str, usize)>> {
        let known = opening(self.peek(1)?);
        if known != Opening::TooShort {
            return Ok(known.list());
        }
        // A slow pipe is waited for only while all that came could become an opening.
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

    /// Where the object or array at `start` ends.
    fn container(&mut self, start: usize) -> io::Result<Option<usize>> {
        // Mostly the whole value is there and valid, and the scanner is faster.
        if let Some(end) = json::value(&self.buffer[..], start) {
            self.are_records = false;
            return Ok(Some(end));
        }
        self.closing(start, 0)
    }

    /// The record at `start`, where the buffer holds all of it.
    fn record(&mut self, start: usize) -> Option<Piece> {
        let end = self
            .are_records
            .then(|| record_end(&self.buffer, start))??;
        self.at = end;
        Some(Piece::Record(start..end))
    }

    /// Where what is open at `start`, `depth` levels of it, is closed; `None` where it never is.
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

    /// Where the string, number or word at `start` ends.
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

    /// Where the line at `start` ends: at its line end or at the end of the input.
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

    /// Reads some more; `false` at the end of the input.
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

    /// Forgets what has been handed over, so that a long input takes the memory of one value.
    fn drop_consumed(&mut self) {
        if self.at >= READ_BYTES || self.at == self.buffer.len() {
            self.buffer.drain(..self.at);
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

#[cfg(test)]
mod tests;
