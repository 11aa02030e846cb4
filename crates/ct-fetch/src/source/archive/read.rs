//! Reads one file: returns its selected records, and messages about its unreadable parts.

mod log_file;
mod pipe;
mod prefilter;
mod seals;

use std::io::Read;

use ct_core::exit::Failure;
use ct_core::fields::{self, Path, Value};
use ct_core::input::{self, EXPANDED_BYTES, Sink, Tally, Unreadable};
use ct_core::predicate::{Matcher, Predicate};
use ct_core::record::category::EventCategory;
use ct_core::record::derived::Derived;
use ct_core::seal::Seal;
use jiff::Timestamp;

use super::fingerprint::Fingerprint;
use super::sorter::Item;
use ct_core::input::scope::{Facts, Scope};
use log_file::LogFileText;
use prefilter::Prefilter;
pub(crate) use prefilter::required_texts;
use seals::SealTracker;

/// How many problems of each file are reported one by one. The others are counted.
const NAMED: u64 = 10;

/// When the records read so far have this size in bytes, they are handed over as a [`RecordBatch`].
const PART_BYTES: usize = 4 << 20;

/// The maximum size, in bytes, of a log file that is read in one pass. A longer file is read as a
/// stream.
const WHOLE_TEXT_BYTES: usize = 128 << 20;

/// The text with which a journal or state file of ct-fetch begins. Such a file may be in the same
/// folder as the output.
const OWN: [&[u8]; 3] = [
    b"ct-fetch journal ",
    b"ct-fetch state ",
    b"ct-fetch archive state ",
];

/// The fields that are read from every record. A [`Row`] contains their values in this order.
const COLUMNS: [&str; 9] = [
    "eventTime",
    "eventID",
    "awsRegion",
    "recipientAccountId",
    "userIdentity.accountId",
    "eventCategory",
    "eventType",
    "managementEvent",
    "eventVersion",
];

/// Reads the selected records of files. All files share one reader, so the conditions are compiled
/// only once.
#[derive(Debug)]
pub(crate) struct Reader {
    scope: Scope,
    matcher: Matcher,
    prefilter: Option<Prefilter>,
}

/// A part of a file: some of its records, and messages about unreadable parts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RecordBatch {
    /// The selected records, in the order of the file.
    pub(crate) items: Vec<Item>,
    /// The fingerprint of each record in `items`. Empty if fingerprints are not needed.
    pub(crate) fingerprints: Vec<Fingerprint>,
    /// A message for each unreadable part, with its position in the file and advice.
    pub(crate) problems: Vec<String>,
}

/// The kind of a file, according to its content.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// The file has other content, such as records.
    #[default]
    Data,
    /// The file is empty or contains only white space.
    Blank,
    /// The file is a journal or a state of ct-fetch.
    Own,
}

/// What is known about a file after it was read to its end.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct FileTally {
    pub(crate) kind: FileKind,
    /// Whether the file contains records, selected or not.
    pub(crate) has_records: bool,
    /// The number of unreadable parts of the file.
    pub(crate) unreadable: u64,
    /// Whether the file contains a digest.
    pub(crate) has_digests: bool,
    /// Whether the file contains a page of a listing with a token for the next page.
    pub(crate) is_unfinished: bool,
    /// The valid seals in the file. A seal is the last line of a complete output; it contains the
    /// number and the hash of the records before it.
    pub(crate) seals: Vec<Seal>,
}

impl Reader {
    pub(crate) fn new(scope: Scope, predicate: &Predicate) -> Self {
        let columns = COLUMNS.map(Path::of_names).to_vec();
        Self {
            scope,
            matcher: Matcher::of_records(predicate, columns),
            prefilter: Prefilter::new(predicate),
        }
    }

    /// Reads `input`, and hands its content over in parts. `hand_over` returns an error if no more
    /// records are needed.
    ///
    /// # Errors
    /// The errors of `hand_over`.
    pub(crate) fn read(
        &self,
        input: impl Read + Send,
        hand_over: &mut dyn FnMut(RecordBatch) -> Result<(), Failure>,
    ) -> Result<FileTally, Failure> {
        self.collect(input, PART_BYTES, hand_over)
    }

