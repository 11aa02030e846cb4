//! Credentials that are asked for once, however many roles are assumed with them.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use tokio::sync::Mutex;

/// Credentials are asked for anew when they have so long left.
const LEFT: Duration = Duration::from_mins(5);

/// A provider that keeps what another gave: the SDK's own cache does not reach a role's source, and
/// thirty roles would start a `credential_process` thirty times.
pub(crate) struct Shared {
    source: SharedCredentialsProvider,
    last: Mutex<Option<Credentials>>,
}

impl Shared {
    pub(crate) fn new(source: SharedCredentialsProvider) -> Self {
        Self {
            source,
            last: Mutex::default(),
        }
    }

    async fn credentials(&self) -> provider::Result {
        let mut last = self.last.lock().await;
        let until = SystemTime::now() + LEFT;
        let kept = last.as_ref();
        if let Some(kept) = kept.filter(|kept| kept.expiry().is_none_or(|expiry| expiry > until)) {
            return Ok(kept.clone());
        }
        let fresh = self.source.provide_credentials().await?;
        *last = Some(fresh.clone());
        Ok(fresh)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Shared")
    }
}

impl ProvideCredentials for Shared {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}
