//! The thread that calls S3, and the buckets that are read with one identity.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::anyhow;
use ct_aws::athena::Athena;
use ct_aws::identity::Identity;
use ct_aws::s3::{Access, Bucket};
use ct_core::exit::Failure;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::account::identities::{self, Accounts, Asked};

/// An S3 client for threads without an async runtime.
#[derive(Debug)]
pub(crate) struct Cloud {
    handle: Handle,
    /// Ends the thread when dropped.
    _running: oneshot::Sender<()>,
    identity: Arc<Identity>,
    access: Access,
    buckets: Mutex<HashMap<String, Arc<Bucket>>>,
}

impl Cloud {
    /// Resolves the identity that `accounts` name, without calling S3.
    ///
    /// # Errors
    /// [`Failure::Usage`] if more than one identity is named, [`Failure::Configuration`] if it is
    /// not configured.
    pub(crate) fn connect(accounts: Accounts, access: Access) -> Result<Self, Failure> {
        Self::connect_to(Asked::S3, accounts, access)
    }

    /// Like [`Cloud::connect`], for the service `asked`.
    ///
    /// # Errors
    /// As [`Cloud::connect`].
    pub(crate) fn connect_to(
        asked: Asked,
        accounts: Accounts,
        access: Access,
    ) -> Result<Self, Failure> {
        let cannot_start = |error: io::Error| {
            Failure::Other(anyhow!(
                "cannot start: {error}: check the limits on files and threads"
            ))
        };
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(cannot_start)?;
        let identity = runtime.block_on(identities::connect_to(asked, accounts))?;
        let handle = runtime.handle().clone();
        let (running, ended) = oneshot::channel::<()>();
        // Connections and timers need a thread inside the runtime.
        let run = move || drop(runtime.block_on(ended));
        let thread = thread::Builder::new().name("s3".to_owned());
        thread.spawn(run).map_err(cannot_start)?;
        Ok(Self {
            handle,
            _running: running,
            identity: Arc::new(identity),
            access,
            buckets: Mutex::default(),
        })
    }

    /// The bucket `name`, shared by all its readers.
    pub(crate) fn bucket(&self, name: &str) -> Arc<Bucket> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Bucket::new(name, Arc::clone(&self.identity), self.access.clone());
        let bucket = buckets.entry(name.to_owned());
        Arc::clone(bucket.or_insert_with(|| Arc::new(new())))
    }

    /// An Athena client with the same identity.
    pub(crate) fn athena(&self) -> Athena {
        Athena::new(Arc::clone(&self.identity), self.access.attempts)
    }

    /// The runtime for futures of these buckets.
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }
}
