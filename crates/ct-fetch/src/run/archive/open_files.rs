//! Which files have records that wait to be written, so that a run that is continued begins with them.

use std::collections::VecDeque;
use std::ops::AddAssign;

/// What files held, and what could not be read of them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileTotals {
    /// Files read to their end.
    pub(crate) read: u64,
    /// Places in files, and whole files, that cannot be read.
    pub(crate) unreadable: u64,
    /// Objects of S3 that could not be had.
    pub(crate) refused: u64,
    /// Files that hold digests, whatever their names.
    pub(crate) digests: u64,
    /// Files without any record.
    pub(crate) empty: u64,
    /// Files that end with the token of a listing's next page.
    pub(crate) unfinished: u64,
    /// Files with records, wanted or not.
    pub(crate) with_records: u64,
}

impl AddAssign for FileTotals {
    fn add_assign(&mut self, other: Self) {
        self.read += other.read;
        self.unreadable += other.unreadable;
        self.refused += other.refused;
        self.digests += other.digests;
        self.empty += other.empty;
        self.unfinished += other.unfinished;
        self.with_records += other.with_records;
    }
}

/// Where a run that is continued begins.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start {
    /// The place of the first file to read, in the list of files.
    pub(crate) file: usize,
    /// So many of the records of this and later files, in the order of the output, are done.
    pub(crate) handled: u64,
    /// What the files before it held.
    pub(crate) before: FileTotals,
}

/// The files from the first one on that has records left.
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
    /// When it was read to its end.
    totals: Option<FileTotals>,
}

impl OpenFiles {
    /// Begins at a place whose handled records come again.
    pub(crate) fn new(start: Start) -> Self {
        Self {
            first: start.file,
            files: VecDeque::new(),
            before: start.before,
        }
    }

    /// A record of a file waits.
    pub(crate) fn came(&mut self, file: usize) {
        self.file(file).waiting += 1;
    }

    /// A record of a file was written or left out.
    pub(crate) fn handled(&mut self, file: usize) {
        let open = self.file(file);
        open.waiting -= 1;
        open.handled += 1;
        self.close();
    }

    /// A file was read to its end.
    pub(crate) fn finished(&mut self, file: usize, totals: FileTotals) {
        self.file(file).totals = Some(totals);
        self.close();
    }

    /// Where a run that is continued now begins.
    pub(crate) fn start(&self) -> Start {
        Start {
            file: self.first,
            handled: self.files.iter().map(|file| file.handled).sum(),
            before: self.before,
        }
    }

    /// What all files held so far.
    pub(crate) fn totals(&self) -> FileTotals {
        let mut totals = self.before;
        for file in self.files.iter().filter_map(|file| file.totals) {
            totals += file;
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

    /// Passes over the files that are done.
    fn close(&mut self) {
        while let Some(file) = self.files.front()
            && file.waiting == 0
            && let Some(totals) = file.totals
        {
            self.before += totals;
            self.first += 1;
            self.files.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_goes_on_with_the_first_file_that_has_records_left() {
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
