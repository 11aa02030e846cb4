//! The identity that queries CloudTrail: the configuration, endpoint and credentials for an account.

mod load;
mod opt_in;
mod other_service;
mod trails;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::http::Uri;
use ct_core::exit::Failure;
use ct_core::region;

use crate::config::Config;
use crate::config::Variables;
use crate::credentials::Signer;
use crate::error::{RequestError, SetupError, find};
use crate::http;
use crate::http::proxy::without_password;
use crate::lookup_events::{Client, ClientSettings, SendFailure};
use crate::role::Role;
use crate::setup::Options;
use load::load;
use other_service::ServiceUrls;
pub use trails::Trail;

/// Command-line settings of an identity. The configuration supplies all other settings.
#[derive(Debug, Clone, Default)]
pub struct IdentityOptions {
    /// A profile of the AWS configuration files.
    pub profile: Option<String>,
    /// Connection settings.
    pub options: Options,
}

/// A role to assume, and the parameters of the AssumeRole request.
#[derive(Debug, Clone)]
pub struct RoleRequest {
    /// The role.
    pub role: Role,
    /// The external ID that the owner of the account requires.
    pub external_id: Option<String>,
}

/// One account and the identity that queries it.
#[derive(Debug)]
pub struct Identity {
    /// The command-line settings that selected the identity.
    pub origin: IdentityOptions,
    variables: Variables,
    assumed: Option<RoleRequest>,
    region: String,
    state: Mutex<IdentityState>,
    /// Locked while credentials are refreshed, so that no two tasks refresh them at the same time.
    renewing: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct IdentityState {
    found: ResolvedSettings,
    /// The generation of the credentials: a number that increases by 1 with each refresh.
    generation: u64,
    /// Whether a refresh is permitted: there was no refresh yet, or a request has succeeded since
    /// the last refresh.
    may_renew: bool,
}

/// The resolved configuration.
#[derive(Debug, Clone)]
struct ResolvedSettings {
    connection: ClientSettings,
    signer: Arc<Signer>,
    profile: Option<String>,
    urls: ServiceUrls,
}

/// The region whose S3 endpoint is called first if no region is configured. Later requests go to the region of the
/// bucket.
const FIRST_REGION: &str = "us-east-1";

/// Checks the name of a region, which becomes part of a host name. Surrounding spaces are trimmed.
///
/// # Errors
/// If the name is not valid.
pub fn region(name: &str) -> Result<String, &'static str> {
    let name = name.trim_matches(' ');
    let is_lower_case = !name.bytes().any(|byte| byte.is_ascii_uppercase());
    (region::is_name(name) && is_lower_case)
        .then(|| name.to_owned())
        .ok_or("a region looks like eu-west-1")
}

/// Checks an endpoint URL.
///
/// # Errors
/// If `url` is not an HTTP or HTTPS URL, or has no host.
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

/// The partition of a region, such as `aws-cn`.
///
/// Source: botocore 1.43, `partitions.json`.
#[must_use]
pub fn partition(region: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    PREFIXES
        .into_iter()
        .find(|(prefix, _)| region.starts_with(prefix))
        .map_or("aws", |(_, partition)| partition)
}

impl Identity {
    /// Resolves the region, the endpoint and the credentials from the configuration files and from
    /// `variables` (the environment). This function does not call CloudTrail. An empty AWS variable
    /// counts as unset, except for the variables that set endpoints.
    ///
    /// # Errors
    /// [`Failure::Configuration`] if there is no region, if the profile does not exist, or if a value is invalid.
    pub async fn connect(origin: IdentityOptions, variables: Variables) -> Result<Self, Failure> {
        let is_set = |name: &String, value: &mut String| {
            !value.is_empty() || !name.starts_with("AWS_") || name.starts_with("AWS_ENDPOINT_URL")
        };
        let mut variables = variables;
        variables.retain(is_set);
        let (found, region) = Box::pin(load(&origin, &variables)).await?;
        Ok(Self::new(origin, variables, None, (found, region)))
    }

    /// Does the same as [`Identity::connect`] for S3, which needs no region because a bucket reports its region.
    ///
    /// # Errors
    /// [`Failure::Configuration`] if the profile does not exist, or a value is invalid.
    pub async fn connect_to_s3(
        mut origin: IdentityOptions,
        variables: Variables,
    ) -> Result<Self, Failure> {
        if origin.options.region.is_none()
            && let Ok(mut config) = Config::load(variables.clone())
        {
            config.ask_for_profile(origin.profile.as_deref());
            let is_named = config.region().is_some_and(|region| !region.is_empty());
            origin.options.region = (!is_named).then(|| FIRST_REGION.to_owned());
        }
        Self::connect(origin, variables).await
    }

    /// This identity with the credentials of a role. STS is not called before credentials are
    /// needed.
    #[must_use]
    pub fn assume(&self, assumed: RoleRequest) -> Self {
        let found = self.state().found.assume(&assumed);
        Self::new(
            self.origin.clone(),
            self.variables.clone(),
            Some(assumed),
            (found, self.region.clone()),
        )
    }

    fn new(
        origin: IdentityOptions,
        variables: Variables,
        assumed: Option<RoleRequest>,
        (found, region): (ResolvedSettings, String),
    ) -> Self {
        Self {
            origin,
            variables,
            assumed,
            region,
            state: Mutex::new(IdentityState {
                found,
                generation: 0,
                may_renew: true,
            }),
            renewing: tokio::sync::Mutex::default(),
        }
    }

