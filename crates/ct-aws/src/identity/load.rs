//! Resolves an identity from the configuration: region, endpoint and credentials.

use std::sync::Arc;

use anyhow::anyhow;
use ct_core::exit::Failure;

use super::other_service::ServiceUrls;
use super::{IdentityOptions, ResolvedSettings, RoleRequest, endpoint_url, region};
use crate::config::Config;
use crate::config::Variables;
use crate::credentials::{self, Clients, Signer};
use crate::error::SetupError;
use crate::http;
use crate::http::proxy::without_password;
use crate::lookup_events::ClientSettings;
use crate::setup;

/// The environment variables that configure the endpoint of CloudTrail.
const ENDPOINT_VARIABLES: [&str; 2] = ["AWS_ENDPOINT_URL_CLOUDTRAIL", "AWS_ENDPOINT_URL"];

/// The settings that give credentials to a profile.
const CREDENTIAL_SETTINGS: [&str; 7] = [
    "aws_access_key_id",
    "credential_process",
    "login_session",
    "role_arn",
    "sso_session",
    "sso_start_url",
    "web_identity_token_file",
];

/// Resolves the connection settings and the region.
///
/// # Errors
/// [`Failure::Configuration`] if a value is invalid or two settings select different credentials.
pub(super) async fn load(
    origin: &IdentityOptions,
    variables: &Variables,
) -> Result<(ResolvedSettings, String), Failure> {
    let mut config = Config::load(variables.clone()).map_err(|error| unusable(&error))?;
    config.ask_for_profile(origin.profile.as_deref());
    if config.profile().is_err() {
        return Err(no_profile(&config, origin));
    }
    if let Some(failure) = two_identities(&config) {
        return Err(failure);
    }
    let region = find_region(&config, origin).await?;
    let endpoint = find_endpoint(&config, origin)?;
    let options = &origin.options;
    let urls = find_urls(&config, options.endpoint_url.as_deref())?;
    let untrusted = |reason: String| {
        Failure::Configuration(anyhow!(
            "cannot read the certificates to trust: {reason}: check --ca-bundle, AWS_CA_BUNDLE and ca_bundle"
        ))
    };
    let route = options.route(&config).map_err(untrusted)?;
    let base = setup::base(&region, &config);
    let clients: Clients = options
        .clients(base.clone(), options.trust(&config), &config)
        .map_err(|error| unusable(&error))?;
    let source = credentials::find(&config).await;
    let signer = Arc::new(Signer::new(source, clients));
    let connection = ClientSettings {
        base,
        http: http::client(&route).map_err(untrusted)?,
        endpoint,
        signer: Some(Arc::clone(&signer)),
        execution_env: config.variable("AWS_EXECUTION_ENV").map(str::to_owned),
    };
    let found = ResolvedSettings {
        connection,
        signer,
        profile: config.profile_name().map(str::to_owned),
        urls,
    };
    Ok((found, region))
}

fn unusable(error: &SetupError) -> Failure {
    Failure::Configuration(anyhow!("{error}: correct the AWS configuration"))
}

fn no_profile(config: &Config, origin: &IdentityOptions) -> Failure {
    let name = config.profile_name().unwrap_or_default();
    let named_by = match &origin.profile {
        Some(_) => "--profile",
        None => profile_variable(config),
    };
    Failure::Configuration(anyhow!(
        "{named_by} selects the profile `{name}`, which is not in the AWS configuration: correct \
         the name, or add the profile"
    ))
}

/// The environment variable that selects the profile if no option selects one.
fn profile_variable(config: &Config) -> &'static str {
    match config.variable("AWS_DEFAULT_PROFILE") {
        Some(_) => "AWS_DEFAULT_PROFILE",
        None => "AWS_PROFILE",
    }
}

/// Rejects credentials in the environment if a variable also selects a profile with different
/// credentials. The AWS CLI uses the credentials in the environment, although the user may mean the
/// account of the profile.
fn two_identities(config: &Config) -> Option<Failure> {
    let key = config.variable("AWS_ACCESS_KEY_ID")?;
    let profile = config.profile_name()?;
    if key.is_empty() || config.asked_profile().is_some() {
        return None;
    }
    let is_other = |setting| config.setting(setting).is_some_and(|value| value != key);
    if !CREDENTIAL_SETTINGS.into_iter().any(is_other) {
        return None;
    }
    let variable = profile_variable(config);
    Some(Failure::Configuration(anyhow!(
        "{variable} selects the profile `{profile}`, but AWS_ACCESS_KEY_ID is also set and may \
         belong to a different account: unset one of them, or pass --profile {profile}"
    )))
}

async fn find_region(config: &Config, origin: &IdentityOptions) -> Result<String, Failure> {
    let named = origin.options.region(config).await;
    let named = named.ok_or_else(|| {
        Failure::Configuration(match config.profile_name() {
            Some(profile) => anyhow!(
                "no region is set for the lookup: profile `{profile}` has none: pass --region or \
                 set AWS_REGION"
            ),
            None => anyhow!("no region is set for the lookup: pass --region or set AWS_REGION"),
        })
    })?;
    region(&named).map_err(|reason| {
        Failure::Configuration(anyhow!(
            "the region is `{named}`: {reason}: pass --region or set AWS_REGION"
        ))
    })
}

/// The configured endpoint of CloudTrail, or `None`. An invalid endpoint is an error. An empty
/// environment variable is also an error, because requests would then go to AWS itself.
fn find_endpoint(config: &Config, origin: &IdentityOptions) -> Result<Option<String>, Failure> {
    if origin.options.endpoint_url.is_none() && !config.ignores_endpoints() {
        for name in ENDPOINT_VARIABLES {
            if let Some(url) = config.variable(name) {
                check_endpoint(name, url)?;
            }
        }
    }
    let url = origin.options.endpoint(config);
    if let Some(url) = url {
        check_endpoint("endpoint_url", url)?;
    }
    Ok(url.map(str::to_owned))
}

/// The endpoints of other services. `option` is the endpoint given on the command line, which
/// applies to Athena and S3, but not to EC2.
fn find_urls(config: &Config, option: Option<&str>) -> Result<ServiceUrls, Failure> {
    let read = |service: &str| -> Result<Option<String>, Failure> {
        let url = option.or_else(|| config.endpoint_url(service));
        if let Some(url) = url {
            let variable = format!("AWS_ENDPOINT_URL_{}", service.to_uppercase());
            check_endpoint(&variable, url)?;
        }
        Ok(url.map(str::to_owned))
    };
    Ok(ServiceUrls {
        athena: read("athena")?,
        ec2: config.endpoint_url("ec2").map(str::to_owned),
        s3: read("s3")?,
    })
}

fn check_endpoint(name: &str, url: &str) -> Result<(), Failure> {
    endpoint_url(url).map_err(|reason| {
        let shown = without_password(url);
        Failure::Configuration(anyhow!(
            "{name} is `{shown}`: {reason}: correct it, or unset it"
        ))
    })?;
    Ok(())
}

impl ResolvedSettings {
    /// Assumes a role. The role's credentials are requested once for all regions.
    pub(super) fn assume(&self, assumed: &RoleRequest) -> Self {
        let signer = self
            .signer
            .assume(&assumed.role, assumed.external_id.as_deref());
        let signer = Arc::new(signer);
        Self {
            connection: ClientSettings {
                signer: Some(Arc::clone(&signer)),
                ..self.connection.clone()
            },
            signer,
            profile: self.profile.clone(),
            urls: self.urls.clone(),
        }
    }
}
