//! Reads the files of an archive in parallel, and prefetches S3 objects.

use std::sync::Arc;
use std::thread;

use ct_core::exit::Failure;

use super::evidence::Evidence;
use super::evidence::verdict::Verdict;
use super::fingerprint::Fingerprints;
use super::listing::FileToRead;
use super::location::cloud::Cloud;
use super::location::object::ObjectReader;
use super::location::prefetch::{Download, Prefetch};
use super::location::{Input, Location, OpenError, WHOLE_BYTES, open_path};
use super::queue::{CloseOnPanic, Queue, QueueItem};
use super::read::{Reader, RecordBatch};

/// How many files are read ahead of the file whose records are written now. The number of threads
/// is added to this number.
const AHEAD: usize = 4;

/// The readers of an archive's files and of the event history.
pub(crate) struct Readers {
    pub(crate) of_files: Reader,
    pub(crate) of_history: Reader,
    /// Whether all records from a pipe are handed over before the pipe is read again.
    pub(crate) passes_on_at_once: bool,
    /// Computes the fingerprints of records; `None` if fingerprints are not needed.
    pub(crate) fingerprints: Option<Fingerprints>,
}

impl Readers {
    /// Adds to `part` the fingerprints of its records, if fingerprints are needed.
    fn fingerprinted(&self, mut part: RecordBatch) -> RecordBatch {
        if let Some(fingerprints) = &self.fingerprints {
            let items = part.items.iter();
            part.fingerprints = items.map(|item| fingerprints.fingerprint(item)).collect();
        }
        part
    }
}

/// Opens files, and prefetches S3 objects.
pub(crate) struct Opener<'f> {
    pub(crate) files: &'f [FileToRead],
    evidence: Option<(&'f Evidence, usize)>,
    cloud: Option<(&'f Cloud, Arc<Prefetch>)>,
}

impl<'f> Opener<'f> {
    /// Starts to prefetch the S3 objects in `files`. Prefetched objects take at most `most_bytes`,
    /// including those that are being downloaded.
    pub(crate) fn new(
        files: &'f [FileToRead],
        evidence: Option<(&'f Evidence, usize)>,
        cloud: Option<&'f Cloud>,
        most_bytes: usize,
    ) -> Self {
        let cloud = cloud.map(|cloud| {
            let prefetch = Arc::new(Prefetch::new(most_bytes));
            let objects = files.iter().enumerate().filter_map(|(at, file)| {
                let Location::Object(bucket, object) = &file.location else {
                    return None;
                };
                (object.size <= WHOLE_BYTES).then(|| Download {
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
        Self {
            files,
            evidence,
            cloud,
        }
    }

    /// Opens the file with the index `at`. Returns its content, and the verdict of the validation;
    /// `None` without `--validate`.
    fn open_checked(&self, at: usize) -> Result<(Input, Option<Verdict>), OpenError> {
        let input = self.open(at)?;
        match self.evidence {
            None => Ok((input, None)),
            Some((evidence, first)) => {
                let (input, verdict) = evidence.check(first + at, input)?;
                Ok((input, Some(verdict)))
            }
        }
    }

    fn open(&self, at: usize) -> Result<Input, OpenError> {
        match (&self.files[at].location, &self.cloud) {
            (Location::History(file), _) => open_path(file.path()).map_err(OpenError::File),
            (Location::Path(path), _) => open_path(path).map_err(OpenError::File),
            (Location::Object(bucket, object), Some((cloud, prefetch))) => {
                let input = if object.size <= WHOLE_BYTES {
                    prefetch.take(at).map(Input::Bytes)
                } else {
                    let object = ObjectReader::open(cloud.handle(), bucket, &object.key);
                    object.map(|object| Input::Stream(Box::new(object)))
                };
                input.map_err(OpenError::Object)
            }
            _ => Ok(Input::Pipe(Box::new(std::io::stdin()))),
        }
    }
}

impl Opener<'_> {
    /// Stops prefetching S3 objects.
    pub(crate) fn close(&self) {
        if let Some((_, prefetch)) = &self.cloud {
            prefetch.close();
        }
    }
}

/// Reads the files in parallel. Calls `take` with a queue, from which `take` gets the records in
/// the order of the files.
///
/// # Errors
/// The errors of `take`.
pub(crate) fn read_files(
    readers: &Readers,
    opener: &Opener<'_>,
    memory_bytes: usize,
    take: impl FnOnce(&Queue) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let files = opener.files.len();
    let queue = Queue::new(files, threads + AHEAD, memory_bytes / 4);
    thread::scope(|scope| {
        for _ in 0..threads.min(files) {
            scope.spawn(|| read_claimed(readers, opener, &queue));
        }
        let result = {
            let _close = CloseOnPanic(&queue);
            take(&queue)
        };
        queue.close();
        opener.close();
        result
    })
}

/// Reads files and puts their records into the queue, until no file remains. Each thread runs this
/// function.
fn read_claimed(readers: &Readers, opener: &Opener<'_>, queue: &Queue) {
    let _close = CloseOnPanic(queue);
    while let Some(at) = queue.claim() {
        let mut hand_over = |part| {
            let part = readers.fingerprinted(part);
            queue.push(at, QueueItem::RecordBatch(part))
        };
        // CloudTrail has already filtered the events of the event history.
        let reader = match &opener.files[at].location {
            Location::History(_) => &readers.of_history,
            _ => &readers.of_files,
        };
        let read = match opener.open_checked(at) {
            Err(unopened) => Ok(Err(unopened)),
            Ok((input, verdict)) => {
                // The verdict must precede the records, because the run may end within the file.
                let told = verdict.map(|verdict| queue.push(at, QueueItem::Verdict(verdict)));
                if told.is_some_and(|told| told.is_err()) {
                    return;
                }
                let tally = match input {
                    Input::Pipe(input) if readers.passes_on_at_once => {
                        reader.read_pipe(input, &mut hand_over)
                    }
                    Input::Pipe(input) | Input::Stream(input) => reader.read(input, &mut hand_over),
                    Input::Bytes(bytes) => reader.read_bytes(&bytes, &mut hand_over),
                    Input::Inflated(text) => reader.read_text(&text, true, &mut hand_over),
                };
                tally.map(Ok)
            }
        };
        // If the queue is closed, no more records are needed.
        let Ok(tally) = read else {
            return;
        };
        if queue.push(at, QueueItem::End(tally)).is_err() {
            return;
        }
    }
}
