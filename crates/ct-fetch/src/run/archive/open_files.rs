//! Tracks the files whose records are not all handled, so that a continued run starts with them. A
//! record is handled when it is written, or skipped as a duplicate.

use std::collections::VecDeque;
use std::ops::AddAssign;

/// The number of counts in [`FileTotals`].
pub(crate) const COUNTS: usize = 10;

/// Numbers of files and of parts of files, by their content and problems.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileTotals {
    /// The number of files that were read completely.
    pub(crate) read: u64,
    /// The number of unreadable parts of files, plus the number of unreadable files.
    pub(crate) unreadable: u64,
    /// The number of S3 objects that could not be read.
    pub(crate) refused: u64,
    /// The number of files that contain a digest, whatever their names.
    pub(crate) digests: u64,
    /// The number of files that contain no records, no digests and no unreadable parts.
    pub(crate) empty: u64,
    /// The number of files that contain a page of a listing with a token for the next page.
    pub(crate) unfinished: u64,
    /// The number of files that contain records, selected or not.
    pub(crate) with_records: u64,
    /// The number of files whose SHA-256 is the one that a digest lists.
    pub(crate) valid: u64,
    /// The number of files whose SHA-256 is not the one that a digest lists.
    pub(crate) invalid: u64,
    /// The number of files whose content no valid digest proves.
    pub(crate) not_covered: u64,
}

impl FileTotals {
    /// Whether every file was read completely. If `skips_unreadable`, unreadable parts and missing
    /// further pages are ignored.
    pub(crate) fn is_whole(self, skips_unreadable: bool) -> bool {
        let is_readable = self.unreadable == 0 && self.unfinished == 0;
        self.refused == 0 && (is_readable || skips_unreadable)
    }

    /// Returns the counts in the order of the fields.
    pub(crate) fn counts(self) -> [u64; COUNTS] {
        [
            self.read,
            self.unreadable,
            self.refused,
            self.digests,
            self.empty,
            self.unfinished,
            self.with_records,
            self.valid,
            self.invalid,
            self.not_covered,
        ]
    }
}

impl From<[u64; COUNTS]> for FileTotals {
    fn from(counts: [u64; COUNTS]) -> Self {
        let [
            read,
            unreadable,
            refused,
            digests,
            empty,
            unfinished,
            with_records,
            valid,
            invalid,
            not_covered,
        ] = counts;
        Self {
            read,
            unreadable,
            refused,
            digests,
            empty,
            unfinished,
            with_records,
            valid,
            invalid,
            not_covered,
        }
    }
}

impl AddAssign for FileTotals {
    fn add_assign(&mut self, other: Self) {
        let (own, others) = (self.counts(), other.counts());
        *self = std::array::from_fn(|at| own[at] + others[at]).into();
    }
}

/// The position in a list of files at which a run continues.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start {
    /// The index of the first file to read.
    pub(crate) file: usize,
    /// How many records of `file` and later files were handled. Records are handled in the order of
    /// the output.
    pub(crate) handled: u64,
    /// The sum of the counts of the files before `file`.
    pub(crate) before: FileTotals,
}

/// The first file with records that are not handled yet, and all files after it.
#[derive(Debug, Default)]
pub(crate) struct OpenFiles {
    first: usize,
    files: VecDeque<OpenFile>,
    before: FileTotals,
}

#[derive(Debug, Default)]
struct OpenFile {
    waiting: u64,
    handled: u64,
    /// The counts that the validation of the file adds before the file is read.
    judged: FileTotals,
    /// The counts of the file; `None` until it is read completely.
    totals: Option<FileTotals>,
}

impl OpenFiles {
    /// Creates the list of open files for a run that continues at `start`. Such a run reads all
    /// records from there on again.
    pub(crate) fn new(start: Start) -> Self {
        Self {
            first: start.file,
            files: VecDeque::new(),
            before: start.before,
        }
    }

    /// Counts a record of `file` that was read and waits to be handled.
    pub(crate) fn came(&mut self, file: usize) {
        self.file(file).waiting += 1;
    }

    /// Marks a waiting record of `file` as handled.
    pub(crate) fn handled(&mut self, file: usize) {
        let open = self.file(file);
        open.waiting -= 1;
        open.handled += 1;
        self.close();
    }

    /// Records that `file` was read completely. `totals` are the counts of the file.
    pub(crate) fn finished(&mut self, file: usize, totals: FileTotals) {
        self.file(file).totals = Some(totals);
        self.close();
    }

    /// Adds the counts from the validation of `file`. They are known before the file is read.
    pub(crate) fn judged(&mut self, file: usize, totals: FileTotals) {
        self.file(file).judged += totals;
    }

    /// Returns the position at which a continued run starts.
    pub(crate) fn start(&self) -> Start {
        Start {
            file: self.first,
            handled: self.files.iter().map(|file| file.handled).sum(),
            before: self.before,
        }
    }

    /// Returns the sum of the counts of all files so far.
    pub(crate) fn totals(&self) -> FileTotals {
        let mut totals = self.before;
        for file in &self.files {
            totals += file.judged;
            totals += file.totals.unwrap_or_default();
        }
        totals
    }

    fn file(&mut self, file: usize) -> &mut OpenFile {
        let at = file - self.first;
        if at >= self.files.len() {
            self.files.resize_with(at + 1, OpenFile::default);
        }
        &mut self.files[at]
    }

    /// Removes files from the front of the list, as long as all records of the first one are
    /// handled.
    fn close(&mut self) {
        while let Some(file) = self.files.front()
            && file.waiting == 0
            && let Some(totals) = file.totals
        {
            self.before += totals;
            self.before += file.judged;
            self.first += 1;
            self.files.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_continues_with_the_first_unfinished_file() {
        let mut open = OpenFiles::new(Start::default());
        let totals = FileTotals {
            read: 1,
            ..FileTotals::default()
        };
        for file in [0, 0, 1, 2] {
            open.came(file);
        }
        open.finished(0, totals);
        open.handled(1);
        open.handled(0);
        let start = |open: &OpenFiles| {
            let start = open.start();
            (start.file, start.handled, start.before.read)
        };
        assert_eq!(start(&open), (0, 2, 0));
        open.handled(0);
        assert_eq!(start(&open), (1, 1, 1));
        open.finished(1, totals);
        open.finished(2, totals);
        assert_eq!(start(&open), (2, 0, 2));
        assert_eq!(open.totals().read, 3);
    }
}
