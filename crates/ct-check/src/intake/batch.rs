//! A batch of records and lines for a thread to check.

use super::Evidence;

/// The size, in bytes, at which a batch is full and is sent to a thread.
const BATCH_BYTES: usize = 1 << 18;

/// A batch of parsed records and unparsed lines. A thread checks the batch, and returns it with the
/// evidence from the lines.
#[derive(Debug, Default)]
pub(super) struct Batch {
    records: String,
    /// For each record: the byte offset in `records` at which it ends.
    record_ends: Vec<usize>,
    lines: Vec<u8>,
    /// The positions in the input of the lines in `lines`, one for each run of consecutive lines.
    runs: Vec<LineRun>,
    pub(super) evidence: Evidence,
}

/// A run of lines that follow one another in the input.
#[derive(Debug)]
struct LineRun {
    /// The byte offset in `Batch::lines` at which the run ends.
    end: usize,
    /// The byte offset in the input at which the run starts.
    position: u64,
}

impl Batch {
    /// Adds a record to the batch.
    pub(super) fn add_record(&mut self, record: &str) {
        self.records.push_str(record);
        self.record_ends.push(self.records.len());
    }

    /// Adds lines that start at the byte `position` of the input.
    pub(super) fn add_lines(&mut self, lines: &[u8], position: u64) {
        self.lines.extend_from_slice(lines);
        let end = self.lines.len();
        self.runs.push(LineRun { end, position });
    }

    /// Whether the batch is large enough to be passed to a thread.
    pub(super) fn is_full(&self) -> bool {
        self.records.len() + self.lines.len() >= BATCH_BYTES
    }

    /// Whether the batch contains lines.
    pub(super) fn has_lines(&self) -> bool {
        !self.runs.is_empty()
    }

    /// The records.
    pub(super) fn records(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.record_ends.iter().copied());
        let ends = self.record_ends.iter();
        starts
            .zip(ends)
            .map(|(start, &end)| &self.records[start..end])
    }

    /// Returns the lines, each with its line end and its position in the input, in bytes.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&[u8], u64)> {
        let starts = std::iter::once(0).chain(self.runs.iter().map(|run| run.end));
        let runs = starts.zip(&self.runs);
        let lines = self.lines.as_slice();
        runs.flat_map(move |(start, run)| {
            let mut from = start;
            let feeds = memchr::memchr_iter(b'\n', &lines[start..run.end]);
            feeds.map(move |feed| {
                let next = start + feed + 1;
                let line = &lines[from..next];
                let position = run.position + (from - start) as u64;
                from = next;
                (line, position)
            })
        })
    }

    /// Removes the records and the lines, but keeps the allocated memory.
    pub(super) fn clear(&mut self) {
        self.records.clear();
        self.record_ends.clear();
        self.lines.clear();
        self.runs.clear();
    }
}
