//! The progress of a run over an archive, and how the journal stores it as lines of text.

use std::fmt::Write as _;

use jiff::Zoned;
use sha1::{Digest as _, Sha1};

use crate::checkpoint::{Requester, RunState, SavedQuery};
use crate::run::archive::content_hash::ContentHash;
use crate::run::archive::open_files::{COUNTS, FileTotals, Start};
use crate::run::archive::summary::RecordCounts;
use crate::source::archive::listing::FileToRead;
use crate::source::cursor::unescape;

/// The prefix of those journal lines that only a run over an archive writes.
const PREFIX: &str = "archive-";

/// The version of the journal lines with [`PREFIX`]. Version 1 compared only the names of files.
const VERSION: &str = "2";

/// The progress of a run over an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ArchiveRunState {
    /// The query, the length of the output, and whether the run is finished.
    pub(crate) state: RunState,
    /// The number of files to read, and the hash of their paths and versions.
    pub(crate) files: String,
    /// The ID of the Athena query that found the files; `None` without Athena.
    pub(crate) query: Option<String>,
    pub(crate) start: Start,
    /// The number of records that were written, or skipped as duplicates.
    pub(crate) handled: u64,
    /// The last written event: its time in Unix seconds, its ID, and the hashes of its records.
    pub(crate) last: Option<(i64, Box<str>, Vec<ContentHash>)>,
    pub(crate) counts: RecordCounts,
    /// Whether some folders or prefixes could not be listed.
    pub(crate) is_partly_listed: bool,
    /// The number of digests that are invalid, missing or unreadable, plus the number of missing
    /// log files.
    pub(crate) unproven: u64,
    /// The number of reasons why events may be missing, such as days without files. Restrictions of
    /// the earlier runs that wrote the files are counted too. The value is set when the run
    /// finishes.
    pub(crate) gaps: u64,
    /// The minute in the name of the oldest log file, in Unix seconds. The value is set when the
    /// run finishes.
    pub(crate) oldest: Option<i64>,
    /// The minute in the name of the newest log file, in Unix seconds. The value is set when the
    /// run finishes.
    pub(crate) newest: Option<i64>,
}

impl ArchiveRunState {
    /// Creates the progress of a run that has done nothing yet. `begun` is when the run began, in
    /// Unix seconds.
    pub(crate) fn new(question: SavedQuery, files: &[FileToRead], begun: i64) -> Self {
        Self {
            state: RunState::new(question, Requester::default(), begun),
            files: digest(files),
            query: None,
            start: Start::default(),
            handled: 0,
            last: None,
            counts: RecordCounts::default(),
            is_partly_listed: false,
            unproven: 0,
            gaps: 0,
            oldest: None,
            newest: None,
        }
    }

    /// Whether the run finished and nothing was missing. Another run would then find nothing more.
    pub(crate) fn is_complete(&self) -> bool {
        self.state.is_finished && self.missing() == 0
    }

    /// Returns the ID of the Athena query whose results a new run can use. `None` if the new run
    /// has a different query, or if the earlier run finished but something was missing.
    pub(crate) fn query_of(&self, question: &SavedQuery, now: &Zoned) -> Option<String> {
        let is_same = self.state.question.difference(question, now).is_none();
        let is_open = !self.state.is_finished || self.is_complete();
        self.query.clone().filter(|_| is_same && is_open)
    }

    /// Returns the number of items (folders, files, digests and records) that the run could not
    /// list, read, validate, or write in order.
    fn missing(&self) -> u64 {
        let totals = self.start.before;
        let of_files = totals.unreadable + totals.refused + totals.unfinished;
        let unproven = totals.invalid + self.unproven;
        let counts = self.counts;
        let of_records = counts.unwritten + counts.misplaced + counts.ahead;
        of_files + unproven + of_records + u64::from(self.is_partly_listed)
    }

