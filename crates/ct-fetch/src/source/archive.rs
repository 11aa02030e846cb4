//! Reads records from files in place of the event history: no credentials, no network.

mod deliver;
mod gaps;
mod log_file;
pub(crate) mod name;
mod needles;
mod queue;
mod read;
mod scope;
mod seen;
mod sorter;
mod stop;
mod summary;
mod walk;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::anyhow;
use ct_core::exit::{self, Failure};
use ct_core::output::Output;
use ct_core::predicate::Predicate;
use ct_core::query::Query;
use ct_core::terminal;
use jiff::Zoned;

use crate::args::Args;
use crate::format::Layout;
use deliver::{Arrangement, Delivery};
use queue::{CloseOnPanic, Piece, Queue};
use read::Reader;
use scope::Scope;
use seen::Seen;
use sorter::Sorter;
use stop::Stop;
use summary::Summary;
use walk::{FileToRead, Input, Listing, Source};

/// Files that are read before their turn, besides one for each thread.
const AHEAD: usize = 4;

/// The file name of standard input.
const STDIN: &str = "-";

/// Reads the archive that `args` names and writes the records that `query` wants.
///
/// # Errors
/// Why something is missing in what was written.
pub(crate) fn run(args: &Args, query: &Query, layout: &Layout, now: &Zoned) -> Result<(), Failure> {
    let stop = Stop::watch()?;
    let order = args.order();
    let scope = Scope {
        window: query.window,
        late: args.destination.late(now)?,
        accounts: Some(args.archive.account.clone()).filter(|accounts| !accounts.is_empty()),
        regions: args.targets.only_regions(),
        categories: args.categories(),
    };
    let sources = sources(args)?;
    let listing = Listing::new(&sources, &scope, order);
    for problem in &listing.problems {
        say(problem);
    }
    if args.archive.list_files {
        return list_files(&listing, args.quiet);
    }
    let mut output = match &args.destination.output_file {
        None => Output::stdout(),
        Some(path) => Output::open(path)?,
    };
    let files = without_output(&listing.files, &output);
    output.cut(0)?;
    let memory_bytes = args.archive.memory;
    let mut delivery = Delivery {
        files: &files,
        layout,
        max_items: args.limits(now).max_items,
        keeps_duplicates: args.limits(now).keep_duplicates,
        late: scope.late,
        output,
        summary: Summary {
            place: place(&sources),
            window: query.window,
            late: args.destination.late_text().to_owned(),
            listed: listing.listed(),
            outside: listing.outside,
            digests: listing.digests,
            others: (
                listing.others.0,
                listing
                    .others
                    .1
                    .as_ref()
                    .map(|path| path.display().to_string()),
            ),
            newest: listing.newest,
            order,
            ..Summary::default()
        },
        arrangement: match order {
            Some(order) => Arrangement::Sorted(Sorter::new(order, memory_bytes), order),
            None => Arrangement::AsRead(Seen::new(memory_bytes)),
        },
        last: None,
    };
    let predicate = Predicate::All(vec![
        Predicate::from(&query.conditions),
        query.predicate.clone(),
    ]);
    let reader = Reader::new(scope.clone(), &predicate);
    let result = read_files(&reader, &mut delivery, memory_bytes, &stop);
    if let Arrangement::AsRead(seen) = &delivery.arrangement {
        delivery.summary.forgotten = seen.forgotten();
    }
    let gaps = gaps_in(&listing, &scope, now);
    end(result, &delivery.summary, &listing, &gaps, args)
}

/// Reads the files side by side, and writes their records in order.
fn read_files(
    reader: &Reader,
    delivery: &mut Delivery<'_>,
    memory_bytes: usize,
    stop: &Stop,
) -> Result<(), Failure> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let files = delivery.files;
    let queue = Queue::new(files.len(), threads + AHEAD, memory_bytes / 4);
    thread::scope(|scope| {
        for _ in 0..threads.min(files.len()) {
            scope.spawn(|| read_claimed(reader, files, &queue));
        }
        let result = {
            let _close = CloseOnPanic(&queue);
            delivery.run(&queue, stop)
        };
        queue.close();
        result
    })
}

