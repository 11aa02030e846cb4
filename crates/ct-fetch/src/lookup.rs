//! Asks LookupEvents: the AWS SDK signs and sends, we read the body.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::Region;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_cloudtrail::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::identity::Identity;
use crate::place::Place;
use ct_aws::fault::{Fault, ServiceError};
use ct_aws::lookup_events::{Answer, KeepAnswer, put_body};

/// How long one request may take, connecting and reading included.
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// CloudTrail in one region, asked as one identity.
#[derive(Debug, Clone)]
pub struct Service {
    identity: Arc<Identity>,
    place: Place,
    /// With the credentials of which generation.
    client: Arc<Mutex<(aws_sdk_cloudtrail::Client, u64)>>,
}

impl Service {
    /// In the region of `place`, over the connections of the identity's other regions where they serve.
    #[must_use]
    pub fn new(identity: Arc<Identity>, place: Place) -> Self {
        let client = client(&identity, &place.region);
        Self {
            identity,
            place,
            client: Arc::new(Mutex::new(client)),
        }
    }

    /// Where this asks.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Sends one request with this JSON body, and gives the body of a 200.
    ///
    /// # Errors
    /// Every way it can go wrong; nothing is asked twice here. [`Fault::Renewed`] where the
    /// credentials had expired and there are fresh ones now.
    pub async fn ask(&self, body: Vec<u8>) -> Result<Vec<u8>, Fault> {
        let (client, generation) = self.client();
        let answer = self.ask_as(&client, body).await;
        match &answer {
            Ok(_) => self.identity.worked(generation),
            Err(fault) => {
                if fault.is_expired() && self.identity.renew(generation).await {
                    return Err(Fault::Renewed);
                }
            }
        }
        answer
    }

    async fn ask_as(
        &self,
        client: &aws_sdk_cloudtrail::Client,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, Fault> {
        let answer = Arc::new(Mutex::new(None));
        let sent = client
            .lookup_events()
            .customize()
            .interceptor(KeepAnswer(Arc::clone(&answer)))
            .mutate_request(move |request| put_body(request, &body))
            .send();
        tokio::time::timeout(ANSWER_TIMEOUT, sent)
            .await
            .map_err(|_| no_answer())?
            .map_err(|error| fault(&error, self.identity.profile()))?;
        let answer = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Answer { http_status, body } =
            answer.ok_or_else(|| Fault::Connection("the answer had no body".to_owned()))?;
        if http_status == 200 {
            Ok(body)
        } else {
            Err(Fault::read(http_status, &body))
        }
    }

    /// The client, and which credentials it has: never those that are known to have expired.
    fn client(&self) -> (aws_sdk_cloudtrail::Client, u64) {
        let mut kept = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.1 != self.identity.generation() {
            *kept = client(&self.identity, &self.place.region);
        }
        kept.clone()
    }
}

fn client(identity: &Identity, region: &str) -> (aws_sdk_cloudtrail::Client, u64) {
    let (config, generation) = identity.current();
    let mut config =
        aws_sdk_cloudtrail::config::Builder::from(&config).region(Region::new(region.to_owned()));
    if let Some(url) = &identity.origin.endpoint_url {
        config = config.endpoint_url(url);
    }
    let client = aws_sdk_cloudtrail::Client::from_conf(config.build());
    (client, generation)
}

/// It took longer than [`ANSWER_TIMEOUT`].
pub(crate) fn no_answer() -> Fault {
    Fault::Connection(format!("no answer in {} s", ANSWER_TIMEOUT.as_secs()))
}

/// What the SDK could not do, in its innermost words: the outer ones only say "dispatch failure".
///
/// The refusal of a role comes inside the credentials it was asked for.
pub(crate) fn fault<E>(error: &SdkError<E, HttpResponse>, profile: Option<&str>) -> Fault
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    if let Some(refusal) = refusal(error) {
        return Fault::Service(refusal);
    }
    let (mut credentials, mut is_missing) = (false, false);
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        if let Some(error) = source.downcast_ref::<CredentialsError>() {
            credentials = true;
            is_missing |= matches!(error, CredentialsError::CredentialsNotLoaded(_));
        }
        if let Some(refusal) = source.downcast_ref().and_then(refusal::<AssumeRoleError>) {
            return Fault::Role(refusal);
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

/// The error that the service itself sent.
fn refusal<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<ServiceError> {
    let SdkError::ServiceError(answer) = error else {
        return None;
    };
    let http_status = answer.raw().status().as_u16();
    Some(ServiceError {
        http_status,
        code: answer
            .err()
            .code()
            .map_or_else(|| http_status.to_string(), str::to_owned),
        message: answer.err().message().map(str::to_owned),
    })
}
