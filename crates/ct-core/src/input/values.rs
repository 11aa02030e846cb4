//! Splits a byte stream into JSON values, and outer lists such as `{"Records":[…]}` into elements.
//!
//! An outer list is the first member of a top-level object, if this member is a list with a known
//! key.

use std::io::{self, Read};
use std::ops::Range;

mod buffered;
mod lines;
mod nesting;
mod opening;

use super::record_paths::RecordPaths;
use super::shape::record_end;
use crate::json::{self, Span};
use buffered::Buffered;
use lines::lines_end;
use opening::{OPENING_BYTES, Opening, opening};

/// A part of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StreamPart {
    /// A record, either at the top level or as an element of an outer list. The record is valid
    /// JSON if its bytes are valid UTF-8.
    Record(Range<usize>),
    /// Consecutive lines, with their line ends, that start with `{` and can be parsed separately.
    Lines(Range<usize>),
    /// A top-level value that is not known to be a record.
    Value(Range<usize>),
    /// An element of an outer list, with the key of this list; or an element of a top-level array,
    /// without a key.
    Element(Option<&'static str>, Range<usize>),
    /// The rest of the object after the outer list, in the form `,"name":value…}`.
    Tail(Range<usize>),
    /// Text that is not a JSON value, up to the next line.
    Line(Range<usize>),
    /// An unterminated value, or a list with an unexpected token, and a description of what was expected.
    Broken(Range<usize>, &'static str),
    /// The end of the input.
    End,
}

/// The state of the parser between two parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ParserState {
    Top,
    /// Before an element of the list with this key. The flag is `true` before the first element.
    List(Option<&'static str>, bool),
    Tail,
    Lines,
}

/// Splits the bytes of a reader into parts.
pub(super) struct Values<'p, R> {
    text: Buffered<R>,
    /// The paths of the values to find in records, or `None` if no values are needed.
    paths: Option<&'p RecordPaths>,
    /// The positions, in the last record, of the values at `paths`.
    found: Vec<Option<Span>>,
    state: ParserState,
    /// Whether all objects that were read so far are records. If `true`, the next object is first
    /// scanned as a record.
    are_records: bool,
    /// Whether consecutive lines that can be parsed separately are returned as one
    /// [`StreamPart::Lines`].
    are_lines_joined: bool,
    /// Whether text is skipped up to the next line that starts with `{`.
    is_lost: bool,
}

impl Values<'_, io::Empty> {
    /// Splits one line, which starts at byte `position` of the input, into parts.
    pub(super) fn of_line(line: &[u8], position: u64) -> Self {
        let mut values = Self::new(io::empty(), None);
        values.text = Buffered::filled(line.to_vec(), position);
        values
    }
}

impl<'p, R: Read> Values<'p, R> {
    pub(super) fn new(reader: R, paths: Option<&'p RecordPaths>) -> Self {
        Self {
            text: Buffered::new(reader),
            paths,
            found: Vec::new(),
            state: ParserState::Top,
            are_records: true,
            are_lines_joined: false,
            is_lost: false,
        }
    }

    /// Makes [`Values::next`] return consecutive lines that can be parsed separately as one
    /// [`StreamPart::Lines`].
    pub(super) fn join_lines(&mut self) {
        self.are_lines_joined = true;
    }

    /// The bytes of a part, which are valid until the next call of [`Values::next`].
    pub(super) fn bytes(&self, range: &Range<usize>) -> &[u8] {
        &self.text.bytes[range.clone()]
    }

    /// The positions of the values at the paths in the last [`StreamPart::Record`], or `None` if no
    /// paths were given.
    pub(super) fn found(&self) -> Option<&[Option<Span>]> {
        self.paths.map(|_| self.found.as_slice())
    }

    /// The position of a part in the input, in bytes from 0.
    pub(super) fn position(&self, range: &Range<usize>) -> u64 {
        self.text.position(range)
    }

    /// The number of input bytes read.
    pub(super) fn end(&self) -> u64 {
        self.text.end()
    }

