//! Reads records from files, folders and S3 buckets.

mod deliver;
mod end;
mod follow;
mod journal;
mod known;
pub(crate) mod listing;
mod open;
mod open_files;
mod read;
mod sorter;
pub(crate) mod source;
mod sources;
mod state;
pub(crate) mod stop;
mod summary;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use ct_aws::athena::TableName;
use ct_core::exit::{self, Failure};
use ct_core::output::Output;
use ct_core::predicate::Predicate;
use ct_core::query::Query;
use ct_core::seal::Counted;
use ct_core::terminal;
use jiff::Zoned;
use tempfile::NamedTempFile;

use crate::args::Args;
use crate::checkpoint::{CheckpointFile, Question, sealed};
use crate::format::Layout;
use crate::source::order::Order;
use deliver::seen::Seen;
use deliver::{Arrangement, Delivery};
use end::Ending;
use journal::{Done, Found, Journal};
use known::Known;
use listing::found::{Found as FoundFiles, Search, Wanted};
use listing::scope::Scope;
use listing::{FileToRead, Listing, Named};
use open::{Opener, Readers, read_files};
use open_files::OpenFiles;
use read::Reader;
pub(crate) use read::required_texts;
use sorter::Sorter;
use source::Source;
use source::cloud::Cloud;
use state::Delivered;
use stop::Stop;
use summary::{End, Summary};

/// Writes the events of the event history to an output.
type ReadHistory<'a> = dyn Fn(Output) -> Result<(), Failure> + 'a;

/// What an archive is read with, where more than files is named.
pub(crate) struct Others<'a> {
    /// Asks the event history for the records.
    pub(crate) history: &'a ReadHistory<'a>,
    /// Finds the files of a table.
    pub(crate) search: &'a dyn Search,
}

/// Reads the archive that `args` name and writes the records that `query` selects; `others` are
/// used if they are sources too.
///
/// # Errors
/// Why something is missing in the output.
pub(crate) fn run(
    args: &Args,
    query: &Query,
    layout: &Layout,
    (now, others): (&Zoned, &Others<'_>),
) -> Result<(), Failure> {
    let named = sources::named(args)?;
    let scope = Scope {
        window: query.window,
        late: args.destination.archive_late(now)?,
        accounts: Some(args.archive.account.clone()).filter(|accounts| !accounts.is_empty()),
        regions: args.targets.only_regions(),
        categories: args.categories(),
    };
    let mut run = Run {
        args,
        query,
        layout,
        now,
        cloud: sources::cloud(args, &named)?,
        named,
        stop: Stop::watch()?,
        scope,
        others,
        history_failure: None,
    };
    if let (Some(wanted), true) = (run.wanted(&run.predicate()), args.athena.dry_run) {
        return end::print(&others.search.text(&wanted)?);
    }
    if args.archive.list_files {
        let found = run.find(None, &mut |_| Ok(()))?;
        let listing = run.list(&run.scope, args.order(), found)?;
        return end::list_files(&listing, args.quiet);
    }
    let mut output = match &args.destination.output_file {
        None => Output::stdout(),
        Some(path) => Output::open(path)?,
    };
    let has_stream = run.named.iter().any(Named::is_stream);
    let is_kept = args.destination.state.is_some();
    if has_stream && (is_kept || args.follows()) {
        return Err(Failure::Usage(anyhow!(
            "a stream is read once: leave --follow and --state out, or name files"
        )));
    }
    if run.table().is_some() && (is_kept || args.follows()) {
        return Err(Failure::Usage(anyhow!(
            "each search of a table is paid for: leave --follow and --state out, or read the bucket with --from s3://…"
        )));
    }
    if is_kept && args.limits(now).max_items.is_some() {
        return Err(Failure::Usage(anyhow!(
            "--state delivers all that is new in an archive: leave --max-items out"
        )));
    }
    match &args.destination.state {
        Some(path) => run.deliver_new(path, output),
        None => run
            .once(&mut output)
            .and_then(|begun| run.whole(begun, output)),
    }
}

/// The sources and settings of a run.
struct Run<'a> {
    args: &'a Args,
    query: &'a Query,
    layout: &'a Layout,
    now: &'a Zoned,
    scope: Scope,
    named: Vec<Named>,
    cloud: Option<Cloud>,
    stop: Stop,
    others: &'a Others<'a>,
    /// Why the event history is incomplete.
    history_failure: Option<Failure>,
}

/// State that is shared by consecutive deliveries.
struct Parts {
    output: Output,
    summary: Summary,
    known: Option<Known>,
    sealed: Option<Counted>,
}

