//! The thread on which S3 is asked, and the buckets that are read as one identity.

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

/// S3, as threads without a runtime ask it.
#[derive(Debug)]
pub(crate) struct Cloud {
    handle: Handle,
    /// Dropped, it ends the thread.
    _running: oneshot::Sender<()>,
    identity: Arc<Identity>,
    access: Access,
    buckets: Mutex<HashMap<String, Arc<Bucket>>>,
}

impl Cloud {
    /// Finds the identity that `accounts` names; S3 is not asked yet.
    ///
    /// # Errors
    /// [`Failure::Usage`] where more than one identity is named, [`Failure::Configuration`] where it is not set up.
    pub(crate) fn connect(accounts: Accounts, access: Access) -> Result<Self, Failure> {
        Self::connect_to(Asked::S3, accounts, access)
    }

    /// The same, where Athena may be asked too.
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
        // Only a thread inside the runtime moves its connections and timers on.
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

    /// The bucket `name`, which all who read it share.
    pub(crate) fn bucket(&self, name: &str) -> Arc<Bucket> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Bucket::new(name, Arc::clone(&self.identity), self.access.clone());
        let bucket = buckets.entry(name.to_owned());
        Arc::clone(bucket.or_insert_with(|| Arc::new(new())))
    }

    /// Athena, asked as the same identity.
    pub(crate) fn athena(&self) -> Athena {
        Athena::new(Arc::clone(&self.identity), self.access.attempts)
    }

    /// The runtime that futures about these buckets run on.
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }
}
