//! Counts the lines of the current file that jq would have read.

use crate::value::read::PIECE_BYTES;

/// The current block of a file, and the number of lines so far.
#[derive(Default)]
pub(super) struct Lines {
    block: Vec<u8>,
    /// If the block begins inside a line: the number of bytes of this line that are before the
    /// block.
    before: usize,
    /// The number of counted lines of the current file.
    count: usize,
    /// The offset in `block` up to which lines have been counted.
    counted: usize,
    /// If `block` ends inside a line: the number of bytes to the end of the line, if jq would have
    /// read that far.
    ahead: Option<usize>,
}

impl Lines {
    /// The current block of the file.
    pub(super) fn block(&self) -> &[u8] {
        &self.block
    }

    /// The number of lines that jq would have read after the first `used` bytes of the block.
    pub(super) fn count_to(&mut self, used: usize) -> usize {
        let upto = self.piece_end(used.min(self.block.len()));
        if upto > self.counted {
            let within = upto.min(self.block.len());
            let from = self.counted.min(within);
            self.add(memchr::memchr_iter(b'\n', &self.block[from..within]).count());
            self.add(usize::from(upto > within));
            self.counted = upto;
        }
        self.count
    }

    /// Adds `lines` to the number of counted lines.
    fn add(&mut self, lines: usize) {
        self.count += lines;
    }

    /// Counts the remaining lines of the block, and replaces the block by a new one.
    ///
    /// If the new block ends inside a line, `ahead` is the number of bytes to the end of the line;
    /// `None` if jq would not have read that far.
    pub(super) fn begin(&mut self, block: &[u8], ahead: Option<usize>) {
        let counted = self.counted.min(self.block.len());
        self.add(memchr::memchr_iter(b'\n', &self.block[counted..]).count());
        // The line end after the old block may have been counted already.
        self.counted -= counted;
        self.before = match memchr::memrchr(b'\n', &self.block) {
            Some(newline) => self.block.len() - newline - 1,
            None => self.before + self.block.len(),
        };
        self.ahead = ahead;
        self.block.clear();
        self.block.extend_from_slice(block);
    }

    /// Skips a block that has `lines` line ends, and `column` bytes after the last line end.
    pub(super) fn pass(&mut self, lines: usize, column: usize) {
        self.begin(&[], None);
        self.before = if lines > 0 {
            column
        } else {
            self.before + column
        };
        if self.counted == 0 {
            self.add(lines);
        } else if lines > 0 {
            self.add(lines - 1);
            self.counted = 0;
        } else {
            self.counted -= column.min(self.counted);
        }
    }

    /// jq reads a line in pieces of [`PIECE_BYTES`]. Returns the end of the piece that contains the
    /// byte before `used`: jq would have counted the lines up to there.
    fn piece_end(&self, used: usize) -> usize {
        let block = &self.block;
        let Some(last) = used.checked_sub(1) else {
            return 0;
        };
        let (line, before) = match memchr::memrchr(b'\n', &block[..last]) {
            Some(newline) => (newline + 1, 0),
            None => (0, self.before),
        };
        let in_line = before + last - line;
        let piece_end = line + (in_line / PIECE_BYTES + 1) * PIECE_BYTES - before;
        let end = block.len().min(piece_end);
        if let Some(newline) = memchr::memchr(b'\n', &block[last..end]) {
            return last + newline + 1;
        }
        let line_end = self.ahead.map(|ahead| block.len() + ahead);
        line_end
            .filter(|line_end| *line_end <= piece_end)
            .unwrap_or(end)
    }
}
