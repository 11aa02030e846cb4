//! Writes the records of an archive in order, without duplicates.

pub(super) mod seen;

use ct_aws::s3::ErrorKind;
use ct_core::exit::Failure;
use ct_core::output::Output;
use ct_core::seal::Counted;

use super::former::Former;
use super::journal::{Done, Journal, Stage};
use super::known::Known;
use super::open_files::{FileTotals, OpenFiles, Start};
use super::progress::Progress;
use super::summary::{End, Summary};
use crate::format::Layout;
use crate::source::archive::listing::FileToRead;
use crate::source::archive::queue::{Next, Piece, Queue};
use crate::source::archive::read::{FileTally, Part};
use crate::source::archive::sorter::{Item, Sorter};
use crate::source::archive::source::{Source, Unopened, reason};
use crate::source::archive::stop::Stop;
use crate::source::history::failure_message;
use crate::source::order::Order;
use ct_core::input::scope::MINUTE;
use seen::Seen;

/// The maximum number of out-of-order events that are named.
const NAMED: u64 = 3;

/// The output of a run.
pub(super) struct Delivery<'a> {
    /// All files; the queue contains those from the first one to read on.
    pub(super) files: &'a [FileToRead],
    /// The index of the first file to read.
    pub(super) first: usize,
    pub(super) layout: &'a Layout,
    pub(super) max_items: Option<u64>,
    pub(super) keeps_duplicates: bool,
    /// Whether a file that was read in part counts as delivered.
    pub(super) skips_unreadable: bool,
    /// The maximum age of an event in its file in seconds, for oldest first.
    pub(super) late: i64,
    /// Whether the output is empty, so that a format's header must be written first.
    pub(super) writes_header: bool,
    pub(super) output: Output,
    pub(super) summary: Summary,
    pub(super) arrangement: Arrangement,
    /// The second and the ID of the last handled record.
    pub(super) last: Option<(i64, Box<str>)>,
    pub(super) open: OpenFiles,
    /// The number of records that an earlier run handled, and that are read again first.
    pub(super) done_before: u64,
    /// The number of handled records, including those of earlier runs.
    pub(super) handled: u64,
    pub(super) journal: Option<(Journal, Done)>,
    /// The known events of earlier deliveries, if more deliveries follow.
    pub(super) known: Option<Known>,
    /// The content of the seal.
    pub(super) sealed: Option<Counted>,
    pub(super) former: Former,
    pub(super) progress: Progress,
}

/// How records are ordered and duplicates found.
pub(super) enum Arrangement {
    /// Sorted, so that duplicates are adjacent.
    Sorted(Sorter, Order),
    /// In input order.
    AsRead(Seen),
}

