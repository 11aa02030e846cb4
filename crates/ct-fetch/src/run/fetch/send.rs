//! Sends the requests of all regions, and handles the responses.

use std::time::Instant;

use ct_core::exit::Failure;
use tokio::task::{JoinError, JoinSet};

use super::page_memory::Pages;
use super::{Fetch, Report, finished};
use crate::source::history::page::Page;
use crate::source::history::schedule::InFlight;
use ct_aws::error::RequestError;

/// The requests without a response so far. Each task returns the index of the region, the request,
/// and the response.
pub(super) type OutstandingRequests = JoinSet<(usize, InFlight, Result<Page, RequestError>)>;

impl Fetch<'_> {
    /// Sends all requests that are permitted now. Returns when the next request may be sent. `None`
    /// means that a response must arrive first.
    pub(super) fn send(&mut self, outstanding: &mut OutstandingRequests) -> Option<Instant> {
        let pages = self.page_memory.pages();
        loop {
            if outstanding.len() >= self.limits.requests {
                // The maximum number of requests wait for a response, so a response must arrive
                // first.
                return None;
            }
            let now = self.start.elapsed();
            let Some(at) = self.region_queue.next(now, pages.most) else {
                break;
            };
            self.send_to(at, pages, outstanding);
        }
        self.region_queue.wakes_at().map(|at| self.start + at)
    }

    /// Sends the permitted requests of one region, and decides when to check the region again.
    fn send_to(&mut self, at: usize, pages: Pages, outstanding: &mut OutstandingRequests) {
        let now = self.start.elapsed();
        let region = &mut self.regions[at];
        if region.has_failed {
            self.region_queue.count(at, 0);
            return;
        }
        let room = pages
            .most
            .saturating_sub(self.region_queue.kept_by_others(at));
        let room = room.max(pages.share);
        if room <= region.schedule.kept() && !region.is_waited_for {
            self.region_queue.wait_for_memory(at);
            return;
        }
        while let Some(in_flight) = region.schedule.next(now, room) {
            let service = region.service.clone();
            outstanding.spawn(async move {
                let answer = service.lookup_events(in_flight.request.body.clone()).await;
                (
                    at,
                    in_flight,
                    answer.and_then(|answer| Page::from_response(&answer)),
                )
            });
        }
        let kept = region.schedule.kept();
        self.region_queue.count(at, kept);
        if let Some(wakes_at) = region.schedule.wakes_at(now) {
            self.region_queue.check_at(at, wakes_at);
        }
        if kept >= room {
            self.region_queue.wait_for_memory(at);
        }
    }

    /// Handles the response to a request.
    ///
    /// # Errors
    /// If the run cannot continue; see [`Fetch::meet`].
    pub(super) fn take_in(
        &mut self,
        answer: Result<(usize, InFlight, Result<Page, RequestError>), JoinError>,
        report: &mut impl Report,
    ) -> Result<(), Failure> {
        let (at, in_flight, answer) = finished(answer);
        let region = &mut self.regions[at];
        if region.has_failed {
            return Ok(());
        }
        self.summary.pages += u64::from(answer.is_ok());
        if let (Some(history_state), Ok(page)) = (&mut self.history_state, &answer) {
            history_state.observe_date(page.date);
        }
        let now = self.start.elapsed();
        if let Ok(page) = &answer {
            self.page_memory.add(page);
            if let Some(follow) = &mut region.follow {
                follow.observe_date(page.date, (in_flight.at(), now));
            }
        }
        let taken = region
            .schedule
            .take_in(in_flight, answer, now, fastrand::f64());
        self.region_queue.mark_ready(at, region.schedule.kept());
        match taken {
            Ok(()) => Ok(()),
            Err(error) => self.meet(at, &error, report),
        }
    }
}
