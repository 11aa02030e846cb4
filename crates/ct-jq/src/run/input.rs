//! The inputs of a program: files or standard input, as values, lines or one value, and the position reached.

use crate::Stdin;
use crate::value::Val;
use crate::value::read::{Framing, PIECE_BYTES, Reader, Shape, lossy};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::File;
use std::io::{ErrorKind, Read};

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
pub(crate) struct Inputs {
    mode: Mode,
    files: VecDeque<OsString>,
    stdin: Stdin,
    open: Option<Box<dyn Read + Send>>,
    /// Length of the open file in bytes; 0 if unknown.
    open_bytes: u64,
    /// Name of the current file in error messages.
    name: Option<String>,
    reader: Reader,
    /// The lines of the current file handed on so far, and those of them that ended before `block`.
    block: Vec<u8>,
    lines: usize,
    /// How far `block`'s lines have been counted.
    counted: usize,
    /// Distance from the end of `block` to the end of its last line in bytes, if jq has read that far.
    ahead: Option<usize>,
    /// Length of the prefix of `block` that the reader did not get.
    passed: usize,
    /// Bytes of an incomplete line.
    rest: Vec<u8>,
    raw: VecDeque<Vec<u8>>,
    slurped: Vec<Val>,
    slurped_text: Vec<u8>,
    is_ended: bool,
    /// Files that could not be read.
    pub failures: usize,
    /// Messages about them for standard error.
    pub complaints: Vec<String>,
}

impl Inputs {
    /// Inputs from the named files, or from standard input if there are none; `-` is standard input.
    #[must_use]
    pub(crate) fn new(mode: Mode, files: Vec<OsString>, stdin: Stdin) -> Self {
        let files = if files.is_empty() {
            vec!["-".into()]
        } else {
            files
        };
        Self {
            mode,
            files: files.into(),
            stdin,
            open: None,
            open_bytes: 0,
            name: None,
            reader: Reader::new(mode.framing, mode.shape),
            block: Vec::new(),
            lines: 0,
            counted: 0,
            ahead: None,
            passed: 0,
            rest: Vec::new(),
            raw: VecDeque::new(),
            slurped: Vec::new(),
            slurped_text: Vec::new(),
            is_ended: false,
            failures: 0,
            complaints: Vec::new(),
        }
    }

    /// The current file; none before the first.
    #[must_use]
    pub(crate) fn file_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Number of lines that jq would have read of the current file.
    pub(crate) fn line_number(&mut self) -> usize {
        if self.mode.is_raw {
            return self.lines;
        }
        let used = (self.passed + self.reader.consumed()).min(self.block.len());
        let upto = piece_end(&self.block, self.ahead, used);
        if upto > self.counted {
            let within = upto.min(self.block.len());
            let from = self.counted.min(within);
            self.lines += memchr::memchr_iter(b'\n', &self.block[from..within]).count();
            self.lines += usize::from(upto > within);
            self.counted = upto;
        }
        self.lines
    }

