//! Writes new events as they arrive (`--follow`), until the run is stopped.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use ct_core::exit::Failure;
use ct_core::record::event::Event;
use tokio::task::{JoinError, JoinSet};
use tokio::time::MissedTickBehavior;

use super::{Fetch, Report, TOLD_EVERY, finished};
use crate::source::history::pacer;
use crate::source::history::page::Page;
use crate::summary::FetchEnd;
use crate::writer::RecordWriter;
use ct_aws::error::RequestError;

/// After a region has failed this number of times in a row, one message about the region is
/// printed.
const TOLD_FAILURES: u32 = 10;

/// The requests without a response so far. Each task returns the index of the region, the time when
/// the request was sent (measured from the beginning of the run), and the response.
type OutstandingRequests = JoinSet<(usize, Duration, Result<Page, RequestError>)>;

impl Fetch<'_> {
    /// Writes the new events of each region as they arrive. If one poll of a region returns several
    /// new events, writes the oldest first. Returns without an error only if the number of events
    /// in `--max-items` is written.
    ///
    /// # Errors
    /// If `stop` completes, if the output fails, or if no region remains.
    pub(super) async fn tail(
        &mut self,
        writer: &mut RecordWriter,
        report: &mut impl Report,
        mut stop: Pin<&mut impl Future<Output = Failure>>,
    ) -> Result<(), Failure> {
        self.summary.end = FetchEnd::Followed;
        let now = self.start.elapsed();
        let regions = self.regions.len();
        for (at, region) in self.regions.iter_mut().enumerate() {
            let Some(follow) = &mut region.follow else {
                continue;
            };
            follow.begin(now + pacer::first_request(at, regions, self.limits.rate));
            self.summary.reached = self.summary.reached.max(follow.newest());
        }
        let mut outstanding = JoinSet::new();
        let mut told = tokio::time::interval(TOLD_EVERY);
        told.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            report.waiting(&self.summary);
            let wakes_at = self.poll(&mut outstanding);
            let wake = async {
                match wakes_at {
                    Some(at) => tokio::time::sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            let answer = tokio::select! {
                biased;
                failure = &mut stop => return Err(failure),
                Some(answer) = outstanding.join_next() => answer,
                () = wake => continue,
                _ = told.tick() => continue,
            };
            let (region, events) = self.new_events(answer, report)?;
            for event in &events {
                self.deliver(region, event, writer, report, stop.as_mut())
                    .await?;
                if self.limits.max_items == Some(self.summary.events) {
                    self.summary.end = FetchEnd::Enough;
                    return writer.flush();
                }
            }
            writer.flush()?;
        }
    }

    /// Sends all requests that are permitted now. Returns when the next request may be sent. `None`
    /// means that a response must arrive first.
    fn poll(&mut self, outstanding: &mut OutstandingRequests) -> Option<Instant> {
        let now = self.start.elapsed();
        let regions = self.regions.len();
        let mut wakes_at: Option<Duration> = None;
        for at in (self.polled_first..regions).chain(0..self.polled_first) {
            if outstanding.len() >= self.limits.requests {
                // The maximum number of requests wait for a response. When one arrives, continue
                // with this region.
                self.polled_first = at;
                return None;
            }
            let region = &mut self.regions[at];
            let Some(follow) = region.follow.as_mut().filter(|_| !region.has_failed) else {
                continue;
            };
            if let Some(body) = follow.next(now) {
                let service = region.service.clone();
                outstanding.spawn(async move {
                    let answer = service.lookup_events(body).await;
                    (
                        at,
                        now,
                        answer.and_then(|answer| Page::from_response(&answer)),
                    )
                });
            }
            wakes_at = wakes_at.into_iter().chain(follow.wakes_at()).min();
        }
        wakes_at.map(|at| self.start + at)
    }

    /// Handles a response. Returns the index of its region, and the new events in it.
    fn new_events(
        &mut self,
        answer: Result<(usize, Duration, Result<Page, RequestError>), JoinError>,
        report: &mut impl Report,
    ) -> Result<(usize, Vec<Event>), Failure> {
        let (at, sent_at, answer) = finished(answer);
        let region = &mut self.regions[at];
        let Some(follow) = &mut region.follow else {
            return Ok((at, Vec::new()));
        };
        self.summary.pages += u64::from(answer.is_ok());
        let reason = answer.as_ref().err().map(ToString::to_string);
        let now = self.start.elapsed();
        match follow.take_in(answer, (sent_at, now), fastrand::f64()) {
            Ok(events) => {
                if let Some(reason) = reason
                    && follow.failures() == TOLD_FAILURES
                {
                    let name = region.service.target();
                    report.problem(&format!(
                        "no page of events from {name}: {reason}: retrying until it responds"
                    ));
                }
                Ok((at, events))
            }
            Err(error) => {
                self.meet(at, &error, report)?;
                Ok((at, Vec::new()))
            }
        }
    }
}
