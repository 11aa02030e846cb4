//! Reads records from files, folders and buckets of S3 in place of the event history.

mod deliver;
mod end;
mod journal;
pub(crate) mod listing;
mod open;
mod open_files;
mod read;
mod sorter;
mod source;
mod sources;
mod stop;
mod summary;

use std::path::Path;
use std::thread;

use anyhow::{Context as _, anyhow};
use ct_core::exit::{self, Failure};
use ct_core::output::Output;
use ct_core::predicate::Predicate;
use ct_core::query::Query;
use ct_core::seal::Counted;
use ct_core::terminal;
use jiff::Zoned;

use crate::args::Args;
use crate::checkpoint::{CheckpointFile, Question, sealed};
use crate::format::Layout;
use deliver::queue::{CloseOnPanic, Piece, Queue};
use deliver::seen::Seen;
use deliver::{Arrangement, Delivery};
use end::Ending;
use journal::{Done, Found, Journal};
use listing::scope::Scope;
use listing::{FileToRead, Listing, Named};
use open::Opener;
use open_files::OpenFiles;
use read::Reader;
use sorter::Sorter;
use source::{Input, Source};
use stop::Stop;
use summary::Summary;

/// Files that are read before their turn, besides one for each thread.
const AHEAD: usize = 4;

/// Reads the archive that `args` names and writes the records that `query` wants.
///
/// # Errors
/// Why something is missing in what was written.
pub(crate) fn run(args: &Args, query: &Query, layout: &Layout, now: &Zoned) -> Result<(), Failure> {
    let stop = Stop::watch()?;
    let named = sources::named(args)?;
    let mut scope = Scope {
        window: query.window,
        late: args.destination.late(now)?,
        accounts: Some(args.archive.account.clone()).filter(|accounts| !accounts.is_empty()),
        regions: args.targets.only_regions(),
        categories: args.categories(),
    };
    let cloud = sources::cloud(args, &named)?;
    let second = now.timestamp().as_second();
    let asked = cloud.as_ref().map(|cloud| (cloud, &stop, second));
    if args.archive.list_files {
        let listing = Listing::new(&named, &scope, args.order(), asked)?;
        return end::list_files(&listing, args.quiet);
    }
    let mut output = match &args.destination.output_file {
        None => Output::stdout(),
        Some(path) => Output::open(path)?,
    };
    let file = journal_file(args, &named, &output)?;
    let former = match &file {
        Some(file) if !args.destination.restart => journal::read(file, &output)?,
        _ => None,
    };
    if args.destination.resume && former.is_none() {
        return Err(Failure::Usage(anyhow!(
            "there is no run to continue: leave --resume out, or name the same -o or --journal"
        )));
    }
    if let Some(former) = &former {
        // A start such as 7d does not move.
        scope.window = former
            .state
            .question
            .window()
            .context("the journal's window")?;
    }
    let listing = Listing::new(&named, &scope, args.order(), asked)?;
    let mut files = without_output(&listing.files, &output, file.as_ref());
    for problem in &listing.problems {
        say(problem);
    }
    let mut question = Question::new(args, query, &args.limits(now), layout);
    question.sources = described(&named, &scope, args);
    let mut done = Done::nothing(question, &files, second);
    done.is_partly_listed = !listing.problems.is_empty();
    if let (Some(former), Some(file)) = (former, &file) {
        match journal::compare(former, &done, &mut files, (file.path(), &output, now))? {
            Found::Nothing => {}
            Found::Complete => return end::again(args, &output),
            Found::Unfinished(former) => done = *former,
        }
    }
    let sealed = args
        .destination
        .seal
        .then(|| sealed::written_before(&output, &done.state.edge))
        .transpose()?;
    let key = files.get(done.start.file);
    let key = key.map_or(String::new(), |file| file.source.label());
    let journal = file.map(|file| Journal::begin(file, (&mut done, &key), &mut output));
    let journal = journal.transpose()?.map(|journal| (journal, done.clone()));
    if journal.is_none() {
        output.cut(0)?;
    }
    let mut delivery = Setup {
        args,
        layout,
        now,
        scope: &scope,
    }
    .delivery(&files, (output, journal, sealed), &done);
    delivery.summary.place = place(&named);
    delivery.summary.of(&listing);
    let predicate = Predicate::All(vec![
        Predicate::from(&query.conditions),
        query.predicate.clone(),
    ]);
    let reader = Reader::new(scope.clone(), &predicate);
    let memory_bytes = args.archive.memory;
    let opener = Opener::new(&files[delivery.first..], cloud.as_ref(), memory_bytes / 4);
    let result = read_files(&reader, &mut delivery, memory_bytes, (&opener, &stop));
    if let Arrangement::AsRead(seen) = &delivery.arrangement {
        delivery.summary.forgotten = seen.forgotten();
    }
    let gaps = listing.gaps(second);
    let ending = Ending {
        listing: &listing,
        gaps: &gaps,
        args,
        filters: done.state.question.narrowed_by(),
        now: now.timestamp(),
    };
    let result = result.and_then(|()| ending.close(&mut delivery));
    ending.tell(result, &delivery)
}

