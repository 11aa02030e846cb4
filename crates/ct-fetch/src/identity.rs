//! Who CloudTrail is asked as: configuration, credentials and roles, as the AWS SDK finds them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::anyhow;
use aws_config::identity::IdentityCache;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use ct_core::exit::Failure;
use http::Uri;

use crate::credentials::Shared;
use crate::lookup;
use crate::role::Role;
use ct_aws::fault::Fault;

/// Where the SDK's chain looks for an endpoint first.
const ENDPOINT_VARIABLES: [&str; 2] = ["AWS_ENDPOINT_URL_CLOUDTRAIL", "AWS_ENDPOINT_URL"];

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What the account's own trail calls the session.
const SESSION_NAME: &str = "ct-fetch";

/// Where to ask and as whom; what is `None` is the AWS SDK's own chain to find.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// Such as `eu-west-1`.
    pub region: Option<String>,
    /// A profile of the AWS configuration files.
    pub profile: Option<String>,
    /// Instead of the region's own endpoint of CloudTrail; STS has its own.
    pub endpoint_url: Option<String>,
}

/// A role, and what its account wants to hear with it.
#[derive(Debug, Clone)]
pub struct Assumed {
    /// Which one.
    pub role: Role,
    /// As agreed with the account's owner.
    pub external_id: Option<String>,
}

/// One account, as one who may ask it.
#[derive(Debug)]
pub struct Identity {
    /// What it was found by.
    pub origin: Origin,
    assumed: Option<Assumed>,
    region: String,
    state: Mutex<State>,
    /// Held while fresh credentials are asked for: the regions of an account all want them at once.
    renewing: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    config: SdkConfig,
    /// Which credentials these are; counts up.
    generation: u64,
    /// They have brought something, or were the first.
    may_renew: bool,
}

/// A region's name, which becomes part of a host's; blanks around it are let be.
///
/// # Errors
/// For anything else.
pub fn region(name: &str) -> Result<String, &'static str> {
    let name = name.trim_matches(' ');
    let is_label = matches!(name.len(), 1..=63)
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !name.starts_with('-')
        && !name.ends_with('-');
    is_label
        .then(|| name.to_owned())
        .ok_or("a region is named like eu-west-1")
}

/// A URL to ask.
///
/// # Errors
/// Where it is not of HTTP or has no host.
pub fn endpoint_url(url: &str) -> Result<String, &'static str> {
    let uri = url.parse::<Uri>().ok();
    let is_endpoint = uri.is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
    });
    is_endpoint
        .then(|| url.to_owned())
        .ok_or("an endpoint is a URL like https://host or http://host:port")
}

/// Refuses what the SDK would panic at, or leave out and ask AWS itself.
fn check_endpoint(name: &str, url: &str) -> Result<(), Failure> {
    endpoint_url(url).map_err(|reason| {
        Failure::Configuration(anyhow!("{name} is `{url}`: {reason}: mend it, or unset it"))
    })?;
    Ok(())
}

impl Identity {
    /// Finds region, endpoint and credentials; nothing is sent yet.
    ///
    /// # Errors
    /// [`Failure::Configuration`] when there is no region, or one of the configuration's values cannot be used.
    pub async fn connect(origin: Origin) -> Result<Self, Failure> {
        let (config, region) = Box::pin(load(&origin)).await?;
        Ok(Self::new(origin, None, region, config))
    }

    /// The same, in a role it may assume; STS is asked once credentials are needed.
    pub async fn assume(&self, assumed: Assumed) -> Self {
        let (base, _) = self.current();
        let config = Box::pin(assume(&base, &assumed)).await;
        Self::new(
            self.origin.clone(),
            Some(assumed),
            self.region.clone(),
            config,
        )
    }

    fn new(origin: Origin, assumed: Option<Assumed>, region: String, config: SdkConfig) -> Self {
        Self {
            origin,
            assumed,
            region,
            state: Mutex::new(State {
                config,
                generation: 0,
                may_renew: true,
            }),
            renewing: tokio::sync::Mutex::default(),
        }
    }

