//! The LookupEvents request. The AWS SDK signs and sends the request; the caller parses the body of
//! the response.

use std::error::Error;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use aws_config::identity::IdentityCache;
use aws_config::{Region, SdkConfig};
use aws_sdk_cloudtrail::config::interceptors::BeforeSerializationInterceptorContextMut;
use aws_sdk_cloudtrail::config::{Builder, ConfigBag};
use aws_sdk_cloudtrail::error::BoxError;
use aws_sdk_cloudtrail::operation::lookup_events::LookupEventsOutput;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::context::{Output, OutputOrError};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::client::ser_de::{DeserializeResponse, SharedResponseDeserializer};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::{DateTime, Format};
use aws_smithy_types::retry::RetryConfig;
use aws_types::SigningName;
use hyper::body::Body as _;

use crate::credentials::{Signer, signer};
use crate::error::{RequestError, SetupError, find, innermost};
use crate::http::ConnectionFailure;
use crate::http::endpoint;
use crate::http::user_agent::UserAgent;

/// The value of the `X-Amz-Target` header as botocore sends it. The SDK sends only
/// `CloudTrail_20131101.LookupEvents`.
const TARGET: &str = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";

/// A response with any HTTP status.
#[derive(Debug)]
pub struct RawResponse {
    /// The HTTP status.
    pub http_status: u16,
    /// The time of the service's clock in Unix seconds, from the `Date` header, or `None` if the
    /// response has no `Date` header.
    pub date: Option<i64>,
    /// The complete body.
    pub body: Vec<u8>,
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendFailure {
    /// There are no credentials to sign with.
    Credentials(SetupError),
    /// No complete response arrived. Contains botocore's message.
    Connection(String),
    /// The SDK could not build the request. Contains the SDK's message.
    Request(String),
}

/// A client for CloudTrail in one region. It does not retry requests.
#[derive(Debug, Clone)]
pub struct Client {
    client: aws_sdk_cloudtrail::Client,
    /// The configured endpoint, which replaces the region's default endpoint.
    url: Option<String>,
}

/// The settings of a [`Client`].
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// The region and the endpoint variants, from [`setup::base`](crate::setup::base).
    pub base: SdkConfig,
    /// The HTTP client, from [`http::client`](crate::http::client).
    pub http: SharedHttpClient,
    /// The configured endpoint, or `None` for the default endpoint.
    pub endpoint: Option<String>,
    /// Signs requests. Without a signer, requests are not signed.
    pub signer: Option<Arc<Signer>>,
    /// The value of the environment variable `AWS_EXECUTION_ENV`.
    pub execution_env: Option<String>,
}

impl Client {
    /// A client that uses `connection` in `region`.
    ///
    /// # Errors
    /// If the endpoint has no valid host, with botocore's message.
    pub fn new(connection: &ClientSettings, region: &str) -> Result<Self, SetupError> {
        let endpoint = connection.endpoint.as_deref();
        let url = endpoint.map(endpoint::request_url).transpose()?;
        let mut builder = Builder::from(&connection.base)
            .region(Region::new(region.to_owned()))
            .http_client(connection.http.clone())
            .allow_no_auth()
            .retry_config(RetryConfig::disabled())
            .interceptor(UserAgent::new(connection.execution_env.as_deref()))
            // The SDK does not cache credentials, because the signer does.
            .identity_cache(IdentityCache::no_cache());
        if let Some(url) = endpoint {
            builder = builder.endpoint_url(url);
        }
        if let Some(signer) = &connection.signer {
            builder = builder.credentials_provider(signer::provider(Arc::clone(signer)));
        }
        let client = aws_sdk_cloudtrail::Client::from_conf(builder.build());
        Ok(Self { client, url })
    }

    /// Sends a LookupEvents request with the JSON body `body`, without retries.
    ///
    /// # Errors
    /// If no complete response arrived. A response is not an error, whatever its status.
    pub async fn lookup_events(&self, body: Vec<u8>) -> Result<RawResponse, SendFailure> {
        self.send(TARGET, body).await
    }

    /// Sends a CloudTrail request other than LookupEvents, without retries, and returns the body of
    /// the response.
    ///
    /// # Errors
    /// If no complete response arrived, or if the status of the response is not 200.
    pub(crate) async fn call(
        &self,
        target: &'static str,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, RequestError> {
        let answer = self.send(target, body).await.map_err(|error| match error {
            SendFailure::Credentials(error) => RequestError::Credentials(error),
            SendFailure::Connection(words) | SendFailure::Request(words) => {
                RequestError::Connection(words)
            }
        })?;
        match answer.http_status {
            200 => Ok(answer.body),
            other => Err(RequestError::read(other, &answer.body)),
        }
    }

