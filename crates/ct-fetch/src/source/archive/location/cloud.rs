//! A client for S3 whose requests run on one thread, all with the same identity.

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

/// An S3 client that any thread can use without an async runtime.
#[derive(Debug)]
pub(crate) struct Cloud {
    handle: Handle,
    /// Ends the thread that sends requests when it is dropped.
    _running: oneshot::Sender<()>,
    identity: Arc<Identity>,
    access: AccessOptions,
    buckets: Mutex<HashMap<String, Arc<Bucket>>>,
}

impl Cloud {
    /// Finds the identity that `accounts` name, without calling S3.
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
    /// As [`Cloud::connect`].
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
        // Connections and timers need a thread that runs the async runtime.
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

    /// Returns the bucket `name`, which all its readers share.
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

    /// Returns the async runtime that runs requests to S3.
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }
}
