//! Finds the credentials to sign with, from the same sources, in the same order and with the same
//! messages as botocore.

mod cache;
mod clients;
mod keys;
mod process;
mod prompt;
mod role;
pub(crate) mod signer;
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
use aws_credential_types::provider::ProvideCredentials as _;
use aws_credential_types::provider::error::CredentialsError;
use http::HeaderValue;

use crate::config::Config;
use crate::error::{SetupError, find as find_cause, innermost};
use crate::http::ConnectionFailure;
pub use clients::Clients;
pub use signer::Signer;

/// A credential source that was found.
#[derive(Debug)]
pub struct KeySource {
    source: CredentialSource,
    /// The credentials that the source returned while [`find`] searched for it. The first request
    /// uses them.
    first: Mutex<Option<Credentials>>,
}

/// The kinds of credential sources.
#[derive(Debug)]
enum CredentialSource {
    Keys(Credentials),
    Process(String),
    Role(Box<role::ProfileRole>),
    WebIdentity(web_identity::WebIdentity),
    Sso(sso::Sso),
    /// A session file that `aws login` wrote.
    Login(Login),
    /// A role given by a command-line option, assumed with the credentials of another source.
    CommandLineRole(role::CommandLineRole),
    Container,
    Instance,
}

/// A session of `aws login`, and the profile that refers to it.
#[derive(Debug)]
struct Login {
    session: String,
    profile: String,
}

/// Whether credentials are searched for in the environment and the profile, or in the profile only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SettingsScope {
    Environment,
    Profile,
}