    /// `FILE:LINE`, or `<unknown>` before the first file.
    pub(crate) fn position(&mut self) -> String {
        let line = self.line_number();
        self.name
            .as_ref()
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
        match (self.is_ended, self.mode.is_slurped) {
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
            self.lines += 1;
            return Next::Value(Ok(Val::string(&lossy(&line))));
        }
        if !self.is_ended {
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
        let Some(open) = &mut self.open else {
            self.next_file();
            return;
        };
        let start = self.rest.len();
        self.rest.resize(start + BLOCK_BYTES, 0);
        let read = loop {
            match open.read(&mut self.rest[start..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.rest.truncate(start + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(0) => {
                self.open = None;
                self.hand_on(self.rest.len());
            }
            Ok(_) => match memchr::memrchr(b'\n', &self.rest[start..]) {
                Some(end) => self.hand_on(start + end + 1),
                // Only whole lines are passed on, so that a long line is searched once.
                None if self.mode.is_raw && !self.mode.is_slurped => {}
                None if self.rest.len() >= BLOCK_BYTES => self.hand_on(self.rest.len()),
                None => {}
            },
            Err(error) => {
                self.open = None;
                self.failures += 1;
                self.complaints
                    .push(format!("jq: error: {}", crate::reason(&error)));
            }
        }
    }

    /// Passes the first `length` bytes on to the reader or to the lines.
    fn hand_on(&mut self, length: usize) {
        if self.mode.is_raw {
            if self.mode.is_slurped {
                self.lines += memchr::memchr_iter(b'\n', &self.rest).count();
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
        self.settle();
        self.block.extend_from_slice(&self.rest[..length]);
        self.rest.drain(..length);
        self.reader.feed(&self.block);
    }

    /// Counts the remaining lines of the block and releases it.
    fn settle(&mut self) {
        let counted = self.counted.min(self.block.len());
        self.lines += memchr::memchr_iter(b'\n', &self.block[counted..]).count();
        // A line end after the block may have been counted already.
        self.counted -= counted;
        (self.ahead, self.passed) = (None, 0);
        self.block.clear();
    }

    /// Takes the open file. Its chunks are reported by [`Inputs::pass`] and [`Inputs::begin`].
    ///
    /// Returns its length in bytes too; 0 if unknown.
    pub(crate) fn take_file(&mut self) -> Option<(Box<dyn Read + Send>, usize)> {
        let bytes = usize::try_from(self.open_bytes).unwrap_or_default();
        self.open.take().map(|open| (open, bytes))
    }

    /// Adds a value that was read elsewhere to those that are slurped.
    pub(crate) fn slurp(&mut self, value: Val) {
        self.slurped.push(value);
    }

    /// Whether all files have been read.
    #[must_use]
    pub(crate) fn is_ended(&self) -> bool {
        self.is_ended
    }

    /// Whether no value is incomplete.
    #[must_use]
    pub(crate) fn is_idle(&self) -> bool {
        self.reader.is_idle()
    }

    /// Records that reading the taken file failed.
    pub(crate) fn fail(&mut self, error: &std::io::Error) {
        self.failures += 1;
        self.complaints
            .push(format!("jq: error: {}", crate::reason(error)));
    }

    /// Skips a chunk, given its number of line ends and of bytes after the last one.
    pub(crate) fn pass(&mut self, lines: usize, column: usize) {
        self.settle();
        self.reader.skip(lines, column);
        if self.counted == 0 {
            self.lines += lines;
        } else if lines > 0 {
            self.lines += lines - 1;
            self.counted = 0;
        } else {
            self.counted -= column.min(self.counted);
        }
    }

    /// Begins a chunk that [`Inputs::read_to`] reads.
    ///
    /// If the chunk ends within a line, the line ends `ahead` bytes later, if jq has read that far.
    pub(crate) fn begin(&mut self, chunk: &[u8], ahead: Option<usize>) {
        self.settle();
        self.ahead = ahead;
        self.block.extend_from_slice(chunk);
        self.reader.skip(0, 0);
    }

    /// Reads a whole chunk, which continues an incomplete value.
    pub(crate) fn go_on(&mut self, chunk: &[u8]) {
        self.settle();
        self.block.extend_from_slice(chunk);
        self.reader.feed(&self.block);
    }

    /// Skips the chunk up to `start` and reads from there to `end`.
    pub(crate) fn read_to(&mut self, start: usize, end: usize) {
        let done = self.passed + self.reader.consumed();
        let between = &self.block[done..start];
        let lines = memchr::memchr_iter(b'\n', between).count();
        let last = memchr::memrchr(b'\n', between).map_or(0, |newline| newline + 1);
        self.reader.skip(lines, between.len() - last);
        if start < end && self.reader.take_whole(&self.block[start..end]) {
            self.passed = end;
            return;
        }
        self.passed = start;
        self.reader.feed(&self.block[start..end]);
    }

    fn next_file(&mut self) {
        let Some(file) = self.files.pop_front() else {
            self.is_ended = true;
            self.reader.finish();
            return;
        };
        self.block.clear();
        self.reader.begin_file();
        (self.lines, self.counted, self.passed) = (0, 0, 0);
        self.ahead = None;
        self.open_bytes = 0;
        if file == "-" {
            self.name = Some("<stdin>".to_owned());
            self.open = Some((self.stdin)());
            return;
        }
        let name = file.to_string_lossy().into_owned();
        match File::open(&file) {
            Ok(open) => {
                self.open_bytes = open.metadata().map_or(0, |file| file.len());
                self.open = Some(Box::new(open));
            }
            Err(error) => {
                self.failures += 1;
                self.complaints.push(format!(
                    "jq: error: Could not open file {name}: {}",
                    crate::reason(&error)
                ));
            }
        }
        self.name = Some(name);
    }
}

/// End of the piece of line that holds the byte before `used`; jq has read and counted so far.
fn piece_end(block: &[u8], ahead: Option<usize>, used: usize) -> usize {
    let Some(last) = used.checked_sub(1) else {
        return 0;
    };
    let line = memchr::memrchr(b'\n', &block[..last]).map_or(0, |newline| newline + 1);
    let piece = line + (last - line) / PIECE_BYTES * PIECE_BYTES;
    let end = block.len().min(piece + PIECE_BYTES);
    if let Some(newline) = memchr::memchr(b'\n', &block[last..end]) {
        return last + newline + 1;
    }
    let line_end = ahead.map(|ahead| block.len() + ahead);
    line_end
        .filter(|line_end| *line_end <= piece + PIECE_BYTES)
        .unwrap_or(end)
}