    async fn send(&self, target: &'static str, body: Vec<u8>) -> Result<RawResponse, SendFailure> {
        let url = self.url.clone();
        let put = move |request: &mut HttpRequest| {
            put_body(request, target, &body);
            if let Some(url) = &url {
                // The SDK drops the query of the configured URL. `Client::new` validated this URL.
                let _ = request.set_uri(url.as_str());
            }
        };
        send(&self.client, None, put).await
    }
}

/// Sends a LookupEvents request after `put` has changed it. The request is signed for the service
/// `name`, or for CloudTrail if `name` is `None`.
pub(crate) async fn send(
    client: &aws_sdk_cloudtrail::Client,
    name: Option<SigningName>,
    put: impl Fn(&mut HttpRequest) + Send + Sync + 'static,
) -> Result<RawResponse, SendFailure> {
    let slot = Slot::default();
    let keep = RawResponsePlugin {
        slot: Arc::clone(&slot),
        name,
    };
    let sent = client
        .lookup_events()
        .customize()
        .interceptor(keep)
        .mutate_request(put)
        .send()
        .await;
    if let Err(error) = sent {
        return Err(unanswered(&error));
    }
    let answer = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    answer.ok_or_else(|| SendFailure::Connection("the response has no body".to_owned()))
}

fn unanswered(error: &(dyn Error + 'static)) -> SendFailure {
    if let Some(ConnectionFailure(message)) = find(error) {
        return SendFailure::Connection(message.clone());
    }
    match find::<SetupError>(error) {
        Some(error) => SendFailure::Credentials(error.clone()),
        None => SendFailure::Request(innermost(error).to_string()),
    }
}

/// Replaces the target and the body of a request. Must be called before the request is signed, so
/// that the signature covers both.
fn put_body(request: &mut HttpRequest, target: &'static str, body: &[u8]) {
    let headers = request.headers_mut();
    headers.insert("x-amz-target", target);
    headers.insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
}

/// The place in which a response is stored for [`send`].
type Slot = Arc<Mutex<Option<RawResponse>>>;

/// Replaces the SDK's deserializer with [`RawResponseDeserializer`]. The SDK's deserializer takes twice the CPU time, treats an empty
/// response with status 200 as the last page, and rejects an `EventTime` in ISO 8601 format.
#[derive(Debug)]
struct RawResponsePlugin {
    slot: Slot,
    /// The service to sign for, or `None` for CloudTrail.
    name: Option<SigningName>,
}

#[dyn_dispatch_hint]
impl Intercept for RawResponsePlugin {
    fn name(&self) -> &'static str {
        "KeepAnswer"
    }

    fn modify_before_serialization(
        &self,
        _: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let keep = SharedResponseDeserializer::new(RawResponseDeserializer(Arc::clone(&self.slot)));
        let state = config.interceptor_state();
        state.store_put(keep);
        if let Some(name) = &self.name {
            state.store_put(name.clone());
        }
        Ok(())
    }
}

#[derive(Debug)]
struct RawResponseDeserializer(Slot);

impl DeserializeResponse for RawResponseDeserializer {
    /// Takes the response body before the SDK copies it. The HTTP client has already read the whole
    /// body.
    fn deserialize_streaming_with_config(
        &self,
        response: &mut HttpResponse,
        _: &ConfigBag,
    ) -> Option<OutputOrError> {
        let mut context = Context::from_waker(Waker::noop());
        let body = match pin!(response.take_body()).poll_frame(&mut context) {
            Poll::Ready(Some(Ok(frame))) => frame.into_data().ok(),
            _ => None,
        };
        let answer = RawResponse {
            http_status: response.status().as_u16(),
            date: response.headers().get("date").and_then(second),
            body: body.map(Vec::from).unwrap_or_default(),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        Some(Ok(Output::erase(LookupEventsOutput::builder().build())))
    }
}

/// Converts an HTTP date, such as `Thu, 01 Oct 2020 10:00:00 GMT`, to Unix seconds.
fn second(date: &str) -> Option<i64> {
    let date = DateTime::from_str(date, Format::HttpDate).ok()?;
    Some(date.secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_http_form_of_a_date_is_parsed() {
        assert_eq!(second("Thu, 01 Oct 2020 09:00:00 GMT"), Some(1_601_542_800));
        assert_eq!(second("2020-10-01T09:00:00Z"), None);
    }
}
