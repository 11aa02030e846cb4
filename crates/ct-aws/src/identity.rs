//! Who CloudTrail is asked as: an account's configuration, endpoint and credentials.

mod load;
mod opt_in;
mod other_service;
mod trails;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::http::Uri;
use ct_core::exit::Failure;
use ct_core::region;

use crate::config::{Config, Variables};
use crate::credentials::Signer;
use crate::error::{SetupError, find};
use crate::fault::Fault;
use crate::http;
use crate::http::proxy::without_password;
use crate::lookup_events::{Client, Connection, Unanswered};
use crate::role::Role;
use crate::setup::Options;
use load::load;
use other_service::Urls;
pub use trails::Trail;

/// Where to ask and as whom; the configuration has what is left out.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// A profile of the AWS configuration files.
    pub profile: Option<String>,
    /// How to connect.
    pub options: Options,
}

/// A role to assume, with the parameters of the request.
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
    /// The options it was found by.
    pub origin: Origin,
    variables: Variables,
    assumed: Option<Assumed>,
    region: String,
    state: Mutex<State>,
    /// Held while fresh credentials are asked for: the regions of an account all want them at once.
    renewing: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    found: Found,
    /// Which credentials these are; counts up.
    generation: u64,
    /// They have brought an answer, or were the first.
    may_renew: bool,
}

/// What the configuration came to.
#[derive(Debug, Clone)]
struct Found {
    connection: Connection,
    signer: Arc<Signer>,
    profile: Option<String>,
    urls: Urls,
}

/// The region whose endpoint of S3 is asked first where none is named: every bucket's region is followed.
const FIRST_REGION: &str = "us-east-1";

