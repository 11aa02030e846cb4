//! The last message of a run over an archive: what was read, and what was not.

use std::fmt;

use ct_core::input::scope::AHEAD;
use ct_core::time::Window;

use super::open_files::FileTotals;
use super::say;
use crate::source::archive::listing::search::Scan;
use crate::source::archive::listing::{FileToRead, Listing};
use crate::source::order::Order;
use crate::wording::count;
use crate::wording::time_of;

/// The numbers of files and records in a run, for its summary.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ArchiveSummary {
    /// The sources, as the user named them.
    pub(super) place: String,
    pub(super) window: Window,
    /// The value of `--late`, as the user typed it.
    pub(super) late: String,
    /// The number of records that were written.
    pub(super) events: u64,
    /// The number of files that were found.
    pub(super) listed: u64,
    /// Numbers of files and of parts of files, by their content and problems.
    pub(super) files: FileTotals,
    /// The number of files of a trail that were not read, because their names show that they cannot
    /// contain selected records.
    pub(super) outside: u64,
    /// The number of digests that were found.
    pub(super) digests: u64,
    /// The number of valid digests; `None` without `--validate`.
    pub(super) validated: Option<u64>,
    /// The number of files and folders that do not belong to a trail, and the path of the first
    /// one.
    pub(super) others: (u64, Option<String>),
    pub(super) records: RecordCounts,
    /// The number of event IDs that were forgotten because memory was too small. Duplicates of
    /// these events are not recognized.
    pub(super) forgotten: u64,
    /// The number of files that were not read because their names are dated more than `--late`
    /// before other files.
    pub(super) late_files: u64,
    /// The number of files whose names contain a time in the future.
    pub(super) future_files: u64,
    /// Whether earlier runs with the same state file delivered any files.
    pub(super) has_known_files: bool,
    /// Whether the listing left out S3 objects that are not in the folder of a day, but directly in
    /// that of a region, a year or a month.
    pub(super) skips_direct_keys: bool,
    /// Whether new files will be read later, by the next run or by this run with `--follow`. Late
    /// files are never read.
    pub(super) is_continued: bool,
    /// The minute in the name of the newest log file, in Unix seconds; `None` without log files.
    pub(super) newest: Option<i64>,
    /// The Athena search that found the files; `None` without Athena.
    pub(super) scan: Option<Scan>,
    /// The order of the records; `None` for the order of the files.
    pub(super) order: Option<Order>,
    /// The time of the last written record, in Unix seconds; `None` before the first record.
    pub(super) reached: Option<i64>,
    pub(super) end: ReadEnd,
}

/// Numbers of records that needed special treatment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RecordCounts {
    /// The number of duplicates. They were not written.
    pub(crate) repeated: u64,
    /// The number of records that have the event ID of another record but different content. They
    /// were written.
    pub(crate) differing: u64,
    /// The number of records that were written out of order.
    pub(crate) misplaced: u64,
    /// The number of records that are newer than the time in the name of their file allows.
    pub(crate) ahead: u64,
    /// The number of records that cannot be written in the requested format.
    pub(crate) unwritten: u64,
}

impl RecordCounts {
    /// Returns the counts in the order of the fields.
    pub(crate) fn numbers(self) -> [u64; 5] {
        [
            self.repeated,
            self.differing,
            self.misplaced,
            self.ahead,
            self.unwritten,
        ]
    }
}

