//! Receives what an input contains.

use std::ops::AddAssign;

use crate::exit::Failure;
use crate::json::Span;

/// Receives the content of an input, in input order.
///
/// An error that one of the methods returns ends the reading.
pub trait Sink {
    /// Receives a record: a JSON object on one line. Its bytes are unchanged, except for white space between tokens
    /// if that included a line end. `position` is the start of the record in the decompressed input, in bytes.
    ///
    /// # Errors
    /// Errors of the sink.
    fn record(&mut self, record: &str, position: u64) -> Result<(), Failure>;

    /// Receives a record like [`Sink::record`], with the positions in the record of the values that
    /// [`records_at_paths`](super::records_at_paths) looks for. Called only for records that one scan finds and whose
    /// bytes are unchanged.
    ///
    /// # Errors
    /// Errors of the sink.
    fn scanned(
        &mut self,
        record: &str,
        _values: &[Option<Span>],
        position: u64,
    ) -> Result<(), Failure> {
        self.record(record, position)
    }

    /// Whether the sink receives lines that stand alone as a whole, and reads them itself. The default is `false`.
    fn takes_lines(&self) -> bool {
        false
    }

    /// Receives consecutive lines, each with its line end, if [`Sink::takes_lines`] is `true`. Each line starts with
    /// `{` and stands alone: reading it with [`line`](super::line) gives what reading the whole input would give.
    /// `position` is the start of the first line in the decompressed input, in bytes.
    ///
    /// # Errors
    /// Errors of the sink.
    fn lines(&mut self, _lines: &[u8], _position: u64) -> Result<(), Failure> {
        Ok(())
    }

    /// Receives an element of `Events` in a LookupEvents response, on one line, and the record in it. The default
    /// implementation uses only the record; a sink may also use the other fields of the event.
    ///
    /// # Errors
    /// Errors of the sink.
    fn event(&mut self, _event: &str, record: &str, position: u64) -> Result<(), Failure> {
        self.record(record, position)
    }

    /// Receives the seal at the end of a complete stream: a JSON object on one line.
    ///
    /// # Errors
    /// Errors of the sink.
    fn seal(&mut self, seal: &str, position: u64) -> Result<(), Failure>;

    /// Receives a part of the input where a record was expected but not found.
    ///
    /// # Errors
    /// Errors of the sink.
    fn unreadable(&mut self, unreadable: Unreadable) -> Result<(), Failure>;
}

/// A part of the input that is not a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The start of the part in the decompressed input, in bytes.
    pub position: u64,
    /// What was found and what the user can do, such as `not JSON: …`.
    pub found: String,
}

/// Counts of what an input contains.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records passed to the sink.
    pub records: u64,
    /// Digest files of log file validation, which contain no records.
    pub digests: u64,
    /// Control messages of CloudWatch Logs, which contain no records.
    pub control_messages: u64,
    /// Parts of the input where a record was expected but not found.
    pub unreadable: u64,
    /// Listings that are incomplete because their source had more events, such as those with a `NextToken`.
    pub unfinished_listings: u64,
    /// JSON values and lines of text, of any content.
    pub values: u64,
    /// Decompressed bytes of the input.
    pub bytes: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.digests += other.digests;
        self.control_messages += other.control_messages;
        self.unreadable += other.unreadable;
        self.unfinished_listings += other.unfinished_listings;
        self.values += other.values;
        self.bytes += other.bytes;
    }
}
