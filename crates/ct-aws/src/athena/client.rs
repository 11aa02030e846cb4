//! Sends requests to Athena and retries them.

use std::sync::Arc;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_types::SigningName;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::RequestError;
use crate::identity::Identity;
use crate::lookup_events::{self, SendFailure};
use crate::retry::{Backoff, FailureCounts, RetryLimits};

/// A client for Athena in the region of an identity.
#[derive(Debug)]
pub struct Athena {
    identity: Arc<Identity>,
    limits: RetryLimits,
}

impl Athena {
    /// A client that uses the credentials of `identity`. `attempts` is the maximum number of failed
    /// attempts per request, or `None` for the default.
    #[must_use]
    pub fn new(identity: Arc<Identity>, attempts: Option<u32>) -> Self {
        let limits = RetryLimits::storage(attempts);
        Self { identity, limits }
    }

    /// The region of the identity.
    #[must_use]
    pub fn region(&self) -> &str {
        self.identity.region()
    }

    /// Sends a request and retries it after temporary failures.
    ///
    /// # Errors
    /// If there is no valid response.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        input: &impl Serialize,
    ) -> Result<T, RequestError> {
        let body = serde_json::to_vec(input).map_err(|error| {
            RequestError::BadAnswer(format!(
                "the request cannot be written: \
                {error}"
            ))
        })?;
        let mut counts = FailureCounts::default();
        loop {
            let (client, generation) = self.identity.athena().map_err(RequestError::Credentials)?;
            let fault = match send(&client, operation, body.clone()).await {
                Ok(answer) => {
                    self.identity.worked(generation);
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            if fault.is_expired() && self.identity.renew(generation).await {
                continue;
            }
            let Some(failures) = counts.count(fault.retry_action(), self.limits) else {
                return Err(fault);
            };
            tokio::time::sleep(Backoff::STORAGE.wait(failures, fastrand::f64())).await;
        }
    }
}

async fn send<T: DeserializeOwned>(
    client: &aws_sdk_cloudtrail::Client,
    operation: &'static str,
    body: Vec<u8>,
) -> Result<T, RequestError> {
    let put = move |request: &mut HttpRequest| {
        let headers = request.headers_mut();
        headers.insert("x-amz-target", format!("AmazonAthena.{operation}"));
        headers.insert("content-length", body.len().to_string());
        *request.body_mut() = SdkBody::from(body.as_slice());
    };
    let name = SigningName::from_static("athena");
    let answer = lookup_events::send(client, Some(name), put).await;
    let answer = answer.map_err(|unanswered| match unanswered {
        SendFailure::Credentials(error) => RequestError::Credentials(error),
        SendFailure::Connection(words) | SendFailure::Request(words) => {
            RequestError::Connection(words)
        }
    })?;
    if answer.http_status != 200 {
        return Err(RequestError::read(answer.http_status, &answer.body));
    }
    serde_json::from_slice(&answer.body).map_err(|error| {
        RequestError::BadAnswer(format!("the response to {operation} is not valid: {error}"))
    })
}
