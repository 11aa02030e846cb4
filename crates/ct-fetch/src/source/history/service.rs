//! Calls LookupEvents in one region with one identity, and refreshes its credentials.

use std::sync::{Arc, Mutex, PoisonError};

use ct_aws::identity::Identity;
use ct_aws::lookup_events::{Client, RawResponse, SendFailure};
use ct_aws::request_error::RequestError;

use crate::account::target::Target;
use crate::source::history::failure_message;

/// CloudTrail in one region, called with one identity.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    identity: Arc<Identity>,
    target: Target,
    /// The client and the generation of its credentials; `None` before the first request.
    client: Arc<Mutex<Option<(Client, u64)>>>,
}

impl Service {
    /// The service in the region of `target`. Reuses the connections of the identity's other
    /// regions if possible.
    #[must_use]
    pub(crate) fn new(identity: Arc<Identity>, target: Target) -> Self {
        Self {
            identity,
            target,
            client: Arc::default(),
        }
    }

    /// The target.
    #[must_use]
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// The identity.
    #[must_use]
    pub(crate) fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// Sends one request with this JSON body, and returns a 200 response.
    ///
    /// # Errors
    /// Any failure, because there are no retries here. [`RequestError::Renewed`] if the credentials
    /// had expired and have been refreshed.
    pub(crate) async fn ask(&self, body: Vec<u8>) -> Result<RawResponse, RequestError> {
        let (client, generation) = self.client()?;
        let answer = ask_with(&client, body).await;
        match &answer {
            Ok(_) => self.identity.worked(generation),
            Err(fault) => {
                if fault.is_expired() && self.identity.renew(generation).await {
                    return Err(RequestError::Renewed);
                }
            }
        }
        answer
    }

    /// The client and the generation of its credentials. Credentials known to have expired are not
    /// used.
    fn client(&self) -> Result<(Client, u64), RequestError> {
        let mut kept = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(current) = kept
            .as_ref()
            .filter(|(_, generation)| *generation == self.identity.generation())
        {
            return Ok(current.clone());
        }
        let client = self.identity.client(&self.target.region);
        let client = client.map_err(RequestError::Credentials)?;
        *kept = Some(client.clone());
        Ok(client)
    }
}

async fn ask_with(client: &Client, body: Vec<u8>) -> Result<RawResponse, RequestError> {
    let answer = client.ask(body).await.map_err(|error| match error {
        SendFailure::Credentials(error) => RequestError::Credentials(error),
        SendFailure::Connection(reason) | SendFailure::Request(reason) => {
            RequestError::Connection(failure_message::continued(&reason))
        }
    })?;
    if answer.http_status == 200 {
        Ok(answer)
    } else {
        Err(RequestError::read(answer.http_status, &answer.body))
    }
}