    /// Like [`Reader::read`], but hands records over when they have more than `most_bytes`.
    fn collect(
        &self,
        input: impl Read + Send,
        most_bytes: usize,
        hand_over: &mut dyn FnMut(RecordBatch) -> Result<(), Failure>,
    ) -> Result<FileTally, Failure> {
        let mut collector = Collector {
            reader: self,
            hand_over,
            most_bytes,
            part: RecordBatch::default(),
            part_bytes: 0,
            unreadable: 0,
            sealed: SealTracker::default(),
        };
        let tally: Tally = input::records(input, EXPANDED_BYTES, &mut collector)?;
        if let Err(found) = collector.sealed.end() {
            collector.problem(tally.bytes, &found);
        }
        let unreadable = collector.unreadable;
        if unreadable > NAMED {
            let more = format!("{} more places in it cannot be read", unreadable - NAMED);
            collector.part.problems.push(more);
        }
        collector.flush()?;
        Ok(FileTally {
            has_records: tally.records > 0,
            kind: if tally.values == 0 && tally.unreadable == 0 {
                FileKind::Blank
            } else {
                FileKind::Data
            },
            unreadable,
            has_digests: tally.digests > 0,
            is_unfinished: tally.unfinished_listings > 0,
            seals: collector.sealed.seals,
        })
    }

    /// Like [`Reader::read`], for a file in memory, which may be compressed. A log file in
    /// CloudTrail's format is read in one pass.
    ///
    /// # Errors
    /// The errors of `hand_over`.
    pub(crate) fn read_bytes(
        &self,
        bytes: &[u8],
        hand_over: &mut dyn FnMut(RecordBatch) -> Result<(), Failure>,
    ) -> Result<FileTally, Failure> {
        if OWN.iter().any(|start| bytes.starts_with(start)) {
            return Ok(FileTally {
                kind: FileKind::Own,
                ..FileTally::default()
            });
        }
        match input::inflate_whole(bytes, WHOLE_TEXT_BYTES) {
            Some(text) => self.read_text(&text, true, hand_over),
            None => self.read_text(bytes, false, hand_over),
        }
    }

    /// Like [`Reader::read_bytes`], for decompressed content. `is_verified` says that a gzip
    /// checksum showed the content to be undamaged.
    ///
    /// # Errors
    /// The errors of `hand_over`.
    pub(crate) fn read_text(
        &self,
        text: &[u8],
        is_verified: bool,
        hand_over: &mut dyn FnMut(RecordBatch) -> Result<(), Failure>,
    ) -> Result<FileTally, Failure> {
        let Some(part) = self.read_log_file(text, is_verified) else {
            return self.read(text, hand_over);
        };
        let tally = FileTally {
            has_records: true,
            unreadable: part.problems.len() as u64,
            ..FileTally::default()
        };
        hand_over(part)?;
        Ok(tally)
    }

    /// Reads a log file in one pass. Returns `None` if a part of the file is not in CloudTrail's
    /// format.
    ///
    /// The predicate selects only records that contain one of the strings in `prefilter`. Other
    /// records are skipped.
    fn read_log_file(&self, text: &[u8], is_verified: bool) -> Option<RecordBatch> {
        let file = LogFileText::new(text)?;
        let text = file.text();
        let mut part = RecordBatch::default();
        // Only in undamaged text: damage in a skipped record would not be noticed.
        let prefilter = self.prefilter.as_ref().filter(|_| is_verified);
        let positions = prefilter.and_then(|prefilter| prefilter.positions(text.as_bytes()));
        if let Some(positions) = positions {
            file.records_at(&positions, |at, end| {
                let (read_to, values) = self.matcher.read_at(text, at)?;
                self.add(&text[at..end], at, &values, &mut part)?;
                (read_to == end).then_some(())
            })?;
        } else {
            file.records(|at| {
                let (end, values) = self.matcher.read_at(text, at)?;
                self.add(&text[at..end], at, &values, &mut part)?;
                Some(end)
            })?;
        }
        (part.problems.len() as u64 <= NAMED).then_some(part)
    }

