//! Distributes files to threads that read them, and returns the records in the order of the files.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ct_core::exit::Failure;

use crate::source::archive::evidence::verdict::Verdict;
use crate::source::archive::location::OpenError;
use crate::source::archive::read::{FileTally, RecordBatch};

/// The longest time for which [`Queue::pop`] waits, so that its caller can check for signals.
const PATIENCE: Duration = Duration::from_millis(100);

/// A part of what a thread returns for a file.
#[derive(Debug)]
pub(crate) enum QueueItem {
    /// Some of the file's records, and its unreadable parts.
    RecordBatch(RecordBatch),
    /// The verdict of the validation on the file. It precedes the first [`QueueItem::RecordBatch`].
    Verdict(Verdict),
    /// The end of the file, or the reason why the file cannot be read.
    End(Result<FileTally, OpenError>),
}

/// A queue of files for several threads. Files are identified by their index. The current file is
/// the one whose records the queue returns next.
#[derive(Debug)]
pub(crate) struct Queue {
    files: usize,
    /// The maximum number of files that threads read ahead of the current file.
    ahead: usize,
    /// The maximum size of the records in the queue, in bytes. Records of the current file are
    /// accepted even beyond this limit.
    waiting_bytes: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    claimed: usize,
    current: usize,
    pieces: BTreeMap<usize, VecDeque<QueueItem>>,
    bytes: usize,
    is_closed: bool,
}

/// What the caller of the queue gets next.
#[derive(Debug)]
pub(crate) enum Next {
    /// A part of what was read from the file with this index.
    Item(usize, QueueItem),
    /// Nothing yet: the threads have not read the next part of the current file.
    NotYet,
    /// Nothing more: every file was returned to its end, or the queue is closed.
    Done,
}

impl Queue {
    pub(crate) fn new(files: usize, ahead: usize, waiting_bytes: usize) -> Self {
        Self {
            files,
            ahead,
            waiting_bytes,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Returns the index of the next file that a thread must read; `None` if no file remains. Waits
    /// while too many files are read ahead of the current one.
    pub(crate) fn claim(&self) -> Option<usize> {
        let mut state = self.lock();
        while !state.is_closed
            && state.claimed < self.files
            && state.claimed > state.current + self.ahead
        {
            state = self.wait(state);
        }
        if state.is_closed || state.claimed == self.files {
            return None;
        }
        state.claimed += 1;
        Some(state.claimed - 1)
    }

    /// Adds a part of a file to the queue. Waits while the queue is full.
    ///
    /// # Errors
    /// [`Failure::ReaderLeft`] if the queue is closed.
    pub(crate) fn push(&self, file: usize, piece: QueueItem) -> Result<(), Failure> {
        let mut state = self.lock();
        while !state.is_closed && state.bytes > self.waiting_bytes && state.current != file {
            state = self.wait(state);
        }
        if state.is_closed {
            return Err(Failure::ReaderLeft);
        }
        state.bytes += bytes(&piece);
        state.pieces.entry(file).or_default().push_back(piece);
        self.changed.notify_all();
        Ok(())
    }

    /// Returns the next part of the current file, without waiting.
    pub(crate) fn try_pop(&self) -> Next {
        Self::take(self.files, &mut self.lock(), &self.changed)
    }

    /// Like [`Queue::try_pop`], but waits up to 100 ms for the next part.
    pub(crate) fn pop(&self) -> Next {
        let mut state = self.lock();
        let next = Self::take(self.files, &mut state, &self.changed);
        if !matches!(next, Next::NotYet) {
            return next;
        }
        let waited = self.changed.wait_timeout(state, PATIENCE);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        Self::take(self.files, &mut state, &self.changed)
    }

    fn take(files: usize, state: &mut State, changed: &Condvar) -> Next {
        if state.is_closed || state.current == files {
            return Next::Done;
        }
        let file = state.current;
        let Some(piece) = state.pieces.get_mut(&file).and_then(VecDeque::pop_front) else {
            return Next::NotYet;
        };
        state.bytes -= bytes(&piece);
        if matches!(piece, QueueItem::End(_)) {
            state.pieces.remove(&file);
            state.current += 1;
        }
        changed.notify_all();
        Next::Item(file, piece)
    }

    /// Closes the queue. The threads that read files then end.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        let waited = self.changed.wait(state);
        waited.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes the queue when a thread panics, so that the other threads do not wait for it forever.
pub(crate) struct CloseOnPanic<'q>(pub(crate) &'q Queue);

impl Drop for CloseOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.close();
        }
    }
}

fn bytes(piece: &QueueItem) -> usize {
    match piece {
        QueueItem::RecordBatch(part) => part.items.iter().map(|item| item.record.len()).sum(),
        QueueItem::Verdict(_) | QueueItem::End(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> QueueItem {
        QueueItem::RecordBatch(RecordBatch {
            problems: vec![text.to_owned()],
            ..RecordBatch::default()
        })
    }

    fn shown(next: &Next) -> String {
        format!("{next:?}")
    }

    #[test]
    fn parts_are_returned_in_file_order() {
        let queue = Queue::new(2, 8, 1 << 20);
        assert_eq!(
            (queue.claim(), queue.claim(), queue.claim()),
            (Some(0), Some(1), None)
        );
        queue.push(1, problem("b")).unwrap();
        assert_eq!(shown(&queue.try_pop()), "NotYet");
        queue
            .push(1, QueueItem::End(Ok(FileTally::default())))
            .unwrap();
        let gone = OpenError::File(std::io::ErrorKind::NotFound.into());
        queue.push(0, QueueItem::End(Err(gone))).unwrap();
        assert!(matches!(queue.pop(), Next::Item(0, QueueItem::End(Err(_)))));
        assert!(matches!(
            queue.pop(),
            Next::Item(1, QueueItem::RecordBatch(_))
        ));
        assert!(matches!(queue.pop(), Next::Item(1, QueueItem::End(Ok(_)))));
        assert!(matches!(queue.pop(), Next::Done));
    }

    #[test]
    fn a_closed_queue_accepts_and_returns_nothing() {
        let queue = Queue::new(2, 8, 1 << 20);
        queue.close();
        assert!(queue.push(0, problem("a")).is_err());
        assert_eq!(queue.claim(), None);
        assert!(matches!(queue.pop(), Next::Done));
    }
}