/// What a delivery is made of besides files and records.
struct Setup<'a> {
    args: &'a Args,
    layout: &'a Layout,
    now: &'a Zoned,
    scope: &'a Scope,
}

impl<'a> Setup<'a> {
    fn delivery(
        &self,
        files: &'a [FileToRead],
        (output, journal, sealed): (Output, Option<(Journal, Done)>, Option<Counted>),
        done: &Done,
    ) -> Delivery<'a> {
        let order = self.args.order();
        let memory_bytes = self.args.archive.memory;
        let limits = self.args.limits(self.now);
        Delivery {
            files,
            first: done.start.file,
            layout: self.layout,
            max_items: limits.max_items,
            keeps_duplicates: limits.keep_duplicates,
            late: self.scope.late,
            output,
            summary: Summary {
                window: self.scope.window,
                late: self.args.destination.late_text().to_owned(),
                order,
                events: done.state.edge.events,
                repeated: done.repeated,
                misplaced: done.misplaced,
                unwritten: done.unwritten,
                ..Summary::default()
            },
            arrangement: match order {
                Some(order) => Arrangement::Sorted(Sorter::new(order, memory_bytes), order),
                None => Arrangement::AsRead(Seen::new(memory_bytes)),
            },
            last: done.last.clone(),
            open: OpenFiles::new(done.start),
            done_before: done.start.handled,
            handled: done.handled,
            journal,
            sealed,
        }
    }
}

/// The file of the journal, where one is kept: a run that reads a stream cannot be continued.
fn journal_file(
    args: &Args,
    named: &[Named],
    output: &Output,
) -> Result<Option<CheckpointFile>, Failure> {
    let is_stream = |one: &Named| match one {
        Named::Stdin => true,
        Named::Path(path) => is_stream(path),
        Named::Bucket(_) => false,
    };
    let has_stream = named.iter().any(is_stream);
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

/// Whether what stands at a path can be read only once.
fn is_stream(path: &Path) -> bool {
    let metadata = path.metadata();
    metadata.is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// The sources and the options that choose among their files, for the journal.
fn described(named: &[Named], scope: &Scope, args: &Args) -> Vec<String> {
    let mut parts: Vec<String> = named.iter().map(Named::label).collect();
    let list = |values: &Option<Vec<String>>| values.as_ref().map(|values| values.join(","));
    let categories = scope.categories.as_ref();
    let categories = categories.map(|categories| format!("{categories:?}"));
    for (option, value) in [
        ("--account", list(&scope.accounts)),
        ("--region", list(&scope.regions)),
        ("--category", categories),
        ("--late", Some(scope.late.to_string())),
        ("--order", args.order().is_none().then(|| "none".to_owned())),
    ] {
        if let Some(value) = value {
            parts.push(format!("{option} {value}"));
        }
    }
    parts
}

/// Reads the files side by side, and writes their records in order.
fn read_files(
    reader: &Reader,
    delivery: &mut Delivery<'_>,
    memory_bytes: usize,
    (opener, stop): (&Opener<'_>, &Stop),
) -> Result<(), Failure> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let files = opener.files.len();
    let queue = Queue::new(files, threads + AHEAD, memory_bytes / 4);
    thread::scope(|scope| {
        for _ in 0..threads.min(files) {
            scope.spawn(|| read_claimed(reader, opener, &queue));
        }
        let result = {
            let _close = CloseOnPanic(&queue);
            delivery.run(&queue, stop)
        };
        queue.close();
        opener.close();
        result
    })
}

/// The work of a thread.
fn read_claimed(reader: &Reader, opener: &Opener<'_>, queue: &Queue) {
    let _close = CloseOnPanic(queue);
    while let Some(at) = queue.claim() {
        let mut hand_over = |part| queue.push(at, Piece::Part(part));
        let read = match opener.open(at) {
            Err(unopened) => Ok(Err(unopened)),
            Ok(Input::Stream(input)) => reader.read(input, &mut hand_over).map(Ok),
            Ok(Input::Bytes(bytes)) => reader.read_bytes(&bytes, &mut hand_over).map(Ok),
        };
        // The queue is closed when no more is wanted.
        let Ok(tally) = read else {
            return;
        };
        if queue.push(at, Piece::End(tally)).is_err() {
            return;
        }
    }
}

/// The files but for those that are written to: the output and its journal.
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
        Source::Stdin | Source::Object(..) => false,
    };
    let others = files.iter().filter(|file| !is_written(file));
    others.cloned().collect()
}

/// What a person named, for the summary.
fn place(sources: &[Named]) -> String {
    match sources {
        [one] => one.label(),
        several => crate::summary::count(several.len() as u64, "source"),
    }
}

fn say(message: &str) {
    exit::say("ct-fetch", &terminal::escape(message));
}

/// A failure of the service, or another.
fn refused_or_other(is_refused: bool, message: &str) -> Failure {
    let message = anyhow!("{message}");
    if is_refused {
        Failure::Refused(message)
    } else {
        Failure::Other(message)
    }
}
