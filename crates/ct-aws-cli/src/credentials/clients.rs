//! The services that hand out keys: STS, SSO and its token service, reached as CloudTrail is.

use std::error::Error;
use std::path::PathBuf;
use std::sync::PoisonError;

use aws_config::provider_config::ProviderConfig;
use aws_config::{Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;

use super::super::fault::{Fault, ServiceError};
use super::super::http::{self, Route, Trouble};
use super::super::tls::Trust;
use super::cache::{self, Cache};
use super::innermost;

/// What the services are asked with.
#[derive(Debug)]
pub(crate) struct Clients {
    /// Region and endpoints; nobody's credentials.
    pub(crate) base: SdkConfig,
    pub(crate) route: Route,
    /// Whom the services are believed to be, or why nobody is.
    pub(crate) trust: Result<Trust, String>,
    pub(crate) attempts: u32,
    /// Where `~/.aws` is.
    pub(crate) home: PathBuf,
    /// Where they are asked instead of the region's own endpoints.
    pub(crate) sts_url: Option<String>,
    pub(crate) sso_url: Option<String>,
    pub(crate) oidc_url: Option<String>,
}

/// One service's client, and what went wrong with its connection.
pub(super) struct Asked<C> {
    pub(super) client: C,
    trouble: Trouble,
}

impl Clients {
    /// STS in the region that is looked up; unsigned without `keys`.
    pub(super) fn sts(
        &self,
        keys: Option<Credentials>,
    ) -> Result<Asked<aws_sdk_sts::Client>, Fault> {
        let (config, trouble) = self.config(None, self.sts_url.as_deref())?;
        let mut builder = aws_sdk_sts::config::Builder::from(&config).allow_no_auth();
        builder.set_credentials_provider(keys.map(SharedCredentialsProvider::new));
        Ok(Asked {
            client: aws_sdk_sts::Client::from_conf(builder.build()),
            trouble,
        })
    }

    /// SSO's portal in `region`.
    pub(super) fn sso(&self, region: &str) -> Result<Asked<aws_sdk_sso::Client>, Fault> {
        let (config, trouble) = self.config(Some(region), self.sso_url.as_deref())?;
        Ok(Asked {
            client: aws_sdk_sso::Client::new(&config),
            trouble,
        })
    }

    /// SSO's token service in `region`.
    pub(super) fn oidc(&self, region: &str) -> Result<Asked<aws_sdk_ssooidc::Client>, Fault> {
        let (config, trouble) = self.config(Some(region), self.oidc_url.as_deref())?;
        Ok(Asked {
            client: aws_sdk_ssooidc::Client::new(&config),
            trouble,
        })
    }

    fn config(
        &self,
        region: Option<&str>,
        url: Option<&str>,
    ) -> Result<(SdkConfig, Trouble), Fault> {
        let trouble = Trouble::default();
        let is_plain = url.is_some_and(|url| url.starts_with("http:"));
        let trust = match &self.trust {
            _ if is_plain => Trust::Nobody,
            Ok(trust) => trust.clone(),
            Err(reason) => return Err(Fault::General(format!("SSL validation failed: {reason}"))),
        };
        let route = Route {
            trust,
            ..self.route.clone()
        };
        let http = http::client(&route, &trouble).map_err(Fault::General)?;
        let mut builder = self
            .base
            .to_builder()
            .http_client(http)
            .retry_config(RetryConfig::standard().with_max_attempts(self.attempts));
        if let Some(region) = region {
            builder = builder.region(Region::new(region.to_owned()));
        }
        if let Some(url) = url {
            builder = builder.endpoint_url(url);
        }
        Ok((builder.build(), trouble))
    }

    /// For the SDK's own providers.
    pub(super) fn provider_config(&self) -> ProviderConfig {
        ProviderConfig::default().with_region(self.base.region().cloned())
    }

    /// Where the AWS CLI keeps keys.
    pub(super) fn keys_cache(&self) -> Cache {
        cache::folder(&self.home, "cli")
    }

    /// Where it keeps SSO's tokens.
    pub(super) fn token_cache(&self) -> Cache {
        cache::folder(&self.home, "sso")
    }
}

impl<C> Asked<C> {
    /// Why `operation` failed, in botocore's words.
    pub(super) fn fault<E>(
        &self,
        operation: &'static str,
        error: &SdkError<E, HttpResponse>,
    ) -> Fault
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        if let (Some(_), Some(code)) = (error.as_service_error(), error.code()) {
            return Fault::Service(ServiceError {
                operation,
                code: code.to_owned(),
                message: error.message().unwrap_or_default().to_owned(),
                retries: None,
            });
        }
        let trouble = self
            .trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        Fault::General(trouble.unwrap_or_else(|| innermost(error)))
    }
}
