//! Supports `role_arn` in a profile: requests credentials for a role from STS, with the credentials
//! of a different profile or source.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_credential_types::Credentials;

use super::clients::{Clients, explain};
use super::prompt;
use super::web_identity::{answered, session_name};
use super::{
    CredentialSource, KeySource, SettingsScope, Signer, cache, container, instance, keys,
    of_profile, partial, retrieval,
};
use crate::config::{Config, Section};
use crate::error::SetupError;
use crate::python;
use crate::python::dumps;
use crate::python::value::{Map, Value, string_repr};
use crate::role;

/// The name of the role session, which appears in the records of the session's requests.
const SESSION_NAME: &str = "ct-fetch";

/// The role of a profile. The role's credentials are cached in the files of the AWS CLI.
#[derive(Debug)]
pub(super) struct ProfileRole {
    source: KeySource,
    settings: Settings,
    /// Whether the user was already asked for an MFA code. A code is valid only once.
    was_asked: AtomicBool,
}

/// A role given on the command line. Every run requests new credentials for it.
#[derive(Debug)]
pub(super) struct CommandLineRole {
    base: Arc<Signer>,
    settings: Settings,
}

/// The parameters of AssumeRole.
#[derive(Debug)]
struct Settings {
    arn: String,
    session_name: Option<String>,
    external_id: Option<String>,
    mfa_serial: Option<String>,
    duration_seconds: Option<i32>,
}

/// The role of the profile `name`, or `None` if the profile has no role.
///
/// # Errors
/// If the source of the role's credentials is missing, unknown, circular or without credentials.
pub(super) async fn find(config: &Config, name: &str) -> Result<Option<KeySource>, SetupError> {
    match config.profile_named(name) {
        Some(profile) if is_role(profile) => {
            let mut visited = vec![name.to_owned()];
            load(config, profile, &mut visited).await.map(Some)
        }
        _ => Ok(None),
    }
}

fn is_role(profile: &Section) -> bool {
    profile.contains_key("role_arn") && !profile.contains_key("web_identity_token_file")
}

fn has_keys(profile: &Section) -> bool {
    ["aws_secret_access_key", "aws_access_key_id"]
        .iter()
        .any(|key| profile.contains_key(*key))
}

/// Loads the role of `profile`, whose name is the last element of `visited`.
fn load<'a>(
    config: &'a Config,
    profile: &'a Section,
    visited: &'a mut Vec<String>,
) -> Pin<Box<dyn Future<Output = Result<KeySource, SetupError>> + Send + 'a>> {
    Box::pin(async move {
        let setting = |key: &str| profile.get(key).cloned();
        let settings = Settings {
            arn: setting("role_arn").unwrap_or_default(),
            session_name: setting("role_session_name"),
            external_id: setting("external_id"),
            mfa_serial: setting("mfa_serial"),
            duration_seconds: setting("duration_seconds")
                .and_then(|text| python::int(&text))
                .and_then(|seconds| i32::try_from(seconds).ok()),
        };
        let name = visited.last().cloned().unwrap_or_default();
        let source = match (setting("source_profile"), setting("credential_source")) {
            (Some(_), Some(_)) => {
                return Err(SetupError::Setting(format!(
                    "The profile \"{name}\" contains both source_profile and credential_source."
                )));
            }
            (None, None) => {
                return Err(partial(
                    "assume-role",
                    "source_profile or credential_source",
                ));
            }
            (None, Some(source)) => of_source(config, &source, &name).await?,
            (Some(source), None) => {
                let profile = source_profile(config, &source, visited)?;
                visited.push(source);
                of_source_profile(config, profile, visited).await?
            }
        };
        Ok(KeySource::unloaded(CredentialSource::Role(Box::new(
            ProfileRole {
                source,
                settings,
                was_asked: AtomicBool::new(false),
            },
        ))))
    })
}

/// The settings of the profile `source`. Fails if `visited` already contains `source`, because the
/// profiles then refer to each other in a cycle.
fn source_profile<'a>(
    config: &'a Config,
    source: &str,
    visited: &[String],
) -> Result<&'a Section, SetupError> {
    let parent = visited.last().map_or("", String::as_str);
    let profile = config.profile_named(source).ok_or_else(|| {
        SetupError::Setting(format!(
            "The source_profile \"{source}\" referenced in the profile \"{parent}\" does not exist."
        ))
    })?;
    // A profile may be its own source if it contains credentials.
    let is_own = source == parent && has_keys(profile);
    if visited.iter().any(|name| name == source) && !is_own {
        let names: Vec<_> = visited.iter().map(|name| string_repr(name)).collect();
        return Err(SetupError::Setting(format!(
            "Infinite loop in credential configuration detected. Attempting to load from profile \
             {source} which has already been visited. Visited profiles: [{}]",
            names.join(", ")
        )));
    }
    Ok(profile)
}

