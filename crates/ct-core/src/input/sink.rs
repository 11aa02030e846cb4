//! The receiver of the records and other parts of an input.

use std::ops::AddAssign;

use crate::exit::Failure;
use crate::json::Span;

/// Receives the content of an input, in input order.
///
/// If a method returns an error, reading stops.
pub trait Sink {
    /// Receives a record: a JSON object on one line. The bytes of the record are unchanged, unless
    /// it had line ends: then all white space between tokens is removed. `position` is the start of
    /// the record in the decompressed input, in bytes.
    ///
    /// # Errors
    /// Errors of the sink.
    fn record(&mut self, record: &str, position: u64) -> Result<(), Failure>;

    /// Receives a record as [`Sink::record`] does. Also receives the position, in the record, of
    /// each value that the caller of [`records_at_paths`](super::records_at_paths) requested. This
    /// method is called only for records that a single scan finds and whose bytes are unchanged.
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

    /// Whether [`Sink::lines`] passes whole lines to the sink, which then reads the records in them
    /// itself. The default is `false`.
    fn takes_lines(&self) -> bool {
        false
    }

    /// Receives consecutive lines, each with its line end, if [`Sink::takes_lines`] is `true`. Each
    /// line starts with `{` and stands alone: reading it with [`line`](super::line) gives the same
    /// records as reading the whole input. `position` is the start of the first line in the
    /// decompressed input, in bytes.
    ///
    /// # Errors
    /// Errors of the sink.
    fn lines(&mut self, _lines: &[u8], _position: u64) -> Result<(), Failure> {
        Ok(())
    }

    /// Receives an element of `Events` in a LookupEvents response, on one line, and the record in
    /// the element. The default implementation uses only the record; a sink may also use the other
    /// fields of the event.
    ///
    /// # Errors
    /// Errors of the sink.
    fn event(&mut self, _event: &str, record: &str, position: u64) -> Result<(), Failure> {
        self.record(record, position)
    }

    /// Receives a seal: the JSON object on the last line of a complete stream from ct-fetch.
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
    /// The message for the user: a description of the part, such as `not JSON: …`, and what to do.
    pub found: String,
}

/// The numbers of records and other parts in an input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// The number of records passed to the sink.
    pub records: u64,
    /// The number of digest files, which contain no records.
    pub digests: u64,
    /// The number of control messages of CloudWatch Logs, which contain no records.
    pub control_messages: u64,
    /// The number of parts in which a record was expected but not found.
    pub unreadable: u64,
    /// The number of incomplete listings, such as a response with a `NextToken`.
    pub unfinished_listings: u64,
    /// The number of JSON values and lines of text, whatever they contain.
    pub values: u64,
    /// The size of the decompressed input, in bytes.
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
