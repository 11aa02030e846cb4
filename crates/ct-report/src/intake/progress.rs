//! Shows on a terminal how many records have been read.

use std::io::{IsTerminal as _, Write as _};

/// Records between two lines of progress.
const RECORDS: u64 = 50_000;

/// A line on stderr that is written over, and wiped at the end; nothing where stderr is no terminal.
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

    /// Counts a record.
    pub(crate) fn record(&mut self) {
        self.records += 1;
        if self.is_shown && self.records.is_multiple_of(RECORDS) {
            write(&format!("\r{} records read\x1b[K", self.records));
        }
    }

    /// Wipes the line.
    pub(crate) fn finish(&self) {
        if self.is_shown && self.records >= RECORDS {
            write("\r\x1b[K");
        }
    }
}

/// A stderr that cannot be written to loses progress alone.
fn write(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
