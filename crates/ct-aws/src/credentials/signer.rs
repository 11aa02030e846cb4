//! Provides the credentials of one source for signing. The source is queried once for all requests.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use tokio::sync::Mutex;

use super::role::CommandLineRole;
use super::{Clients, CredentialSource, KeySource};
use crate::error::SetupError;
use crate::role::Role;

/// Credentials are refreshed when their remaining lifetime is less than five minutes. If a quarter
/// of their whole lifetime is shorter than five minutes, this quarter is the limit.
const LEFT: Duration = Duration::from_mins(5);

/// Credentials to sign with, which are refreshed before they expire.
pub struct Signer {
    source: Result<Option<KeySource>, SetupError>,
    clients: Clients,
    kept: Mutex<Option<CachedKeys>>,
}

struct CachedKeys {
    keys: Credentials,
    /// When to refresh the credentials, or `None` if they do not expire.
    until: Option<SystemTime>,
}

impl Signer {
    /// A signer with the credentials of `source`. An `Err` in `source` is the reason why there are
    /// no credentials.
    #[must_use]
    pub fn new(source: Result<Option<KeySource>, SetupError>, clients: Clients) -> Self {
        Self {
            source,
            clients,
            kept: Mutex::default(),
        }
    }

    /// A signer with the credentials for `role`, which is assumed with the credentials of `self`.
    #[must_use]
    pub fn assume(self: &Arc<Self>, role: &Role, external_id: Option<&str>) -> Self {
        let assumed = CommandLineRole::new(Arc::clone(self), role, external_id);
        let source = KeySource::unloaded(CredentialSource::CommandLineRole(assumed));
        Self::new(Ok(Some(source)), self.clients.clone())
    }

    /// The clients of the services that issue credentials.
    #[must_use]
    pub fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Returns credentials with enough remaining lifetime. If refreshing fails, the current
    /// credentials are returned until they expire.
    ///
    /// # Errors
    /// The reason why there are no credentials.
    pub async fn keys(&self) -> Result<Credentials, SetupError> {
        let mut kept = self.kept.lock().await;
        let now = SystemTime::now();
        if let Some(kept) = kept.as_ref().filter(|kept| kept.is_fresh(now)) {
            return Ok(kept.keys.clone());
        }
        let source = self.source.as_ref().map_err(SetupError::clone)?.as_ref();
        let source = source.ok_or(SetupError::NoCredentials)?;
        match source.keys(&self.clients).await {
            Ok(keys) => {
                *kept = Some(CachedKeys::new(keys.clone(), now));
                Ok(keys)
            }
            Err(error) => match kept.as_ref().filter(|kept| kept.is_valid(now)) {
                Some(kept) => Ok(kept.keys.clone()),
                None => Err(error),
            },
        }
    }
}

impl CachedKeys {
    fn new(keys: Credentials, now: SystemTime) -> Self {
        let until = keys.expiry().map(|expiry| {
            let life = expiry.duration_since(now).unwrap_or_default();
            expiry - LEFT.min(life / 4)
        });
        Self { keys, until }
    }

    fn is_fresh(&self, now: SystemTime) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    fn is_valid(&self, now: SystemTime) -> bool {
        self.keys.expiry().is_none_or(|expiry| now < expiry)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Signer")
    }
}

/// The credentials provider for the SDK. The source chain of each error contains a [`SetupError`].
#[derive(Debug)]
struct Provider(Arc<Signer>);

/// Wraps `signer` for the SDK.
pub(crate) fn provider(signer: Arc<Signer>) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Provider(signer))
}

impl ProvideCredentials for Provider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.0
                .keys()
                .await
                .map_err(CredentialsError::provider_error)
        })
    }
}
