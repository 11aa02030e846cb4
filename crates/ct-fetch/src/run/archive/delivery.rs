//! Writes the records of an archive in order, without duplicates.
//!
//! A record is handled when it has been written, or skipped as a duplicate.

pub(super) mod duplicates;
mod files;
mod last_event;
mod problems;

use ct_core::exit::Failure;
use ct_core::output::Output;
use ct_core::seal::Counted;

use super::content_hash::Novelty;
use super::delivery_memory::DeliveryMemory;
use super::earlier_runs::EarlierRuns;
use super::journal::{ArchiveJournal, ArchiveRunState};
use super::open_files::{OpenFiles, Start};
use super::progress::ReadProgress;
use super::summary::{ArchiveSummary, ReadEnd};
use crate::checkpoint::Stage;
use crate::format::Layout;
use crate::source::archive::listing::FileToRead;
use crate::source::archive::location::Location;
use crate::source::archive::queue::{Next, Queue, QueueItem};
use crate::source::archive::read::RecordBatch;
use crate::source::archive::sorter::{Item, Sorter};
use crate::source::archive::stop::Stop;
use crate::source::order::Order;
use ct_core::input::scope::AHEAD;
use duplicates::DuplicateFilter;
pub(super) use last_event::LastEvent;

/// How many events a run names in messages, for each kind of problem. Further events are only
/// counted.
use problems::named_id;

/// The records that a run writes to one output, and how many of them it has written.
pub(super) struct Delivery<'a> {
    /// All files of the run. Only the files from the index `first` on are read.
    pub(super) files: &'a [FileToRead],
    /// The index of the first file to read.
    pub(super) first: usize,
    pub(super) layout: &'a Layout,
    pub(super) max_items: Option<u64>,
    pub(super) keeps_duplicates: bool,
    /// Whether to treat a file with unreadable parts as delivered (`--skip-unreadable`).
    pub(super) skips_unreadable: bool,
    /// How much older an event may be than the minute in its file's name, in seconds. Used only in
    /// oldest-first order.
    pub(super) late: i64,
    /// Whether the output is empty, so that the header of its format must be written first.
    pub(super) writes_header: bool,
    pub(super) output: Output,
    pub(super) summary: ArchiveSummary,
    pub(super) arrangement: Arrangement,
    /// The last written event; `None` before the first event, and for [`Arrangement::AsRead`].
    pub(super) last: Option<LastEvent>,
    pub(super) open: OpenFiles,
    /// The number of records that an earlier run handled. This run reads and skips them.
    pub(super) done_before: u64,
    /// The number of records that this run and earlier runs handled.
    pub(super) handled: u64,
    pub(super) journal: Option<(ArchiveJournal, ArchiveRunState)>,
    /// The files and events that were delivered before; `None` without `--follow` and `--state`.
    pub(super) known: Option<DeliveryMemory>,
    /// The number and the hash of the written records; `None` if no seal is requested.
    pub(super) sealed: Option<Counted>,
    pub(super) earlier_runs: EarlierRuns,
    pub(super) progress: ReadProgress,
}

/// The order in which records are written, and how duplicates are found.
pub(super) enum Arrangement {
    /// The records are sorted, so that duplicates follow each other.
    Sorted(Sorter, Order),
    /// The records are written in the order in which they are read.
    AsRead(DuplicateFilter),
}