    /// Adds a record of a log file to `part`. Returns `None` if the record is not in CloudTrail's
    /// format.
    fn add(
        &self,
        record: &str,
        at: usize,
        values: &[Value<'_>],
        part: &mut RecordBatch,
    ) -> Option<()> {
        let row = Row(values);
        let is_record = row.text(8).is_some_and(|version| version.starts_with("1."));
        if !is_record || row.text(1).is_none() {
            return None;
        }
        match self.item(record, values) {
            Ok(item) => part.items.extend(item),
            Err(found) => part.problems.push(problem(at as u64, &by_hand(&found))),
        }
        Some(())
    }

    /// Whether the selected window, accounts, regions and categories include a record with the
    /// fields `row` and the given time.
    fn is_in_scope(&self, row: &Row<'_, '_>, time: Timestamp) -> bool {
        let account = row.text(3).or_else(|| row.text(4));
        let region = row.text(2);
        self.scope.holds(&Facts {
            time,
            account: account.as_deref(),
            region: region.as_deref(),
            category: EventCategory::of(
                row.text(5).as_deref(),
                row.text(6).as_deref(),
                row.text(7).as_deref(),
            ),
        })
    }

    /// Returns the item for a record whose [`COLUMNS`] have the given values; `None` if the record
    /// is not selected.
    ///
    /// # Errors
    /// Returns the reason why the record is invalid.
    fn item(&self, record: &str, values: &[Value<'_>]) -> Result<Option<Item>, String> {
        let row = Row(values);
        let time = row.time();
        if let Ok(time) = time.as_ref()
            && !self.is_in_scope(&row, *time)
        {
            return Ok(None);
        }
        let derived = if self.matcher.needs_attributes() {
            Derived::new(record).map_err(|error| format!("not a CloudTrail record: {error}"))?
        } else {
            Derived::default()
        };
        if !self.matcher.is_met_by(values, &derived) {
            return Ok(None);
        }
        // Report an invalid time only if the predicate selects the record. Other records may have
        // been skipped unread, so their times are never reported.
        let time = time?;
        Ok(Some(Item {
            second: time.as_second(),
            id: row.text(1).unwrap_or_default().into(),
            record: record.into(),
            file: 0,
        }))
    }
}

/// The values of the fields in [`COLUMNS`] of one record.
struct Row<'v, 'a>(&'v [Value<'a>]);

impl<'a> Row<'_, 'a> {
    /// Returns the string in a column; `None` if the value is null or absent.
    fn text(&self, column: usize) -> Option<std::borrow::Cow<'a, str>> {
        let value = self.0[column].filter(|value| *value != "null")?;
        Some(fields::text(Some(value)))
    }

    fn time(&self) -> Result<Timestamp, String> {
        let Some(time) = self.text(0) else {
            return Err("a record without eventTime".to_owned());
        };
        time.parse()
            .map_err(|_| format!("a record whose eventTime `{time}` is not a time"))
    }
}

fn problem(position: u64, found: &str) -> String {
    format!("at byte {position}: {found}")
}

fn by_hand(found: &str) -> String {
    format!("{found}: examine it manually")
}

/// Collects the selected records and the problems of a file, and hands them over in parts.
struct Collector<'r> {
    reader: &'r Reader,
    hand_over: &'r mut dyn FnMut(RecordBatch) -> Result<(), Failure>,
    part: RecordBatch,
    part_bytes: usize,
    most_bytes: usize,
    unreadable: u64,
    sealed: SealTracker,
}

impl Collector<'_> {
    fn flush(&mut self) -> Result<(), Failure> {
        self.part_bytes = 0;
        (self.hand_over)(std::mem::take(&mut self.part))
    }

    fn problem(&mut self, position: u64, found: &str) {
        self.unreadable += 1;
        if self.unreadable <= NAMED {
            self.part.problems.push(problem(position, found));
        }
    }
}

impl Sink for Collector<'_> {
    fn record(&mut self, record: &str, position: u64) -> Result<(), Failure> {
        self.sealed.record(record, position);
        let values = self.reader.matcher.read(record);
        match values.and_then(|values| self.reader.item(record, &values)) {
            Ok(None) => return Ok(()),
            Ok(Some(item)) => {
                self.part_bytes += item.record.len();
                self.part.items.push(item);
            }
            Err(found) => self.problem(position, &by_hand(&found)),
        }
        if self.part_bytes > self.most_bytes {
            self.flush()?;
        }
        Ok(())
    }

    fn seal(&mut self, seal: &str, position: u64) -> Result<(), Failure> {
        if let Err(found) = self.sealed.seal(seal) {
            self.problem(position, &found);
        }
        Ok(())
    }

    fn unreadable(&mut self, unreadable: Unreadable) -> Result<(), Failure> {
        self.problem(unreadable.position, &unreadable.found);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
