//! Follows one region: the next poll, and which of its events are new.
//!
//! Events arrive late and in any order, so every poll lists the last minutes again and drops events
//! that were returned before. The service's clock, from the `Date` header of its responses, defines
//! the last minutes; see [`Clock`] for services without one. All times are a [`Duration`] since the
//! run began.

use std::collections::HashMap;
use std::time::Duration;

use ct_core::record::event::Event;
use ct_core::seal::DELIVERY;
use jiff::Timestamp;

use crate::source::history::back_off::{self, Attempts};
use crate::source::history::pacer::Pacer;
use crate::source::history::page::Page;
use crate::source::history::page_chain::{LookupRequest, PageChain, RepeatedToken};
use crate::source::history::schedule::TargetError;
use ct_aws::request_error::{Remedy, RequestError};

mod clock;
mod piece;

use clock::Clock;
use piece::Width;

/// The maximum delay of an event, in seconds.
pub(crate) const OVERLAP: i64 = DELIVERY.as_secs();

/// The maximum share of the quota that following uses; the rest is left to others.
const GENTLE: f64 = 0.5;

/// The interval between the starts of polls, in requests at the quota: 10 s at two per second.
const POLL_REQUESTS: f64 = 20.0;

/// A region's new events, oldest first.
#[derive(Debug)]
pub(crate) struct Follow {
    requests: Vec<LookupRequest>,
    attempts: Attempts,
    pacer: Pacer,
    pause: Duration,
    clock: Clock,
    /// The oldest second that may still have new events; `None` for all.
    oldest: Option<i64>,
    /// The returned events that may be listed again, with their seconds.
    sent: HashMap<String, i64>,
    /// The length of the next piece.
    width: Width,
    poll: Poll,
    due: Duration,
    is_asked: bool,
    failures: u32,
}

/// One listing of everything from a second on, or of a piece of it.
#[derive(Debug)]
struct Poll {
    /// The index of the listed request.
    at: usize,
    listing: PageChain,
    /// The last second of a piece.
    until: Option<i64>,
    /// The service's clock at the first page's request, once that page has arrived.
    asked_at: Option<i64>,
    is_begun: bool,
    began: Duration,
    /// Newest first.
    found: Vec<Event>,
}

impl Follow {
    /// Follows everything that `requests` select, without an end; `started` is the current time of
    /// our clock, in seconds since 1970.
    ///
    /// # Panics
    /// If there are no requests.
    #[must_use]
    pub(crate) fn new(
        requests: Vec<LookupRequest>,
        rate: f64,
        attempts: Attempts,
        started: i64,
    ) -> Self {
        let request = requests.first().expect("a plan asks for something");
        let oldest = request.window.since();
        let poll = Poll::new(request, oldest, None, Duration::ZERO);
        Self {
            pacer: Pacer::new(rate * GENTLE),
            pause: Duration::from_secs_f64(POLL_REQUESTS / rate),
            requests,
            attempts,
            clock: Clock::new(started),
            oldest,
            sent: HashMap::new(),
            width: Width::default(),
            poll,
            due: Duration::ZERO,
            is_asked: false,
            failures: 0,
        }
    }

    /// A response with this `Date` arrived before following began, to a request sent at the first
    /// of the two times.
    pub(crate) fn heard(&mut self, date: Option<i64>, (sent_at, now): (Duration, Duration)) {
        self.clock.hear(date, sent_at, now);
    }

    /// An event arrived before following began.
    pub(crate) fn had(&mut self, event: &Event) {
        self.clock.see(event.second());
        if self.may_come_again(event) {
            let second = event.second().unwrap_or(i64::MAX);
            self.sent.insert(event.key().into_owned(), second);
        }
        // If the oldest come first, each event is the newest at some time.
        if self.sent.len().is_power_of_two() {
            self.forget(self.edge());
        }
    }

    /// Whether an event that was not returned will be found because the first poll covers its time.
    #[must_use]
    pub(crate) fn may_come_again(&self, event: &Event) -> bool {
        event
            .second()
            .is_none_or(|second| Some(second) >= self.edge())
    }

