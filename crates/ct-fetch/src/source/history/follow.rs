//! Follows one region: decides when to poll for events, and which events of a poll are new.
//!
//! Events arrive late and in any order. Therefore, every poll lists the last 15 minutes again, and
//! drops events that were returned before. The service's time, which defines these 15 minutes, is
//! in the `Date` headers of the responses; see [`Clock`] for services that send no `Date`. Every
//! [`Duration`] is a time since the run began.

use std::collections::HashMap;
use std::time::Duration;

use ct_core::record::event::Event;
use ct_core::seal::DELIVERY;
use jiff::Timestamp;

use crate::source::history::attempts::Attempts;
use crate::source::history::pacer::Pacer;
use crate::source::history::page::Page;
use crate::source::history::page_chain::{LookupRequest, PageChain, RepeatedToken};
use crate::source::history::schedule::TargetError;
use ct_aws::error::RequestError;
use ct_aws::retry::{Backoff, RetryAction};

mod clock;
mod piece;

use clock::Clock;
use piece::Width;

/// The maximum delivery delay of an event, in seconds.
pub(crate) const OVERLAP: i64 = DELIVERY.as_secs();

/// The maximum share of the quota that following uses. The rest of the quota is left to other
/// clients.
const GENTLE: f64 = 0.5;

/// The interval between the starts of two polls, given as the number of requests that the full rate
/// permits in it: 10 s at two requests per second.
const POLL_REQUESTS: f64 = 20.0;

/// Polls a region for new events, and returns them oldest first.
#[derive(Debug)]
pub(crate) struct Follow {
    requests: Vec<LookupRequest>,
    attempts: Attempts,
    pacer: Pacer,
    pause: Duration,
    clock: Clock,
    /// The oldest time at which new events may still appear, in Unix seconds; `None` for any time.
    oldest: Option<i64>,
    /// The keys of returned events that may be listed again, each with the time of the event in
    /// Unix seconds.
    sent: HashMap<String, i64>,
    /// The length of the next piece of a backlog, in seconds.
    width: Width,
    poll: Poll,
    due: Duration,
    is_asked: bool,
    failures: u32,
}

/// One poll: lists all events since a time, or the events of a piece of a backlog.
#[derive(Debug)]
struct Poll {
    /// The index of the [`LookupRequest`] that is being listed.
    at: usize,
    listing: PageChain,
    /// The last second of the piece, in Unix seconds; `None` if the poll has no end.
    until: Option<i64>,
    /// The service's time when the poll requested its first page, in Unix seconds. Before the first
    /// page has arrived, the field has the value of the previous poll.
    asked_at: Option<i64>,
    is_begun: bool,
    began: Duration,
    /// The new events of the poll so far, newest first.
    found: Vec<Event>,
}

impl Follow {
    /// Prepares to follow all events that `requests` select, without an end. `started` is the local
    /// time when the run began, in Unix seconds.
    ///
    /// # Panics
    /// If `requests` is empty.
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

    /// Records the `Date` header of a response to the listing of the window, before following
    /// begins. The request was sent at `sent_at`, and the response arrived at `now`.
    pub(crate) fn observe_date(&mut self, date: Option<i64>, (sent_at, now): (Duration, Duration)) {
        self.clock.hear(date, sent_at, now);
    }

    /// Records an event that was returned before following begins.
    pub(crate) fn mark_returned(&mut self, event: &Event) {
        self.clock.observe(event.second());
        if self.may_come_again(event) {
            let second = event.second().unwrap_or(i64::MAX);
            self.sent.insert(event.key().into_owned(), second);
        }
        // With events oldest first, each event is remembered as one of the newest so far. Now and
        // then, drop the events that have become too old.
        if self.sent.len().is_power_of_two() {
            self.forget(self.late_since());
        }
    }

    /// Whether the first poll lists the event's time again. If the first poll lists it again, the
    /// poll returns the event even if it was not returned before.
    #[must_use]
    pub(crate) fn may_come_again(&self, event: &Event) -> bool {
        event
            .second()
            .is_none_or(|second| Some(second) >= self.late_since())
    }

