//! Shows on a terminal how many records have been read.

use std::io::{IsTerminal as _, Write as _};

/// The number of records between two updates.
const RECORDS: u64 = 50_000;

/// A line on stderr that is updated in place and cleared at the end. Inactive if stderr is not a terminal.
pub(crate) struct Progress {
    is_shown: bool,
    records: u64,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self {
            is_shown: std::io::stderr().is_terminal(),
            records: 0,
        }
    }

    /// Counts a record, and updates the line if it is due.
    pub(crate) fn record(&mut self) {
        self.records += 1;
        if self.is_shown && self.records.is_multiple_of(RECORDS) {
            write(&format!("\r{} records read\x1b[K", self.records));
        }
    }

    /// Clears the line.
    pub(crate) fn finish(&self) {
        if self.is_shown && self.records >= RECORDS {
            write("\r\x1b[K");
        }
    }
}

/// Writes to stderr. An error is ignored, because it affects only the progress line.
fn write(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