    /// The time of the newest event.
    #[must_use]
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        let newest = self.clock.newest()?;
        Timestamp::from_second(newest).ok()
    }

    /// Starts following: all earlier events have been returned.
    pub(crate) fn begin(&mut self, now: Duration) {
        self.oldest = self.oldest.max(self.edge());
        self.forget(self.oldest);
        self.look(None, now);
    }

    /// The body of the request to send now, if there is one and it is permitted.
    pub(crate) fn next(&mut self, now: Duration) -> Option<Vec<u8>> {
        if self.is_asked || self.wakes_at()? > now {
            return None;
        }
        self.is_asked = true;
        self.pacer.sent(now);
        Some(self.poll.listing.body())
    }

    /// When to call [`Follow::next`] again; `None` while a response is outstanding.
    #[must_use]
    pub(crate) fn wakes_at(&self) -> Option<Duration> {
        (!self.is_asked).then(|| self.due.max(self.pacer.ready_at()))
    }

    /// The number of consecutive failures of the request.
    #[must_use]
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }

    /// Accepts the response to the request sent at `sent_at`, and returns the new events of a
    /// finished poll, oldest first; `random`, in 0..1, spreads retries.
    ///
    /// # Errors
    /// If a retry cannot help.
    pub(crate) fn take_in(
        &mut self,
        answer: Result<Page, RequestError>,
        (sent_at, now): (Duration, Duration),
        random: f64,
    ) -> Result<Vec<Event>, TargetError> {
        self.is_asked = false;
        let fault = match answer {
            Ok(page) => match self.accept(page, (sent_at, now)) {
                Ok(events) => {
                    self.failures = 0;
                    return Ok(events);
                }
                Err(RepeatedToken) => None,
            },
            Err(fault) => Some(fault),
        };
        self.failures += 1;
        let remedy = fault
            .as_ref()
            .map_or(Remedy::NewListing, RequestError::remedy);
        if remedy == Remedy::GiveUp || self.failures >= self.attempts.later {
            return Err(fault.map_or(TargetError::RepeatedToken, TargetError::Request));
        }
        if remedy == Remedy::SlowDown {
            self.pacer.throttled(sent_at, now);
            return Ok(Vec::new());
        }
        if remedy == Remedy::NewListing && !self.poll.listing.restart() {
            self.look(self.poll.until, now);
        }
        self.due = now + back_off::wait(self.failures, random);
        Ok(Vec::new())
    }

    fn accept(
        &mut self,
        page: Page,
        (sent_at, now): (Duration, Duration),
    ) -> Result<Vec<Event>, RepeatedToken> {
        let date = page.date;
        let events = self.poll.listing.accept(page)?;
        self.clock
            .see(events.iter().filter_map(Event::second).max());
        let is_first = !self.poll.is_begun;
        if is_first {
            self.poll.is_begun = true;
            self.poll.asked_at = self.clock.asked_at(date, sent_at, now);
        }
        let is_done = self.poll.listing.is_done();
        if !is_done && is_first && self.poll.until.is_none() && self.is_far_behind() {
            self.width.estimate(&events);
            self.look_at_piece(now);
            return Ok(Vec::new());
        }
        let new = events
            .into_iter()
            .filter(|event| !self.sent.contains_key(event.key().as_ref()));
        self.poll.found.extend(new);
        if !is_done {
            if let (Some(oldest), Some(until)) = (self.oldest, self.poll.until)
                && self.width.is_exceeded(&self.poll.found, until - oldest)
            {
                self.width.shorten(&self.poll.found);
                self.look_at_piece(now);
            }
            return Ok(Vec::new());
        }
        self.poll.at += 1;
        if let Some(request) = self.requests.get(self.poll.at) {
            self.poll.listing = listing(request, self.oldest, self.poll.until);
            return Ok(Vec::new());
        }
        Ok(self.finish(now))
    }

    /// The poll is complete: returns its new events.
    fn finish(&mut self, now: Duration) -> Vec<Event> {
        let mut events = std::mem::take(&mut self.poll.found);
        events.reverse();
        // An event that arrived between two pages may be out of order, and two requests may have
        // found the same one.
        let newest = self.clock.newest();
        events.sort_by_key(|event| event.second().or(newest));
        events.retain(|event| {
            let second = event.second().or(newest).unwrap_or(i64::MAX);
            self.sent.insert(event.key().into_owned(), second).is_none()
        });
        let edge = match self.poll.until {
            Some(until) => Some(until + 1),
            None => self.poll.asked_at.map(|asked_at| asked_at - OVERLAP),
        };
        self.oldest = self.oldest.max(edge);
        self.forget(self.oldest);
        if self.poll.until.is_none() {
            self.due = (self.poll.began + self.pause).max(now);
            self.look(None, self.due);
            return events;
        }
        self.width.learn(events.len());
        if self.is_far_behind() {
            self.look_at_piece(now);
        } else {
            self.look(None, now);
        }
        events
    }

    /// Whether there is so much to list that a piece of it is certainly complete.
    fn is_far_behind(&self) -> bool {
        let behind = self
            .poll
            .asked_at
            .zip(self.oldest)
            .map(|(now, oldest)| now - oldest);
        behind.is_some_and(|behind| behind >= 2 * OVERLAP)
    }

    /// Polls the oldest piece, which ends before all events that may still arrive.
    fn look_at_piece(&mut self, now: Duration) {
        let settled = self.poll.asked_at.map(|asked_at| asked_at - OVERLAP);
        let until = self.oldest.map(|oldest| oldest + self.width.seconds());
        self.look(until.min(settled), now);
    }

    fn look(&mut self, until: Option<i64>, at: Duration) {
        self.poll = Poll {
            asked_at: self.poll.asked_at,
            ..Poll::new(&self.requests[0], self.oldest, until, at)
        };
    }

    /// The oldest second of events that may arrive after the run began.
    fn edge(&self) -> Option<i64> {
        self.clock.began().map(|second| second - OVERLAP)
    }

    fn forget(&mut self, oldest: Option<i64>) {
        self.sent.retain(|_, second| Some(*second) >= oldest);
    }
}

impl Poll {
    fn new(
        request: &LookupRequest,
        oldest: Option<i64>,
        until: Option<i64>,
        began: Duration,
    ) -> Self {
        Self {
            at: 0,
            listing: listing(request, oldest, until),
            until,
            asked_at: None,
            is_begun: false,
            began,
            found: Vec::new(),
        }
    }
}

fn listing(request: &LookupRequest, oldest: Option<i64>, until: Option<i64>) -> PageChain {
    PageChain::new(LookupRequest {
        page_size: None,
        ..request.from(oldest).up_to(until)
    })
}

#[cfg(test)]
mod tests;
