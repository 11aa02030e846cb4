//! A client for S3. All of its requests have the same identity, and run on one thread of their own.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::anyhow;
use ct_aws::athena::Athena;
use ct_aws::identity::Identity;
use ct_aws::s3::{AccessOptions, Bucket};
use ct_core::exit::Failure;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::account::identities::{self, Accounts, ServiceName};

/// An S3 client for threads that do not run an async runtime.
#[derive(Debug)]
pub(crate) struct Cloud {
    handle: Handle,
    /// When this is dropped, the thread that runs the requests ends.
    _running: oneshot::Sender<()>,
    identity: Arc<Identity>,
    access: AccessOptions,
    buckets: Mutex<HashMap<String, Arc<Bucket>>>,
}

impl Cloud {
    /// Resolves the identity for `accounts`, without calling S3.
    ///
    /// # Errors
    /// [`Failure::Usage`] if `accounts` name more than one identity, [`Failure::Configuration`] if
    /// the identity is not configured.
    pub(crate) fn connect(accounts: Accounts, access: AccessOptions) -> Result<Self, Failure> {
        Self::connect_to(ServiceName::S3, accounts, access)
    }

    /// Like [`Cloud::connect`], but for the AWS service `service`.
    ///
    /// # Errors
    /// See [`Cloud::connect`].
    pub(crate) fn connect_to(
        service: ServiceName,
        accounts: Accounts,
        access: AccessOptions,
    ) -> Result<Self, Failure> {
        let cannot_start = |error: io::Error| {
            Failure::Other(anyhow!(
                "cannot start: {error}: check the limits on files and threads"
            ))
        };
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(cannot_start)?;
        let identity = runtime.block_on(identities::connect_to(service, accounts))?;
        let handle = runtime.handle().clone();
        let (running, ended) = oneshot::channel::<()>();
        // The async runtime needs a thread of its own, for connections and timers.
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

    /// Returns the client for the bucket `name`. All callers share it.
    pub(crate) fn bucket(&self, name: &str) -> Arc<Bucket> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Bucket::new(name, Arc::clone(&self.identity), self.access.clone());
        let bucket = buckets.entry(name.to_owned());
        Arc::clone(bucket.or_insert_with(|| Arc::new(new())))
    }

    /// Returns an Athena client with the same identity.
    pub(crate) fn athena(&self) -> Athena {
        Athena::new(Arc::clone(&self.identity), self.access.attempts)
    }

    /// Returns the handle of the async runtime that runs the requests.
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }
}
