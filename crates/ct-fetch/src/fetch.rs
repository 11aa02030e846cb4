//! Fetches what a plan asks for, no faster than CloudTrail allows, and writes one record a line.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::time::Instant;

use anyhow::anyhow;
use ct_core::event::Event;
use ct_core::exit::Failure;
use ct_core::output::Output;
use ct_core::record;

use crate::coverage::{Coverage, End};
use crate::fault::{Fault, Remedy};
use crate::listing::Listing;
use crate::lookup::Service;
use crate::merge::Merge;
use crate::pacer::Pacer;
use crate::page::Page;
use crate::plan::Plan;
use crate::retry::{self, Attempts};

/// How hard to ask, and for how much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Requests a second to the region.
    pub rate: f64,
    /// How often one request may fail.
    pub attempts: Attempts,
    /// How many events are wanted.
    pub max_items: Option<u64>,
}

/// What a person is told while a run goes on.
pub trait Report {
    /// A page came.
    fn page(&mut self, coverage: &Coverage);
    /// An event cannot be written.
    fn problem(&mut self, message: &str);
}

/// Asks one region.
pub struct Fetch<'a> {
    service: &'a Service,
    limits: Limits,
    pacer: Pacer,
    start: Instant,
    /// How the run stands.
    pub coverage: Coverage,
}

impl<'a> Fetch<'a> {
    /// Nothing is asked yet; `start` is the instant the pacer counts from.
    #[must_use]
    pub fn new(service: &'a Service, limits: Limits, coverage: Coverage, start: Instant) -> Self {
        Self {
            service,
            limits,
            pacer: Pacer::new(limits.rate),
            start,
            coverage,
        }
    }

    /// Writes every record the plan asks for, newest first; a page's are out before the next is asked for.
    ///
    /// # Errors
    /// What `stop` resolves to, or why a page or the output failed; whole lines are out either way.
    pub async fn run(
        &mut self,
        plan: &Plan,
        output: &mut Output,
        report: &mut impl Report,
        mut stop: Pin<&mut impl Future<Output = Failure>>,
    ) -> Result<(), Failure> {
        let mut listings: Vec<Listing> = plan.requests.iter().cloned().map(Listing::new).collect();
        let mut merge = Merge::new(listings.len());
        loop {
            while let Some((_, event)) = merge.pop() {
                self.coverage.reached = event.event_time.or(self.coverage.reached);
                if plan.rest.are_met_by(&event) {
                    self.write(&event, output, report)?;
                }
                if self.limits.max_items == Some(self.coverage.events) {
                    self.coverage.end = End::Enough;
                    return output.flush();
                }
            }
            self.coverage.repeated = merge.repeated();
            output.flush()?;
            let starving: Vec<usize> = merge.starving().collect();
            if starving.is_empty() {
                self.coverage.end = End::Complete;
                return Ok(());
            }
            for index in starving {
                let listing = &mut listings[index];
                let events = tokio::select! {
                    biased;
                    failure = &mut stop => return Err(failure),
                    events = self.next_page(listing) => events?,
                };
                merge.feed(index, events, listing.is_done());
                report.page(&self.coverage);
            }
        }
    }

    fn write(
        &mut self,
        event: &Event,
        output: &mut Output,
        report: &mut impl Report,
    ) -> Result<(), Failure> {
        match line(event) {
            Ok(line) => {
                output.line(line.as_bytes())?;
                self.coverage.events += 1;
            }
            Err(reason) => {
                self.coverage.broken += 1;
                let id = event.event_id.as_deref().unwrap_or("without an ID");
                let region = &self.coverage.region;
                report.problem(&format!(
                    "event {id} of {region} cannot be written: {reason}: look it up with --event-id"
                ));
            }
        }
        Ok(())
    }

    async fn next_page(&mut self, listing: &mut Listing) -> Result<Vec<Event>, Failure> {
        let (mut failures, mut throttles) = (0, 0);
        loop {
            let at = self.pacer.reserve(self.start.elapsed());
            tokio::time::sleep_until((self.start + at).into()).await;
            let answer = self.service.ask(listing.body()).await;
            let fault = match answer.and_then(|body| Page::read(&body)) {
                Ok(page) => {
                    self.coverage.pages += 1;
                    return listing.accept(page).map_err(|_| self.going_in_circles());
                }
                Err(fault) => fault,
            };
            let attempts = self.limits.attempts;
            let allowed = if self.coverage.pages == 0 {
                attempts.at_first
            } else {
                attempts.later
            };
            match fault.remedy() {
                Remedy::SlowDown if throttles + 1 < attempts.throttled => {
                    throttles += 1;
                    self.pacer.throttled(self.start.elapsed());
                }
                Remedy::AskAgain if failures + 1 < allowed => {
                    failures += 1;
                    tokio::time::sleep(retry::wait(failures, fastrand::f64())).await;
                }
                Remedy::NewListing if listing.restart() => {}
                _ => return Err(self.failure(&fault)),
            }
        }
    }

    fn going_in_circles(&self) -> Failure {
        let region = &self.coverage.region;
        Failure::Other(anyhow!(
            "{region} gave the same NextToken twice in a row, so the listing cannot go on: run it again"
        ))
    }

    fn failure(&self, fault: &Fault) -> Failure {
        let region = &self.coverage.region;
        match fault {
            Fault::Service(error) => Failure::Refused(anyhow!(
                "{region} refused LookupEvents: {error}: {}",
                hint(&error.code)
            )),
            Fault::Credentials(reason) => Failure::Configuration(anyhow!(
                "no credentials to ask {region} with: {reason}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a --profile"
            )),
            Fault::Connection(_) | Fault::BadAnswer(_) => Failure::Other(anyhow!(
                "no page of events from {region}: {fault}: check the network and --endpoint-url"
            )),
        }
    }
}

/// The record, as received.
fn line(event: &Event) -> Result<Cow<'_, str>, String> {
    let text = event
        .cloud_trail_event
        .as_deref()
        .ok_or("it has no CloudTrailEvent")?;
    record::line(text).map_err(|error| error.to_string())
}

/// What to do about a refusal.
fn hint(code: &str) -> &'static str {
    match code {
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" => {
            "allow cloudtrail:LookupEvents for this identity, or use another"
        }
        "ExpiredToken" | "ExpiredTokenException" => "get fresh credentials and run it again",
        "UnrecognizedClientException" | "InvalidClientTokenId" | "OptInRequired" => {
            "check the credentials, and that the region is enabled for the account"
        }
        "InvalidSignatureException" | "SignatureDoesNotMatch" => {
            "check the secret key and the clock"
        }
        _ => "change the query, or try again later",
    }
}
