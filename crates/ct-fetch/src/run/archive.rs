//! A run over files, folders, standard input and S3 buckets.

mod content_hash;
mod delivery;
mod delivery_memory;
mod earlier_runs;
mod final_report;
mod follow;
mod journal;
mod once;
mod open_files;
mod progress;
mod search;
mod sources;
mod state;
mod summary;
mod validation;

use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, anyhow};
use ct_core::exit::Failure;
use ct_core::output::Output;
use ct_core::predicate::Predicate;
use ct_core::query::Query;
use ct_core::seal::Counted;
use jiff::Zoned;

use crate::args::Args;
use crate::checkpoint::{CheckpointFile, SavedQuery};
use crate::format::Layout;
use crate::source::archive::listing::{FileToRead, Listing, NamedSource};
use crate::source::archive::location::Location;
use crate::source::archive::open::{Opener, read_files};
use crate::source::archive::sorter::Sorter;
use crate::source::archive::stop::Stop;
use crate::source::archive::{Archive, Increment};
use crate::source::order::Order;
use crate::source::{Plan as _, Promise, Source as _};
use crate::validate::reading::DigestFindings;
use crate::wording::say;
use ct_core::input::scope::Scope;
use delivery::duplicates::DuplicateFilter;
use delivery::{Arrangement, Delivery};
use delivery_memory::DeliveryMemory;
use earlier_runs::EarlierRuns;
use final_report::FinalReport;
use open_files::OpenFiles;
use progress::ReadProgress;
use state::ArchiveState;
use summary::ArchiveSummary;

/// A function that fetches the event history and writes its events to an output.
type ReadHistory<'a> = dyn Fn(Output) -> Result<(), Failure> + 'a;

/// Reads the archive that `args` name, and writes the records that `query` selects. If `args` name
/// the event history too, `history` fetches it.
///
/// # Errors
/// Returns the reason why the output is incomplete.
pub(crate) fn run(
    args: &Args,
    query: &Query,
    layout: &Layout,
    (now, history): (&Zoned, &ReadHistory<'_>),
) -> Result<(), Failure> {
    let named = sources::named(args)?;
    let scope = Scope {
        window: query.window,
        late: args.destination.archive_late(now)?,
        accounts: Some(args.archive.account.clone()).filter(|accounts| !accounts.is_empty()),
        regions: args.targets.only_regions(),
        categories: args.categories(),
        ..Scope::default()
    };
    let archive = Archive {
        cloud: sources::cloud(args, &named)?,
        named,
        stop: Stop::watch()?,
        scope,
        now: now.timestamp().as_second(),
    };
    let mut run = Run {
        args,
        query,
        layout,
        now,
        began: Instant::now(),
        archive,
        history,
        history_failure: None,
        validation: None,
    };
    run.check_validation()?;
    if args.athena.dry_run
        && let Some(text) = run.query_text()?
    {
        return final_report::print(&text);
    }
    let is_kept = args.destination.state.is_some();
    if args.archive.list_files && (is_kept || args.is_following()) {
        return Err(Failure::Usage(anyhow!(
            "--list-files delivers no events: remove --state and --follow"
        )));
    }
    if args.archive.list_files {
        let listing = match run.find(None, &mut |_| Ok(()))? {
            Some(found) => run.list_found(run.order(), found)?,
            None => run.archive.plan(query, run.order())?,
        };
        return final_report::list_files(&listing, args.quiet);
    }
    let mut output = match &args.destination.output_file {
        None => Output::stdout(),
        Some(path) => Output::open(path)?,
    };
    let has_stream = run.archive.named.iter().any(NamedSource::is_stream);
    if has_stream && (is_kept || args.is_following()) {
        return Err(Failure::Usage(anyhow!(
            "standard input can be read only once: remove --follow and --state, or name files"
        )));
    }
    if run.table().is_some() && (is_kept || args.is_following()) {
        return Err(Failure::Usage(anyhow!(
            "each Athena query costs money: remove --follow and --state, or read the bucket with \
             --from s3://…"
        )));
    }
    if args.is_following() && args.names_newest_first() {
        return Err(Failure::Usage(anyhow!(
            "--follow writes the oldest events first: remove --order newest"
        )));
    }
    if is_kept && args.limits(now).max_items.is_some() {
        return Err(Failure::Usage(anyhow!(
            "--state always delivers all new events of an archive: remove --max-items"
        )));
    }
    match &args.destination.state {
        Some(path) => run.deliver_new(path, output),
        None => run
            .prepare(&mut output)
            .and_then(|begun| run.run_prepared(begun, output)),
    }
}

/// How many late files are named in messages: files that were delivered too late to be read.
const NAMED: usize = 3;

/// The sources and settings of a run.
struct Run<'a> {
    args: &'a Args,
    query: &'a Query,
    layout: &'a Layout,
    now: &'a Zoned,
    /// When the run began. The current time is `now` plus the time since then.
    began: Instant,
    archive: Archive,
    history: &'a ReadHistory<'a>,
    /// The reason why not all events of the event history were fetched; `None` if all were.
    history_failure: Option<Failure>,
    /// What the trail's digests say about the files; `None` without `--validate`.
    validation: Option<DigestFindings>,
}