impl Parts {
    fn of(delivery: Delivery<'_>) -> Self {
        Self {
            output: delivery.output,
            summary: delivery.summary,
            known: delivery.known,
            sealed: delivery.sealed,
        }
    }
}

/// A run with one output.
enum Begun {
    /// It is already complete.
    Before,
    /// The files to read, and the progress of an earlier run.
    Now {
        listing: Box<Listing>,
        files: Vec<FileToRead>,
        done: Box<Done>,
        journal: Option<CheckpointFile>,
    },
}

impl Run<'_> {
    fn second(&self) -> i64 {
        self.now.timestamp().as_second()
    }

    fn list(
        &self,
        scope: &Scope,
        order: Option<Order>,
        found: Option<FoundFiles>,
    ) -> Result<Listing, Failure> {
        let cloud = self.cloud.as_ref();
        let asked = cloud.map(|cloud| (cloud, &self.stop, self.second()));
        let Some(found) = found else {
            return Listing::new(&self.named, scope, order, asked);
        };
        let files: Vec<Named> = found.files.into_iter().map(Named::Object).collect();
        let mut listing = Listing::new(&files, scope, order, asked)?;
        listing.searched(found.scan, found.problems);
        Ok(listing)
    }

    /// The table that is searched, where one is.
    fn table(&self) -> Option<&TableName> {
        self.named.iter().find_map(|named| match named {
            Named::Table(table) => Some(table),
            _ => None,
        })
    }

    fn wanted<'w>(&'w self, predicate: &'w Predicate) -> Option<Wanted<'w>> {
        Some(Wanted {
            table: self.table()?,
            predicate,
            scope: &self.scope,
            cloud: self.cloud.as_ref()?,
            stop: &self.stop,
            now: self.now.timestamp(),
        })
    }

    /// Searches the table, where one is named; see [`Search::find`].
    fn find(
        &self,
        former: Option<&str>,
        started: &mut dyn FnMut(&str) -> Result<(), Failure>,
    ) -> Result<Option<FoundFiles>, Failure> {
        let predicate = self.predicate();
        let wanted = self.wanted(&predicate);
        let found = wanted.map(|wanted| self.others.search.find(&wanted, former, started));
        found.transpose()
    }

    /// What a record has to meet besides the scope.
    fn predicate(&self) -> Predicate {
        Predicate::All(vec![
            Predicate::from(&self.query.conditions),
            self.query.predicate.clone(),
        ])
    }

    fn question(&self) -> Question {
        let limits = self.args.limits(self.now);
        Question {
            sources: sources::described(&self.named, &self.scope, self.args),
            ..Question::new(self.args, self.query, &limits, self.layout)
        }
    }

    /// Lists the files, and compares them with the progress of an earlier run.
    fn once(&mut self, output: &mut Output) -> Result<Begun, Failure> {
        let args = self.args;
        let mut journal = journal_file(args, &self.named, output)?;
        let former = match &journal {
            Some(file) if !args.destination.restart => journal::read(file, output)?,
            _ => None,
        };
        if args.destination.resume && former.is_none() {
            return Err(Failure::Usage(anyhow!(
                "there is no run to continue: leave --resume out, or name the same -o or --journal"
            )));
        }
        if let Some(former) = &former {
            // A relative start such as 7d does not move.
            let window = former.state.question.window();
            self.scope.window = window.context("the journal's window")?;
        }
        let question = self.question();
        let query = former
            .as_ref()
            .and_then(|former| former.query_of(&question, self.now));
        let found = self.find(query.as_deref(), &mut |id| match &mut journal {
            Some(file) => journal::keep_query(file, &question, self.second(), id),
            None => Ok(()),
        })?;
        let listing = self.list(&self.scope, args.order(), found)?;
        let mut files = without_output(&listing.files, output, journal.as_ref());
        listing.problems.iter().for_each(|problem| say(problem));
        let scan = listing.scan.as_ref().filter(|_| !args.quiet);
        if let Some(notice) = scan.and_then(|scan| scan.notice(listing.bytes)) {
            say(&notice);
        }
        if self.named.contains(&Named::History) {
            let file = self.ask_history()?;
            // It may contain any time, and is the last source for duplicates.
            match args.order() {
                Some(_) => files.insert(0, file),
                None => files.push(file),
            }
        }
        let mut done = Box::new(Done::nothing(self.question(), &files, self.second()));
        done.is_partly_listed = !listing.problems.is_empty();
        done.query = listing.scan.as_ref().map(|scan| scan.id.clone());
        if let (Some(former), Some(file)) = (former, &journal) {
            match journal::compare(former, &done, &mut files, (file.path(), output, self.now))? {
                Found::Nothing => {}
                Found::Complete => return Ok(Begun::Before),
                Found::Unfinished(former) => done = former,
            }
        }
        Ok(Begun::Now {
            listing: Box::new(listing),
            files,
            done,
            journal,
        })
    }

    /// Reads the files, and later ones if the run follows.
    fn whole(&mut self, begun: Begun, mut output: Output) -> Result<(), Failure> {
        let args = self.args;
        let Begun::Now {
            listing,
            files,
            mut done,
            journal,
        } = begun
        else {
            return end::again(args, &output);
        };
        let sealed = args
            .destination
            .seal
            .then(|| sealed::written_before(&output, &done.state.edge))
            .transpose()?;
        let key = files.get(done.start.file);
        let key = key.map_or(String::new(), |file| file.source.label());
        let journal = journal.map(|file| Journal::begin(file, (&mut done, &key), &mut output));
        let journal = journal.transpose()?;
        if journal.is_none() {
            output.cut(0)?;
        }
        let known = args.follows().then(|| {
            let mut known = Known::nothing(self.scope.late, args.archive.memory);
            known.sees(listing.newest);
            known
        });
        let mut parts = Parts {
            output,
            summary: self.summary(&listing, args.order()),
            known,
            sealed,
        };
        parts.summary.events = done.state.edge.events;
        parts.summary.repeated = done.repeated;
        parts.summary.misplaced = done.misplaced;
        parts.summary.unwritten = done.unwritten;
        let mut delivery = self.delivery(&files, parts, args.order());
        delivery.writes_header = done.handled == 0;
        delivery.first = done.start.file;
        delivery.last.clone_from(&done.last);
        delivery.open = OpenFiles::new(done.start);
        delivery.done_before = done.start.handled;
        delivery.handled = done.handled;
        delivery.journal = journal.map(|journal| (journal, *done));
        let result = self.read(&files[delivery.first..], &mut delivery);
        if args.follows() && result.is_ok() && delivery.summary.end == End::Read {
            let mut parts = Parts::of(delivery);
            if let Some(known) = &mut parts.known {
                known.commit();
            }
            parts.summary.end = End::Incomplete;
            let (parts, result) = follow::follow(self, parts);
            delivery = self.delivery(&[], parts, args.order());
            return self.ending(&listing).tell(result, &delivery);
        }
        let ending = self.ending(&listing);
        let result = result.and_then(|()| ending.close(&mut delivery));
        ending.tell(result, &delivery)?;
        self.history_failure.take().map_or(Ok(()), Err)
    }

    /// Stores the events of the event history in a temporary file.
    fn ask_history(&mut self) -> Result<FileToRead, Failure> {
        let file = NamedTempFile::new().map_err(|error| {
            Failure::Other(anyhow!(
                "cannot keep the event history in {}: {error}: make room there",
                std::env::temp_dir().display()
            ))
        })?;
        match (self.others.history)(Output::open(file.path())?) {
            Ok(()) => {}
            Err(failure @ (Failure::Refused(_) | Failure::Other(_))) => {
                // The archive may contain its events.
                self.history_failure = Some(failure);
            }
            Err(failure) => return Err(failure),
        }
        Ok(FileToRead {
            source: Source::History(Arc::new(file)),
            minute: None,
            bytes: 0,
            modified: None,
        })
    }

    /// Writes the events that are new since the last run with the state at `path`.
    fn deliver_new(&mut self, path: &Path, mut output: Output) -> Result<(), Failure> {
        let args = self.args;
        let known = Known::nothing(self.scope.late, args.archive.memory);
        let question = (self.question(), known);
        let is_restarted = (args.destination.restart, self.second());
        let mut delivered = Delivered::open(path, question, &mut output, is_restarted)?;
        let window = delivered.state.question.window();
        self.scope.window = window.context("the state's window")?;
        let mut scope = self.scope.clone();
        scope.begin_at(delivered.known.horizon());
        let order = Some(Order::Oldest);
        let listing = self.list(&scope, order, None)?;
        listing.problems.iter().for_each(|problem| say(problem));
        let mut known = delivered.known.clone();
        let mut files = without_output(&listing.files, &output, None);
        files.retain(|file| known.is_new(file));
        known.sees(listing.newest);
        let parts = Parts {
            summary: self.summary(&listing, order),
            known: Some(known),
            sealed: args.destination.seal.then(Counted::default),
            output,
        };
        let mut delivery = self.delivery(&files, parts, order);
        delivery.writes_header = delivered.state.edge.bytes == 0;
        let result = self.read(&files, &mut delivery);
        let ending = self.ending(&listing);
        let result = result.and_then(|()| ending.close(&mut delivery));
        let result = result.and_then(|()| {
            let mut known = delivery.known.take().unwrap_or_default();
            known.commit();
            delivered.save(known, &mut delivery.output)
        });
        ending.tell(result, &delivery)
    }

    fn ending<'l>(&'l self, listing: &'l Listing) -> Ending<'l> {
        Ending {
            listing,
            gaps: listing.gaps(self.second()),
            args: self.args,
            filters: self.question().narrowed_by(),
            now: self.now.timestamp(),
        }
    }

    fn summary(&self, listing: &Listing, order: Option<Order>) -> Summary {
        let mut summary = Summary {
            place: sources::place(&self.named),
            window: self.scope.window,
            late: self.args.destination.archive_late_text().to_owned(),
            order,
            ..Summary::default()
        };
        summary.of(listing);
        summary
    }

    fn delivery<'f>(
        &'f self,
        files: &'f [FileToRead],
        parts: Parts,
        order: Option<Order>,
    ) -> Delivery<'f> {
        let memory_bytes = self.args.archive.memory;
        let limits = self.args.limits(self.now);
        Delivery {
            files,
            first: 0,
            layout: self.layout,
            max_items: limits.max_items,
            keeps_duplicates: limits.keep_duplicates,
            late: self.scope.late,
            writes_header: false,
            output: parts.output,
            summary: parts.summary,
            known: parts.known,
            sealed: parts.sealed,
            arrangement: match order {
                Some(order) => Arrangement::Sorted(Sorter::new(order, memory_bytes), order),
                None => Arrangement::AsRead(Seen::new(memory_bytes)),
            },
            last: None,
            open: OpenFiles::default(),
            done_before: 0,
            handled: 0,
            journal: None,
        }
    }

    /// Reads files, starting with the delivery's first one, and writes the selected records.
    fn read(&self, files: &[FileToRead], delivery: &mut Delivery<'_>) -> Result<(), Failure> {
        let predicate = self.predicate();
        let whole_regions = Scope {
            regions: None,
            categories: None,
            ..self.scope.clone()
        };
        let readers = Readers {
            of_files: Reader::new(self.scope.clone(), &predicate),
            of_history: Reader::new(whole_regions, &Predicate::default()),
        };
        let memory_bytes = self.args.archive.memory;
        let opener = Opener::new(files, self.cloud.as_ref(), memory_bytes / 4);
        let result = read_files(&readers, delivery, memory_bytes, (&opener, &self.stop));
        if let Arrangement::AsRead(seen) = &delivery.arrangement {
            delivery.summary.forgotten += seen.forgotten();
        }
        result
    }
}

