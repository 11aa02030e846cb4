//! Requests credentials for a role from the portal of IAM Identity Center, with the token of `aws
//! sso login`.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;

use super::cache::{self, text};
use super::clients::{Clients, explain};
use super::{keys, of_profile_named};
use crate::config::{Config, Section};
use crate::error::SetupError;
use crate::python::dumps;
use crate::python::value::{Map, Value, insert};

/// The minimum remaining lifetime of a token. A token that expires sooner is refreshed.
const LEAST_TOKEN_LIFE: Duration = Duration::from_mins(15);

/// If the request for a new token fails, the old token is used if its remaining lifetime is at
/// least this long.
const NEEDED_TOKEN_LIFE: Duration = Duration::from_mins(10);

/// A role in an account, and the SSO settings for logging in.
#[derive(Debug)]
pub(super) struct Sso {
    role_name: String,
    account_id: String,
    start_url: String,
    region: String,
    /// The profile in which the role is configured.
    profile: String,
    /// The name of the `[sso-session]` section, or `None` if the profile has none. Only the token
    /// of an `[sso-session]` section can be refreshed.
    session: Option<String>,
}

impl Sso {
    /// The SSO settings of the profile `name`, or `None` if the profile has no SSO settings.
    ///
    /// # Errors
    /// If the settings are incomplete or contradict those of the SSO session.
    pub(super) fn new(config: &Config, name: &str) -> Result<Option<Self>, SetupError> {
        let Some(profile) = config.profile_named(name) else {
            return Ok(None);
        };
        let asks = |key| profile.contains_key(key);
        if !asks("sso_role_name") && !asks("sso_account_id") {
            return Ok(None);
        }
        let session = profile.get("sso_session");
        let settings = match session {
            None => profile.clone(),
            Some(session) => joined(config, profile, session)?,
        };
        let required = [
            "sso_role_name",
            "sso_account_id",
            "sso_start_url",
            "sso_region",
        ];
        let missing: Vec<_> = required
            .into_iter()
            .filter(|key| !settings.contains_key(*key))
            .collect();
        if !missing.is_empty() {
            return Err(SetupError::Setting(format!(
                "The profile \"{name}\" is configured to use SSO but is missing required \
                 configuration: {}",
                missing.join(", ")
            )));
        }
        let [role_name, account_id, start_url, region] = required.map(|key| settings[key].clone());
        Ok(Some(Self {
            role_name,
            account_id,
            start_url,
            region,
            profile: name.to_owned(),
            session: session.cloned(),
        }))
    }

    /// The credentials for the role, from the cache or else from the portal.
    ///
    /// # Errors
    /// If the login has expired or the portal rejects the request.
    pub(super) async fn keys(&self, clients: &Clients) -> Result<Credentials, SetupError> {
        let kept = clients.keys_cache();
        let key = self.cache_key();
        if let Some(keys) = kept.keys(&key) {
            return Ok(keys);
        }
        let token = match &self.session {
            None => self.token(clients)?,
            Some(session) => self.renewed_token(session, clients).await?,
        };
        let asked = clients.sso(&self.region)?;
        let answer = asked
            .get_role_credentials()
            .role_name(&self.role_name)
            .account_id(&self.account_id)
            .access_token(token)
            .send()
            .await
            .map_err(|error| match explain("GetRoleCredentials", &error) {
                SetupError::Refused { error, .. } if error.code == "UnauthorizedException" => {
                    self.unauthorized()
                }
                error => error,
            })?;
        let given = answer.role_credentials();
        let given = given.ok_or_else(|| SetupError::Setting("'roleCredentials'".to_owned()))?;
        let expiry = u64::try_from(given.expiration()).unwrap_or_default();
        let keys = keys::credentials(
            given.access_key_id().unwrap_or_default(),
            given.secret_access_key().unwrap_or_default(),
            given.session_token(),
            Some(SystemTime::UNIX_EPOCH + Duration::from_millis(expiry)),
        );
        kept.put_keys(&key, &keys);
        Ok(keys)
    }

    fn cache_key(&self) -> String {
        let session = match &self.session {
            Some(session) => ("sessionName", session.as_str()),
            None => ("startUrl", self.start_url.as_str()),
        };
        let parameters = cache::object(&[
            ("accountId", &self.account_id),
            ("roleName", &self.role_name),
            session,
        ]);
        cache::key(&dumps::compact_ascii(&Value::Map(parameters)))
    }

    /// The cached token for the start URL.
    fn token(&self, clients: &Clients) -> Result<String, SetupError> {
        let (_, token, expiry) = self.kept_token(&self.start_url, clients)?;
        if expiry <= SystemTime::now() {
            return Err(self.unauthorized());
        }
        Ok(token)
    }

