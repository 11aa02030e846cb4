//! Prefetches S3 objects within bounded memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use ct_aws::s3::{Bucket, Error, ErrorKind};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// The initial number of objects ahead of the last requested one.
const FIRST_AHEAD: usize = 4;

/// The maximum number of objects ahead of the last requested one.
const MOST_AHEAD: usize = 256;

/// An object to get, with its index in the list of files.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) at: usize,
    pub(crate) bucket: Arc<Bucket>,
    pub(crate) key: Box<str>,
    pub(crate) size: usize,
}

/// Objects by their index in the list of files.
#[derive(Debug)]
pub(crate) struct Prefetch {
    /// The maximum total size of the objects that are in progress or waiting.
    most_bytes: usize,
    state: Mutex<State>,
    arrived: Condvar,
    taken: Notify,
}

#[derive(Debug, Default)]
struct State {
    ready: BTreeMap<usize, Result<Vec<u8>, Error>>,
    /// The sizes of the objects that are in progress or ready, in bytes.
    sizes: BTreeMap<usize, usize>,
    bytes: usize,
    /// The index after the last requested one.
    wanted: usize,
    finished: usize,
    is_closed: bool,
}

impl Prefetch {
    pub(crate) fn new(most_bytes: usize) -> Self {
        Self {
            most_bytes,
            state: Mutex::default(),
            arrived: Condvar::new(),
            taken: Notify::new(),
        }
    }

    /// Waits for the object with an index.
    ///
    /// # Errors
    /// The reason why the object cannot be read.
    pub(crate) fn take(&self, at: usize) -> Result<Vec<u8>, Error> {
        let mut state = self.state();
        state.wanted = state.wanted.max(at + 1);
        self.taken.notify_one();
        loop {
            if let Some(object) = state.ready.remove(&at) {
                state.bytes -= state.sizes.remove(&at).unwrap_or(0);
                state.finished += 1;
                self.taken.notify_one();
                return object;
            }
            if state.is_closed {
                return Err(closed());
            }
            let waited = self.arrived.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Cancels the prefetching.
    pub(crate) fn close(&self) {
        self.state().is_closed = true;
        self.arrived.notify_all();
        self.taken.notify_one();
    }

    /// Gets the objects in order, until all are done or the prefetching is cancelled.
    pub(crate) async fn run(self: Arc<Self>, objects: Vec<Wanted>) {
        let mut tasks = JoinSet::new();
        for wanted in objects {
            while !self.has_room(&wanted) {
                if self.state().is_closed {
                    return;
                }
                self.taken.notified().await;
            }
            {
                let mut state = self.state();
                state.bytes += wanted.size;
                state.sizes.insert(wanted.at, wanted.size);
            }
            let prefetch = Arc::clone(&self);
            tasks.spawn(async move {
                let object = wanted.bucket.get(&wanted.key).await;
                prefetch.state().ready.insert(wanted.at, object);
                prefetch.arrived.notify_all();
            });
            while tasks.try_join_next().is_some() {}
        }
        while !self.state().is_closed && tasks.join_next().await.is_some() {}
    }

    /// Whether the download of an object may start now. If no other object is in progress or waiting, the size does
    /// not matter, so that no reader waits forever.
    fn has_room(&self, wanted: &Wanted) -> bool {
        let state = self.state();
        let ahead = (FIRST_AHEAD + 2 * state.finished).min(MOST_AHEAD);
        let is_near = wanted.at < state.wanted + ahead;
        !state.is_closed
            && is_near
            && (state.bytes == 0 || state.bytes + wanted.size <= self.most_bytes)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A result that nobody reads: the run has ended.
fn closed() -> Error {
    Error {
        kind: ErrorKind::Unreachable,
        words: "the run is over".to_owned(),
    }
}
