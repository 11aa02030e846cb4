//! The inputs of a program: files or standard input, as values, lines or one value, and the position reached.

mod files;
mod lines;

use crate::Stdin;
use crate::value::Val;
use crate::value::read::{Framing, Reader, Shape, lossy};
use files::Files;
use lines::Lines;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::Read;

/// Bytes of one read.
const BLOCK_BYTES: usize = 1 << 16;

/// How bytes become inputs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mode {
    /// Lines in place of JSON.
    pub is_raw: bool,
    /// All inputs in one value.
    pub is_slurped: bool,
    /// The framing of JSON values.
    pub framing: Framing,
    /// The form in which JSON values become inputs.
    pub shape: Shape,
}

/// The next step of reading.
pub(crate) enum Next {
    /// A value, or jq's message for a parse error.
    Value(Result<Val, String>),
    /// More bytes are needed, and reading them may block.
    Wait,
    /// The end of all inputs.
    End,
}

/// The inputs, read one file after the other.
///
/// The engine pulls values by [`Inputs::poll`] and [`Inputs::read_on`]. The fast path takes whole files, and reports
/// each chunk by [`Inputs::pass`], or by [`Inputs::begin`] and the parts for the engine by [`Inputs::read_to`].
pub(crate) struct Inputs {
    mode: Mode,
    files: Files,
    lines: Lines,
    reader: Reader,
    /// Length of the prefix of the block that the reader did not get.
    passed: usize,
    /// Bytes of an incomplete line.
    rest: Vec<u8>,
    raw: VecDeque<Vec<u8>>,
    slurped: Vec<Val>,
    slurped_text: Vec<u8>,
}

impl Inputs {
    /// Inputs from the named files, or from standard input if there are none; `-` is standard input.
    #[must_use]
    pub(crate) fn new(mode: Mode, files: Vec<OsString>, stdin: Stdin) -> Self {
        Self {
            mode,
            files: Files::new(files, stdin),
            lines: Lines::default(),
            reader: Reader::new(mode.framing, mode.shape),
            passed: 0,
            rest: Vec::new(),
            raw: VecDeque::new(),
            slurped: Vec::new(),
            slurped_text: Vec::new(),
        }
    }

    /// The current file; none before the first.
    #[must_use]
    pub(crate) fn file_name(&self) -> Option<&str> {
        self.files.name()
    }

    /// Number of lines that jq would have read of the current file.
    pub(crate) fn line_number(&mut self) -> usize {
        if self.mode.is_raw {
            return self.lines.count();
        }
        self.lines.count_to(self.passed + self.reader.consumed())
    }

    /// Number of files that could not be read.
    pub(crate) fn failures(&self) -> usize {
        self.files.failures()
    }

    /// Messages about such files for standard error, since the last call.
    pub(crate) fn take_complaints(&mut self) -> Vec<String> {
        self.files.take_complaints()
    }

    /// `FILE:LINE`, or `<unknown>` before the first file.
    pub(crate) fn position(&mut self) -> String {
        let line = self.line_number();
        self.files
            .name()
            .map_or_else(|| "<unknown>".to_owned(), |name| format!("{name}:{line}"))
    }

    /// The next value from the bytes read so far.
    pub(crate) fn poll(&mut self) -> Next {
        if self.mode.is_raw {
            return self.poll_raw();
        }
        while let Some(value) = self.reader.next_value() {
            match value {
                Ok(value) if self.mode.is_slurped => self.slurped.push(value),
                value => return Next::Value(value),
            }
        }
        match (self.files.is_ended(), self.mode.is_slurped) {
            (false, _) => Next::Wait,
            (true, true) => {
                self.mode.is_slurped = false;
                Next::Value(Ok(Val::array(std::mem::take(&mut self.slurped))))
            }
            (true, false) => Next::End,
        }
    }

    fn poll_raw(&mut self) -> Next {
        if let Some(line) = self.raw.pop_front() {
            self.lines.add(1);
            return Next::Value(Ok(Val::string(&lossy(&line))));
        }
        if !self.files.is_ended() {
            return Next::Wait;
        }
        if self.mode.is_slurped {
            self.mode.is_slurped = false;
            let text = std::mem::take(&mut self.slurped_text);
            return Next::Value(Ok(Val::string(&lossy(&text))));
        }
        if self.rest.is_empty() {
            return Next::End;
        }
        let line = std::mem::take(&mut self.rest);
        Next::Value(Ok(Val::string(&lossy(&line))))
    }

