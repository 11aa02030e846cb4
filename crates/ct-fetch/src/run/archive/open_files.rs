//! Tracks the files with unwritten records, so that a continued run starts with them.

use std::collections::VecDeque;
use std::ops::AddAssign;

/// The number of counts in [`FileTotals`].
pub(crate) const COUNTS: usize = 10;

/// Counts of the files' contents and problems.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileTotals {
    /// Completely read files.
    pub(crate) read: u64,
    /// Unreadable positions in files, and unreadable files.
    pub(crate) unreadable: u64,
    /// Unavailable S3 objects.
    pub(crate) refused: u64,
    /// Files that contain digests, whatever their names.
    pub(crate) digests: u64,
    /// Files with neither records, digests nor unreadable parts.
    pub(crate) empty: u64,
    /// Files that end with the token for the next page of a listing.
    pub(crate) unfinished: u64,
    /// Files with records, selected or not.
    pub(crate) with_records: u64,
    /// Files whose content is what a digest lists.
    pub(crate) valid: u64,
    /// Files whose content is not what a digest lists.
    pub(crate) invalid: u64,
    /// Files that no digest covers.
    pub(crate) not_covered: u64,
}

impl FileTotals {
    /// Whether nothing is missing. If `skips_unreadable`, unreadable parts and unfinished listings do not count.
    pub(crate) fn is_whole(self, skips_unreadable: bool) -> bool {
        let is_readable = self.unreadable == 0 && self.unfinished == 0;
        self.refused == 0 && (is_readable || skips_unreadable)
    }

    /// The counts in the order of the fields.
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

/// The position from which a run continues.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start {
    /// The index of the first file to read.
    pub(crate) file: usize,
    /// The number of handled records of `file` and later files, in output order.
    pub(crate) handled: u64,
    /// The counts of the files before `file`.
    pub(crate) before: FileTotals,
}

/// The files from the first unfinished one on.
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
    /// The counts that are known before the file is read.
    judged: FileTotals,
    /// The counts of the file, or `None` until it is read completely.
    totals: Option<FileTotals>,
}

impl OpenFiles {
    /// Starts at a position. The handled records after it are read again.
    pub(crate) fn new(start: Start) -> Self {
        Self {
            first: start.file,
            files: VecDeque::new(),
            before: start.before,
        }
    }

    /// Counts a record of a file that waits to be handled.
    pub(crate) fn came(&mut self, file: usize) {
        self.file(file).waiting += 1;
    }

    /// Marks a waiting record of a file as handled.
    pub(crate) fn handled(&mut self, file: usize) {
        let open = self.file(file);
        open.waiting -= 1;
        open.handled += 1;
        self.close();
    }

    /// Records that a file was read completely, with its counts.
    pub(crate) fn finished(&mut self, file: usize, totals: FileTotals) {
        self.file(file).totals = Some(totals);
        self.close();
    }

    /// Adds counts of a file that are known before the file is read.
    pub(crate) fn judged(&mut self, file: usize, totals: FileTotals) {
        self.file(file).judged += totals;
    }

    /// The current position.
    pub(crate) fn start(&self) -> Start {
        Start {
            file: self.first,
            handled: self.files.iter().map(|file| file.handled).sum(),
            before: self.before,
        }
    }

    /// The counts of all files so far.
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

    /// Removes the first files if they are finished.
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
