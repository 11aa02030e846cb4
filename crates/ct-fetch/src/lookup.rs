//! Asks LookupEvents: the AWS SDK signs and sends, we read the body. The only AWS import.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::anyhow;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_cloudtrail::config::ConfigBag;
use aws_sdk_cloudtrail::config::interceptors::BeforeSerializationInterceptorContextMut;
use aws_sdk_cloudtrail::error::{BoxError, SdkError};
use aws_sdk_cloudtrail::operation::lookup_events::{LookupEventsError, LookupEventsOutput};
use aws_smithy_runtime_api::client::interceptors::context::{Output, OutputOrError};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::client::ser_de::{DeserializeResponse, SharedResponseDeserializer};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use ct_core::exit::Failure;
use http::Uri;

use crate::fault::Fault;

/// What botocore sends; the SDK's own is the part after the last dot.
const TARGET: &str = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";

/// Where the SDK's chain looks for an endpoint first.
const ENDPOINT_VARIABLES: [&str; 2] = ["AWS_ENDPOINT_URL_CLOUDTRAIL", "AWS_ENDPOINT_URL"];

/// How long one request may take, connecting and reading included.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where to ask and as whom; what is `None` is the AWS SDK's own chain to find.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// Such as `eu-west-1`.
    pub region: Option<String>,
    /// A profile of the AWS configuration files.
    pub profile: Option<String>,
    /// Instead of the region's own endpoint.
    pub endpoint_url: Option<String>,
}

/// CloudTrail in one region, asked as one identity.
#[derive(Debug, Clone)]
pub struct Service {
    config: SdkConfig,
    client: aws_sdk_cloudtrail::Client,
    region: String,
    /// The profile that must have the credentials.
    profile: Option<String>,
}

/// A region's name, which becomes part of a host's; an empty one is none.
///
/// # Errors
/// For anything else.
pub fn region(name: &str) -> Result<String, &'static str> {
    let is_label = name.len() <= 63
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
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

impl Service {
    /// Finds region, endpoint and credentials; nothing is sent to CloudTrail yet.
    ///
    /// # Errors
    /// [`Failure::Configuration`] when there is no region, or one of the configuration's values cannot be used.
    pub async fn connect(origin: &Origin) -> Result<Self, Failure> {
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
        if let Some(endpoint_url) = &origin.endpoint_url {
            loader = loader.endpoint_url(endpoint_url);
        } else {
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
        let region = config
            .region()
            .map(ToString::to_string)
            .filter(|name| !name.is_empty());
        let region = region.ok_or_else(|| {
            Failure::Configuration(anyhow!(
                "no region is set for the lookup: pass --region or set AWS_REGION"
            ))
        })?;
        let region = self::region(&region).map_err(|reason| {
            Failure::Configuration(anyhow!(
                "the region is `{region}`: {reason}: pass --region or set AWS_REGION"
            ))
        })?;
        Ok(Self {
            client: aws_sdk_cloudtrail::Client::new(&config),
            config,
            region,
            profile: origin.profile.clone(),
        })
    }

    /// The same identity, and the same connections where they can serve, in another region.
    #[must_use]
    pub fn in_region(&self, name: &str) -> Self {
        let config = self
            .config
            .to_builder()
            .region(Region::new(name.to_owned()))
            .build();
        Self {
            client: aws_sdk_cloudtrail::Client::new(&config),
            config,
            region: name.to_owned(),
            profile: self.profile.clone(),
        }
    }

    /// The region this asks.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Sends one request with this JSON body, and gives the body of a 200.
    ///
    /// # Errors
    /// Every way it can go wrong; nothing is asked twice here.
    pub async fn ask(&self, body: Vec<u8>) -> Result<Vec<u8>, Fault> {
        let answer = Arc::new(Mutex::new(None));
        let sent = self
            .client
            .lookup_events()
            .customize()
            .interceptor(KeepAnswer(Arc::clone(&answer)))
            .mutate_request(move |request| put_body(request, &body))
            .send();
        tokio::time::timeout(ANSWER_TIMEOUT, sent)
            .await
            .map_err(|_| Fault::Connection(format!("no answer in {} s", ANSWER_TIMEOUT.as_secs())))?
            .map_err(|error| fault(&error, self.profile.as_deref()))?;
        let answer = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Answer { http_status, body } =
            answer.ok_or_else(|| Fault::Connection("the answer had no body".to_owned()))?;
        if http_status == 200 {
            Ok(body)
        } else {
            Err(Fault::read(http_status, &body))
        }
    }
}

/// Runs before signing, so that the signature covers it.
pub(crate) fn put_body(request: &mut HttpRequest, body: &[u8]) {
    let headers = request.headers_mut();
    headers.insert("x-amz-target", TARGET);
    headers.insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
}

/// What came back, whatever its status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) http_status: u16,
    pub(crate) body: Vec<u8>,
}

/// Where an answer is put for [`Service::ask`] to take.
pub(crate) type Slot = Arc<Mutex<Option<Answer>>>;

/// Puts [`Keep`] in the place of the SDK's typed deserializer, which costs twice the CPU time,
/// takes an empty 200 for the last page and refuses an `EventTime` in ISO form.
#[derive(Debug)]
pub(crate) struct KeepAnswer(pub(crate) Slot);

#[dyn_dispatch_hint]
impl Intercept for KeepAnswer {
    fn name(&self) -> &'static str {
        "KeepAnswer"
    }

    fn modify_before_serialization(
        &self,
        _: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let keep = SharedResponseDeserializer::new(Keep(Arc::clone(&self.0)));
        config.interceptor_state().store_put(keep);
        Ok(())
    }
}

#[derive(Debug)]
struct Keep(Slot);

impl DeserializeResponse for Keep {
    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        _: &ConfigBag,
    ) -> OutputOrError {
        let answer = Answer {
            http_status: response.status().as_u16(),
            body: response.body().bytes().unwrap_or_default().to_vec(),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        Ok(Output::erase(LookupEventsOutput::builder().build()))
    }
}

/// What the SDK could not do, in its innermost words: the outer ones only say "dispatch failure".
fn fault(error: &SdkError<LookupEventsError, HttpResponse>, profile: Option<&str>) -> Fault {
    let (mut credentials, mut is_missing) = (false, false);
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        if let Some(error) = source.downcast_ref::<CredentialsError>() {
            credentials = true;
            is_missing |= matches!(error, CredentialsError::CredentialsNotLoaded(_));
        }
        innermost = source;
    }
    let reason = innermost.to_string();
    if credentials {
        // The lines after the first go through the whole chain, provider by provider.
        let first = reason.lines().next().unwrap_or_default();
        let sentence = first.split(". ").next().unwrap_or_default();
        let reason = sentence.trim_end_matches('.');
        return Fault::Credentials(match profile {
            Some(name) if is_missing => format!("profile `{name}` is not there, or has none"),
            Some(name) => format!("profile `{name}`: {reason}"),
            None => reason.to_owned(),
        });
    }
    Fault::Connection(reason)
}
