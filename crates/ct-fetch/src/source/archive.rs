//! Reads records from files, folders and buckets of S3 in place of the event history.

mod deliver;
mod listing;
mod read;
mod sorter;
mod source;
mod sources;
mod stop;
mod summary;

use std::sync::Arc;
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
use deliver::queue::{CloseOnPanic, Piece, Queue};
use deliver::seen::Seen;
use deliver::{Arrangement, Delivery};
use listing::scope::Scope;
use listing::{FileToRead, Listing, Named, gaps};
use read::Reader;
use sorter::Sorter;
use source::cloud::Cloud;
use source::object::ObjectReader;
use source::prefetch::{Prefetch, Wanted};
use source::{Input, Source, Unopened, WHOLE_BYTES, open_path};
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
    let order = args.order();
    let scope = Scope {
        window: query.window,
        late: args.destination.late(now)?,
        accounts: Some(args.archive.account.clone()).filter(|accounts| !accounts.is_empty()),
        regions: args.targets.only_regions(),
        categories: args.categories(),
    };
    let named = sources::named(args)?;
    let cloud = sources::cloud(args, &named)?;
    let second = now.timestamp().as_second();
    let asked = cloud.as_ref().map(|cloud| (cloud, &stop, second));
    let listing = Listing::new(&named, &scope, order, asked)?;
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
            place: place(&named),
            window: query.window,
            late: args.destination.late_text().to_owned(),
            listed: listing.listed(),
            outside: listing.outside,
            digests: listing.digests,
            others: listing.others.clone(),
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
    let opener = Opener::new(&files, cloud.as_ref(), memory_bytes / 4);
    let result = read_files(&reader, &mut delivery, memory_bytes, (&opener, &stop));
    if let Arrangement::AsRead(seen) = &delivery.arrangement {
        delivery.summary.forgotten = seen.forgotten();
    }
    let gaps = listing.gaps(second);
    end(result, &delivery.summary, &listing, &gaps, args)
}

/// Opens files, and has objects of S3 got before their turn.
struct Opener<'f> {
    files: &'f [FileToRead],
    cloud: Option<(&'f Cloud, Arc<Prefetch>)>,
}

impl<'f> Opener<'f> {
    /// `most_bytes` of objects are held or under way at once.
    fn new(files: &'f [FileToRead], cloud: Option<&'f Cloud>, most_bytes: usize) -> Self {
        let cloud = cloud.map(|cloud| {
            let prefetch = Arc::new(Prefetch::new(most_bytes));
            let objects = files.iter().enumerate().filter_map(|(at, file)| {
                let Source::Object(bucket, object) = &file.source else {
                    return None;
                };
                (object.size <= WHOLE_BYTES).then(|| Wanted {
                    at,
                    bucket: Arc::clone(bucket),
                    key: object.key.clone(),
                    size: usize::try_from(object.size).unwrap_or(usize::MAX),
                })
            });
            let run = Arc::clone(&prefetch).run(objects.collect());
            cloud.handle().spawn(run);
            (cloud, prefetch)
        });
        Self { files, cloud }
    }

    fn open(&self, at: usize) -> Result<Input, Unopened> {
        match (&self.files[at].source, &self.cloud) {
            (Source::Path(path), _) => open_path(path).map_err(Unopened::File),
            (Source::Object(bucket, object), Some((cloud, prefetch))) => {
                let input = if object.size <= WHOLE_BYTES {
                    prefetch.take(at).map(Input::Bytes)
                } else {
                    let object = ObjectReader::open(cloud.handle(), bucket, &object.key);
                    object.map(|object| Input::Stream(Box::new(object)))
                };
                input.map_err(Unopened::Object)
            }
            _ => Ok(Input::Stream(Box::new(std::io::stdin()))),
        }
    }
}

impl Drop for Opener<'_> {
    fn drop(&mut self) {
        if let Some((_, prefetch)) = &self.cloud {
            prefetch.close();
        }
    }
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
        if let Some((_, prefetch)) = &opener.cloud {
            prefetch.close();
        }
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

/// The files but for the one that is written to.
fn without_output(files: &[FileToRead], output: &Output) -> Vec<FileToRead> {
    let is_output = |file: &&FileToRead| match &file.source {
        Source::Path(path) => file.minute.is_none() && output.is_at(path),
        Source::Stdin | Source::Object(..) => false,
    };
    let others = files.iter().filter(|file| !is_output(file));
    others.cloned().collect()
}

/// What a person named, for the summary.
fn place(sources: &[Named]) -> String {
    match sources {
        [one] => one.label(),
        several => crate::summary::count(several.len() as u64, "source"),
    }
}

/// Prints the paths of the files that would be read.
fn list_files(listing: &Listing, is_quiet: bool) -> Result<(), Failure> {
    let mut output = Output::stdout();
    for file in &listing.files {
        output.line(&file.source.listed())?;
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
    Err(refused_or_other(
        listing.is_refused,
        "not everything could be listed: see the lines above",
    ))
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
    let other = |message: &str| Err(refused_or_other(false, message));
    if !listing.problems.is_empty() {
        return Err(refused_or_other(
            listing.is_refused,
            "not everything could be listed: see the lines above, the rest was delivered",
        ));
    }
    if summary.refused > 0 {
        return Err(refused_or_other(
            true,
            "not every object could be had: see the lines above, the rest was delivered",
        ));
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

/// A failure of the service, or another.
fn refused_or_other(is_refused: bool, message: &str) -> Failure {
    let message = anyhow!("{message}");
    if is_refused {
        Failure::Refused(message)
    } else {
        Failure::Other(message)
    }
}

fn say(message: &str) {
    exit::say("ct-fetch", &terminal::escape(message));
}
