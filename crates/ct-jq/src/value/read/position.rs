//! The line and the column that an error message names.

/// The line and the column, as jq counts them, of the offset `upto` in the reader's buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) upto: usize,
}

impl Default for Position {
    fn default() -> Self {
        Self {
            line: 1,
            column: 0,
            upto: 0,
        }
    }
}

impl Position {
    pub(super) fn advance(&mut self, buffer: &[u8], to: usize) {
        let passed = &buffer[self.upto..to];
        let lines = memchr::memchr_iter(b'\n', passed).count();
        self.line += lines;
        match memchr::memrchr(b'\n', passed) {
            Some(last) => self.column = passed.len() - last - 1,
            None => self.column += passed.len(),
        }
        self.upto = to;
    }
}