    pub(super) fn encode(&self) -> String {
        let mut text = self.state.encode();
        let mut lines = String::new();
        let mut put = |name: &str, value: std::fmt::Arguments<'_>| {
            writeln!(lines, "{PREFIX}{name} {value}").expect("writing to a string cannot fail");
        };
        put("version", format_args!("{VERSION}"));
        put("files", format_args!("{}", self.files));
        if let Some(query) = &self.query {
            put("query", format_args!("{}", query.escape_debug()));
        }
        if let Some((second, id, contents)) = &self.last {
            let (contents, id) = (ContentHash::list(contents), id.escape_debug());
            put("last", format_args!("{second} {contents} {id}"));
        }
        let totals = self.start.before.counts().map(|count| count.to_string());
        put("before", format_args!("{}", totals.join(" ")));
        put("handled", format_args!("{}", self.handled));
        let counts = self.counts.numbers().map(|count| count.to_string());
        put("records", format_args!("{}", counts.join(" ")));
        if self.is_partly_listed {
            put("listed", format_args!("partly"));
        }
        if self.unproven > 0 {
            put("unproven", format_args!("{}", self.unproven));
        }
        // Other programs read these lines to find out whether the output is complete.
        for (name, number) in [("missing", self.missing()), ("gaps", self.gaps)] {
            if number > 0 {
                put(name, format_args!("{number}"));
            }
        }
        for (name, minute) in [("oldest", self.oldest), ("newest", self.newest)] {
            if let Some(minute) = minute {
                put(name, format_args!("{minute}"));
            }
        }
        // Insert the lines after the first line, which contains the version of the format.
        let at = text.find('\n').map_or(text.len(), |at| at + 1);
        text.insert_str(at, &lines);
        text
    }

    /// Parses a journal that [`ArchiveRunState::encode`] wrote. The cursor in the result is the position at
    /// which the next run continues.
    ///
    /// # Errors
    /// Returns the reason why `text` is invalid.
    pub(super) fn decode(text: &str) -> Result<Self, String> {
        let others = text.lines().filter(|line| !line.starts_with(PREFIX));
        let others: String = others.flat_map(|line| [line, "\n"]).collect();
        let state = RunState::decode(&others).map_err(|mistake| mistake.to_string())?;
        let mut lines = text.lines().filter_map(|line| line.strip_prefix(PREFIX));
        if lines.clone().next().is_none() {
            return Err("it is the journal of a run that read the event history".to_owned());
        }
        if lines.next() != Some(&format!("version {VERSION}")) {
            return Err("the journal is from a different version".to_owned());
        }
        let broken = || "it contains invalid lines".to_owned();
        Self::with_state(state, text).ok_or_else(broken)
    }

    fn with_state(state: RunState, text: &str) -> Option<Self> {
        let value = |name: &str| {
            let mut lines = text.lines().filter_map(|line| line.strip_prefix(PREFIX));
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
        };
        let numbers = |name: &str| -> Option<Vec<u64>> {
            let numbers = value(name)?.split(' ').map(str::parse);
            numbers.collect::<Result<_, _>>().ok()
        };
        let counts: [u64; COUNTS] = numbers("before")?.try_into().ok()?;
        let records: [u64; 5] = numbers("records")?.try_into().ok()?;
        let last = match value("last") {
            None => None,
            Some(last) => {
                let mut parts = last.splitn(3, ' ');
                let second = parts.next()?.parse().ok()?;
                let contents = ContentHash::read_list(parts.next()?)?;
                Some((second, unescape(parts.next()?)?.into(), contents))
            }
        };
        Some(Self {
            state,
            files: value("files")?.to_owned(),
            query: match value("query") {
                None => None,
                Some(query) => Some(unescape(query)?),
            },
            start: Start {
                before: FileTotals::from(counts),
                ..Start::default()
            },
            handled: value("handled")?.parse().ok()?,
            last,
            counts: RecordCounts::from(records),
            is_partly_listed: value("listed").is_some(),
            unproven: value("unproven").map_or(Some(0), |count| count.parse().ok())?,
            gaps: value("gaps").map_or(Some(0), |gaps| gaps.parse().ok())?,
            oldest: value("oldest").map(str::parse).transpose().ok()?,
            newest: value("newest").map(str::parse).transpose().ok()?,
        })
    }
}

/// Returns the number of files, and the hash of their paths and versions in order.
pub(super) fn digest(files: &[FileToRead]) -> String {
    let mut hash = Sha1::new();
    for file in files {
        hash.update(file.location.listed());
        hash.update(b"\n");
        hash.update(file.version.as_bytes());
        hash.update(b"\n");
    }
    let mut text = format!("{} ", files.len());
    for byte in hash.finalize() {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_round_trips() {
        let mut saved = ArchiveRunState::new(SavedQuery::default(), &[], 7);
        assert_eq!(ArchiveRunState::decode(&saved.encode()), Ok(saved.clone()));
        saved.start.before = FileTotals {
            read: 3,
            empty: 1,
            ..FileTotals::default()
        };
        let contents = vec![ContentHash::of_record("1"), ContentHash::of_record("2")];
        saved.last = Some((-1, "e 1".into(), contents.clone()));
        saved.counts = RecordCounts::from([1, 2, 3, 4, 5]);
        saved.oldest = Some(0);
        saved.newest = Some(60);
        saved.is_partly_listed = true;
        saved.unproven = 4;
        saved.start.before.invalid = 1;
        saved.query = Some("q-1".to_owned());
        assert_eq!(ArchiveRunState::decode(&saved.encode()), Ok(saved.clone()));
        saved.last = Some((0, "".into(), contents));
        let text = saved.encode();
        assert_eq!(ArchiveRunState::decode(&text), Ok(saved));
        let other = RunState::new(SavedQuery::default(), Requester::default(), 7).encode();
        for (text, expected) in [
            (
                other.as_str(),
                "it is the journal of a run that read the event history",
            ),
            (
                &text.replace("archive-version 2\n", ""),
                "the journal is from a different version",
            ),
            (
                "ct-fetch journal 4\nend\n",
                "the journal is from a different version",
            ),
            (
                text.strip_suffix("end\n").unwrap(),
                "the journal is truncated",
            ),
        ] {
            assert_eq!(ArchiveRunState::decode(text), Err(expected.to_owned()));
        }
    }
}
