//! Runs the fast path over a stream of values, with results in input order. Large inputs use
//! several threads.

mod boundary;
pub(crate) mod chunk_result;
pub(crate) mod chunks;
mod document;
mod opening;
mod piece;
mod worker;

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::fastpath::parallel::chunk_result::{ChunkResult, work};
use crate::fastpath::parallel::chunks::{Chunks, FIRST_BYTES, READ_BYTES};
use crate::fastpath::{FastPath, Scratch};
use worker::Worker;

/// The number of chunks of at least [`FIRST_BYTES`] bytes that the calling thread processes before
/// it starts other threads.
const FULL_READS: usize = 2;

/// The stack size of a worker thread in bytes, for deep programs and values. Only used pages cost
/// memory.
pub(crate) const STACK_BYTES: usize = 64 << 20;

/// The default maximum number of threads: each takes some megabytes, and all wait for the one that
/// reads.
const MAX_THREADS: usize = 8;

/// The capacity of the queue of chunks that wait to be printed: this number, or half the number of
/// threads if that is larger.
const AHEAD: usize = 4;

/// A message about a chunk.
#[derive(Debug)]
pub(crate) enum Message {
    /// Results of a large value that is not finished.
    Part(Vec<u8>),
    /// The whole result of the chunk.
    Whole(ChunkResult),
}

/// The results of the chunks of one input, in input order.
pub(crate) struct ChunkResults {
    fast_path: Arc<FastPath>,
    /// The number of threads; `None` until it is needed, because counting the processors takes
    /// longer than processing a short input.
    threads: Option<usize>,
    source: ResultSource,
    scratch: Scratch,
    full_reads: usize,
    /// Whether no other thread could be started, so that the calling thread processes all chunks.
    is_alone: bool,
}

/// The source of the next result.
enum ResultSource {
    /// The calling thread, which reads and processes the chunks.
    Here(Chunks),
    /// Worker threads. The queue contains a channel of messages for each chunk.
    There {
        queue: Receiver<io::Result<Receiver<Message>>>,
        current: Option<Receiver<Message>>,
        /// Results that are no longer needed; the workers reuse their memory.
        spares: Arc<Mutex<Vec<ChunkResult>>>,
    },
    Ended,
}

impl ChunkResults {
    /// Begins to read `reader`, which is expected to yield `expected` bytes. Uses at most `threads`
    /// threads beside this one; `None` stands for the default.
    #[must_use]
    pub(crate) fn new(
        fast_path: Arc<FastPath>,
        reader: Box<dyn Read + Send>,
        expected: usize,
        threads: Option<usize>,
    ) -> Self {
        let source = ResultSource::Here(Chunks::new(reader, expected));
        Self {
            fast_path,
            threads,
            source,
            scratch: Scratch::default(),
            full_reads: 0,
            is_alone: false,
        }
    }

    /// The next results, or `None` at the end of the input. The memory of `spare`, a result that is
    /// no longer needed, is reused.
    ///
    /// # Errors
    /// Fails with the reader's error. The caller must then stop.
    pub(crate) fn next(&mut self, spare: ChunkResult) -> io::Result<Option<Message>> {
        if let ResultSource::Here(chunks) = &mut self.source {
            let Some(mut chunk) = chunks.next(spare.chunk)? else {
                self.source = ResultSource::Ended;
                return Ok(None);
            };
            let length = chunk.bytes().len();
            self.full_reads += usize::from(length >= FIRST_BYTES);
            let is_open = chunk.is_open() && !self.fast_path.leaves(&chunk);
            if is_open && self.is_alone {
                chunk = chunks.finish(chunk)?;
            }
            if self.is_alone
                || !is_open && (self.full_reads <= FULL_READS || known(&mut self.threads) < 2)
            {
                let result = ChunkResult {
                    chunk,
                    out: spare.out,
                    segments: spare.segments,
                    ..ChunkResult::default()
                };
                return Ok(Some(Message::Whole(work(
                    &self.fast_path,
                    result,
                    &mut self.scratch,
                    None,
                    None,
                ))));
            }
            chunks.unread(chunk);
            self.go_parallel()?;
            return if self.is_alone {
                self.next(ChunkResult::default())
            } else {
                self.receive(ChunkResult::default())
            };
        }
        self.receive(spare)
    }

    fn receive(&mut self, spare: ChunkResult) -> io::Result<Option<Message>> {
        match &mut self.source {
            ResultSource::Here(_) | ResultSource::Ended => Ok(None),
            ResultSource::There {
                queue,
                current,
                spares,
            } => loop {
                if let Some(messages) = current {
                    if let Ok(message) = messages.recv() {
                        if matches!(message, Message::Whole(_)) {
                            *current = None;
                        }
                        if spare.pieces().map(<[u8]>::len).sum::<usize>() <= 2 * READ_BYTES {
                            lock(spares).push(spare);
                        }
                        return Ok(Some(message));
                    }
                    *current = None;
                    return Err(ended_early());
                }
                match queue.recv() {
                    Ok(next) => *current = Some(next?),
                    Err(_) => return Ok(None),
                }
            },
        }
    }

