//! Makes connection settings from the options of a command, which take precedence, and from the
//! configuration.

use std::path::PathBuf;
use std::time::Duration;

use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig, imds};
use aws_smithy_types::timeout::TimeoutConfig;

use crate::config::Config;
use crate::credentials::Clients;
use crate::error::SetupError;
use crate::http::Route;
use crate::http::pool::Pool;
use crate::http::proxy::Proxies;
use crate::http::tls::Trust;
use crate::python::path;

/// Connection options of a command line. The configuration supplies all other settings.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The region, such as `eu-west-1`.
    pub region: Option<String>,
    /// An endpoint that replaces the service's default endpoint. STS and SSO have separate settings.
    pub endpoint_url: Option<String>,
    /// A PEM file with the trusted certificate authorities.
    pub ca_bundle: Option<String>,
    /// Whether to accept any certificate.
    pub is_unverified: bool,
    /// The time limit for connecting. `None` means no limit.
    pub connect_timeout: Option<Duration>,
    /// The maximum time without data in a response. `None` means no limit.
    pub read_timeout: Option<Duration>,
    /// The pool of clients, which share their connections.
    pub pool: Pool,
}

/// Settings that all services share. The SDK's configuration loader is not used, because it does
/// not treat an empty variable as unset.
#[must_use]
pub fn base(region: &str, config: &Config) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .use_fips(config.flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"))
        .use_dual_stack(config.flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"))
        .build()
}

impl Options {
    /// The region, from the first of: the option, the environment, the profile, the instance metadata.
    pub async fn region(&self, config: &Config) -> Option<String> {
        if let Some(region) = self.region.as_deref().or_else(|| config.region()) {
            return Some(region.to_owned()).filter(|region| !region.is_empty());
        }
        if config.flag("AWS_EC2_METADATA_DISABLED", "") {
            return None;
        }
        let provider = imds::region::ImdsRegionProvider::builder().build();
        provider.region().await.map(|region| region.to_string())
    }

    /// The configured endpoint of CloudTrail, or `None`.
    #[must_use]
    pub fn endpoint<'a>(&'a self, config: &'a Config) -> Option<&'a str> {
        let option = self.endpoint_url.as_deref();
        option.or_else(|| config.endpoint_url("cloudtrail"))
    }

    /// The connection settings for CloudTrail.
    ///
    /// # Errors
    /// If a CA bundle cannot be read, with the message of the operating system.
    pub fn route(&self, config: &Config) -> Result<Route, String> {
        let endpoint = self.endpoint(config);
        let is_plain = endpoint.is_some_and(|url| url.starts_with("http:"));
        let trust = if is_plain {
            Trust::Nobody
        } else {
            self.trust(config)?
        };
        let route = self.untrusting_route(config);
        Ok(Route {
            trust,
            pool: match endpoint {
                Some(_) => route.pool.for_one_host(),
                None => route.pool,
            },
            ..route
        })
    }

    /// Which certificates to accept, according to the options or else the configuration.
    ///
    /// # Errors
    /// If a CA bundle cannot be read, with the message of the operating system.
    pub fn trust(&self, config: &Config) -> Result<Trust, String> {
        match &self.ca_bundle {
            _ if self.is_unverified => Ok(Trust::Anybody),
            Some(path) if !path.is_empty() => bundle(path, config),
            _ => configured_trust(config),
        }
    }

    /// The clients of the services that issue credentials. `trust` applies to all of them.
    ///
    /// # Errors
    /// If `max_attempts` or `retry_mode` is invalid.
    pub fn clients(
        &self,
        base: SdkConfig,
        trust: Result<Trust, String>,
        config: &Config,
    ) -> Result<Clients, SetupError> {
        let url = |service| config.endpoint_url(service).map(str::to_owned);
        Ok(Clients {
            base,
            route: self.untrusting_route(config),
            trust,
            attempts: config.max_attempts()?.unwrap_or(3),
            home: PathBuf::from(config.variable("HOME").unwrap_or_default()),
            execution_env: config.variable("AWS_EXECUTION_ENV").map(str::to_owned),
            sts_url: url("sts"),
            sso_url: url("sso"),
            oidc_url: url("sso_oidc"),
        })
    }

    fn untrusting_route(&self, config: &Config) -> Route {
        Route {
            trust: Trust::Nobody,
            proxies: Proxies::new(&config.variables),
            connect_timeout: self.connect_timeout,
            read_timeout: self.read_timeout,
            pool: self.pool.clone(),
        }
    }
}

/// Which certificates to accept, according to the configuration.
///
/// # Errors
/// If a CA bundle cannot be read, with the message of the operating system.
pub fn configured_trust(config: &Config) -> Result<Trust, String> {
    let path = config
        .value("AWS_CA_BUNDLE", "ca_bundle")
        .or_else(|| config.variable("REQUESTS_CA_BUNDLE"));
    match path.filter(|path| !path.is_empty()) {
        Some(path) => bundle(path, config),
        None => Ok(Trust::Machine),
    }
}

fn bundle(path: &str, config: &Config) -> Result<Trust, String> {
    let path = path::expand(path, &config.variables);
    std::fs::read(&path)
        .map(Trust::Bundle)
        .map_err(|error| path::os_error(&error, &path).replace(&format!(": '{path}'"), ""))
}
