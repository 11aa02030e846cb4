//! Static credentials in the environment, the credentials file or the config file.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use jiff::Timestamp;

use super::partial;
use crate::config::{Config, Section};
use crate::error::SetupError;

/// The credentials in environment variables, or `None` if there are none.
///
/// # Errors
/// If there is an access key ID without a secret access key.
pub(super) fn environment(config: &Config) -> Result<Option<Credentials>, SetupError> {
    let variable = |name| config.variable(name).filter(|value| !value.is_empty());
    let Some(id) = variable("AWS_ACCESS_KEY_ID") else {
        return Ok(None);
    };
    let secret =
        variable("AWS_SECRET_ACCESS_KEY").ok_or_else(|| partial("env", "AWS_SECRET_ACCESS_KEY"))?;
    let token = variable("AWS_SECURITY_TOKEN").or_else(|| variable("AWS_SESSION_TOKEN"));
    let expiry = variable("AWS_CREDENTIAL_EXPIRATION")
        .map(|text| {
            time(text).ok_or_else(|| SetupError::Setting(format!("Unknown string format: {text}")))
        })
        .transpose()?;
    Ok(Some(credentials(id, secret, token, expiry)))
}

/// The credentials in the section `name` of the credentials file, or `None` if there are none.
///
/// # Errors
/// If there is an access key ID without a secret access key.
pub(super) fn credentials_file(
    config: &Config,
    name: &str,
) -> Result<Option<Credentials>, SetupError> {
    of_section(config.credentials_section(name), "shared-credentials-file")
}

/// The credentials in the profile `name` of the config file, or `None` if there are none.
///
/// # Errors
/// If there is an access key ID without a secret access key.
pub(super) fn config_file(config: &Config, name: &str) -> Result<Option<Credentials>, SetupError> {
    of_section(config.config_section(name), "config-file")
}

fn of_section(
    section: Option<&Section>,
    provider: &str,
) -> Result<Option<Credentials>, SetupError> {
    let Some(section) = section else {
        return Ok(None);
    };
    let key = |name: &str| section.get(name).map(String::as_str);
    let Some(id) = key("aws_access_key_id") else {
        return Ok(None);
    };
    let secret =
        key("aws_secret_access_key").ok_or_else(|| partial(provider, "aws_secret_access_key"))?;
    let token = key("aws_security_token").or_else(|| key("aws_session_token"));
    Ok(Some(credentials(id, secret, token, None)))
}

/// Converts credentials to the SDK's type.
pub(super) fn credentials(
    id: &str,
    secret: &str,
    token: Option<&str>,
    expiry: Option<SystemTime>,
) -> Credentials {
    Credentials::new(id, secret, token.map(str::to_owned), expiry, "aws_cli")
}

/// Parses the time formats of services, programs and botocore's cache: the time ends with an
/// offset, `Z` or `UTC`.
pub(super) fn time(text: &str) -> Option<SystemTime> {
    let text = text.trim();
    let zoned = match text.strip_suffix("UTC") {
        Some(utc) => format!("{utc}Z"),
        None => text.to_owned(),
    };
    zoned.parse::<Timestamp>().ok().map(SystemTime::from)
}