    /// Reads a block, opens the next file, or notes the end. May block.
    pub(crate) fn read_on(&mut self) {
        if !self.files.is_open() {
            self.next_file();
            return;
        }
        let start = self.rest.len();
        match self.files.read(&mut self.rest, BLOCK_BYTES) {
            Some(0) => self.hand_on(self.rest.len()),
            Some(_) => match memchr::memrchr(b'\n', &self.rest[start..]) {
                Some(end) => self.hand_on(start + end + 1),
                // Only whole lines are passed on, so that a long line is searched once.
                None if self.mode.is_raw && !self.mode.is_slurped => {}
                None if self.rest.len() >= BLOCK_BYTES => self.hand_on(self.rest.len()),
                None => {}
            },
            None => {}
        }
    }

    /// Passes the first `length` bytes on to the reader or to the lines.
    fn hand_on(&mut self, length: usize) {
        if self.mode.is_raw {
            if self.mode.is_slurped {
                self.lines
                    .add(memchr::memchr_iter(b'\n', &self.rest).count());
                self.slurped_text.append(&mut self.rest);
                return;
            }
            let mut start = 0;
            while let Some(end) = memchr::memchr(b'\n', &self.rest[start..length]) {
                self.raw.push_back(self.rest[start..start + end].to_vec());
                start += end + 1;
            }
            self.rest.drain(..start);
            return;
        }
        if length == 0 {
            return;
        }
        self.begin_block(length);
    }

    /// Feeds the first `length` bytes read to the reader as a new block.
    fn begin_block(&mut self, length: usize) {
        self.lines.begin(&self.rest[..length], None);
        self.passed = 0;
        self.rest.drain(..length);
        self.reader.feed(self.lines.block());
    }

    /// Takes the open file. Its chunks are reported by [`Inputs::pass`] and [`Inputs::begin`].
    ///
    /// Returns its length in bytes too; 0 if unknown.
    pub(crate) fn take_file(&mut self) -> Option<(Box<dyn Read + Send>, usize)> {
        self.files.take()
    }

    /// Adds a value that was read elsewhere to those that are slurped.
    pub(crate) fn slurp(&mut self, value: Val) {
        self.slurped.push(value);
    }

    /// Whether all files have been read.
    #[must_use]
    pub(crate) fn is_ended(&self) -> bool {
        self.files.is_ended()
    }

    /// Whether no value is incomplete.
    #[must_use]
    pub(crate) fn is_idle(&self) -> bool {
        self.reader.is_idle()
    }

    /// Records that reading the taken file failed.
    pub(crate) fn fail(&mut self, error: &std::io::Error) {
        self.files.fail(error);
    }

    /// Skips a chunk, given its number of line ends and of bytes after the last one.
    pub(crate) fn pass(&mut self, lines: usize, column: usize) {
        self.lines.pass(lines, column);
        self.passed = 0;
        self.reader.skip(lines, column);
    }

    /// Begins a chunk that [`Inputs::read_to`] reads.
    ///
    /// If the chunk ends within a line, the line ends `ahead` bytes later, if jq has read that far.
    pub(crate) fn begin(&mut self, chunk: &[u8], ahead: Option<usize>) {
        self.lines.begin(chunk, ahead);
        self.passed = 0;
        self.reader.skip(0, 0);
    }

    /// Reads a whole chunk, which continues an incomplete value.
    pub(crate) fn go_on(&mut self, chunk: &[u8]) {
        self.lines.begin(chunk, None);
        self.passed = 0;
        self.reader.feed(chunk);
    }

    /// Skips the chunk up to `start` and reads from there to `end`.
    pub(crate) fn read_to(&mut self, start: usize, end: usize) {
        let done = self.passed + self.reader.consumed();
        let block = self.lines.block();
        let between = &block[done..start];
        let lines = memchr::memchr_iter(b'\n', between).count();
        let last = memchr::memrchr(b'\n', between).map_or(0, |newline| newline + 1);
        self.reader.skip(lines, between.len() - last);
        if start < end && self.reader.take_whole(&block[start..end]) {
            self.passed = end;
            return;
        }
        self.passed = start;
        self.reader.feed(&block[start..end]);
    }

    fn next_file(&mut self) {
        if !self.files.next() {
            self.reader.finish();
            return;
        }
        self.lines = Lines::default();
        self.passed = 0;
        self.reader.begin_file();
    }
}