    /// Returns the time of the newest event seen.
    #[must_use]
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        let newest = self.clock.newest()?;
        Timestamp::from_second(newest).ok()
    }

    /// Starts following. The caller must have returned all earlier events.
    pub(crate) fn begin(&mut self, now: Duration) {
        self.oldest = self.oldest.max(self.late_since());
        self.forget(self.oldest);
        self.start_poll(None, now);
    }

    /// Returns the body of the request to send now, or `None` if no request may be sent yet.
    pub(crate) fn next(&mut self, now: Duration) -> Option<Vec<u8>> {
        if self.is_asked || self.wakes_at()? > now {
            return None;
        }
        self.is_asked = true;
        self.pacer.sent(now);
        Some(self.poll.listing.body())
    }

    /// Returns when to call [`Follow::next`] again; `None` while a response is outstanding.
    #[must_use]
    pub(crate) fn wakes_at(&self) -> Option<Duration> {
        (!self.is_asked).then(|| self.due.max(self.pacer.ready_at()))
    }

    /// Returns the number of consecutive failed requests.
    #[must_use]
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }

    /// Accepts the response to the request that was sent at `sent_at`; the response arrived at
    /// `now`. If the poll is finished, returns its new events, oldest first; otherwise returns no
    /// events. `random`, from 0 to 1, decides the wait before a retry.
    ///
    /// # Errors
    /// If a retry cannot help, or if the maximum number of failures is reached.
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
        let action = fault
            .as_ref()
            .map_or(RetryAction::NewListing, RequestError::retry_action);
        if action == RetryAction::GiveUp || self.failures >= self.attempts.later {
            return Err(fault.map_or(TargetError::RepeatedToken, TargetError::Request));
        }
        if action == RetryAction::SlowDown {
            self.pacer.throttled(sent_at, now);
            return Ok(Vec::new());
        }
        if action == RetryAction::NewListing && !self.poll.listing.restart() {
            self.start_poll(self.poll.until, now);
        }
        self.due = now + Backoff::CLOUDTRAIL.wait(self.failures, random);
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
            .observe(events.iter().filter_map(Event::second).max());
        let is_first = !self.poll.is_begun;
        if is_first {
            self.poll.is_begun = true;
            self.poll.asked_at = self.clock.asked_at(date, sent_at, now);
        }
        let is_done = self.poll.listing.is_done();
        if !is_done && is_first && self.poll.until.is_none() && self.is_far_behind() {
            self.width.estimate(&events);
            self.start_piece(now);
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
                self.start_piece(now);
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

    /// Ends a complete poll, and returns its new events.
    fn finish(&mut self, now: Duration) -> Vec<Event> {
        let mut events = std::mem::take(&mut self.poll.found);
        events.reverse();
        // Sort the events, and drop duplicates: an event that arrived between two pages may be out
        // of order, and two requests may have found the same event.
        let newest = self.clock.newest();
        events.sort_by_key(|event| event.second().or(newest));
        events.retain(|event| {
            let second = event.second().or(newest).unwrap_or(i64::MAX);
            self.sent.insert(event.key().into_owned(), second).is_none()
        });
        let oldest = match self.poll.until {
            Some(until) => Some(until + 1),
            None => self.poll.asked_at.map(|asked_at| asked_at - OVERLAP),
        };
        self.oldest = self.oldest.max(oldest);
        self.forget(self.oldest);
        if self.poll.until.is_none() {
            self.due = (self.poll.began + self.pause).max(now);
            self.start_poll(None, self.due);
            return events;
        }
        self.width.learn(events.len());
        if self.is_far_behind() {
            self.start_piece(now);
        } else {
            self.start_poll(None, now);
        }
        events
    }

    /// Whether there is a backlog: whether the period to list is so long that no more events can
    /// arrive for its oldest part.
    fn is_far_behind(&self) -> bool {
        let behind = self
            .poll
            .asked_at
            .zip(self.oldest)
            .map(|(now, oldest)| now - oldest);
        behind.is_some_and(|behind| behind >= 2 * OVERLAP)
    }

    /// Polls the oldest piece of a backlog. The piece ends before the time of any event that may
    /// still arrive.
    fn start_piece(&mut self, now: Duration) {
        let settled = self.poll.asked_at.map(|asked_at| asked_at - OVERLAP);
        let until = self.oldest.map(|oldest| oldest + self.width.seconds());
        self.start_poll(until.min(settled), now);
    }

    fn start_poll(&mut self, until: Option<i64>, at: Duration) {
        self.poll = Poll {
            asked_at: self.poll.asked_at,
            ..Poll::new(&self.requests[0], self.oldest, until, at)
        };
    }

    /// Returns the oldest time of an event that may still arrive after the run began, in Unix
    /// seconds.
    fn late_since(&self) -> Option<i64> {
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
