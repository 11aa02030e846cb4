//! Supports `web_identity_token_file`: requests credentials for a role from STS, with a token from
//! a file.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sdk_sts::types::Credentials as Answered;

use super::clients::{Clients, explain};
use super::{SettingsScope, cache, keys};
use crate::config::Config;
use crate::error::SetupError;
use crate::python::dumps;
use crate::python::path;
use crate::python::value::Value;

/// A role that is assumed with a token.
#[derive(Debug)]
pub(super) struct WebIdentity {
    token_file: String,
    role_arn: String,
    session_name: Option<String>,
}

impl WebIdentity {
    /// The role and the token file that the environment or the profile `name` configures, or `None`
    /// if there are none.
    ///
    /// # Errors
    /// If there is a token file but no role.
    pub(super) fn new(
        config: &Config,
        name: &str,
        scope: SettingsScope,
    ) -> Result<Option<Self>, SetupError> {
        let setting = |variable: &str, key: &str| {
            let variable = match scope {
                SettingsScope::Environment => config.variable(variable),
                SettingsScope::Profile => None,
            };
            let profile = config.profile_named(name);
            variable
                .map(str::to_owned)
                .or_else(|| profile?.get(key).cloned())
        };
        let is_set = |text: &String| !text.is_empty();
        let file = setting("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
        let Some(token_file) = file.filter(is_set) else {
            return Ok(None);
        };
        let role_arn = setting("AWS_ROLE_ARN", "role_arn").filter(is_set);
        let role_arn = role_arn.ok_or_else(|| {
            SetupError::Setting(
                "The provided profile or the current environment is configured to assume role \
                 with web identity but has no role ARN configured. Ensure that the profile has \
                 the role_arnconfiguration set or the AWS_ROLE_ARN env var is set."
                    .to_owned(),
            )
        })?;
        Ok(Some(Self {
            token_file,
            role_arn,
            session_name: setting("AWS_ROLE_SESSION_NAME", "role_session_name"),
        }))
    }

    /// The credentials for the role, from the cache or else from STS.
    ///
    /// # Errors
    /// If the token cannot be read, or if STS rejects the request.
    pub(super) async fn assume(&self, clients: &Clients) -> Result<Credentials, SetupError> {
        let token = std::fs::read_to_string(&self.token_file)
            .map_err(|error| SetupError::Setting(path::os_error(&error, &self.token_file)))?;
        let kept = clients.keys_cache();
        let key = self.cache_key(&token);
        if let Some(keys) = kept.keys(&key) {
            return Ok(keys);
        }
        let name = self.session_name.as_deref();
        let answer = clients
            .sts(None)?
            .assume_role_with_web_identity()
            .role_arn(&self.role_arn)
            .role_session_name(session_name(name))
            .web_identity_token(token)
            .send()
            .await
            .map_err(|error| explain("AssumeRoleWithWebIdentity", &error))?;
        let keys = answered(answer.credentials())?;
        kept.put_keys(&key, &keys);
        Ok(keys)
    }

    /// The cache key for the role's credentials. The key includes the token. The cache key in
    /// botocore does not, so botocore returns the session of the first token also for a different
    /// token.
    ///
    /// Source: aws/aws-cli issue 10670.
    fn cache_key(&self, token: &str) -> String {
        let mut parameters = cache::object(&[("RoleArn", &self.role_arn)]);
        let name = self.session_name.as_deref();
        parameters.extend(name.map(|name| ("RoleSessionName".into(), Value::from(name))));
        parameters.push(("WebIdentityToken".into(), Value::from(token)));
        cache::key(&dumps::spaced_ascii(&Value::Map(parameters)))
    }
}

/// The configured session name, or else a name like botocore's.
pub(super) fn session_name(asked: Option<&str>) -> String {
    if let Some(name) = asked.filter(|name| !name.is_empty()) {
        return name.to_owned();
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    format!("botocore-session-{}", since.unwrap_or_default().as_secs())
}

/// The credentials in the response from STS.
///
/// # Errors
/// If the response contains no credentials.
pub(super) fn answered(answered: Option<&Answered>) -> Result<Credentials, SetupError> {
    let answered = answered.ok_or_else(|| SetupError::Setting("'Credentials'".to_owned()))?;
    let expiry = SystemTime::try_from(*answered.expiration())
        .map_err(|error| SetupError::Setting(error.to_string()))?;
    Ok(keys::credentials(
        answered.access_key_id(),
        answered.secret_access_key(),
        Some(answered.session_token()),
        Some(expiry),
    ))
}
