//! Writes the records of an archive in order, each event once.

use ct_core::exit::Failure;
use ct_core::output::Output;

use super::queue::{Next, Piece, Queue};
use super::read::Part;
use super::say;
use super::scope::MINUTE;
use super::seen::Seen;
use super::sorter::{Item, Sorter};
use super::stop::Stop;
use super::summary::{End, Summary};
use super::walk::FileToRead;
use crate::format::Layout;
use crate::source::order::Order;

/// How many events out of order are named.
const NAMED: u64 = 3;

/// What a run writes, and where.
pub(super) struct Delivery<'a> {
    pub(super) files: &'a [FileToRead],
    pub(super) layout: &'a Layout,
    pub(super) max_items: Option<u64>,
    pub(super) keeps_duplicates: bool,
    /// How long before its file an event may have happened, in seconds, where the oldest come first.
    pub(super) late: i64,
    pub(super) output: Output,
    pub(super) summary: Summary,
    pub(super) arrangement: Arrangement,
    /// The second and the ID of the record that was written or left out last.
    pub(super) last: Option<(i64, Box<str>)>,
}

/// How records are put in order, and repeats found.
pub(super) enum Arrangement {
    /// Sorted, so that repeats stand side by side.
    Sorted(Sorter, Order),
    /// As they come.
    AsRead(Seen),
}

impl Delivery<'_> {
    /// Writes all that comes from the queue.
    ///
    /// # Errors
    /// What `stop` says, or why the output or a temporary file failed.
    pub(super) fn run(&mut self, queue: &Queue, stop: &Stop) -> Result<(), Failure> {
        if let Some(header) = self.layout.header() {
            self.output.line(header.as_bytes())?;
        }
        loop {
            let mut next = queue.try_pop();
            if matches!(next, Next::NotYet) {
                self.output.flush()?;
                next = queue.pop();
            }
            if let Some(failure) = stop.failure() {
                self.output.flush()?;
                return Err(failure);
            }
            match next {
                Next::NotYet => {}
                Next::Piece(file, Piece::Part(part)) => self.take(file, part)?,
                Next::Piece(file, Piece::End(result)) => {
                    self.finish(file, result);
                    self.give_out(file + 1, stop)?;
                }
                Next::Done => break,
            }
            if self.is_enough() {
                self.summary.end = End::Enough;
                return self.output.flush();
            }
        }
        self.give_out(self.files.len(), stop)?;
        self.summary.end = if self.is_enough() {
            End::Enough
        } else {
            End::Read
        };
        self.output.flush()
    }

    fn is_enough(&self) -> bool {
        self.max_items == Some(self.summary.events)
    }

    fn take(&mut self, file: usize, part: Part) -> Result<(), Failure> {
        let label = self.files[file].source.label();
        for problem in part.problems {
            say(&format!("cannot read all of {label}: {problem}"));
        }
        for item in part.items {
            match &mut self.arrangement {
                Arrangement::Sorted(sorter, _) => sorter.push(item)?,
                Arrangement::AsRead(seen) => {
                    if !self.keeps_duplicates && !item.id.is_empty() && !seen.is_new(&item.id) {
                        self.summary.repeated += 1;
                        continue;
                    }
                    self.write(&item)?;
                    if self.is_enough() {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self, file: usize, result: Result<super::read::FileTally, String>) {
        let summary = &mut self.summary;
        match result {
            Ok(tally) => {
                summary.read += 1;
                summary.unreadable += tally.unreadable;
                summary.has_records |= tally.has_records;
                summary.unfinished += u64::from(tally.is_unfinished);
                if tally.has_digests {
                    summary.digests += 1;
                } else if !tally.has_records && tally.unreadable == 0 {
                    summary.empty += 1;
                }
            }
            Err(reason) => {
                summary.unreadable += 1;
                let label = self.files[file].source.label();
                say(&format!(
                    "cannot read {label}: {reason}: check the file and run it again"
                ));
            }
        }
    }

    /// Writes what no file from `next` on can have a record before.
    fn give_out(&mut self, next: usize, stop: &Stop) -> Result<(), Failure> {
        let next = self.files.get(next).map(|file| file.minute);
        loop {
            let Arrangement::Sorted(sorter, order) = &mut self.arrangement else {
                return Ok(());
            };
            let order = *order;
            let late = self.late;
            let item = sorter.pop(|second| match (next, order) {
                (None, _) => true,
                (Some(None), _) => false,
                (Some(Some(minute)), Order::Newest) => second >= minute + MINUTE,
                (Some(Some(minute)), Order::Oldest) => second < minute - late,
            })?;
            let Some(item) = item else {
                return Ok(());
            };
            self.write_once(item, order)?;
            if self.is_enough() {
                return Ok(());
            }
            if let Some(failure) = stop.failure() {
                self.output.flush()?;
                return Err(failure);
            }
        }
    }

    /// Writes a record that comes in order, unless it is the one before.
    fn write_once(&mut self, item: Item, order: Order) -> Result<(), Failure> {
        if let Some((second, id)) = &self.last {
            if !self.keeps_duplicates
                && !item.id.is_empty()
                && (*second, id) == (item.second, &item.id)
            {
                self.summary.repeated += 1;
                return Ok(());
            }
            if order.is_after(*second, item.second) {
                self.misplace(&item);
            }
        }
        self.write(&item)?;
        self.last = Some((item.second, item.id));
        Ok(())
    }

    /// A record that had to come before the one written last.
    fn misplace(&mut self, item: &Item) {
        self.summary.misplaced += 1;
        if self.summary.misplaced <= NAMED {
            let id = if item.id.is_empty() {
                "without an ID"
            } else {
                &item.id
            };
            say(&format!(
                "event {id} is out of order: its file was delivered too late for its time: sort by eventTime, or raise --late with --order oldest"
            ));
        }
    }

    fn write(&mut self, item: &Item) -> Result<(), Failure> {
        match self.layout.row(item.record.as_ref().into()) {
            Ok(line) => self.output.line(line.as_bytes())?,
            Err(reason) => {
                self.summary.unreadable += 1;
                say(&format!(
                    "event {} cannot be written: {reason}: write it with --format ndjson",
                    item.id
                ));
                return Ok(());
            }
        }
        self.summary.events += 1;
        self.summary.reached = Some(item.second);
        Ok(())
    }
}
