//! Whose credentials sign: botocore's providers, in botocore's order and with its words.

mod cache;
mod clients;
mod keys;
mod process;
mod role;
mod sso;
mod web_identity;

use std::error::Error;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::login::LoginCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};

use super::config::Config;
use super::fault::Fault;
pub(crate) use clients::Clients;

/// An identity that signs, asked again when its keys expire.
#[derive(Debug)]
pub(crate) struct Signer {
    pub(crate) identity: Option<Identity>,
    pub(crate) clients: Clients,
}

/// A source of keys that was found.
#[derive(Debug)]
pub(crate) struct Identity {
    source: Source,
    /// What it gave when it was found, for the first who asks.
    first: Mutex<Option<Credentials>>,
}

/// Where keys come from.
#[derive(Debug)]
enum Source {
    Keys(Credentials),
    Process(String),
    Role(Box<role::Role>),
    WebIdentity(web_identity::WebIdentity),
    Sso(sso::Sso),
    /// What `aws login` left for this session.
    Login(String),
    Container,
    Instance,
}

/// Whether the environment's settings count as well, or the profile's alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Environment,
    Profile,
}

/// The first source there is; what only the network can tell is asked when a request is to be signed, except of a
/// process, a container and an instance, as in botocore.
///
/// # Errors
/// When a source is configured in half, or gives nothing when it is asked here.
pub(crate) async fn find(config: &Config) -> Result<Option<Identity>, Fault> {
    let scope = match config.asked_profile() {
        None => Scope::Environment,
        Some(_) => Scope::Profile,
    };
    if scope == Scope::Environment
        && let Some(keys) = keys::environment(config)?
    {
        return Ok(Some(Identity::of(Source::Keys(keys))));
    }
    let name = config.profile_name().unwrap_or("default");
    if let Some(role) = role::find(config, name).await? {
        return Ok(Some(role));
    }
    if let Some(identity) = of_profile(config, name, scope).await? {
        return Ok(Some(identity));
    }
    if let Some(identity) = container(config).await? {
        return Ok(Some(identity));
    }
    instance(config).await
}

/// What a profile has that needs no other profile.
async fn of_profile(config: &Config, name: &str, scope: Scope) -> Result<Option<Identity>, Fault> {
    if let Some(token) = web_identity::WebIdentity::new(config, name, scope)? {
        return Ok(Some(Identity::of(Source::WebIdentity(token))));
    }
    if let Some(sso) = sso::Sso::new(config, name)? {
        return Ok(Some(Identity::of(Source::Sso(sso))));
    }
    if let Some(keys) = keys::credentials_file(config, name)? {
        return Ok(Some(Identity::of(Source::Keys(keys))));
    }
    let setting = |key: &str| config.profile_named(name)?.get(key);
    if let Some(session) = setting("login_session") {
        return Ok(Some(Identity::of(Source::Login(session.clone()))));
    }
    if let Some(command) = setting("credential_process") {
        let keys = process::run(command).await?;
        return Ok(Some(match keys.expiry() {
            None => Identity::of(Source::Keys(keys)),
            Some(_) => Identity::with(Source::Process(command.clone()), keys),
        }));
    }
    let keys = keys::config_file(config, name)?;
    Ok(keys.map(|keys| Identity::of(Source::Keys(keys))))
}

async fn container(config: &Config) -> Result<Option<Identity>, Fault> {
    let is_there = [
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ]
    .iter()
    .any(|name| config.variable(name).is_some());
    if !is_there {
        return Ok(None);
    }
    let keys = Source::Container.keys(None).await?;
    Ok(Some(Identity::with(Source::Container, keys)))
}

async fn instance(config: &Config) -> Result<Option<Identity>, Fault> {
    if config.flag("AWS_EC2_METADATA_DISABLED", "") {
        return Ok(None);
    }
    // Like botocore, takes a service that does not answer for a machine that has none.
    let keys = Source::Instance.keys(None).await.ok();
    Ok(keys.map(|keys| Identity::with(Source::Instance, keys)))
}

impl Identity {
    fn of(source: Source) -> Self {
        Self {
            source,
            first: Mutex::new(None),
        }
    }

    fn with(source: Source, first: Credentials) -> Self {
        Self {
            source,
            first: Mutex::new(Some(first)),
        }
    }

    /// Keys to sign with now.
    ///
    /// # Errors
    /// When the source gives none, or expired ones.
    async fn keys(&self, clients: &Clients) -> Result<Credentials, Fault> {
        let first = self
            .first
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let keys = match first {
            Some(keys) if !is_expired(&keys) => keys,
            _ => Box::pin(self.source.keys(Some(clients))).await?,
        };
        if is_expired(&keys) {
            return Err(Fault::General(
                "Credentials were refreshed, but the refreshed credentials are still expired."
                    .to_owned(),
            ));
        }
        Ok(keys)
    }
}

fn is_expired(keys: &Credentials) -> bool {
    keys.expiry()
        .is_some_and(|expiry| expiry <= SystemTime::now())
}

impl Source {
    /// Asks; `clients` are needed by what asks AWS.
    async fn keys(&self, clients: Option<&Clients>) -> Result<Credentials, Fault> {
        match (self, clients) {
            (Self::Keys(keys), _) => Ok(keys.clone()),
            (Self::Process(command), _) => process::run(command).await,
            (Self::Container, _) => EcsCredentialsProvider::builder()
                .build()
                .provide_credentials()
                .await
                .map_err(|error| retrieval("container-role", &innermost(&error))),
            (Self::Instance, _) => ImdsCredentialsProvider::builder()
                .build()
                .provide_credentials()
                .await
                .map_err(|error| retrieval("iam-role", &innermost(&error))),
            (Self::Role(role), Some(clients)) => role.assume(clients).await,
            (Self::WebIdentity(token), Some(clients)) => token.assume(clients).await,
            (Self::Sso(sso), Some(clients)) => sso.keys(clients).await,
            (Self::Login(session), Some(clients)) => LoginCredentialsProvider::builder(session)
                .configure(&clients.provider_config())
                .build()
                .provide_credentials()
                .await
                .map_err(|error| login_fault(session, &error)),
            (_, None) => Err(Fault::NoCredentials),
        }
    }
}

/// botocore's `CredentialRetrievalError`.
fn retrieval(provider: &str, reason: &str) -> Fault {
    Fault::General(format!(
        "Error when retrieving credentials from {provider}: {reason}"
    ))
}

/// botocore's `PartialCredentialsError`.
fn partial(provider: &str, missing: &str) -> Fault {
    Fault::General(format!(
        "Partial credentials found in {provider}, missing: {missing}"
    ))
}

/// botocore's `LoginTokenLoadError`.
fn login_fault(session: &str, error: &CredentialsError) -> Fault {
    let reason = match last(error).downcast_ref::<io::Error>() {
        Some(error) if error.kind() == io::ErrorKind::NotFound => format!(
            "Unable to load a existing login session for session {session}. Please reauthenticate \
             with 'aws login'."
        ),
        _ => innermost(error),
    };
    Fault::General(format!("Error loading login session token: {reason}"))
}

/// The last of an error's causes, which says most.
fn last<'e>(error: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    last(error).to_string()
}

impl ProvideCredentials for Signer {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let keys = match &self.identity {
                Some(identity) => identity.keys(&self.clients).await,
                None => Err(Fault::NoCredentials),
            };
            keys.map_err(CredentialsError::provider_error)
        })
    }
}
