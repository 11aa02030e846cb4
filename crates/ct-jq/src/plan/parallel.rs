//! Runs a plan over a stream of values, on several threads once there is enough, with answers in input order.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::answer::{Answer, work};
use super::chunks::{Chunks, FIRST_BYTES, READ_BYTES};
use super::document::{self, Outcome, Team};
use super::{Plan, Scratch};

/// Reads as large as a pipe's before threads are worth their start.
const FULL_READS: usize = 2;

/// For programs and values that nest deeply; only what is used of it costs memory.
pub(super) const STACK_BYTES: usize = 64 << 20;

/// More threads than this have to be asked for: each takes some megabytes, and all wait for one to read.
const MAX_THREADS: usize = 8;

/// Chunks waiting to be printed, at least; half as many as there are threads if that is more.
const AHEAD: usize = 4;

/// Parts of the results of a chunk waiting to be printed.
const PARTS_AHEAD: usize = 2;

/// A chunk from this size on, which holds a huge value, has its results handed on in parts.
const LARGE_BYTES: usize = 4 * READ_BYTES;

/// What comes of a chunk.
#[derive(Debug)]
pub enum Message {
    /// Results of a large value that is still being worked on.
    Part(Vec<u8>),
    /// All there is to the chunk.
    Whole(Answer),
}

/// The answers to one input, in order.
pub struct Answers {
    plan: Arc<Plan>,
    /// `None` as long as nobody has asked how many processors there are, which takes longer than a short input.
    threads: Option<usize>,
    source: Source,
    scratch: Scratch,
    full_reads: usize,
    /// Whether no thread could be started.
    is_alone: bool,
}

/// Where the next answer comes from.
enum Source {
    /// This thread.
    Here(Chunks),
    /// Threads; a queue of channels, one a chunk.
    There {
        queue: Receiver<io::Result<Receiver<Message>>>,
        current: Option<Receiver<Message>>,
        /// Answers that have been dealt with.
        spares: Arc<Mutex<Vec<Answer>>>,
    },
    Ended,
}

impl Answers {
    /// Begins to read `reader`, which is thought to give `expected` bytes; at most `threads` threads beside this one
    /// work on it, or as many as there are processors.
    #[must_use]
    pub fn new(
        plan: Arc<Plan>,
        reader: Box<dyn Read + Send>,
        expected: usize,
        threads: Option<usize>,
    ) -> Self {
        let source = Source::Here(Chunks::new(reader, expected));
        Self {
            plan,
            threads,
            source,
            scratch: Scratch::default(),
            full_reads: 0,
            is_alone: false,
        }
    }

    /// The next message; `spare` is an answer that has been dealt with, whose memory is used again.
    ///
    /// # Errors
    /// The reader's own; nothing comes after it.
    pub fn next(&mut self, spare: Answer) -> io::Result<Option<Message>> {
        if let Source::Here(chunks) = &mut self.source {
            let Some(mut chunk) = chunks.next(spare.chunk)? else {
                self.source = Source::Ended;
                return Ok(None);
            };
            let length = chunk.bytes().len();
            self.full_reads += usize::from(length >= FIRST_BYTES);
            if chunk.is_open() && self.is_alone {
                chunk = chunks.finish(chunk)?;
            }
            if self.is_alone
                || !chunk.is_open()
                    && (self.full_reads <= FULL_READS || known(&mut self.threads) < 2)
            {
                let answer = Answer {
                    chunk,
                    out: spare.out,
                    steps: spare.steps,
                    ..Answer::default()
                };
                return Ok(Some(Message::Whole(work(
                    &self.plan,
                    answer,
                    &mut self.scratch,
                    None,
                    None,
                ))));
            }
            chunks.unread(chunk);
            self.go_parallel()?;
            return if self.is_alone {
                self.next(Answer::default())
            } else {
                self.receive(Answer::default())
            };
        }
        self.receive(spare)
    }