    /// The available bytes: at least `length` bytes unless the input is shorter.
    ///
    /// # Errors
    /// Errors of the reader.
    pub(super) fn peek(&mut self, length: usize) -> io::Result<&[u8]> {
        self.text.peek(length)
    }

    /// Skips `count` bytes that [`Values::peek`] returned.
    pub(super) fn pass_over(&mut self, count: usize) {
        self.text.pass_over(count);
    }

    /// The next part. After an error of the reader, further calls return the parts that arrived before the error.
    ///
    /// # Errors
    /// Errors of the reader. Each error is returned once.
    pub(super) fn next(&mut self) -> io::Result<StreamPart> {
        self.text.drop_consumed();
        if self.is_lost {
            self.find_object_line()?;
        }
        match self.state {
            ParserState::Top => self.next_value(),
            ParserState::List(name, is_first) => self.next_element(name, is_first),
            ParserState::Tail => self.next_tail(),
            ParserState::Lines => self.next_line(),
        }
    }

    /// Treats the rest of the input as lines of text, whatever the lines start with.
    pub(super) fn read_lines(&mut self) {
        self.state = ParserState::Lines;
    }

    fn next_line(&mut self) -> io::Result<StreamPart> {
        if self.text.bytes.get(self.text.at) == Some(&b'\n') {
            self.text.at += 1;
        }
        if self.text.at == self.text.bytes.len() && !self.text.fill()? {
            return Ok(StreamPart::End);
        }
        let start = self.text.at;
        self.text.at = self.text.line_end(start)?;
        Ok(StreamPart::Line(start..self.text.at))
    }

    fn next_value(&mut self) -> io::Result<StreamPart> {
        let Some(first) = self.text.next_byte()? else {
            return Ok(StreamPart::End);
        };
        let start = self.text.at;
        match first {
            b'[' => {
                self.text.at += 1;
                self.state = ParserState::List(None, true);
                self.next_element(None, true)
            }
            b'{' => {
                if let Some(piece) = self.lines(start)? {
                    return Ok(piece);
                }
                if let Some((name, length)) = self.opening()? {
                    self.text.at += length;
                    self.state = ParserState::List(Some(name), true);
                    return self.next_element(Some(name), true);
                }
                if let Some(piece) = self.record(start) {
                    return Ok(piece);
                }
                Ok(match self.container(start)? {
                    Some(end) => {
                        self.text.at = end;
                        StreamPart::Value(start..end)
                    }
                    None => self.broken(start, "the end of a JSON object"),
                })
            }
            _ => {
                let end = self.text.line_end(start)?;
                self.text.at = end;
                Ok(StreamPart::Line(start..end))
            }
        }
    }

    fn next_element(
        &mut self,
        name: Option<&'static str>,
        is_first: bool,
    ) -> io::Result<StreamPart> {
        let mut next = self.text.next_byte()?;
        if next == Some(b',') && !is_first {
            self.text.at += 1;
            next = self.text.next_byte()?;
        } else if next != Some(b']') && !is_first {
            // The list is truncated if the input ends after the last element, or if the next line
            // starts with `{`.
            let is_truncated = next.is_none() || self.text.is_object_line();
            let expected = if is_truncated {
                "the end of a list"
            } else {
                "a comma or the end of the list"
            };
            let piece = self.broken(self.text.at, expected);
            self.is_lost = !is_truncated;
            return Ok(piece);
        }
        let start = self.text.at;
        if next == Some(b'{')
            && let Some(piece) = self.record(start)
        {
            self.state = ParserState::List(name, false);
            return Ok(piece);
        }
        match next {
            Some(b']') => {
                self.text.at += 1;
                if name.is_some() {
                    self.state = ParserState::Tail;
                    return self.next_tail();
                }
                self.state = ParserState::Top;
                self.next_value()
            }
            Some(b'{' | b'[') => Ok(match self.container(start)? {
                Some(end) => {
                    self.text.at = end;
                    self.state = ParserState::List(name, false);
                    StreamPart::Element(name, start..end)
                }
                None => self.broken(start, "the end of a list's element"),
            }),
            Some(_) => Ok(match self.text.scalar(start)? {
                Some(end) => {
                    self.text.at = end;
                    self.state = ParserState::List(name, false);
                    StreamPart::Element(name, start..end)
                }
                None => self.broken(start, "an element of a list"),
            }),
            None => Ok(self.broken(start, "the end of a list")),
        }
    }