impl Delivery<'_> {
    /// Writes all records from the queue, and saves the progress at intervals.
    ///
    /// # Errors
    /// If a signal stops the run, or if the output, the journal or a temporary file fails.
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

    /// Saves in the journal that the run is complete.
    ///
    /// # Errors
    /// If the output or the journal cannot be written.
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
                Next::Item(at, QueueItem::Verdict(verdict)) => {
                    self.judge_file(self.first + at, &verdict);
                }
                Next::Item(at, QueueItem::RecordBatch(part)) => {
                    self.accept(self.first + at, part)?;
                }
                Next::Item(at, QueueItem::End(result)) => {
                    let file = self.first + at;
                    self.end_file(file, result)?;
                    self.write_ready(file + 1, stop)?;
                }
                Next::Done => break,
            }
            if self.progress.is_due() {
                self.output.flush()?;
                self.progress.show(&self.summary);
            }
            if self.is_enough() {
                self.summary.end = ReadEnd::Enough;
                return self.output.flush();
            }
        }
        self.write_ready(self.files.len(), stop)?;
        self.summary.end = if self.is_enough() {
            ReadEnd::Enough
        } else {
            ReadEnd::Read
        };
        self.output.flush()
    }

    fn is_enough(&self) -> bool {
        self.max_items == Some(self.summary.events)
    }

    fn accept(&mut self, file: usize, part: RecordBatch) -> Result<(), Failure> {
        let label = self.files[file].location.label();
        for problem in part.problems {
            self.progress
                .say(&format!("cannot read all of {label}: {problem}"));
        }
        let is_history = matches!(self.files[file].location, Location::History(_));
        let mut fingerprints = part.fingerprints.into_iter();
        for mut item in part.items {
            item.file = file;
            // Without an event ID, a record cannot be recognized as a duplicate.
            let fingerprint = fingerprints.next().filter(|_| !item.id.is_empty());
            self.open.came(file);
            match &mut self.arrangement {
                // Sort the event history's record after the archive's record of the same event.
                Arrangement::Sorted(sorter, _) if is_history => sorter.push_after_equals(item)?,
                Arrangement::Sorted(sorter, _) => sorter.push(item)?,
                Arrangement::AsRead(duplicates) => {
                    let novelty = match fingerprint {
                        Some(fingerprint) => duplicates.novelty(fingerprint)?,
                        None => Novelty::New,
                    };
                    if self.done_before > 0 {
                        self.done_before -= 1;
                        self.open.handled(file);
                        continue;
                    }
                    // The event history's record repeats the archive's record of the event.
                    let is_repeat = is_history && novelty == Novelty::Differs;
                    let novelty = if is_repeat { Novelty::Repeat } else { novelty };
                    self.write_if_new(&item, novelty)?;
                    self.note_handled(file)?;
                    if self.is_enough() {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Writes the sorted records that precede every record in the files from index `next` on.
    fn write_ready(&mut self, next: usize, stop: &Stop) -> Result<(), Failure> {
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
                (Some(Some(minute)), Order::Newest) => second >= minute + AHEAD,
                (Some(Some(minute)), Order::Oldest) => second < minute - late,
            })?;
            let Some(item) = item else {
                return Ok(());
            };
            let file = item.file;
            if self.done_before > 0 {
                // Records are sorted as in the earlier run, so the earlier run handled this record.
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

    /// Counts a record as handled. Saves the progress if the next save is due.
    fn note_handled(&mut self, file: usize) -> Result<(), Failure> {
        self.open.handled(file);
        self.handled += 1;
        let is_due =
            |(journal, _): &(ArchiveJournal, ArchiveRunState)| journal.is_due(self.handled);
        if self.handled.is_multiple_of(64) && self.journal.as_ref().is_some_and(is_due) {
            self.save(Stage::Underway)?;
        }
        Ok(())
    }

    fn save(&mut self, stage: Stage) -> Result<(), Failure> {
        let Some((journal, saved)) = &mut self.journal else {
            return Ok(());
        };
        saved.start = match (&self.arrangement, stage) {
            (_, Stage::Finished) => Start {
                file: self.files.len(),
                handled: 0,
                before: self.open.totals(),
            },
            // To recognize duplicates, a continued run must read all files from the first one on.
            (Arrangement::AsRead(_), _) => Start {
                handled: self.handled,
                ..Start::default()
            },
            (Arrangement::Sorted(..), _) => self.open.start(),
        };
        let last = self.last.as_ref();
        saved.last = last.map(|last| (last.second, last.id.clone(), last.contents()));
        saved.handled = self.handled;
        saved.counts = self.summary.records;
        saved.state.checkpoint.events = self.summary.events;
        let key = self.files.get(saved.start.file);
        let key = key.map_or(String::new(), |file| file.location.label());
        journal.save((saved, &key), &mut self.output, stage)
    }

    /// Writes a sorted record, unless it equals a record of the last written event.
    fn write_once(&mut self, item: Item, order: Order) -> Result<(), Failure> {
        let is_history = matches!(self.files[item.file].location, Location::History(_));
        let mut novelty = Novelty::New;
        let mut is_misplaced = false;
        if let Some(last) = &self.last {
            if order.is_after(last.second, item.second) {
                is_misplaced = true;
            } else if !self.keeps_duplicates && last.is_event_of(&item) {
                // The event history's record repeats the archive's record of the event.
                novelty = if is_history || last.has(&item.record) {
                    Novelty::Repeat
                } else {
                    Novelty::Differs
                };
            }
        }
        if !self.write_if_new(&item, novelty)? {
            return Ok(());
        }
        if is_misplaced {
            self.misplace(&item);
        }
        match &mut self.last {
            Some(last) if novelty == Novelty::Differs => last.add(item.record),
            last => *last = Some(LastEvent::new(item)),
        }
        Ok(())
    }

    /// Writes a record, and returns `true`. Returns `false` if the record was written before.
    fn write_if_new(&mut self, item: &Item, novelty: Novelty) -> Result<bool, Failure> {
        let file = &self.files[item.file];
        let known = self.known.as_ref().map(|known| known.novelty(item, file));
        if [Some(novelty), known].contains(&Some(Novelty::Repeat)) {
            self.summary.records.repeated += 1;
            return Ok(false);
        }
        if [Some(novelty), known].contains(&Some(Novelty::Differs)) {
            let count = self.summary.records.differing + 1;
            self.summary.records.differing = count;
            let id = &item.id;
            self.name(count, || {
                format!(
                    "event {id} has several records with different content, and all were written: compare them"
                )
            });
        }
        if file
            .minute
            .is_some_and(|minute| item.second >= minute + AHEAD)
        {
            let count = self.summary.records.ahead + 1;
            self.summary.records.ahead = count;
            let (id, label) = (named_id(item), file.location.label());
            self.name(count, || {
                format!(
                    "event {id} is newer than the time in the name of its file {label}: earlier files may contain more such events: pass an earlier --since"
                )
            });
        }
        self.write(item)?;
        Ok(true)
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
                self.summary.records.unwritten += 1;
                self.progress.say(&format!(
                    "event {} cannot be written: {reason}: write it with --format ndjson",
                    item.id
                ));
                return Ok(());
            }
        }
        if let Some(known) = &mut self.known {
            known.wrote(item, &self.files[item.file]);
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