/// The work of a thread.
fn read_claimed(reader: &Reader, files: &[FileToRead], queue: &Queue) {
    let _close = CloseOnPanic(queue);
    while let Some(at) = queue.claim() {
        let mut hand_over = |part| queue.push(at, Piece::Part(part));
        let read = match files[at].source.open() {
            Err(error) => Ok(Err(error.to_string())),
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

/// The files and folders that the options name.
fn sources(args: &Args) -> Result<Vec<Source>, Failure> {
    let mut paths = args.archive.from.clone();
    let list = args.archive.files_from.as_deref();
    if let Some(list) = list {
        paths.extend(listed_paths(list)?);
    }
    let stdin = paths.iter().filter(|path| is_stdin(path)).count();
    if stdin + usize::from(list.is_some_and(is_stdin)) > 1 {
        return Err(Failure::Usage(anyhow!(
            "standard input is named twice: it can be read once"
        )));
    }
    paths.into_iter().map(source).collect()
}

fn source(path: PathBuf) -> Result<Source, Failure> {
    if is_stdin(&path) {
        return Ok(Source::Stdin);
    }
    if path.as_os_str().as_encoded_bytes().starts_with(b"s3://") {
        return Err(Failure::Usage(anyhow!(
            "--from {}: S3 is not read directly: copy the files with `aws s3 sync`, and name their folder",
            path.display()
        )));
    }
    if path.as_os_str() == "history" {
        return Err(Failure::Usage(anyhow!(
            "--from history: the event history and files are not merged: ask for each by itself, or write ./history for a file"
        )));
    }
    Ok(Source::Path(path))
}

fn is_stdin(path: impl AsRef<Path>) -> bool {
    path.as_ref().as_os_str() == STDIN
}

/// The paths that a file lists, one a line; blank lines are passed over.
fn listed_paths(list: &Path) -> Result<Vec<PathBuf>, Failure> {
    let cannot_read = |error: std::io::Error| {
        Failure::Other(anyhow!(
            "cannot read {}: {error}: name a file of paths",
            list.display()
        ))
    };
    let input: Box<dyn BufRead> = if is_stdin(list) {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(list).map_err(cannot_read)?))
    };
    let lines: Result<Vec<String>, _> = input.lines().collect();
    let lines = lines.map_err(cannot_read)?;
    let paths = lines.into_iter().filter(|line| !line.trim().is_empty());
    Ok(paths.map(PathBuf::from).collect())
}

/// The files but for the one that is written to.
fn without_output(files: &[FileToRead], output: &Output) -> Vec<FileToRead> {
    let is_output = |file: &&FileToRead| match &file.source {
        Source::Path(path) => file.minute.is_none() && output.is_at(path),
        Source::Stdin => false,
    };
    let others = files.iter().filter(|file| !is_output(file));
    others.cloned().collect()
}

/// What a person named, for the summary.
fn place(sources: &[Source]) -> String {
    match sources {
        [one] => one.label(),
        several => crate::summary::count(several.len() as u64, "source"),
    }
}

/// Prints the paths of the files that would be read.
fn list_files(listing: &Listing, is_quiet: bool) -> Result<(), Failure> {
    let mut output = Output::stdout();
    for file in &listing.files {
        match &file.source {
            Source::Stdin => output.line(STDIN.as_bytes())?,
            Source::Path(path) => output.line(path.as_os_str().as_encoded_bytes())?,
        }
    }
    output.flush()?;
    if !is_quiet {
        let count = crate::summary::count;
        say(&format!(
            "{} of {} would be read, {}",
            count(listing.files.len() as u64, "file"),
            listing.listed(),
            count(listing.bytes, "byte")
        ));
    }
    if listing.problems.is_empty() {
        return Ok(());
    }
    Err(Failure::Other(anyhow!(
        "not everything could be listed: see the lines above"
    )))
}

/// The days of the window without log file and digest, up to today.
fn gaps_in(listing: &Listing, scope: &Scope, now: &Zoned) -> Vec<gaps::Gap> {
    let today = name::day_of(now.timestamp().as_second());
    let first = scope.window.since().and_then(name::day_of);
    let last = scope.window.until().and_then(name::day_of);
    listing.days.gaps(first, last.min(today.or(last)))
}

/// Says what was read, and gives the status.
fn end(
    result: Result<(), Failure>,
    summary: &Summary,
    listing: &Listing,
    gaps: &[gaps::Gap],
    args: &Args,
) -> Result<(), Failure> {
    if !matches!(result, Err(Failure::ReaderLeft)) {
        for line in gaps::lines(gaps) {
            say(&line);
        }
        if !args.quiet {
            say(&summary.to_string());
        }
    }
    result?;
    let other = |message: &str| Err(Failure::Other(anyhow!("{message}")));
    if !listing.problems.is_empty() {
        return other(
            "not everything could be listed: see the lines above, the rest was delivered",
        );
    }
    if summary.unreadable > 0 && !args.archive.skip_unreadable {
        return other(
            "not everything could be read: see the lines above, the rest was delivered; --skip-unreadable makes that no failure",
        );
    }
    if summary.misplaced > 0 {
        return other(
            "events stand out of order: see the lines above, the rest was delivered in order",
        );
    }
    if !summary.has_records && !listing.has_trail {
        return Err(Failure::Other(anyhow!(
            "no CloudTrail records in {}: name a trail's files, or the folder that holds AWSLogs",
            summary.place
        )));
    }
    if !gaps.is_empty() && args.strict {
        return Err(Failure::Usage(anyhow!(
            "--strict refuses days without files, which are named above: ask for days that have some, or leave --strict out"
        )));
    }
    Ok(())
}

fn say(message: &str) {
    exit::say("ct-fetch", &terminal::escape(message));
}