    /// The region that its configuration names.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// As whom, to a person: the role's account, or the profile.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let role = self.assumed.as_ref();
        role.map(|assumed| assumed.role.account.as_str())
            .or(self.origin.profile.as_deref())
    }

    /// How it was named on the command line.
    #[must_use]
    pub fn typed(&self) -> String {
        match (&self.assumed, &self.origin.profile) {
            (Some(assumed), _) => assumed.role.arn.clone(),
            (None, Some(profile)) => format!("profile `{profile}`"),
            (None, None) => "the default profile".to_owned(),
        }
    }

    /// What to sign with now, and which credentials those are.
    pub(crate) fn current(&self) -> (SdkConfig, u64) {
        let state = self.state();
        (state.config.clone(), state.generation)
    }

    /// Which credentials are to be signed with now.
    pub(crate) fn generation(&self) -> u64 {
        self.state().generation
    }

    /// Credentials have brought an answer.
    pub(crate) fn worked(&self, generation: u64) {
        let mut state = self.state();
        state.may_renew |= state.generation == generation;
    }

    /// Asks anew for credentials in the place of those that have expired, once; files are read again.
    ///
    /// `false` when those that are there are the fresh ones, or none can be had.
    pub(crate) async fn renew(&self, expired: u64) -> bool {
        let _only_one = self.renewing.lock().await;
        {
            let mut state = self.state();
            if state.generation != expired {
                return true;
            }
            if !std::mem::take(&mut state.may_renew) {
                return false;
            }
        }
        // Why not is what the expired ones are refused for.
        let Ok((mut config, _)) = Box::pin(load(&self.origin)).await else {
            return false;
        };
        if let Some(assumed) = &self.assumed {
            config = Box::pin(assume(&config, assumed)).await;
        }
        let mut state = self.state();
        state.config = config;
        state.generation += 1;
        true
    }

    /// The number of the account, from GetCallerIdentity.
    ///
    /// # Errors
    /// When the role cannot be assumed, there are no credentials, or STS cannot be reached.
    pub async fn account(&self) -> Result<String, Fault> {
        let (config, _) = self.current();
        let config = aws_sdk_sts::config::Builder::from(&config)
            .retry_config(RetryConfig::standard())
            .build();
        let client = aws_sdk_sts::Client::from_conf(config);
        let answer =
            tokio::time::timeout(lookup::ANSWER_TIMEOUT, client.get_caller_identity().send());
        let answer = answer.await.map_err(|_| lookup::no_answer())?;
        let answer = answer.map_err(|error| lookup::fault(&error, self.profile()))?;
        let no_account = || Fault::Connection("GetCallerIdentity named no account".to_owned());
        answer.account.ok_or_else(no_account)
    }

    /// The profile that must have the credentials.
    pub(crate) fn profile(&self) -> Option<&str> {
        self.origin.profile.as_deref()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the SDK finds, and the region in it.
async fn load(origin: &Origin) -> Result<(SdkConfig, String), Failure> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::disabled())
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .build(),
        );
    if let Some(region) = &origin.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &origin.profile {
        // Named on the command line it comes before the keys in the environment.
        let credentials = ProfileFileCredentialsProvider::builder().profile_name(profile);
        loader = loader
            .profile_name(profile)
            .credentials_provider(credentials.build());
    }
    if origin.endpoint_url.is_none() {
        for name in ENDPOINT_VARIABLES {
            if let Some(url) = std::env::var_os(name) {
                check_endpoint(name, &url.to_string_lossy())?;
            }
        }
    }
    let config = loader.load().await;
    if let Some(url) = config.endpoint_url() {
        check_endpoint("endpoint_url", url)?;
    }
    let named = config.region().map(ToString::to_string);
    let named = named.filter(|name| !name.is_empty());
    let named = named.ok_or_else(|| {
        Failure::Configuration(match &origin.profile {
            Some(profile) => anyhow!(
                "no region is set for the lookup: profile `{profile}` is not there, or names none: pass --region or mend the profile"
            ),
            None => anyhow!("no region is set for the lookup: pass --region or set AWS_REGION"),
        })
    })?;
    let region = region(&named).map_err(|reason| {
        Failure::Configuration(anyhow!(
            "the region is `{named}`: {reason}: pass --region or set AWS_REGION"
        ))
    })?;
    let Some(source) = config.credentials_provider() else {
        return Ok((config, region));
    };
    let shared = SharedCredentialsProvider::new(Shared::new(source));
    let config = config.into_builder().credentials_provider(shared).build();
    Ok((config, region))
}

/// The same configuration with a role's credentials, which are asked for once for all its regions.
async fn assume(base: &SdkConfig, assumed: &Assumed) -> SdkConfig {
    let mut role = AssumeRoleProvider::builder(&assumed.role.arn)
        .session_name(SESSION_NAME)
        .configure(
            &base
                .to_builder()
                .retry_config(RetryConfig::standard())
                .build(),
        );
    if let Some(external_id) = &assumed.external_id {
        role = role.external_id(external_id);
    }
    base.to_builder()
        .credentials_provider(SharedCredentialsProvider::new(role.build().await))
        .identity_cache(IdentityCache::lazy().build())
        .build()
}
