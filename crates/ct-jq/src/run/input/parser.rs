//! Reads values from the text of the files, and determines the line that jq would have reached.

use super::lines::Lines;
use crate::value::Val;
use crate::value::read::{Framing, Reader, ValueForm};

/// A JSON reader that gets each block of a file, and skips the parts that the fast path has
/// processed.
pub(super) struct Parser {
    lines: Lines,
    reader: Reader,
    /// The number of bytes at the start of the block that the reader did not get.
    passed: usize,
}

impl Parser {
    pub(super) fn new(framing: Framing, form: ValueForm) -> Self {
        Self {
            lines: Lines::default(),
            reader: Reader::new(framing, form),
            passed: 0,
        }
    }

    /// The next value of the text so far, or jq's message for a parse error; `None` if more text is
    /// needed.
    pub(super) fn next_value(&mut self) -> Option<Result<Val, String>> {
        self.reader.next_value()
    }

    /// Whether the reader is not inside an incomplete value.
    pub(super) fn is_idle(&self) -> bool {
        self.reader.is_idle()
    }

    /// The number of lines of the current file that jq would have read.
    pub(super) fn line_number(&mut self) -> usize {
        self.lines.count_to(self.passed + self.reader.consumed())
    }

    /// Begins another file.
    pub(super) fn begin_file(&mut self) {
        self.lines = Lines::default();
        self.passed = 0;
        self.reader.begin_file();
    }

    /// Ends the input.
    pub(super) fn finish(&mut self) {
        self.reader.finish();
    }

    /// Reads a whole block.
    pub(super) fn read(&mut self, block: &[u8]) {
        self.lines.begin(block, None);
        self.passed = 0;
        self.reader.feed(block);
    }

    /// Skips a block that has `lines` line ends, and `column` bytes after the last line end. The
    /// parser must be [idle](Self::is_idle).
    pub(super) fn skip(&mut self, lines: usize, column: usize) {
        self.lines.pass(lines, column);
        self.passed = 0;
        self.reader.skip(lines, column);
    }

    /// Begins a block of which [`Parser::read_to`] reads parts. The parser must be
    /// [idle](Self::is_idle).
    ///
    /// If the block ends inside a line, `ahead` is the number of bytes to the end of the line;
    /// `None` if jq would not have read that far.
    pub(super) fn begin(&mut self, block: &[u8], ahead: Option<usize>) {
        self.lines.begin(block, ahead);
        self.passed = 0;
        self.reader.skip(0, 0);
    }

    /// Skips the block up to the offset `start`, and reads it from there to the offset `end`.
    pub(super) fn read_to(&mut self, start: usize, end: usize) {
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
}
