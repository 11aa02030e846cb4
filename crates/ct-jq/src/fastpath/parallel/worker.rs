//! A worker thread that runs the fast path on chunks.

use std::io;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::chunk_result::{ChunkResult, work};
use super::chunks::{Chunks, READ_BYTES};
use super::document::{self, DocumentOutcome, Team};
use super::{Message, lock};
use crate::fastpath::{FastPath, Scratch};

/// The maximum number of parts of a chunk's results that wait to be printed.
const PARTS_AHEAD: usize = 2;

/// The minimum size in bytes of a chunk whose results are sent in parts. Only a chunk with a huge
/// value is that large.
const LARGE_BYTES: usize = 4 * READ_BYTES;

type Queue = SyncSender<io::Result<Receiver<Message>>>;
type Shared = Mutex<(Chunks, Queue)>;

/// A worker thread, and the state that it shares with the other workers.
pub(super) struct Worker<'w> {
    pub(super) fast_path: &'w FastPath,
    pub(super) shared: &'w Shared,
    pub(super) spares: &'w Mutex<Vec<ChunkResult>>,
    pub(super) number: usize,
    /// The number of worker threads.
    pub(super) threads: usize,
}

/// A chunk to process, and the channel for its results.
struct Task {
    result: ChunkResult,
    /// If the engine must process the first value: the number of bytes of the value's results that
    /// have been sent. Otherwise `None`.
    printed: Option<usize>,
    messages: SyncSender<Message>,
}

impl Worker<'_> {
    /// Processes chunks until the input ends or the results are no longer needed.
    pub(super) fn serve(&self) {
        let mut scratch = Scratch::default();
        while let Some(task) = self.next() {
            let is_large = task.result.bytes().len() >= LARGE_BYTES;
            // If the receiver was dropped, the thread ends after this chunk.
            let mut part = |text| drop(task.messages.send(Message::Part(text)));
            let part: Option<&mut dyn FnMut(Vec<u8>)> =
                if is_large { Some(&mut part) } else { None };
            let whole = work(
                self.fast_path,
                task.result,
                &mut scratch,
                part,
                task.printed,
            );
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
                result: ChunkResult {
                    chunk,
                    out: spare.out,
                    segments: spare.segments,
                    thread: self.number,
                    ..ChunkResult::default()
                },
                printed: None,
                messages,
            };
            // While a document uses threads of its own, the other workers wait for the lock.
            let chunk = &task.result.chunk;
            let is_open = chunk.is_open() && !self.fast_path.leaves(chunk);
            if !is_open || !or_tell(self.document(chunks, &mut task), queue)? {
                return Some(task);
            }
        }
    }

    /// Tries to process a document in pieces; returns false if `task` must be processed as a whole.
    fn document(&self, chunks: &mut Chunks, task: &mut Task) -> io::Result<bool> {
        let send = |message| drop(task.messages.send(message));
        let mut team = Team {
            threads: self.threads,
            spares: self.spares,
            part: &mut |text| send(Message::Part(text)),
        };
        let head = std::mem::take(&mut task.result.chunk);
        match document::run(self.fast_path, chunks, head, &mut team) {
            Ok(DocumentOutcome::Undone(chunk, printed)) => {
                (task.result.chunk, task.printed) = (chunk, printed);
                Ok(false)
            }
            Ok(DocumentOutcome::Done(whole)) => {
                send(Message::Whole(whole));
                Ok(true)
            }
            Err(error) => {
                send(Message::Whole(ChunkResult::default()));
                Err(error)
            }
        }
    }
}

/// The value that was read; `None` after an error, which is sent to the queue.
fn or_tell<T>(read: io::Result<T>, queue: &Queue) -> Option<T> {
    read.map_err(|error| drop(queue.send(Err(error)))).ok()
}

/// Takes memory for reuse, preferably memory that this thread has used, which may be in its cache.
fn take(spares: &Mutex<Vec<ChunkResult>>, thread: usize) -> ChunkResult {
    let mut spares = lock(spares);
    let own = spares.iter().rposition(|spare| spare.thread == thread);
    let at = own.or(spares.len().checked_sub(1));
    at.map_or_else(ChunkResult::default, |at| spares.swap_remove(at))
}