    fn next_tail(&mut self) -> io::Result<StreamPart> {
        let next = self.text.next_byte()?;
        let start = self.text.at;
        self.state = ParserState::Top;
        Ok(match next {
            Some(b'}') => {
                self.text.at += 1;
                StreamPart::Tail(start..start + 1)
            }
            Some(b',') => match self.text.closing(start, 1)? {
                Some(end) => {
                    self.text.at = end;
                    StreamPart::Tail(start..end)
                }
                None => self.broken(start, "the end of a JSON object"),
            },
            _ => self.broken(start, "a comma or the end of a JSON object"),
        })
    }

    /// Gives up on the value at `start` and continues at the next line that starts with `{`.
    fn broken(&mut self, start: usize, expected: &'static str) -> StreamPart {
        self.text.at = start;
        self.state = ParserState::Top;
        self.is_lost = true;
        StreamPart::Broken(start..self.text.bytes.len(), expected)
    }

    /// Skips text up to the next line that starts with `{`.
    fn find_object_line(&mut self) -> io::Result<()> {
        loop {
            let end = self.text.line_end(self.text.at)?;
            let has_ended = end == self.text.bytes.len();
            self.text.at = end;
            self.text.drop_consumed();
            if has_ended {
                self.is_lost = false;
                return Ok(());
            }
            self.text.at += 1;
            if self.text.bytes.len() == self.text.at && !self.text.fill()? {
                self.is_lost = false;
                return Ok(());
            }
            if self.text.bytes[self.text.at] == b'{' {
                self.is_lost = false;
                return Ok(());
            }
        }
    }

    /// The key of the list with which the object opens, and the number of bytes up to and including
    /// the list's bracket. `None` if the object does not open with a list in [`opening::LISTS`].
    fn opening(&mut self) -> io::Result<Option<(&'static str, usize)>> {
        let known = opening(self.text.peek(1)?);
        if known != Opening::TooShort {
            return Ok(known.list());
        }
        // Waits for more input only while the available bytes may be the start of `{"Records":[`.
        while self.text.bytes.len() - self.text.at < OPENING_BYTES && self.text.fill()? {
            let known = opening(&self.text.bytes[self.text.at..]);
            if known != Opening::TooShort {
                return Ok(known.list());
            }
        }
        Ok(None)
    }

    /// The end of the object or array at `start`, or `None` if it is not closed.
    fn container(&mut self, start: usize) -> io::Result<Option<usize>> {
        // Usually the whole value is available and valid, and the scanner finds its end faster.
        if let Some(end) = json::value(&self.text.bytes[..], start) {
            self.are_records = false;
            return Ok(Some(end));
        }
        self.text.closing(start, 0)
    }

    /// The consecutive lines, starting at `start`, that can be parsed separately. `None` if there
    /// are none, or if `are_lines_joined` is `false`.
    fn lines(&mut self, start: usize) -> io::Result<Option<StreamPart>> {
        if !self.are_lines_joined {
            return Ok(None);
        }
        loop {
            if let Some(end) = lines_end(&self.text.bytes, start) {
                self.text.at = end;
                return Ok(Some(StreamPart::Lines(start..end)));
            }
            if self.text.has_line_and_next(start) || !self.text.fill()? {
                return Ok(None);
            }
        }
    }

    /// The record at `start`. `None` if the buffer contains no whole record there, or if an earlier
    /// object was not a record.
    fn record(&mut self, start: usize) -> Option<StreamPart> {
        if !self.are_records {
            return None;
        }
        let end = match self.paths {
            Some(paths) => start + paths.record_end(&self.text.bytes[start..], &mut self.found)?,
            None => record_end(&self.text.bytes, start)?,
        };
        self.text.at = end;
        Some(StreamPart::Record(start..end))
    }
}

#[cfg(test)]
mod tests;
