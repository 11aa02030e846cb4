//! Calls LookupEvents in one region with one identity, and refreshes expired credentials.

use std::sync::{Arc, Mutex, PoisonError};

use ct_aws::error::RequestError;
use ct_aws::identity::Identity;
use ct_aws::lookup_events::{Client, RawResponse, SendFailure};

use crate::account::target::Target;
use crate::source::history::failure_message;

/// CloudTrail in one region, called with the credentials of one identity.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    identity: Arc<Identity>,
    target: Target,
    /// The client, and the number of times that its credentials were refreshed; `None` before the
    /// first request.
    client: Arc<Mutex<Option<(Client, u64)>>>,
}

impl Service {
    /// Creates the service for a target. If possible, it shares connections with the services for
    /// other regions of the same identity.
    #[must_use]
    pub(crate) fn new(identity: Arc<Identity>, target: Target) -> Self {
        Self {
            identity,
            target,
            client: Arc::default(),
        }
    }

    /// The region and the account in which CloudTrail is called.
    #[must_use]
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// The identity whose credentials sign the requests.
    #[must_use]
    pub(crate) fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// Sends one request with the JSON text `body`. Returns the response if its status is 200.
    ///
    /// # Errors
    /// If the request fails: it is not retried. [`RequestError::Renewed`] if the credentials had
    /// expired and were refreshed; the caller can then send the request again.
    pub(crate) async fn lookup_events(&self, body: Vec<u8>) -> Result<RawResponse, RequestError> {
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

    /// Returns the client, and the generation of its credentials (how often they were refreshed).
    /// Creates a new client if they were refreshed since the last call.
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
    let answer = client
        .lookup_events(body)
        .await
        .map_err(|error| match error {
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