    fn kept_token(
        &self,
        name: &str,
        clients: &Clients,
    ) -> Result<(Value<'static>, String, SystemTime), SetupError> {
        let kept = clients.token_cache().get(&cache::key(name));
        let kept =
            kept.ok_or_else(|| self.no_token(&format!("Token for {name} does not exist")))?;
        let token = text(&kept, "accessToken");
        let expiry = text(&kept, "expiresAt").and_then(|text| keys::time(&text));
        match (token, expiry) {
            (Some(token), Some(expiry)) => Ok((kept, token, expiry)),
            _ => Err(self.no_token(&format!("Token for {} is invalid", self.start_url))),
        }
    }

    /// The token of `session`, refreshed if it expires soon and can be refreshed.
    async fn renewed_token(&self, session: &str, clients: &Clients) -> Result<String, SetupError> {
        let (kept, token, expiry) = self.kept_token(session, clients)?;
        let now = SystemTime::now();
        if expiry >= now + LEAST_TOKEN_LIFE {
            return Ok(token);
        }
        match self.renew(session, &kept, clients).await {
            Ok(Some(token)) => Ok(token),
            Err(error) if expiry < now + NEEDED_TOKEN_LIFE => Err(error),
            // No new token was issued, but the old token has not expired yet.
            Ok(None) | Err(_) if expiry > now => Ok(token),
            Ok(None) | Err(_) => Err(self.log_in(
                "Error when retrieving token from sso: Token has expired and refresh failed",
            )),
        }
    }

    /// Requests and caches a new token that replaces `kept`. Returns `None` if the service does not
    /// issue a token.
    async fn renew(
        &self,
        session: &str,
        kept: &Value<'static>,
        clients: &Clients,
    ) -> Result<Option<String>, SetupError> {
        let member = |name| text(kept, name);
        let (Some(refresh), Some(id), Some(secret), Some(registered_until)) = (
            member("refreshToken"),
            member("clientId"),
            member("clientSecret"),
            member("registrationExpiresAt").and_then(|text| keys::time(&text)),
        ) else {
            return Ok(None);
        };
        if registered_until <= SystemTime::now() {
            return Ok(None);
        }
        let asked = clients.oidc(&self.region)?;
        let answer = asked
            .create_token()
            .grant_type("refresh_token")
            .client_id(id)
            .client_secret(secret)
            .refresh_token(refresh)
            .send()
            .await
            .map_err(|error| explain("CreateToken", &error));
        let answer = match answer {
            Ok(answer) => answer,
            Err(SetupError::Refused { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(token) = answer.access_token() else {
            return Ok(None);
        };
        let life = Duration::from_secs(u64::try_from(answer.expires_in()).unwrap_or_default());
        let mut renewed = match kept {
            Value::Map(members) => members.clone(),
            _ => Map::new(),
        };
        let mut put = |name: &'static str, text: &str| {
            insert(&mut renewed, name.into(), Value::from(text));
        };
        put("startUrl", &self.start_url);
        put("region", &self.region);
        put("accessToken", token);
        put("expiresAt", &cache::written(SystemTime::now() + life));
        if let Some(refresh) = answer.refresh_token() {
            put("refreshToken", refresh);
        }
        clients
            .token_cache()
            .put(&cache::key(session), &Value::Map(renewed));
        Ok(Some(token.to_owned()))
    }

    fn unauthorized(&self) -> SetupError {
        self.log_in(
            "The SSO session associated with this profile has expired or is otherwise invalid. To \
             refresh this SSO session run aws sso login with the corresponding profile.",
        )
    }

    /// An error with the message of botocore's `SSOTokenLoadError`.
    fn no_token(&self, reason: &str) -> SetupError {
        self.log_in(&format!("Error loading SSO Token: {reason}"))
    }

    fn log_in(&self, message: &str) -> SetupError {
        SetupError::Login {
            message: message.to_owned(),
            command: format!("aws sso login{}", of_profile_named(&self.profile)),
        }
    }
}

/// Combines the settings of a profile and of its SSO session, which must not contradict each other.
fn joined(config: &Config, profile: &Section, session: &str) -> Result<Section, SetupError> {
    let settings = config.sso_session(session).ok_or_else(|| {
        SetupError::Setting(format!(
            "The specified sso-session does not exist: \"{session}\""
        ))
    })?;
    let mut joined = profile.clone();
    for (key, value) in settings {
        if let Some(other) = profile.get(key).filter(|other| *other != value) {
            return Err(SetupError::Setting(format!(
                "The value for {key} is inconsistent between profile ({other}) and sso-session \
                 ({value})."
            )));
        }
        joined.insert(key.clone(), value.clone());
    }
    Ok(joined)
}
