//! Reads JSON text as jq does: any number of values, in blocks of any size, with jq's error
//! messages.

mod bom;
mod events;
mod fast;
mod from_json;
mod gather;
mod machine;
mod position;
mod scan;
mod string;
mod tree;

pub(crate) use from_json::{Texts, from_json};
pub use string::lossy;

use super::Val;
use bom::{BOM, Bom, Start};
use fast::{FastParser, Keys, Outcome};
use gather::{Gather, Lookahead};
use machine::Machine;
use position::Position;
use scan::{Scan, has_end};
use std::collections::VecDeque;

/// The way in which values are separated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// Values follow each other, separated by whitespace where needed.
    #[default]
    Plain,
    /// Each value follows an ASCII record separator (`--seq`); after an error, reading continues
    /// with the next record.
    Sequence,
}

/// The form of the values that a reader outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValueForm {
    /// Whole values, not events.
    #[default]
    Values,
    /// Events of the form `[path, leaf]` and `[path]` (`--stream`).
    Events,
    /// Events, and errors of the form `[message, path]` (`--stream-errors`).
    EventsAndErrors,
    /// Whole values that begin at this depth in the text: those that `fromstream(depth |
    /// truncate_stream(inputs))` would reassemble from events.
    Gathered(usize),
}

/// A reader that receives bytes in blocks, and returns values as soon as they are complete.
///
/// ```
/// use ct_jq::value::read::Reader;
/// let mut reader = Reader::default();
/// reader.feed(b"[1,2] tr");
/// assert!(reader.next_value().is_some());
/// assert!(reader.next_value().is_none(), "`tr` may go on");
/// reader.feed(b"ue ");
/// assert!(reader.next_value().is_some());
/// ```
#[derive(Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
    /// The start of the unread bytes in `buffer`.
    start: usize,
    /// The start of the last block in `buffer`.
    block: usize,
    finished: bool,
    bom: Bom,
    position: Position,
    fast: FastParser,
    scan: Option<Scan>,
    machine: Machine,
    /// Reassembles values from events, for [`ValueForm::Gathered`].
    gather: Option<Gather>,
    ready: VecDeque<Val>,
    /// The number of bytes that are still to be dropped after an error. A line end ends the
    /// dropping early.
    dropped: usize,
    /// The start of the current line in `buffer`; 0 if the line begins before `buffer`.
    line_start: usize,
    /// The number of bytes of the current line that are no longer in `buffer`.
    line_before: usize,
}

/// The size in bytes of the pieces in which jq reads a line. After an error, jq drops the rest of
/// the piece.
pub const PIECE_BYTES: usize = 4091;

impl Reader {
    /// A reader for the given framing and form of values.
    #[must_use]
    pub fn new(framing: Framing, form: ValueForm) -> Self {
        Self {
            machine: Machine::new(framing, form),
            gather: match form {
                ValueForm::Gathered(depth) => Some(Gather::new(depth)),
                _ => None,
            },
            ..Self::default()
        }
    }

