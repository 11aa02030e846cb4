//! The LookupEvents request: the AWS SDK signs and sends, the caller reads the body.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_cloudtrail::config::ConfigBag;
use aws_sdk_cloudtrail::config::interceptors::BeforeSerializationInterceptorContextMut;
use aws_sdk_cloudtrail::error::BoxError;
use aws_sdk_cloudtrail::operation::lookup_events::LookupEventsOutput;
use aws_smithy_runtime_api::client::interceptors::context::{Output, OutputOrError};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::client::ser_de::{DeserializeResponse, SharedResponseDeserializer};
use aws_smithy_types::body::SdkBody;

/// What botocore sends; the SDK's own is the part after the last dot.
const TARGET: &str = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";

/// Runs before signing, so that the signature covers it.
pub fn put_body(request: &mut HttpRequest, body: &[u8]) {
    let headers = request.headers_mut();
    headers.insert("x-amz-target", TARGET);
    headers.insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
}

/// What came back, whatever its status.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub http_status: u16,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Where an answer is put for whoever asked.
pub type Slot = Arc<Mutex<Option<Answer>>>;

/// Puts [`Keep`] in the place of the SDK's typed deserializer, which costs twice the CPU time,
/// takes an empty 200 for the last page and refuses an `EventTime` in ISO form.
#[derive(Debug)]
pub struct KeepAnswer(pub Slot);

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