/// The journal file, if there is one: a run that reads a stream cannot be continued.
fn journal_file(
    args: &Args,
    named: &[Named],
    output: &Output,
) -> Result<Option<CheckpointFile>, Failure> {
    let has_stream = named.iter().any(Named::is_stream);
    let path = args.destination.journal(output.length()?.is_some());
    if has_stream && (args.destination.resume || args.destination.names_a_journal()) {
        return Err(Failure::Usage(anyhow!(
            "a run that reads a stream cannot be continued: leave --journal and --resume out, or name files"
        )));
    }
    let path = path.filter(|_| !has_stream);
    let file = path.map(|path| CheckpointFile::open(&path, "--journal", output));
    file.transpose()
}

/// The files except those that are written: the output and its journal.
fn without_output(
    files: &[FileToRead],
    output: &Output,
    journal: Option<&CheckpointFile>,
) -> Vec<FileToRead> {
    let is_written = |file: &&FileToRead| match &file.source {
        Source::Path(path) => {
            let is_journal = |journal: &CheckpointFile| journal.is_at(path);
            file.minute.is_none() && (output.is_at(path) || journal.is_some_and(is_journal))
        }
        Source::Stdin | Source::History(_) | Source::Object(..) => false,
    };
    let others = files.iter().filter(|file| !is_written(file));
    others.cloned().collect()
}

fn say(message: &str) {
    exit::say("ct-fetch", &terminal::escape(message));
}

/// Converts to a failure of the service, or another.
fn refused_or_other(is_refused: bool, message: &str) -> Failure {
    let message = anyhow!("{message}");
    if is_refused {
        Failure::Refused(message)
    } else {
        Failure::Other(message)
    }
}
