//! Asks LookupEvents in one region as one identity, whose credentials it renews.

use std::sync::{Arc, Mutex, PoisonError};

use ct_aws::fault::Fault;
use ct_aws::identity::Identity;
use ct_aws::lookup_events::{Answer, Client, Unanswered};

use crate::account::target::Target;
use crate::source::history::refusal;

/// CloudTrail in one region, asked as one identity.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    identity: Arc<Identity>,
    target: Target,
    /// With the credentials of which generation; none before the first request.
    client: Arc<Mutex<Option<(Client, u64)>>>,
}

impl Service {
    /// In the region of `target`, over the connections of the identity's other regions where they serve.
    #[must_use]
    pub(crate) fn new(identity: Arc<Identity>, target: Target) -> Self {
        Self {
            identity,
            target,
            client: Arc::default(),
        }
    }

    /// Where this asks.
    #[must_use]
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// As whom this asks.
    #[must_use]
    pub(crate) fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// Sends one request with this JSON body, and gives the answer, a 200.
    ///
    /// # Errors
    /// Every way it can go wrong; nothing is asked twice here. [`Fault::Renewed`] where the
    /// credentials had expired and there are fresh ones now.
    pub(crate) async fn ask(&self, body: Vec<u8>) -> Result<Answer, Fault> {
        let (client, generation) = self.client()?;
        let answer = ask_with(&client, body).await;
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

    /// The client, and which credentials it has: never those that are known to have expired.
    fn client(&self) -> Result<(Client, u64), Fault> {
        let mut kept = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(current) = kept
            .as_ref()
            .filter(|(_, generation)| *generation == self.identity.generation())
        {
            return Ok(current.clone());
        }
        let client = self.identity.client(&self.target.region);
        let client = client.map_err(Fault::Credentials)?;
        *kept = Some(client.clone());
        Ok(client)
    }
}

async fn ask_with(client: &Client, body: Vec<u8>) -> Result<Answer, Fault> {
    let answer = client.ask(body).await.map_err(|error| match error {
        Unanswered::Credentials(error) => Fault::Credentials(error),
        Unanswered::Connection(reason) | Unanswered::Request(reason) => {
            Fault::Connection(refusal::continued(&reason))
        }
    })?;
    if answer.http_status == 200 {
        Ok(answer)
    } else {
        Err(Fault::read(answer.http_status, &answer.body))
    }
}