async fn of_source_profile(
    config: &Config,
    profile: &Section,
    visited: &mut Vec<String>,
) -> Result<KeySource, SetupError> {
    if is_role(profile) && !has_keys(profile) {
        return load(config, profile, visited).await;
    }
    let name = visited.last().map_or("", String::as_str);
    let identity = Box::pin(of_profile(config, name, SettingsScope::Profile)).await?;
    identity.ok_or_else(|| {
        SetupError::Setting(format!(
            "The source profile \"{name}\" must have credentials."
        ))
    })
}

async fn of_source(config: &Config, source: &str, profile: &str) -> Result<KeySource, SetupError> {
    let found = match source {
        "Environment" => {
            keys::environment(config)?.map(|keys| KeySource::unloaded(CredentialSource::Keys(keys)))
        }
        "EcsContainer" => container(config).await?,
        "Ec2InstanceMetadata" => instance(config).await?,
        _ => {
            return Err(SetupError::Setting(format!(
                "The credential source \"{source}\" referenced in profile \"{profile}\" is not valid."
            )));
        }
    };
    found.ok_or_else(|| {
        let reason =
            format!("No credentials found in credential_source referenced in profile {profile}");
        retrieval(source, &reason)
    })
}

impl ProfileRole {
    /// The credentials for the role, from the cache or else from STS.
    ///
    /// # Errors
    /// If the source has no credentials, or if STS rejects the request.
    pub(super) async fn assume(&self, clients: &Clients) -> Result<Credentials, SetupError> {
        let kept = clients.keys_cache();
        let key = self.settings.cache_key();
        if let Some(keys) = kept.keys(&key) {
            return Ok(keys);
        }
        let settings = &self.settings;
        let code = match &settings.mfa_serial {
            None => None,
            Some(_) if self.was_asked.swap(true, Ordering::Relaxed) => {
                return Err(SetupError::Setting(
                    "Cannot refresh credentials: MFA token required.".to_owned(),
                ));
            }
            Some(serial) => Some(prompt::ask(&format!("Enter MFA code for {serial}: "))?),
        };
        let source = self.source.keys(clients).await?;
        let keys = settings.assume(source, code, clients).await?;
        kept.put_keys(&key, &keys);
        Ok(keys)
    }
}

impl CommandLineRole {
    /// A credential source that assumes `role` with the credentials of `base`.
    pub(super) fn new(base: Arc<Signer>, role: &role::Role, external_id: Option<&str>) -> Self {
        Self {
            base,
            settings: Settings {
                arn: role.arn.clone(),
                session_name: Some(SESSION_NAME.to_owned()),
                external_id: external_id.map(str::to_owned),
                mfa_serial: None,
                duration_seconds: None,
            },
        }
    }

    /// The credentials for the role.
    ///
    /// # Errors
    /// If `base` has no credentials, or if STS rejects the request.
    pub(super) async fn keys(&self, clients: &Clients) -> Result<Credentials, SetupError> {
        let base = self.base.keys().await?;
        self.settings.assume(base, None, clients).await
    }
}

impl Settings {
    /// Requests the credentials for the role from STS with the credentials `source`.
    async fn assume(
        &self,
        source: Credentials,
        code: Option<String>,
        clients: &Clients,
    ) -> Result<Credentials, SetupError> {
        let answer = clients
            .sts(Some(source))?
            .assume_role()
            .role_arn(&self.arn)
            .role_session_name(session_name(self.session_name.as_deref()))
            .set_external_id(self.external_id.clone())
            .set_serial_number(self.mfa_serial.clone())
            .set_token_code(code)
            .set_duration_seconds(self.duration_seconds)
            .send()
            .await
            .map_err(|error| explain("AssumeRole", &error))?;
        answered(answer.credentials())
    }

    /// The AWS CLI's cache key for this role: the hash of the sorted parameters of AssumeRole.
    fn cache_key(&self) -> String {
        let text = |text: &Option<String>| text.as_deref().map(Value::from);
        let seconds = self
            .duration_seconds
            .map(|seconds| Value::Int(seconds.into()));
        let members: Map<'_> = [
            ("DurationSeconds", seconds),
            ("ExternalId", text(&self.external_id)),
            ("RoleArn", Some(Value::from(self.arn.as_str()))),
            ("RoleSessionName", text(&self.session_name)),
            ("SerialNumber", text(&self.mfa_serial)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.into(), value?)))
        .collect();
        cache::key(&dumps::spaced_ascii(&Value::Map(members)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_roles_keys_are_cached_under_botocores_name() {
        let settings = Settings {
            arn: "arn:aws:iam::111122223333:role/audit".to_owned(),
            session_name: None,
            external_id: Some("abc".to_owned()),
            mfa_serial: None,
            duration_seconds: Some(900),
        };
        // The expected value is Python's `hashlib.sha1` of these parameters, written by `json.dumps(sort_keys=True)`.
        assert_eq!(
            settings.cache_key(),
            "e0728b385199a90648d9c13e5bc33bbdadabf0db"
        );
    }
}