    fn receive(&mut self, spare: Answer) -> io::Result<Option<Message>> {
        match &mut self.source {
            Source::Here(_) | Source::Ended => Ok(None),
            Source::There {
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
        let Source::Here(chunks) = std::mem::replace(&mut self.source, Source::Ended) else {
            return Ok(());
        };
        let threads = known(&mut self.threads);
        let (sender, queue) = sync_channel(AHEAD.max(threads / 2));
        let shared = Arc::new(Mutex::new((chunks, sender)));
        let spares = Arc::new(Mutex::new(Vec::new()));
        for number in 0..threads {
            let (plan, own, spares) = (self.plan.clone(), shared.clone(), spares.clone());
            // A thread may wait for input for ever; it ends with the process then.
            let serve = move || {
                let worker = Worker {
                    plan: &plan,
                    shared: &own,
                    spares: &spares,
                    number,
                    threads,
                };
                worker.serve();
            };
            let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(serve);
            if thread.is_err() && number > 0 {
                // One is enough where there are no others to be had.
                break;
            }
            if thread.is_err() {
                let shared = Arc::into_inner(shared).ok_or_else(ended_early)?;
                let (chunks, _) = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
                self.source = Source::Here(chunks);
                self.is_alone = true;
                return Ok(());
            }
        }
        self.source = Source::There {
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

/// So many threads, or as many as there are processors, within reason.
fn known(threads: &mut Option<usize>) -> usize {
    let processors = || thread::available_parallelism().map_or(1, usize::from);
    *threads.get_or_insert_with(|| processors().min(MAX_THREADS))
}

type Queue = SyncSender<io::Result<Receiver<Message>>>;
type Shared = Mutex<(Chunks, Queue)>;

/// One of the threads.
struct Worker<'w> {
    plan: &'w Plan,
    shared: &'w Shared,
    spares: &'w Mutex<Vec<Answer>>,
    number: usize,
    /// How many there are.
    threads: usize,
}

/// A chunk to work on, and where its answer goes.
struct Task {
    answer: Answer,
    /// Of the first value's results, bytes that have been handed on.
    printed: Option<usize>,
    messages: SyncSender<Message>,
}

impl Worker<'_> {
    /// Takes chunk after chunk, until there is none or nobody wants the answers any more.
    fn serve(&self) {
        let mut scratch = Scratch::default();
        while let Some(task) = self.next() {
            let is_large = task.answer.bytes().len() >= LARGE_BYTES;
            // When nobody listens any more, the next chunk finds the queue closed.
            let mut part = |text| drop(task.messages.send(Message::Part(text)));
            let part: Option<&mut dyn FnMut(Vec<u8>)> =
                if is_large { Some(&mut part) } else { None };
            let whole = work(self.plan, task.answer, &mut scratch, part, task.printed);
            if task.messages.send(Message::Whole(whole)).is_err() {
                return;
            }
        }
    }

    fn next(&self) -> Option<Task> {
        loop {
            let spare = take(self.spares, self.number);
            // Reading and queueing under one lock keeps the queue in input order.
            let mut shared = lock(self.shared);
            let (chunks, queue) = &mut *shared;
            let chunk = or_tell(chunks.next(spare.chunk), queue)??;
            let (messages, receiver) = sync_channel(PARTS_AHEAD);
            queue.send(Ok(receiver)).ok()?;
            let mut task = Task {
                answer: Answer {
                    chunk,
                    out: spare.out,
                    steps: spare.steps,
                    thread: self.number,
                    ..Answer::default()
                },
                printed: None,
                messages,
            };
            // The other threads wait while a document has threads of its own.
            if !task.answer.chunk.is_open() || !or_tell(self.document(chunks, &mut task), queue)? {
                return Some(task);
            }
        }
    }

    /// Deals with a document in pieces; whether that was all there is to do.
    fn document(&self, chunks: &mut Chunks, task: &mut Task) -> io::Result<bool> {
        let send = |message| drop(task.messages.send(message));
        let mut team = Team {
            threads: self.threads,
            spares: self.spares,
            part: &mut |text| send(Message::Part(text)),
        };
        let head = std::mem::take(&mut task.answer.chunk);
        match document::run(self.plan, chunks, head, &mut team) {
            Ok(Outcome::Undone(chunk, printed)) => {
                (task.answer.chunk, task.printed) = (chunk, printed);
                Ok(false)
            }
            Ok(Outcome::Done(whole)) => {
                send(Message::Whole(whole));
                Ok(true)
            }
            Err(error) => {
                send(Message::Whole(Answer::default()));
                Err(error)
            }
        }
    }
}

/// What was read; an error goes to the queue, where nobody misses it if nobody listens.
fn or_tell<T>(read: io::Result<T>, queue: &Queue) -> Option<T> {
    read.map_err(|error| drop(queue.send(Err(error)))).ok()
}

/// Memory to be used again: the thread's own, which it may have at hand, or another's.
fn take(spares: &Mutex<Vec<Answer>>, thread: usize) -> Answer {
    let mut spares = lock(spares);
    let own = spares.iter().rposition(|spare| spare.thread == thread);
    let at = own.or(spares.len().checked_sub(1));
    at.map_or_else(Answer::default, |at| spares.swap_remove(at))
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Step, Style, Unit};
    use std::fmt::Write as _;

    fn plan(program: &str) -> Arc<Plan> {
        let term =
            jaq_core::load::parse(program, |parser| parser.term()).expect("the program is valid");
        let style = Style {
            indent: None,
            raw: false,
            end: "\n",
        };
        Arc::new(Plan::compile(&term, &[], style, Unit::Value).expect("the program can be lowered"))
    }

    /// Results and what is left to the engine, in order.
    fn answers(program: &str, input: &str, threads: usize) -> String {
        let input = io::Cursor::new(input.to_owned().into_bytes());
        let mut answers = Answers::new(plan(program), Box::new(input), 0, Some(threads));
        let mut told = Vec::new();
        let mut spare = Answer::default();
        while let Some(message) = answers.next(spare).expect("nothing fails") {
            spare = Answer::default();
            match message {
                Message::Part(text) => told.extend(text),
                Message::Whole(answer) => {
                    for step in &answer.steps {
                        match step {
                            Step::Printed { range, .. } => {
                                told.extend_from_slice(&answer.out()[range.clone()]);
                            }
                            Step::Value { range, .. } => {
                                told.extend_from_slice(b"engine: ");
                                told.extend_from_slice(&answer.bytes()[range.clone()]);
                                told.push(b'\n');
                            }
                            Step::Rest(_) => told.extend_from_slice(b"rest\n"),
                        }
                    }
                    spare = answer;
                }
            }
        }
        String::from_utf8(told).expect("text")
    }

    #[test]
    fn any_number_of_threads_answers_in_input_order() {
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
                answers(".n", &input, threads),
                expected,
                "{threads} threads"
            );
        }
    }