/// A region's name, which becomes part of a host's; surrounding spaces are trimmed.
///
/// # Errors
/// For anything else.
pub fn region(name: &str) -> Result<String, &'static str> {
    let name = name.trim_matches(' ');
    let is_lower_case = !name.bytes().any(|byte| byte.is_ascii_uppercase());
    (region::is_name(name) && is_lower_case)
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
    /// Finds region, endpoint and credentials in the files and `variables`, the environment; CloudTrail is not asked
    /// yet. An empty variable of AWS counts as unset, but for an
    /// endpoint.
    ///
    /// # Errors
    /// [`Failure::Configuration`] when there is no region, the profile is not there, or a value cannot be used.
    pub async fn connect(origin: Origin, variables: Variables) -> Result<Self, Failure> {
        let is_set = |name: &String, value: &mut String| {
            !value.is_empty() || !name.starts_with("AWS_") || name.starts_with("AWS_ENDPOINT_URL")
        };
        let mut variables = variables;
        variables.retain(is_set);
        let (found, region) = Box::pin(load(&origin, &variables)).await?;
        Ok(Self::new(origin, variables, None, (found, region)))
    }

    /// The same for S3, which needs no region: a bucket tells its own.
    ///
    /// # Errors
    /// [`Failure::Configuration`] when the profile is not there, or a value cannot be used.
    pub async fn connect_to_s3(mut origin: Origin, variables: Variables) -> Result<Self, Failure> {
        if origin.options.region.is_none()
            && let Ok(mut config) = Config::load(variables.clone())
        {
            config.ask_for_profile(origin.profile.as_deref());
            let is_named = config.region().is_some_and(|region| !region.is_empty());
            origin.options.region = (!is_named).then(|| FIRST_REGION.to_owned());
        }
        Self::connect(origin, variables).await
    }

    /// The same, in a role it may assume; STS is asked once credentials are needed.
    #[must_use]
    pub fn assume(&self, assumed: Assumed) -> Self {
        let found = self.state().found.assume(&assumed);
        Self::new(
            self.origin.clone(),
            self.variables.clone(),
            Some(assumed),
            (found, self.region.clone()),
        )
    }

    fn new(
        origin: Origin,
        variables: Variables,
        assumed: Option<Assumed>,
        (found, region): (Found, String),
    ) -> Self {
        Self {
            origin,
            variables,
            assumed,
            region,
            state: Mutex::new(State {
                found,
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

    /// The partition of its region, such as `aws-cn`.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        partition(&self.region)
    }

    /// The endpoint that is asked for events where it is not the region's own, without a password.
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

    /// Whether STS can be asked about the credentials that are sent to CloudTrail: both are at AWS, or both at
    /// endpoints that were named.
    #[must_use]
    pub fn has_matching_sts(&self) -> bool {
        let state = self.state();
        let is_sts_named = state.found.signer.clients().sts_url.is_some();
        state.found.connection.endpoint.is_none() || is_sts_named
    }

    /// The account of the role, where one is assumed.
    #[must_use]
    pub fn role_account(&self) -> Option<&str> {
        let assumed = self.assumed.as_ref();
        assumed.map(|assumed| assumed.role.account.as_str())
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

    /// A client of CloudTrail in `region`, and which credentials it signs with.
    ///
    /// # Errors
    /// When the endpoint has no host that can be asked.
    pub fn client(&self, region: &str) -> Result<(Client, u64), SetupError> {
        let (found, generation) = {
            let state = self.state();
            (state.found.clone(), state.generation)
        };
        Ok((Client::new(&found.connection, region)?, generation))
    }

    /// What a client of S3 is made of.
    pub(crate) fn s3(&self) -> Result<Connection, SetupError> {
        let found = self.state().found.clone();
        let route = found.signer.clients().route(found.urls.s3.as_deref())?;
        Ok(Connection {
            http: http::streaming_client(&route).map_err(SetupError::Setting)?,
            endpoint: found.urls.s3,
            ..found.connection
        })
    }

    /// Which credentials are to be signed with now.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.state().generation
    }

    /// Credentials have brought an answer.
    pub fn worked(&self, generation: u64) {
        let mut state = self.state();
        state.may_renew |= state.generation == generation;
    }

    /// Asks anew for credentials in the place of those that have expired, once; files are read again.
    ///
    /// `false` when those that are there are the fresh ones, or none can be had.
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
        // Why not is what the expired ones are refused for.
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

    /// The number of the account, from GetCallerIdentity.
    ///
    /// # Errors
    /// When the role cannot be assumed, there are no credentials, or STS cannot be reached.
    pub async fn account(&self) -> Result<String, Fault> {
        let signer = Arc::clone(&self.state().found.signer);
        let keys = signer.keys().await.map_err(Fault::Credentials)?;
        let sts = signer
            .clients()
            .sts(Some(keys))
            .map_err(Fault::Credentials)?;
        let answer = sts.get_caller_identity().send().await.map_err(|error| {
            if let Some(error) = crate::error::sent(&error) {
                return Fault::Service(error);
            }
            match find(&error) {
                Some(http::NoAnswer(message)) => Fault::Connection(message.clone()),
                None => Fault::Connection(crate::error::innermost(&error).to_string()),
            }
        })?;
        let no_account = || Fault::Connection("GetCallerIdentity named no account".to_owned());
        answer.account.ok_or_else(no_account)
    }

    /// Whether the credentials are temporary: of STS, SSO, a container or an instance.
    ///
    /// `false` where there are none.
    pub async fn has_session_token(&self) -> bool {
        let signer = Arc::clone(&self.state().found.signer);
        let keys = signer.keys().await;
        keys.is_ok_and(|keys| keys.session_token().is_some())
    }

    /// The regions that the account has not enabled, from EC2's `DescribeRegions`.
    ///
    /// # Errors
    /// When EC2 does not tell. It is not asked where CloudTrail's endpoint was named and EC2's was not.
    pub async fn regions_not_enabled(&self) -> Result<Vec<String>, Unanswered> {
        let (found, ec2_url) = {
            let state = self.state();
            (state.found.clone(), state.found.urls.ec2.clone())
        };
        let url = match (ec2_url, &found.connection.endpoint) {
            (Some(url), _) => url,
            (None, None) => other_service::url("ec2", &self.region),
            (None, Some(_)) => {
                return Err(Unanswered::Request(
                    "no endpoint of EC2 is named".to_owned(),
                ));
            }
        };
        opt_in::not_enabled(&found.connection.base, &url, &found.signer).await
    }

    /// The profile whose credentials these are, where one was named by option or environment.
    #[must_use]
    pub fn profile(&self) -> Option<String> {
        self.state().found.profile.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Found {
    /// The same with a role's credentials, which are asked for once for all its regions.
    fn assume(&self, assumed: &Assumed) -> Self {
        let signer = self
            .signer
            .assume(&assumed.role, assumed.external_id.as_deref());
        let signer = Arc::new(signer);
        Self {
            connection: Connection {
                signer: Some(Arc::clone(&signer)),
                ..self.connection.clone()
            },
            signer,
            profile: self.profile.clone(),
            urls: self.urls.clone(),
        }
    }
}
