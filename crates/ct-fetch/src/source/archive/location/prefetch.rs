//! Downloads S3 objects before they are read, in bounded memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use ct_aws::s3::{Bucket, Error, ErrorKind};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// The number of objects that are downloaded before they are needed, at the beginning of a run.
const FIRST_AHEAD: usize = 4;

/// The maximum number of objects that are downloaded before they are needed.
const MOST_AHEAD: usize = 256;

/// An object to download. `at` is its index in the list of files.
#[derive(Debug)]
pub(crate) struct Download {
    pub(crate) at: usize,
    pub(crate) bucket: Arc<Bucket>,
    pub(crate) key: Box<str>,
    pub(crate) size: usize,
}

/// Downloads S3 objects before they are read. Objects are identified by their index in the list of
/// files.
#[derive(Debug)]
pub(crate) struct Prefetch {
    /// The maximum total size of objects that are being downloaded or wait to be read, in bytes.
    most_bytes: usize,
    state: Mutex<State>,
    arrived: Condvar,
    taken: Notify,
}

#[derive(Debug, Default)]
struct State {
    ready: BTreeMap<usize, Result<Vec<u8>, Error>>,
    /// The size of each object that is being downloaded or waits to be read, in bytes.
    sizes: BTreeMap<usize, usize>,
    bytes: usize,
    /// The index of the first object that no thread has needed yet.
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

    /// Returns the content of the object with the index `at`. Waits until it is downloaded.
    ///
    /// # Errors
    /// Returns the reason why the object cannot be read.
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

    /// Cancels the downloads.
    pub(crate) fn close(&self) {
        self.state().is_closed = true;
        self.arrived.notify_all();
        self.taken.notify_one();
    }

    /// Downloads the objects in order, until all have arrived or the downloads are cancelled.
    pub(crate) async fn run(self: Arc<Self>, objects: Vec<Download>) {
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

    /// Whether the download of an object may start now. If no other object is in memory, the
    /// download may start whatever the size. Otherwise, the thread that reads a very large object
    /// would wait forever.
    fn has_room(&self, wanted: &Download) -> bool {
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

/// Returns the error of a download that was cancelled because the run has ended. No message shows
/// it.
fn closed() -> Error {
    Error {
        kind: ErrorKind::Unreachable,
        message: "the run has ended".to_owned(),
    }
}