    /// Adds bytes, which may end anywhere, even inside a value that continues in the next file.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.position.advance(&self.buffer, self.start);
            self.line_before = self.line_bytes(self.start);
            self.line_start = self.line_start.saturating_sub(self.start);
            self.buffer.drain(..self.start);
            self.position.upto = 0;
            if let Some(scan) = &mut self.scan {
                scan.at -= self.start;
            }
            self.start = 0;
        }
        self.block = self.buffer.len();
        self.buffer.extend_from_slice(bytes);
    }

    /// Reads one complete value without copying its bytes, if the reader is [idle](Self::is_idle).
    ///
    /// Returns false if the bytes must be [fed](Self::feed) instead.
    pub fn take_whole(&mut self, bytes: &[u8]) -> bool {
        if !self.machine.is_plain_and_idle()
            || (self.bom == Bom::Unseen && bytes.starts_with(&BOM[..1]))
        {
            return false;
        }
        match self.fast.value(bytes, true, Keys::Any) {
            Outcome::Value(value, length) if length == bytes.len() => {
                let lines = memchr::memchr_iter(b'\n', bytes).count();
                let last = memchr::memrchr(b'\n', bytes).map_or(0, |newline| newline + 1);
                self.skip(lines, bytes.len() - last);
                self.ready.push_back(value);
                true
            }
            _ => false,
        }
    }

    /// Whether the reader is not inside an incomplete value, so that the next byte may begin one.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.start == self.buffer.len()
            && self.ready.is_empty()
            && self.dropped == 0
            && self.machine.is_idle()
            && !self.machine.is_sequence()
    }

    /// Skips bytes that another reader has read: whole values and the whitespace between them.
    ///
    /// `lines` is the number of line ends in the bytes, and `column` the number of bytes after the
    /// last. The reader must be [idle](Self::is_idle).
    pub fn skip(&mut self, lines: usize, column: usize) {
        self.position.advance(&self.buffer, self.start);
        self.line_before = self.line_bytes(self.start);
        self.buffer.clear();
        (self.start, self.block, self.position.upto) = (0, 0, 0);
        if lines > 0 {
            self.position.line += lines;
            self.position.column = 0;
        }
        self.position.column += column;
        self.line_before = if lines > 0 {
            column
        } else {
            self.line_before + column
        };
        self.line_start = 0;
        if lines > 0 || column > 0 {
            self.bom = Bom::Done;
        }
    }

    /// Begins another file. An incomplete value continues in the new file, but a line does not.
    pub fn begin_file(&mut self) {
        self.dropped = 0;
        self.line_start = self.buffer.len();
        self.line_before = 0;
    }

    /// Ends the input.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// The number of bytes of the last block that have been read.
    #[must_use]
    pub fn consumed(&self) -> usize {
        self.start.saturating_sub(self.block)
    }

    /// The next value; `None` if more bytes are needed, or at the end after [`Self::finish`].
    ///
    /// An error has jq's text, such as `Invalid numeric literal at line 1, column 4`. With plain
    /// framing, the reader then drops the rest of the line, but at most the rest of the piece of
    /// [`PIECE_BYTES`] bytes that jq has read.
    pub fn next_value(&mut self) -> Option<Result<Val, String>> {
        loop {
            let item = self.next_item()?;
            let Some(gather) = &mut self.gather else {
                return Some(item);
            };
            match item.map(|event| gather.add(&event)) {
                Ok(Ok(None)) => {}
                Ok(Ok(Some(value))) => return Some(Ok(value)),
                Ok(Err(error)) => {
                    gather.reset();
                    return Some(Err(error.into_value().to_string()));
                }
                Err(text) => {
                    gather.reset();
                    return Some(Err(text));
                }
            }
        }
    }

    /// The next value or event; `None` if more bytes are needed, or at the end.
    fn next_item(&mut self) -> Option<Result<Val, String>> {
        loop {
            if let Some(value) = self.ready.pop_front() {
                return Some(Ok(value));
            }
            if self.bom == Bom::Unseen {
                match self.skip_bom() {
                    Start::Clear => {}
                    Start::Unknown => return None,
                    Start::Malformed => return Some(Err("Malformed BOM".to_owned())),
                }
            }
            if self.dropped > 0 && !self.drop_piece() {
                return None;
            }
            if self.machine.is_plain_and_idle() {
                self.skip_whitespace();
                let rest = &self.buffer[self.start..];
                if rest.is_empty() {
                    return None;
                }
                let complete = match &mut self.scan {
                    Some(scan) => scan.go_on(&self.buffer) || self.finished,
                    None => true,
                };
                if !complete {
                    return None;
                }
                match self.fast.value(rest, self.finished, Keys::Any) {
                    Outcome::Value(value, len) => {
                        self.start += len;
                        self.scan = None;
                        return Some(Ok(value));
                    }
                    Outcome::Incomplete
                        if self.scan.is_none() && !self.finished && has_end(rest) =>
                    {
                        let mut scan = Scan::new(self.start);
                        scan.go_on(&self.buffer);
                        self.scan = Some(scan);
                        return None;
                    }
                    Outcome::Incomplete | Outcome::Odd => self.scan = None,
                }
            }
            match self.run_machine() {
                Progress::Event => {}
                Progress::Error(text) => return Some(Err(text)),
                Progress::End => return None,
            }
        }
    }

    /// The number of bytes of the current line before the offset `upto`.
    fn line_bytes(&self, upto: usize) -> usize {
        let from = self.line_start.min(upto);
        match memchr::memrchr(b'\n', &self.buffer[from..upto]) {
            Some(newline) => upto - (from + newline + 1),
            None => self.line_before + upto - from,
        }
    }

    /// Drops the rest of the piece in which an error occurred. As in jq, a line end in the dropped
    /// bytes is not counted. Returns whether the buffer contained all of the rest.
    fn drop_piece(&mut self) -> bool {
        self.position.advance(&self.buffer, self.start);
        let rest = &self.buffer[self.start..];
        let rest = &rest[..rest.len().min(self.dropped)];
        let line_end = memchr::memchr(b'\n', rest).map(|at| at + 1);
        let dropped = line_end.unwrap_or(rest.len());
        self.dropped = if line_end.is_some() {
            0
        } else {
            self.dropped - dropped
        };
        self.start += dropped;
        self.position.upto = self.start;
        self.dropped == 0
    }

    fn skip_whitespace(&mut self) {
        let rest = &self.buffer[self.start..];
        let space = rest
            .iter()
            .position(|b| !matches!(b, b' ' | b'\t' | b'\n' | b'\r'));
        self.start += space.unwrap_or(rest.len());
    }

    /// Reads byte by byte up to the next event or error.
    fn run_machine(&mut self) -> Progress {
        if self.machine.is_idle() {
            self.position.advance(&self.buffer, self.start);
            self.machine
                .set_place(self.position.line, self.position.column);
        }
        while self.start < self.buffer.len() {
            match self.take_gathered() {
                Lookahead::Value => return Progress::Event,
                Lookahead::Incomplete => return Progress::End,
                Lookahead::Bytes => {}
            }
            let b = self.buffer[self.start];
            self.start += 1;
            let outcome = self.machine.byte(b, &mut self.ready);
            if let Err(text) = outcome {
                if !self.machine.is_sequence() && b != b'\n' {
                    self.dropped = match self.line_start.checked_sub(self.start) {
                        Some(left_of_file) => left_of_file,
                        None => PIECE_BYTES - self.line_bytes(self.start - 1) % PIECE_BYTES - 1,
                    };
                }
                return self.refuse(text);
            }
            if !self.ready.is_empty() {
                return Progress::Event;
            }
        }
        if !self.finished {
            return Progress::End;
        }
        match self.machine.end(&mut self.ready) {
            Err(text) => self.refuse(text),
            Ok(()) if self.ready.is_empty() => Progress::End,
            Ok(()) => Progress::Event,
        }
    }

    fn refuse(&mut self, text: String) -> Progress {
        match self.machine.take_error(text) {
            Ok(event) => {
                self.ready.push_back(event);
                Progress::Event
            }
            Err(text) => Progress::Error(text),
        }
    }
}

enum Progress {
    Event,
    Error(String),
    End,
}

/// Reads a text that must be one JSON value, as for `fromjson` and `--argjson`.
///
/// # Errors
/// Returns jq's message if the text is invalid JSON, has no value, or has more than one value.
pub fn parse(text: &[u8]) -> Result<Val, String> {
    let mut reader = Reader::default();
    reader.feed(text);
    reader.finish();
    let mut found = None;
    while let Some(value) = reader.next_value() {
        if found.replace(value?).is_some() {
            return match reader.next_value() {
                Some(Err(text)) => Err(text),
                _ => Err("Unexpected extra JSON values".to_owned()),
            };
        }
    }
    found.ok_or_else(|| "Expected JSON value".to_owned())
}