/// The parts of a finished delivery that the next delivery of the same run continues to use.
struct CarriedState {
    output: Output,
    summary: ArchiveSummary,
    known: Option<DeliveryMemory>,
    sealed: Option<Counted>,
}

impl CarriedState {
    fn from_delivery(delivery: Delivery<'_>) -> Self {
        Self {
            output: delivery.output,
            summary: delivery.summary,
            known: delivery.known,
            sealed: delivery.sealed,
        }
    }
}

impl Run<'_> {
    /// Returns the order of the records; `None` for the order of the files. With `--follow`, the
    /// default is oldest first.
    fn order(&self) -> Option<Order> {
        match self.args.order() {
            Some(Order::Newest) if self.args.is_following() => Some(Order::Oldest),
            order => order,
        }
    }

    fn second(&self) -> i64 {
        self.now.timestamp().as_second()
    }

    /// Returns the current time, in Unix seconds.
    fn current_second(&self) -> i64 {
        self.second()
            .saturating_add_unsigned(self.began.elapsed().as_secs())
    }

    fn question(&self) -> SavedQuery {
        let limits = self.args.limits(self.now);
        SavedQuery {
            sources: sources::described(&self.archive.named, &self.archive.scope, self.args),
            ..self.args.question(self.query, &limits, self.layout)
        }
    }

    /// Writes the events that are new since the last run with the state file `path`.
    fn deliver_new(&mut self, path: &Path, mut output: Output) -> Result<(), Failure> {
        let args = self.args;
        let known = DeliveryMemory::empty(self.archive.scope.late, args.archive.memory);
        let question = (self.question(), known);
        let is_restarted = (args.destination.restart, self.second());
        let mut delivered = ArchiveState::open(path, question, &mut output, is_restarted)?;
        let window = delivered.state.question.window();
        self.archive.scope.window = window.context("the state's window")?;
        let order = Some(Order::Oldest);
        let rest = Increment {
            begins: delivered.known.horizons(),
            late_after: delivered.known.listed,
        };
        let now = self.second();
        let listing = self.archive.plan_from(rest, self.query, order, now)?;
        listing.problems.iter().for_each(|problem| say(problem));
        let mut known = delivered.known.clone();
        let late = known.take_late(&listing.late);
        say_late(&late);
        if listing.problems.is_empty() {
            known.note_listing(now);
        }
        let mut files = without_output(&listing.files, &output, None);
        files.retain(|file| known.is_new(file));
        let parts = CarriedState {
            summary: self.summary(&listing, order),
            known: Some(known),
            sealed: args.destination.seal.then(Counted::default),
            output,
        };
        let mut delivery = self.delivery(&files, parts, listing.order());
        delivery.summary.is_continued = true;
        delivery.summary.late_files = late.len() as u64;
        delivery.summary.has_known_files = !delivered.known.files.is_empty();
        delivery.writes_header = delivered.state.checkpoint.bytes == 0;
        let result = self.read(&files, &listing.rest, &mut delivery);
        let final_report = self.final_report(&listing);
        let result = result.and_then(|()| final_report.close(&mut delivery));
        let result = result.and_then(|()| {
            let mut known = delivery.known.take().unwrap_or_default();
            known.commit();
            // If a file could not be listed or read, the next run must treat it as new.
            let files = delivery.summary.files;
            if listing.problems.is_empty() && files.is_whole(args.archive.skip_unreadable) {
                known.advance(&listing.newest_files);
            }
            delivered.save(known, &mut delivery.output)
        });
        final_report.print(result, &delivery)
    }

    fn final_report<'l>(&'l self, listing: &'l Listing) -> FinalReport<'l> {
        FinalReport {
            listing,
            gaps: listing.gaps(self.second()),
            unseen: listing.unseen(),
            is_history_incomplete: self.history_failure.is_some(),
            args: self.args,
            filters: self.question().narrowed_by(),
            validation: self.validation.as_ref(),
            now: self.now.timestamp(),
        }
    }

    fn summary(&self, listing: &Listing, order: Option<Order>) -> ArchiveSummary {
        let mut summary = ArchiveSummary {
            place: sources::place(&self.archive.named),
            window: self.archive.scope.window,
            late: self.args.destination.archive_late_text().to_owned(),
            order,
            validated: self.validation.as_ref().map(|found| found.digests),
            ..ArchiveSummary::default()
        };
        summary.add_listing(listing);
        summary.name_future_files(listing, self.current_second());
        summary
    }

    fn delivery<'f>(
        &'f self,
        files: &'f [FileToRead],
        parts: CarriedState,
        order: Promise,
    ) -> Delivery<'f> {
        let memory_bytes = self.args.archive.memory;
        let limits = self.args.limits(self.now);
        Delivery {
            files,
            first: 0,
            layout: self.layout,
            max_items: limits.max_items,
            keeps_duplicates: limits.keep_duplicates,
            skips_unreadable: self.args.archive.skip_unreadable,
            late: self.archive.scope.late,
            writes_header: false,
            output: parts.output,
            summary: parts.summary,
            known: parts.known,
            sealed: parts.sealed,
            earlier_runs: EarlierRuns::new(self.args.history_days()),
            arrangement: match order {
                Promise::Sorted(order) | Promise::Partitions(order) => {
                    Arrangement::Sorted(Sorter::new(order, memory_bytes), order)
                }
                Promise::Unordered => Arrangement::AsRead(DuplicateFilter::new(memory_bytes / 4)),
            },
            last: None,
            open: OpenFiles::default(),
            done_before: 0,
            handled: 0,
            journal: None,
            progress: ReadProgress::new(
                self.args.quiet,
                self.args.destination.output_file.is_none()
                    && rustix::stdio::stdout().is_terminal(),
            ),
        }
    }

    /// Reads `files`, the files of the delivery that were not read yet, and writes their records.
    /// `rest` is the part of the query that must be checked for each record.
    fn read(
        &self,
        files: &[FileToRead],
        rest: &Predicate,
        delivery: &mut Delivery<'_>,
    ) -> Result<(), Failure> {
        let is_unordered = matches!(delivery.arrangement, Arrangement::AsRead(_));
        let is_fingerprinted = is_unordered && !delivery.keeps_duplicates;
        let readers = self.archive.readers(rest, (is_unordered, is_fingerprinted));
        let memory_bytes = self.args.archive.memory;
        let evidence = self.validation.as_ref();
        let evidence = evidence.map(|found| (&found.evidence, delivery.first));
        let cloud = self.archive.cloud.as_ref();
        let opener = Opener::new(files, evidence, cloud, memory_bytes / 4);
        let result = read_files(&readers, &opener, memory_bytes, |queue| {
            delivery.run(queue, &self.archive.stop)
        });
        if let Some(known) = &delivery.known {
            delivery.summary.forgotten = known.forgotten;
        }
        result
    }
}