impl Delivery<'_> {
    /// Writes all records from the queue, and saves progress.
    ///
    /// # Errors
    /// The result of `stop`, or why the output, the journal or a temporary file failed.
    pub(super) fn run(&mut self, queue: &Queue, stop: &Stop) -> Result<(), Failure> {
        self.progress.begin(&self.files[self.first..]);
        let result = self.deliver(queue, stop);
        self.progress.clear();
        self.summary.files += self.open.totals();
        if result.is_err() && self.journal.is_some() {
            self.save(Stage::Stopped)?;
        }
        result
    }

    /// Saves that the run is complete.
    ///
    /// # Errors
    /// Why the output or the journal failed.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        self.output.flush()?;
        self.save(Stage::Finished)
    }

    fn deliver(&mut self, queue: &Queue, stop: &Stop) -> Result<(), Failure> {
        if let Some(header) = self.layout.header()
            && self.writes_header
        {
            self.put(header.as_bytes())?;
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
                Next::Piece(at, Piece::Part(part)) => self.take(self.first + at, part)?,
                Next::Piece(at, Piece::End(result)) => {
                    let file = self.first + at;
                    self.end_file(file, result)?;
                    self.give_out(file + 1, stop)?;
                }
                Next::Done => break,
            }
            if self.progress.is_due() {
                self.output.flush()?;
                self.progress.show(&self.summary);
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
            self.progress
                .say(&format!("cannot read all of {label}: {problem}"));
        }
        let is_history = matches!(self.files[file].source, Source::History(_));
        for mut item in part.items {
            item.file = file;
            self.open.came(file);
            match &mut self.arrangement {
                // If both have an event, the archive's record is written.
                Arrangement::Sorted(sorter, _) if is_history => sorter.push_after_equals(item)?,
                Arrangement::Sorted(sorter, _) => sorter.push(item)?,
                Arrangement::AsRead(seen) => {
                    let is_known = self.known.as_ref().is_some_and(|it| it.is_repeat(&item.id));
                    let is_repeat = !self.keeps_duplicates
                        && !item.id.is_empty()
                        && (!seen.is_new(&item.id) || is_known);
                    if self.done_before > 0 {
                        self.done_before -= 1;
                        self.open.handled(file);
                        continue;
                    }
                    if is_repeat {
                        self.summary.repeated += 1;
                    } else {
                        self.write(&item)?;
                        self.last = Some((item.second, item.id));
                    }
                    self.note_handled(file)?;
                    if self.is_enough() {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    fn end_file(
        &mut self,
        file: usize,
        result: Result<FileTally, Unopened>,
    ) -> Result<(), Failure> {
        let label = || self.files[file].source.label();
        let mut totals = FileTotals::default();
        match result {
            Ok(tally) => {
                totals.read = 1;
                totals.unreadable = tally.unreadable;
                totals.with_records = u64::from(tally.has_records);
                totals.unfinished = u64::from(tally.is_unfinished);
                totals.digests = u64::from(tally.has_digests);
                let is_empty = !tally.has_digests && !tally.has_records && tally.unreadable == 0;
                totals.empty = u64::from(is_empty);
                if let Err(reason) = self.former.add(&self.files[file], &tally) {
                    totals.unreadable += 1;
                    self.progress
                        .say(&format!("cannot read all of {}: {reason}", label()));
                }
            }
            Err(Unopened::File(error)) => {
                totals.unreadable = 1;
                self.progress.say(&format!(
                    "cannot read {}: {error}: check the file and run it again",
                    label()
                ));
            }
            Err(Unopened::Object(error)) => {
                if let ErrorKind::Credentials(setup) = &error.kind {
                    let what = format!("no credentials to read {} with", label());
                    return Err(failure_message::credentials(&what, setup, None));
                }
                totals.refused = 1;
                let reason = reason(&error);
                self.progress.say(&format!(
                    "cannot read {}: {reason}: {}",
                    label(),
                    error.remedy()
                ));
            }
        }
        if let Some(known) = &mut self.known
            && totals.refused == 0
        {
            let is_read = totals.is_whole(self.skips_unreadable) && totals.read > 0;
            if is_read {
                known.had(&self.files[file]);
            } else {
                known.tried(&self.files[file]);
            }
        }
        self.progress.read(&self.files[file]);
        self.open.finished(file, totals);
        Ok(())
    }

    /// Writes the records that precede all records in the files from `next` on.
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
            let file = item.file;
            if self.done_before > 0 {
                // The records are in the same order as in the run that is continued.
                self.done_before -= 1;
                self.open.handled(file);
                continue;
            }
            self.write_once(item, order)?;
            self.note_handled(file)?;
            if self.is_enough() {
                return Ok(());
            }
            if let Some(failure) = stop.failure() {
                self.output.flush()?;
                return Err(failure);
            }
        }
    }

    /// A record of a file was handled.
    fn note_handled(&mut self, file: usize) -> Result<(), Failure> {
        self.open.handled(file);
        self.handled += 1;
        let is_due = |(journal, _): &(Journal, Done)| journal.is_due(self.handled);
        if self.handled.is_multiple_of(64) && self.journal.as_ref().is_some_and(is_due) {
            self.save(Stage::Underway)?;
        }
        Ok(())
    }

    fn save(&mut self, stage: Stage) -> Result<(), Failure> {
        let Some((journal, done)) = &mut self.journal else {
            return Ok(());
        };
        done.start = match (&self.arrangement, stage) {
            (_, Stage::Finished) => Start {
                file: self.files.len(),
                handled: 0,
                before: self.open.totals(),
            },
            // Duplicates are recognized by comparison with the records of all earlier files.
            (Arrangement::AsRead(_), _) => Start {
                handled: self.handled,
                ..Start::default()
            },
            (Arrangement::Sorted(..), _) => self.open.start(),
        };
        done.last.clone_from(&self.last);
        done.handled = self.handled;
        done.repeated = self.summary.repeated;
        done.misplaced = self.summary.misplaced;
        done.unwritten = self.summary.unwritten;
        done.state.edge.events = self.summary.events;
        let key = self.files.get(done.start.file);
        let key = key.map_or(String::new(), |file| file.source.label());
        journal.save((done, &key), &mut self.output, stage)
    }

    /// Writes a record in order, unless it repeats the previous one.
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
        if self.known.as_ref().is_some_and(|it| it.is_repeat(&item.id)) {
            self.summary.repeated += 1;
            return Ok(());
        }
        self.write(&item)?;
        self.last = Some((item.second, item.id));
        Ok(())
    }

    /// Handles a record that belongs before the last written one.
    fn misplace(&mut self, item: &Item) {
        self.summary.misplaced += 1;
        if self.summary.misplaced <= NAMED {
            let id = if item.id.is_empty() {
                "without an ID"
            } else {
                &item.id
            };
            self.progress.say(&format!(
                "event {id} is out of order: its file was delivered too late for its time: sort by eventTime, or raise --late with --order oldest"
            ));
        }
    }

    fn write(&mut self, item: &Item) -> Result<(), Failure> {
        match self.layout.row(item.record.as_ref().into()) {
            Ok(line) => {
                self.put(line.as_bytes())?;
                if let Some(sealed) = &mut self.sealed {
                    sealed.record(line.as_bytes());
                }
            }
            Err(reason) => {
                self.summary.unwritten += 1;
                self.progress.say(&format!(
                    "event {} cannot be written: {reason}: write it with --format ndjson",
                    item.id
                ));
                return Ok(());
            }
        }
        if let Some(known) = &mut self.known {
            known.wrote(&item.id, item.second);
        }
        self.summary.events += 1;
        self.summary.reached = Some(item.second);
        Ok(())
    }

    /// Writes a line to the output.
    ///
    /// # Errors
    /// See [`Output::line`].
    pub(super) fn put(&mut self, line: &[u8]) -> Result<(), Failure> {
        self.progress.writing();
        self.output.line(line)?;
        if let Some((journal, _)) = &mut self.journal {
            journal.wrote(line);
        }
        Ok(())
    }
}
