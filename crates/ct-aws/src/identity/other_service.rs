//! Calls services through CloudTrail's SDK client instead of a separate SDK client, and finds their
//! endpoints.

use std::sync::Arc;

use anyhow::anyhow;
use aws_config::SdkConfig;
use aws_config::identity::IdentityCache;
use aws_sdk_cloudtrail::config::Builder;
use aws_smithy_types::retry::RetryConfig;
use ct_core::exit::Failure;

use super::{Identity, IdentityOptions};
use crate::config::{Config, Variables};
use crate::credentials::{Signer, signer};
use crate::error::SetupError;

/// The configured endpoints of services besides CloudTrail.
#[derive(Debug, Clone, Default)]
pub(super) struct ServiceUrls {
    pub(super) athena: Option<String>,
    pub(super) ec2: Option<String>,
    pub(super) s3: Option<String>,
}

/// The default endpoint of a service in `region`.
pub(super) fn url(service: &str, region: &str) -> String {
    let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
    format!("https://{service}.{region}.amazonaws.com{suffix}")
}

/// A CloudTrail client that sends to `url`, in the region of `base`. The caller must sign each
/// request for the service at `url`.
///
/// # Errors
/// If the CA certificates cannot be loaded.
pub(super) fn client(
    (base, url): (&SdkConfig, &str),
    signer: &Arc<Signer>,
    retries: RetryConfig,
) -> Result<aws_sdk_cloudtrail::Client, SetupError> {
    let clients = signer.clients();
    let base = base.to_builder().endpoint_url(url);
    // FIPS and dual-stack settings cannot be combined with an explicit endpoint.
    let base = base.use_fips(false).use_dual_stack(false).build();
    let config = Builder::from(&base)
        .http_client(clients.http(Some(url))?)
        .retry_config(retries)
        // The SDK does not cache credentials, because the signer does.
        .identity_cache(IdentityCache::no_cache())
        .credentials_provider(signer::provider(Arc::clone(signer)))
        .interceptor(clients.user_agent())
        .build();
    Ok(aws_sdk_cloudtrail::Client::from_conf(config))
}

impl Identity {
    /// Resolves the region, the endpoint and the credentials for Athena, as [`Identity::connect`] does.
    ///
    /// # Errors
    /// [`Failure::Configuration`] if there is no region, if the profile does not exist, or if a value is invalid.
    pub async fn connect_to_athena(
        origin: IdentityOptions,
        variables: Variables,
    ) -> Result<Self, Failure> {
        let is_named = origin.options.region.is_some() || {
            let mut config = Config::load(variables.clone());
            if let Ok(config) = &mut config {
                config.ask_for_profile(origin.profile.as_deref());
            }
            // If the configuration cannot be read, `connect` reports the error.
            config.map_or(true, |config| {
                config.region().is_some_and(|region| !region.is_empty())
            })
        };
        if !is_named {
            return Err(Failure::Configuration(anyhow!(
                "no region is set for Athena: pass --athena-region or set AWS_REGION"
            )));
        }
        Self::connect(origin, variables).await
    }

    /// A client for Athena in the identity's region, and the generation of its credentials. Each request is sent
    /// once.
    ///
    /// # Errors
    /// If the CA certificates cannot be loaded.
    pub(crate) fn athena(&self) -> Result<(aws_sdk_cloudtrail::Client, u64), SetupError> {
        let (found, generation) = {
            let state = self.state();
            (state.found.clone(), state.generation)
        };
        let url = found.urls.athena;
        let url = url.unwrap_or_else(|| self::url("athena", &self.region));
        let base = &found.connection.base;
        let client = client((base, &url), &found.signer, RetryConfig::disabled())?;
        Ok((client, generation))
    }
}
