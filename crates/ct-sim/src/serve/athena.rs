//! Handles a request to Athena: first latency, then faults, then the operation.

use hyper::http::request::Parts;
use serde_json::Value;

use super::effect::effect;
use super::log::Request;
use super::service::Service;
use crate::answer::{AWS_JSON, Cut, FaultEffect, HttpResponse, Refusal, Reply};
use crate::random::Random;
use crate::requester::Requester;

/// Makes the random numbers for Athena requests differ from those for LookupEvents requests.
const ATHENA_STREAM: u64 = 0x4154_4845;

impl Service {
    pub(super) async fn athena(&self, head: &Parts, body: &[u8], request: &mut Request) -> Reply {
        let target = head
            .headers
            .get("x-amz-target")
            .and_then(|text| text.to_str().ok());
        let operation = target.and_then(|target| target.strip_prefix("AmazonAthena."));
        operation
            .unwrap_or_default()
            .clone_into(&mut request.operation);
        request.body = serde_json::from_slice(body).unwrap_or(Value::Null);
        let number = self.athena.next_number();
        let mut random = Random::new(self.seed ^ ATHENA_STREAM, number);
        let latency = self.latency(&mut random);
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let (answer, cut) = self
            .athena_answer(number, request, &mut random)
            .unwrap_or_else(|refusal| {
                request.result.clone_from(&refusal.code);
                (refusal.into_answer(), None)
            });
        Reply {
            answer,
            cut,
            now: self.now(),
        }
    }

    fn athena_answer(
        &self,
        number: u64,
        request: &mut Request,
        random: &mut Random,
    ) -> Result<(HttpResponse, Option<Cut>), Refusal> {
        let requester = Requester {
            region: &request.region,
            account: request.account.as_deref(),
        };
        let mut faults = self.athena.faults.iter();
        let fault = faults.find(|fault| fault.strikes(number, &requester, random));
        let mut cut = None;
        if let Some(fault) = fault {
            let effect = effect(&fault.kind)?;
            request.result = fault.kind.to_string();
            match effect {
                FaultEffect::HttpResponse(answer) => return Ok((answer, None)),
                FaultEffect::Cut(kind) if kind.sends_nothing() => {
                    return Ok((HttpResponse::ok(AWS_JSON, ""), Some(kind)));
                }
                FaultEffect::Cut(kind) => cut = Some(kind),
            }
        }
        let answer = self.athena.answer(&request.operation, &request.body)?;
        Ok((answer, cut))
    }
}