    /// The configured region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The partition of the configured region, such as `aws-cn`.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        partition(&self.region)
    }

    /// The configured endpoint of CloudTrail without its password, or `None`.
    #[must_use]
    pub fn endpoint(&self) -> Option<String> {
        let state = self.state();
        state
            .found
            .connection
            .endpoint
            .as_deref()
            .map(without_password)
    }

    /// Whether STS can report the account of the credentials: CloudTrail has no configured
    /// endpoint, or STS has one too.
    #[must_use]
    pub fn has_matching_sts(&self) -> bool {
        let state = self.state();
        let is_sts_named = state.found.signer.clients().sts_url.is_some();
        state.found.connection.endpoint.is_none() || is_sts_named
    }

    /// The account of the assumed role, or `None` if no role is assumed.
    #[must_use]
    pub fn role_account(&self) -> Option<&str> {
        let assumed = self.assumed.as_ref();
        assumed.map(|assumed| assumed.role.account.as_str())
    }

    /// The display name of the identity: the account of the role, or the profile, or `None` for the
    /// default profile.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let role = self.assumed.as_ref();
        role.map(|assumed| assumed.role.account.as_str())
            .or(self.origin.profile.as_deref())
    }

    /// The role's ARN or the profile as given on the command line, for messages.
    #[must_use]
    pub fn typed(&self) -> String {
        match (&self.assumed, &self.origin.profile) {
            (Some(assumed), _) => assumed.role.arn.clone(),
            (None, Some(profile)) => format!("profile `{profile}`"),
            (None, None) => "the default profile".to_owned(),
        }
    }

    /// A client for CloudTrail in `region`, and the generation of its credentials.
    ///
    /// # Errors
    /// If the endpoint has no valid host.
    pub fn client(&self, region: &str) -> Result<(Client, u64), SetupError> {
        let (found, generation) = {
            let state = self.state();
            (state.found.clone(), state.generation)
        };
        Ok((Client::new(&found.connection, region)?, generation))
    }

    /// The settings for an S3 client.
    pub(crate) fn s3(&self) -> Result<ClientSettings, SetupError> {
        let found = self.state().found.clone();
        let route = found.signer.clients().route(found.urls.s3.as_deref())?;
        Ok(ClientSettings {
            http: http::streaming_client(&route).map_err(SetupError::Setting)?,
            endpoint: found.urls.s3,
            ..found.connection
        })
    }

    /// The current generation of the credentials.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.state().generation
    }

    /// Records that the credentials of `generation` produced a response.
    pub fn worked(&self, generation: u64) {
        let mut state = self.state();
        state.may_renew |= state.generation == generation;
    }

    /// Refreshes expired credentials once. The configuration files are read again.
    ///
    /// Returns `true` if the credentials are newer than the generation `expired`, even if a
    /// different task refreshed them. Returns `false` if no request has succeeded since the last
    /// refresh, or if loading credentials fails.
    pub async fn renew(&self, expired: u64) -> bool {
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
        // The caller reports that the service rejected the credentials; this error is dropped.
        let Ok((mut found, _)) = Box::pin(load(&self.origin, &self.variables)).await else {
            return false;
        };
        if let Some(assumed) = &self.assumed {
            found = found.assume(assumed);
        }
        let mut state = self.state();
        state.found = found;
        state.generation += 1;
        true
    }

    /// The account ID, from GetCallerIdentity.
    ///
    /// # Errors
    /// If the role cannot be assumed, there are no credentials, or STS is unreachable.
    pub async fn account(&self) -> Result<String, RequestError> {
        let signer = Arc::clone(&self.state().found.signer);
        let keys = signer.keys().await.map_err(RequestError::Credentials)?;
        let sts = signer
            .clients()
            .sts(Some(keys))
            .map_err(RequestError::Credentials)?;
        let answer = sts.get_caller_identity().send().await.map_err(|error| {
            if let Some(error) = crate::error::sent(&error) {
                return RequestError::Service(error);
            }
            match find(&error) {
                Some(http::ConnectionFailure(message)) => RequestError::Connection(message.clone()),
                None => RequestError::Connection(crate::error::innermost(&error).to_string()),
            }
        })?;
        let no_account =
            || RequestError::Connection("GetCallerIdentity returned no account".to_owned());
        answer.account.ok_or_else(no_account)
    }

    /// Whether the credentials are temporary, such as those from STS, SSO, a container or an instance.
    ///
    /// Returns `false` if there are no credentials.
    pub async fn has_session_token(&self) -> bool {
        let signer = Arc::clone(&self.state().found.signer);
        let keys = signer.keys().await;
        keys.is_ok_and(|keys| keys.session_token().is_some())
    }

    /// The regions that are not enabled in the account, from `DescribeRegions` of EC2.
    ///
    /// # Errors
    /// If EC2 does not respond. EC2 is not called if CloudTrail has a configured endpoint and EC2 has none.
    pub async fn regions_not_enabled(&self) -> Result<Vec<String>, SendFailure> {
        let (found, ec2_url) = {
            let state = self.state();
            (state.found.clone(), state.found.urls.ec2.clone())
        };
        let url = match (ec2_url, &found.connection.endpoint) {
            (Some(url), _) => url,
            (None, None) => other_service::url("ec2", &self.region),
            (None, Some(_)) => {
                return Err(SendFailure::Request(
                    "no EC2 endpoint is configured".to_owned(),
                ));
            }
        };
        opt_in::not_enabled(&found.connection.base, &url, &found.signer).await
    }

    /// The profile of the credentials, or `None` if neither an option nor the environment selects one.
    #[must_use]
    pub fn profile(&self) -> Option<String> {
        self.state().found.profile.clone()
    }

    fn state(&self) -> MutexGuard<'_, IdentityState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