/// Returns `files` without those that this run itself writes: the output and its journal.
fn without_output(
    files: &[FileToRead],
    output: &Output,
    journal: Option<&CheckpointFile>,
) -> Vec<FileToRead> {
    let is_written = |file: &&FileToRead| match &file.location {
        Location::Path(path) => {
            let is_journal = |journal: &CheckpointFile| journal.is_at(path);
            file.minute.is_none() && (output.is_at(path) || journal.is_some_and(is_journal))
        }
        Location::Stdin | Location::History(_) | Location::Object(..) => false,
    };
    let others = files.iter().filter(|file| !is_written(file));
    others.cloned().collect()
}

/// Prints a message for each of the first few files that were delivered too late.
fn say_late(labels: &[String]) {
    for label in labels.iter().take(NAMED) {
        say(&format!(
            "{label} is dated more than --late before files of an earlier run, and was not read: \
             read it with --from, or read everything again with --restart and a longer --late"
        ));
    }
}

/// Returns [`Failure::Refused`] if a service refused a request, and [`Failure::Other`] otherwise.
fn refused_or_other(is_refused: bool, message: &str) -> Failure {
    let message = anyhow!("{message}");
    if is_refused {
        Failure::Refused(message)
    } else {
        Failure::Other(message)
    }
}