impl From<[u64; 5]> for RecordCounts {
    fn from([repeated, differing, misplaced, ahead, unwritten]: [u64; 5]) -> Self {
        Self {
            repeated,
            differing,
            misplaced,
            ahead,
            unwritten,
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum ReadEnd {
    /// Every file was read.
    Read,
    /// The run wrote as many records as `--max-items` allows.
    Enough,
    /// The run was stopped or failed before every file was read.
    #[default]
    Incomplete,
}

impl ArchiveSummary {
    /// Copies the counts of a listing into the summary.
    pub(super) fn add_listing(&mut self, listing: &Listing) {
        self.listed = listing.listed();
        self.outside = listing.outside;
        self.digests = listing.digests;
        self.others.clone_from(&listing.others);
        self.newest = listing.newest;
        self.scan.clone_from(&listing.scan);
        self.skips_direct_keys = listing.skips_direct_keys;
    }

    /// Counts the files whose names contain a time after `now`, in Unix seconds. Prints a message
    /// about the first of them.
    pub(super) fn name_future_files(&mut self, listing: &Listing, now: i64) {
        let is_future = |file: &&FileToRead| file.minute.is_some_and(|minute| minute > now + AHEAD);
        let mut files = listing.files.iter().filter(is_future);
        if let Some(first) = files.next() {
            self.future_files = 1 + files.count() as u64;
            say(&format!(
                "the name of {} is dated in the future: check the name, and the clock",
                first.location.label()
            ));
        }
    }

    /// Returns how many parts of files, whole files and records could not be read or written.
    pub(super) fn unreadable(&self) -> u64 {
        self.files.unreadable + self.records.unwritten
    }
}

impl ArchiveSummary {
    /// Writes which files the run did not look for, or does not read.
    fn write_notes(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.skips_direct_keys {
            formatter.write_str(
                "; objects directly in the folders of regions, years and months were not listed",
            )?;
        }
        if self.is_continued {
            let late = &self.late;
            write!(
                formatter,
                "; new files dated more than {late} before files of an earlier run are not read"
            )?;
        }
        if self.window.until().is_some() {
            let late = &self.late;
            write!(
                formatter,
                "; files delivered more than {late} after the end of the window were not read"
            )?;
        }
        Ok(())
    }
}

impl ArchiveSummary {
    /// Writes how many files are valid, invalid and not covered by digests.
    fn write_validation(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(digests) = self.validated {
            let files = count(self.files.valid, "file");
            let digests = count(digests, "digest");
            write!(formatter, ", {files} validated by {digests}")?;
        }
        for (number, after) in [
            (self.files.invalid, "invalid"),
            (self.files.not_covered, "not covered"),
        ] {
            if number > 0 {
                write!(formatter, ", {} {after}", count(number, "file"))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for ArchiveSummary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |second: Option<i64>, open: &str| second.map_or(open.to_owned(), time_of);
        write!(
            formatter,
            "{} from {}, {} to {}: {} of {} read",
            count(self.events, "event"),
            self.place,
            time(self.window.since(), "the oldest"),
            time(self.window.until(), "the newest"),
            self.files.read,
            count(self.listed, "file"),
        )?;
        if let Some(newest) = self.newest {
            write!(formatter, ", the newest from {}", time_of(newest))?;
        }
        for (number, what, after) in [
            (self.outside, "file", " outside the query"),
            (
                match self.validated {
                    None => self.digests + self.files.digests,
                    Some(_) => 0,
                },
                "digest",
                " not validated",
            ),
            (self.files.empty, "file", " without records"),
            (self.records.repeated, "duplicate", " removed"),
            (
                self.records.differing,
                "record",
                " with the event ID of another record but different content",
            ),
            (self.records.misplaced, "event", " out of order"),
            (
                self.records.ahead,
                "event",
                " newer than the time in the name of its file",
            ),
            (self.late_files, "file", " too late to be read"),
            (self.future_files, "file", " dated in the future"),
        ] {
            if number > 0 {
                write!(formatter, ", {}{after}", count(number, what))?;
            }
        }
        self.write_validation(formatter)?;
        if let (number, Some(first)) = &self.others {
            let others = match number {
                1 => "1 other file or folder".to_owned(),
                number => format!("{} or folders", count(*number, "other file")),
            };
            write!(formatter, ", {others} skipped, for example {first}")?;
        }
        if self.files.refused > 0 {
            let objects = count(self.files.refused, "object");
            write!(formatter, ", {objects} that could not be read")?;
        }
        let unreadable = self.unreadable();
        if unreadable > 0 {
            let places = count(unreadable, "place");
            write!(formatter, ", {places} that cannot be read")?;
        }
        if self.files.unfinished > 0 {
            let files = count(self.files.unfinished, "file");
            write!(formatter, ", {files} with an incomplete listing")?;
        }
        if let Some(Scan {
            id,
            bytes,
            is_reused,
        }) = &self.scan
        {
            let scanned = count(*bytes, "byte");
            let reused = if *is_reused {
                ", with earlier results"
            } else {
                ""
            };
            write!(
                formatter,
                "; found by Athena's query {id}{reused}, which scanned {scanned}; days without files are not reported"
            )?;
        }
        let reached = time(self.reached, "nothing yet");
        match (self.end, self.order) {
            (ReadEnd::Read, _) => {}
            (ReadEnd::Enough, Some(Order::Newest)) => {
                write!(formatter, "; stopped at --max-items, back to {reached}")?;
            }
            (ReadEnd::Enough, Some(Order::Oldest)) => {
                write!(formatter, "; stopped at --max-items, up to {reached}")?;
            }
            (ReadEnd::Enough, None) => formatter.write_str("; stopped at --max-items")?,
            (ReadEnd::Incomplete, Some(_)) => write!(formatter, "; incomplete, reached {reached}")?,
            (ReadEnd::Incomplete, None) => formatter.write_str("; incomplete")?,
        }
        self.write_notes(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_reports_what_was_read_and_what_was_not() {
        let summary = ArchiveSummary {
            place: "AWSLogs".to_owned(),
            window: Window::new(None, Some(0)).unwrap(),
            late: "1d".to_owned(),
            events: 1234,
            listed: 10,
            files: FileTotals {
                read: 5,
                ..FileTotals::default()
            },
            outside: 2,
            digests: 1,
            others: (2, Some("AWSLogs/x".to_owned())),
            records: RecordCounts {
                repeated: 3,
                differing: 1,
                ..RecordCounts::default()
            },
            late_files: 2,
            is_continued: true,
            skips_direct_keys: true,
            newest: Some(60),
            end: ReadEnd::Read,
            ..ArchiveSummary::default()
        };
        assert_eq!(
            summary.to_string(),
            "1,234 events from AWSLogs, the oldest to 1970-01-01T00:00:00Z: 5 of 10 files read, the newest from 1970-01-01T00:01:00Z, 2 files outside the query, 1 digest not validated, \
             3 duplicates removed, 1 record with the event ID of another record but different content, 2 files too late to be read, \
             2 other files or folders skipped, for example AWSLogs/x; objects directly in the folders of regions, years and months were not listed; new files dated more than 1d before files of an earlier run are not read; files delivered more than 1d after the end of the window were not read"
        );
    }

    #[test]
    fn an_interrupted_run_reports_how_far_it_came() {
        let end = |end, order| {
            let summary = ArchiveSummary {
                place: "x".to_owned(),
                reached: Some(0),
                end,
                order,
                ..ArchiveSummary::default()
            };
            let text = summary.to_string();
            text.split_once("read").unwrap().1.to_owned()
        };
        assert_eq!(
            end(ReadEnd::Enough, Some(Order::Newest)),
            "; stopped at --max-items, back to 1970-01-01T00:00:00Z"
        );
        assert_eq!(
            end(ReadEnd::Incomplete, Some(Order::Oldest)),
            "; incomplete, reached 1970-01-01T00:00:00Z"
        );
        assert_eq!(end(ReadEnd::Incomplete, None), "; incomplete");
    }
}
