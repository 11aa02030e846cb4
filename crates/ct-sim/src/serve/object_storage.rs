//! Handles a request to S3: first latency, then faults, then the operation.

use hyper::Method;
use hyper::http::request::Parts;

use super::log::Request;
use super::service::Service;
use crate::answer::{Cut, FaultEffect, HttpResponse, Reply, XML};
use crate::random::Random;
use crate::requester::Requester;
use crate::services::s3::{self, error};

impl Service {
    /// Whether a request is for S3. The service in the signature decides this. If the request is
    /// not signed, the path decides.
    pub(super) fn is_for_s3(&self, head: &Parts, service: Option<&str>) -> bool {
        let is_read = matches!(head.method, Method::GET | Method::HEAD);
        let has_key = self.s3.has_buckets() && head.uri.path() != "/";
        is_read && (service == Some("s3") || service.is_none() && has_key)
    }

    pub(super) async fn s3(&self, head: &Parts, is_signed: bool, request: &mut Request) -> Reply {
        let asked = s3::S3Request::read(head);
        asked.operation.name().clone_into(&mut request.operation);
        request.bucket = Some(asked.bucket.clone()).filter(|name| !name.is_empty());
        request.key = Some(asked.key.clone()).filter(|key| !key.is_empty());
        request.range = asked.range.map(str::to_owned);
        let number = self.s3.next_number();
        let mut random = Random::new(self.seed ^ S3_STREAM, number);
        let latency = self.latency(&mut random);
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let (answer, cut) = self.s3_answer(&asked, number, is_signed, request, &mut random);
        if cut.is_none() && answer.status >= 300 && request.result.is_empty() {
            request.result = code(&answer);
        }
        Reply {
            answer,
            cut,
            now: self.now(),
        }
    }

    fn s3_answer(
        &self,
        asked: &s3::S3Request<'_>,
        number: u64,
        is_signed: bool,
        request: &mut Request,
        random: &mut Random,
    ) -> (HttpResponse, Option<Cut>) {
        let requester = Requester {
            region: &request.region,
            account: request.account.as_deref(),
        };
        let mut faults = self.s3.faults().iter();
        let fault = faults.find(|fault| {
            let asked_for = (number, asked.operation);
            fault.strikes(asked_for, &asked.key, &requester, random)
        });
        let mut cut = None;
        if let Some(fault) = fault {
            request.result = fault.kind.to_string();
            match fault.kind.effect() {
                FaultEffect::HttpResponse(answer) => return (answer, None),
                FaultEffect::Cut(kind) => cut = Some(kind),
            }
        }
        if cut.is_some_and(Cut::sends_nothing) {
            return (HttpResponse::ok(XML, ""), cut);
        }
        if !is_signed {
            return (error(403, "AccessDenied", "Access Denied"), cut);
        }
        let answer = self.s3.answer(asked, &request.region, &self.home);
        (answer.unwrap_or_else(|refused| refused), cut)
    }
}

/// Makes the random numbers for S3 requests differ from those for LookupEvents requests.
const S3_STREAM: u64 = 0x5353_3300;

/// Returns the error code in the body of a response, or its status if the body has no error code.
fn code(answer: &HttpResponse) -> String {
    let body = String::from_utf8_lossy(&answer.body);
    let code = body
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"));
    code.map_or_else(|| answer.status.to_string(), |(code, _)| code.to_owned())
}