/// Finds the first configured credential source. If the source is a process, a container or an
/// instance, this function queries it immediately, as botocore does. All other sources that need
/// the network are queried when a request is signed.
///
/// # Errors
/// If a source is only partly configured, or if a source that was queried returns no credentials.
pub async fn find(config: &Config) -> Result<Option<KeySource>, SetupError> {
    let scope = match config.asked_profile() {
        None => SettingsScope::Environment,
        Some(_) => SettingsScope::Profile,
    };
    if scope == SettingsScope::Environment
        && let Some(keys) = keys::environment(config)?
    {
        return Ok(Some(KeySource::unloaded(CredentialSource::Keys(keys))));
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

/// Finds the credential source of a profile that does not refer to a different profile.
async fn of_profile(
    config: &Config,
    name: &str,
    scope: SettingsScope,
) -> Result<Option<KeySource>, SetupError> {
    if let Some(token) = web_identity::WebIdentity::new(config, name, scope)? {
        return Ok(Some(KeySource::unloaded(CredentialSource::WebIdentity(
            token,
        ))));
    }
    if let Some(sso) = sso::Sso::new(config, name)? {
        return Ok(Some(KeySource::unloaded(CredentialSource::Sso(sso))));
    }
    if let Some(keys) = keys::credentials_file(config, name)? {
        return Ok(Some(KeySource::unloaded(CredentialSource::Keys(keys))));
    }
    let setting = |key: &str| config.profile_named(name)?.get(key);
    if let Some(session) = setting("login_session") {
        return Ok(Some(KeySource::unloaded(CredentialSource::Login(Login {
            session: session.clone(),
            profile: name.to_owned(),
        }))));
    }
    if let Some(command) = setting("credential_process") {
        let keys = process::run(command).await?;
        return Ok(Some(match keys.expiry() {
            None => KeySource::unloaded(CredentialSource::Keys(keys)),
            Some(_) => {
                KeySource::with_credentials(CredentialSource::Process(command.clone()), keys)
            }
        }));
    }
    let keys = keys::config_file(config, name)?;
    Ok(keys.map(|keys| KeySource::unloaded(CredentialSource::Keys(keys))))
}

async fn container(config: &Config) -> Result<Option<KeySource>, SetupError> {
    let is_there = [
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ]
    .iter()
    .any(|name| config.variable(name).is_some());
    if !is_there {
        return Ok(None);
    }
    let keys = CredentialSource::Container.keys(None).await?;
    Ok(Some(KeySource::with_credentials(
        CredentialSource::Container,
        keys,
    )))
}

async fn instance(config: &Config) -> Result<Option<KeySource>, SetupError> {
    if config.flag("AWS_EC2_METADATA_DISABLED", "") {
        return Ok(None);
    }
    // As in botocore, a metadata service that does not respond counts as absent.
    let keys = CredentialSource::Instance.keys(None).await.ok();
    Ok(keys.map(|keys| KeySource::with_credentials(CredentialSource::Instance, keys)))
}

impl KeySource {
    fn unloaded(source: CredentialSource) -> Self {
        Self {
            source,
            first: Mutex::new(None),
        }
    }

    fn with_credentials(source: CredentialSource, first: Credentials) -> Self {
        Self {
            source,
            first: Mutex::new(Some(first)),
        }
    }

    /// Credentials to sign with now.
    ///
    /// # Errors
    /// If the source returns no credentials, expired credentials, or credentials that are invalid in a header.
    async fn keys(&self, clients: &Clients) -> Result<Credentials, SetupError> {
        let first = self
            .first
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let keys = match first {
            Some(keys) if !is_expired(&keys) => keys,
            _ => Box::pin(self.source.keys(Some(clients)))
                .await
                .map_err(|error| self.of_refresh(error))?,
        };
        if is_expired(&keys) {
            return Err(SetupError::Setting(
                "Credentials were refreshed, but the refreshed credentials are still expired."
                    .to_owned(),
            ));
        }
        check(&keys)?;
        Ok(keys)
    }

    /// Makes an error of a credential process retryable, because the process returned credentials
    /// earlier.
    fn of_refresh(&self, error: SetupError) -> SetupError {
        match (&self.source, error) {
            (CredentialSource::Process(_), SetupError::Setting(message)) => {
                SetupError::Unreachable(message)
            }
            (_, error) => error,
        }
    }
}

/// Rejects credentials that are not valid in an HTTP header, because such credentials make the SDK
/// panic.
fn check(keys: &Credentials) -> Result<(), SetupError> {
    let parts = [
        ("access key ID", Some(keys.access_key_id())),
        ("session token", keys.session_token()),
    ];
    for (name, text) in parts {
        if text.is_some_and(|text| HeaderValue::from_str(text).is_err()) {
            return Err(SetupError::Setting(format!(
                "Invalid header value: the {name} contains a line end or another character that no header may have"
            )));
        }
    }
    Ok(())
}

fn is_expired(keys: &Credentials) -> bool {
    keys.expiry()
        .is_some_and(|expiry| expiry <= SystemTime::now())
}

impl CredentialSource {
    /// Queries the source. Sources that call AWS use `clients`.
    async fn keys(&self, clients: Option<&Clients>) -> Result<Credentials, SetupError> {
        match (self, clients) {
            (Self::Keys(keys), _) => Ok(keys.clone()),
            (Self::Process(command), _) => process::run(command).await,
            (Self::Container, _) => EcsCredentialsProvider::builder()
                .build()
                .provide_credentials()
                .await
                .map_err(|error| away("container-role", &error)),
            (Self::Instance, _) => ImdsCredentialsProvider::builder()
                .build()
                .provide_credentials()
                .await
                .map_err(|error| away("iam-role", &error)),
            (Self::Role(role), Some(clients)) => role.assume(clients).await,
            (Self::WebIdentity(token), Some(clients)) => token.assume(clients).await,
            (Self::Sso(sso), Some(clients)) => sso.keys(clients).await,
            (Self::Login(login), Some(clients)) => {
                LoginCredentialsProvider::builder(&login.session)
                    .configure(&clients.provider_config()?)
                    .build()
                    .provide_credentials()
                    .await
                    .map_err(|error| login.explain(&error))
            }
            (Self::CommandLineRole(assumed), Some(clients)) => assumed.keys(clients).await,
            (_, None) => Err(SetupError::NoCredentials),
        }
    }
}

/// An error with the message of botocore's `CredentialRetrievalError`.
fn retrieval(provider: &str, reason: &str) -> SetupError {
    SetupError::Setting(retrieval_message(provider, reason))
}

fn retrieval_message(provider: &str, reason: &str) -> String {
    format!("Error when retrieving credentials from {provider}: {reason}")
}

/// An error with the message of botocore's `PartialCredentialsError`.
fn partial(provider: &str, missing: &str) -> SetupError {
    SetupError::Setting(format!(
        "Partial credentials found in {provider}, missing: {missing}"
    ))
}

/// The error if the metadata service of a container or an instance returned no credentials. The
/// failure may be temporary.
fn away(provider: &str, error: &CredentialsError) -> SetupError {
    SetupError::Unreachable(retrieval_message(provider, &innermost(error).to_string()))
}

impl Login {
    /// An error with the message of botocore's `LoginTokenLoadError`.
    fn explain(&self, error: &CredentialsError) -> SetupError {
        if let Some(ConnectionFailure(message)) = find_cause(error) {
            return SetupError::Unreachable(message.clone());
        }
        let last: &(dyn Error + 'static) = innermost(error);
        let reason = match last.downcast_ref::<io::Error>() {
            Some(error) if error.kind() == io::ErrorKind::NotFound => format!(
                "Unable to load a existing login session for session {}. Please reauthenticate \
                 with 'aws login'.",
                self.session
            ),
            _ => last.to_string(),
        };
        SetupError::Login {
            message: format!("Error loading login session token: {reason}"),
            command: format!("aws login{}", of_profile_named(&self.profile)),
        }
    }
}

/// The option `--profile` that selects `profile`, with a leading space, for a command that the user
/// can type. Empty for the default profile.
fn of_profile_named(profile: &str) -> String {
    match profile {
        "default" => String::new(),
        name if name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)) =>
        {
            format!(" --profile {name}")
        }
        name => {
            let quoted = ct_core::cli::shell::quoted(name.as_bytes());
            format!(" --profile {}", String::from_utf8_lossy(&quoted))
        }
    }
}