    #[test]
    fn threads_work_on_what_comes_through_a_pipe() {
        /// Gives as much as a pipe at once, some lines of which are still to be ended.
        struct Pipe(io::Cursor<Vec<u8>>);
        impl Read for Pipe {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let length = buffer.len().min(FIRST_BYTES);
                self.0.read(&mut buffer[..length])
            }
        }
        let input = "{\"n\":\"xxxxxxxxxx\"}\n".repeat(100_000).into_bytes();
        let pipe = Pipe(io::Cursor::new(input));
        let mut answers = Answers::new(plan("empty"), Box::new(pipe), 0, Some(2));
        while answers.next(Answer::default()).expect("no error").is_some() {}
        assert!(matches!(answers.source, Source::There { .. }));
    }

    #[test]
    fn the_results_of_a_huge_value_come_in_parts_and_in_order() {
        let mut input = String::from("{\"Records\":[");
        let mut expected = String::new();
        for n in 0..150_000 {
            let comma = if n == 0 { "" } else { "," };
            write!(input, "{comma}{{\"n\":{n},\"rest\":\"xxxxxxxxxx\"}}").unwrap();
            writeln!(expected, "{n}").unwrap();
        }
        input.push_str("]}");
        assert_eq!(answers(".Records[].n", &input, 2), expected);
    }

    #[test]
    fn values_that_share_a_line_or_take_several_are_told_apart() {
        let input = "{\"n\":1} {\"n\":2}[]{\"n\"\n:3}\n\"x\" {\"n\":nan} {\"n\":4}\n";
        assert_eq!(answers(".n?", input, 1), "1\n2\n3\nrest\n");
    }
}