    fn go_parallel(&mut self) -> io::Result<()> {
        let ResultSource::Here(chunks) = std::mem::replace(&mut self.source, ResultSource::Ended)
        else {
            return Ok(());
        };
        let threads = known(&mut self.threads);
        let (sender, queue) = sync_channel(AHEAD.max(threads / 2));
        let shared = Arc::new(Mutex::new((chunks, sender)));
        let spares = Arc::new(Mutex::new(Vec::new()));
        for number in 0..threads {
            let (fast_path, own, spares) = (self.fast_path.clone(), shared.clone(), spares.clone());
            // A thread may block on input forever; it then ends with the process.
            let serve = move || {
                let worker = Worker {
                    fast_path: &fast_path,
                    shared: &own,
                    spares: &spares,
                    number,
                    threads,
                };
                worker.serve();
            };
            let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(serve);
            if thread.is_err() && number > 0 {
                // One thread is enough if no other can be started.
                break;
            }
            if thread.is_err() {
                let shared = Arc::into_inner(shared).ok_or_else(ended_early)?;
                let (chunks, _) = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
                self.source = ResultSource::Here(chunks);
                self.is_alone = true;
                return Ok(());
            }
        }
        self.source = ResultSource::There {
            queue,
            current: None,
            spares,
        };
        Ok(())
    }
}

fn ended_early() -> io::Error {
    io::Error::other("a thread ended early")
}

/// The number of threads; by default the number of processors, up to [`MAX_THREADS`].
fn known(threads: &mut Option<usize>) -> usize {
    let processors = || thread::available_parallelism().map_or(1, usize::from);
    *threads.get_or_insert_with(|| processors().min(MAX_THREADS))
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fastpath::parallel::chunk_result::Segment;
    use crate::fastpath::{Style, Unit};
    use std::fmt::Write as _;

    fn compiled(program: &str) -> Arc<FastPath> {
        let term =
            jaq_core::load::parse(program, |parser| parser.term()).expect("the program is valid");
        let style = Style {
            indent: None,
            raw: false,
            end: "\n",
        };
        Arc::new(
            FastPath::compile(&term, &[], style, Unit::Value)
                .expect("the fast path supports the program"),
        )
    }

    /// The results of the fast path, and the values for the engine, in order.
    fn outputs(program: &str, input: &str, threads: usize) -> String {
        let input = io::Cursor::new(input.to_owned().into_bytes());
        let mut outputs = ChunkResults::new(compiled(program), Box::new(input), 0, Some(threads));
        let mut told = Vec::new();
        let mut spare = ChunkResult::default();
        while let Some(message) = outputs.next(spare).expect("the input has no error") {
            spare = ChunkResult::default();
            match message {
                Message::Part(text) => told.extend(text),
                Message::Whole(result) => {
                    for segment in &result.segments {
                        match segment {
                            Segment::Printed { range, .. } => {
                                told.extend_from_slice(&result.out()[range.clone()]);
                            }
                            Segment::Value { range, .. } => {
                                told.extend_from_slice(b"engine: ");
                                told.extend_from_slice(&result.bytes()[range.clone()]);
                                told.push(b'\n');
                            }
                            Segment::Rest(_) => told.extend_from_slice(b"rest\n"),
                        }
                    }
                    spare = result;
                }
            }
        }
        String::from_utf8(told).expect("text")
    }

    #[test]
    fn any_number_of_threads_returns_results_in_input_order() {
        let mut input = String::new();
        let mut expected = String::new();
        for n in 0..150_000 {
            if n % 1000 == 7 {
                input.push_str("{\"n\":1e3}\n");
                expected.push_str("engine: {\"n\":1e3}\n");
            }
            writeln!(input, "{{\"n\":{n},\"rest\":\"xxxxxxxxxx\"}}").unwrap();
            writeln!(expected, "{n}").unwrap();
        }
        for threads in [1, 2, 5] {
            assert_eq!(
                outputs(".n", &input, threads),
                expected,
                "{threads} threads"
            );
        }
    }

    #[test]
    fn threads_work_on_input_from_a_pipe() {
        /// A reader that returns at most the capacity of a pipe at once, so that reads end inside
        /// lines.
        struct Pipe(io::Cursor<Vec<u8>>);
        impl Read for Pipe {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let length = buffer.len().min(FIRST_BYTES);
                self.0.read(&mut buffer[..length])
            }
        }
        let input = "{\"n\":\"xxxxxxxxxx\"}\n".repeat(100_000).into_bytes();
        let pipe = Pipe(io::Cursor::new(input));
        let mut outputs = ChunkResults::new(compiled("empty"), Box::new(pipe), 0, Some(2));
        while outputs
            .next(ChunkResult::default())
            .expect("the input has no error")
            .is_some()
        {}
        assert!(matches!(outputs.source, ResultSource::There { .. }));
    }

    #[test]
    fn the_results_of_a_huge_value_are_passed_on_in_parts_in_order() {
        let mut input = String::from("{\"Records\":[");
        let mut expected = String::new();
        for n in 0..150_000 {
            let comma = if n == 0 { "" } else { "," };
            write!(input, "{comma}{{\"n\":{n},\"rest\":\"xxxxxxxxxx\"}}").unwrap();
            writeln!(expected, "{n}").unwrap();
        }
        input.push_str("]}");
        assert_eq!(outputs(".Records[].n", &input, 2), expected);
    }

    #[test]
    fn values_on_one_line_or_on_several_lines_are_separated() {
        let input = "{\"n\":1} {\"n\":2}[]{\"n\"\n:3}\n\"x\" {\"n\":nan} {\"n\":4}\n";
        assert_eq!(outputs(".n?", input, 1), "1\n2\n3\nrest\n");
    }
}
