//! Clients for the services that issue credentials: STS, SSO, and the token service of SSO.

use std::error::Error;
use std::path::PathBuf;

use aws_config::provider_config::ProviderConfig;
use aws_config::{Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;

use super::cache::{self, Cache};
use crate::error::{SetupError, find, innermost, sent};
use crate::http::tls::Trust;
use crate::http::user_agent::UserAgent;
use crate::http::{self, ConnectionFailure, Route};

/// The settings that all clients share.
#[derive(Clone, Debug)]
pub struct Clients {
    /// The region and the endpoints, without credentials.
    pub(crate) base: SdkConfig,
    pub(crate) route: Route,
    /// Which certificates to accept, or the reason why the certificates cannot be loaded.
    pub(crate) trust: Result<Trust, String>,
    pub(crate) attempts: u32,
    /// The home directory, which contains `.aws`.
    pub(crate) home: PathBuf,
    /// The value of the environment variable `AWS_EXECUTION_ENV`.
    pub(crate) execution_env: Option<String>,
    /// Configured endpoints, which replace the region's default endpoints.
    pub(crate) sts_url: Option<String>,
    pub(crate) sso_url: Option<String>,
    pub(crate) oidc_url: Option<String>,
}

impl Clients {
    /// A client for STS in the configured region. Without `keys`, requests are not signed.
    pub(crate) fn sts(&self, keys: Option<Credentials>) -> Result<aws_sdk_sts::Client, SetupError> {
        let config = self.config(None, self.sts_url.as_deref())?;
        let mut builder = aws_sdk_sts::config::Builder::from(&config)
            .allow_no_auth()
            .interceptor(self.user_agent());
        builder.set_credentials_provider(keys.map(SharedCredentialsProvider::new));
        Ok(aws_sdk_sts::Client::from_conf(builder.build()))
    }

    /// A client for the SSO portal in `region`.
    pub(super) fn sso(&self, region: &str) -> Result<aws_sdk_sso::Client, SetupError> {
        let config = self.config(Some(region), self.sso_url.as_deref())?;
        let builder = aws_sdk_sso::config::Builder::from(&config).interceptor(self.user_agent());
        Ok(aws_sdk_sso::Client::from_conf(builder.build()))
    }

    /// A client for the token service of SSO in `region`.
    pub(super) fn oidc(&self, region: &str) -> Result<aws_sdk_ssooidc::Client, SetupError> {
        let config = self.config(Some(region), self.oidc_url.as_deref())?;
        let builder =
            aws_sdk_ssooidc::config::Builder::from(&config).interceptor(self.user_agent());
        Ok(aws_sdk_ssooidc::Client::from_conf(builder.build()))
    }

    /// The interceptor that sets the user agent of requests.
    pub(crate) fn user_agent(&self) -> UserAgent {
        UserAgent::new(self.execution_env.as_deref())
    }

    fn config(&self, region: Option<&str>, url: Option<&str>) -> Result<SdkConfig, SetupError> {
        let mut builder = self
            .base
            .to_builder()
            .http_client(self.http(url)?)
            .retry_config(RetryConfig::standard().with_max_attempts(self.attempts));
        if let Some(region) = region {
            builder = builder.region(Region::new(region.to_owned()));
        }
        if let Some(url) = url {
            builder = builder.endpoint_url(url);
        }
        Ok(builder.build())
    }

    pub(crate) fn http(&self, url: Option<&str>) -> Result<SharedHttpClient, SetupError> {
        http::client(&self.route(url)?).map_err(SetupError::Setting)
    }

    /// Connection settings for the service at `url`, or at its default endpoint if `url` is `None`.
    pub(crate) fn route(&self, url: Option<&str>) -> Result<Route, SetupError> {
        let is_plain = url.is_some_and(|url| url.starts_with("http:"));
        let trust = match &self.trust {
            _ if is_plain => Trust::Nobody,
            Ok(trust) => trust.clone(),
            Err(reason) => {
                return Err(SetupError::Setting(format!(
                    "SSL validation failed: {reason}"
                )));
            }
        };
        Ok(Route {
            trust,
            ..self.route.clone()
        })
    }

    /// The configuration for the credential providers of the SDK.
    pub(super) fn provider_config(&self) -> Result<ProviderConfig, SetupError> {
        Ok(ProviderConfig::default()
            .with_region(self.base.region().cloned())
            .with_http_client(self.http(None)?))
    }

    /// The AWS CLI's cache of credentials.
    pub(super) fn keys_cache(&self) -> Cache {
        cache::folder(&self.home, "cli")
    }

    /// The AWS CLI's cache of SSO tokens.
    pub(super) fn token_cache(&self) -> Cache {
        cache::folder(&self.home, "sso")
    }
}

/// Converts the SDK's error for `operation` to an error with botocore's message.
pub(crate) fn explain<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> SetupError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let Some(error) = sent(error) {
        return SetupError::Refused { operation, error };
    }
    match find(error) {
        Some(ConnectionFailure(message)) => SetupError::Unreachable(message.clone()),
        None => SetupError::Setting(innermost(error).to_string()),
    }
}
