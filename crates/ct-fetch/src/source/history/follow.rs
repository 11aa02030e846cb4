//! Follows one region: decides when to poll for events, and which events of a poll are new.
//!
//! Events arrive late and in any order. Therefore, every poll lists the last 15 minutes again, and
//! drops the events that an earlier poll returned. The 15 minutes are those before the service's
//! time, which is in the `Date` headers of the responses; see [`Clock`] for services without this
//! header. After a long window or an outage, there is a backlog: more than 30 minutes of events to
//! list. A backlog is listed in pieces of limited length. Every time is given as the [`Duration`]
//! since the run began.

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

/// The maximum time between an event and its arrival in the event history, in seconds.
pub(crate) const OVERLAP: i64 = DELIVERY.as_secs();

/// The maximum share of the quota that `--follow` uses. The rest is left to other programs.
const GENTLE: f64 = 0.5;

/// The time between the starts of two polls, as a number of requests: at the full rate of two
/// requests per second, 20 requests take 10 s.
const POLL_REQUESTS: f64 = 20.0;

/// Polls a region for new events, and returns them oldest first.
#[derive(Debug)]
pub(crate) struct Follow {
    requests: Vec<LookupRequest>,
    attempts: Attempts,
    pacer: Pacer,
    pause: Duration,
    clock: Clock,
    /// The time from which the next poll lists events, in Unix seconds: no older events can arrive.
    /// `None` for the start of the event history.
    oldest: Option<i64>,
    /// The keys of returned events that a poll may list again, and the time of each event in Unix
    /// seconds.
    sent: HashMap<String, i64>,
    /// The length of the next piece of a backlog, in seconds.
    width: Width,
    poll: Poll,
    due: Duration,
    is_asked: bool,
    failures: u32,
}

/// One poll: a listing of all new events, or of a piece of a backlog.
#[derive(Debug)]
struct Poll {
    /// The index in `requests` of the request that is being listed.
    at: usize,
    listing: PageChain,
    /// The last second of the piece, in Unix seconds; `None` if the poll lists up to the newest
    /// event.
    until: Option<i64>,
    /// The service's time when the poll requested its first page, in Unix seconds. Until that page
    /// arrives, the value is that of the previous poll.
    asked_at: Option<i64>,
    is_begun: bool,
    began: Duration,
    /// The new events of the poll so far, newest first.
    found: Vec<Event>,
}

impl Follow {
    /// Prepares to follow all events that `requests` select, until the run is stopped. `started` is
    /// the local time when the run began, in Unix seconds.
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
        let request = requests.first().expect("a plan has at least one request");
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

    /// Records the `Date` header of a response, while the window is still being listed. The request
    /// was sent at `sent_at`, and the response arrived at `now`.
    pub(crate) fn observe_date(&mut self, date: Option<i64>, (sent_at, now): (Duration, Duration)) {
        self.clock.hear(date, sent_at, now);
    }

    /// Records an event that the listing of the window returned.
    pub(crate) fn mark_returned(&mut self, event: &Event) {
        self.clock.observe(event.second());
        if self.may_come_again(event) {
            let second = event.second().unwrap_or(i64::MAX);
            self.sent.insert(event.key().into_owned(), second);
        }
        // If the oldest events are returned first, each event is among the newest when it is
        // returned, and is therefore remembered. So forget old events each time the number of
        // remembered events has doubled.
        if self.sent.len().is_power_of_two() {
            self.forget(self.late_since());
        }
    }

    /// Whether the first poll will list the event again. The poll then also returns the event,
    /// except if [`Follow::mark_returned`] recorded it.
    #[must_use]
    pub(crate) fn may_come_again(&self, event: &Event) -> bool {
        event
            .second()
            .is_none_or(|second| Some(second) >= self.late_since())
    }

    /// Returns the time of the newest event received so far.
    #[must_use]
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        let newest = self.clock.newest()?;
        Timestamp::from_second(newest).ok()
    }

    /// Starts the first poll. The caller must have returned all events of the window.
    pub(crate) fn begin(&mut self, now: Duration) {
        self.oldest = self.oldest.max(self.late_since());
        self.forget(self.oldest);
        self.start_poll(None, now);
    }

    /// Returns the body of the request to send now; `None` if no request may be sent yet.
    pub(crate) fn next(&mut self, now: Duration) -> Option<Vec<u8>> {
        if self.is_asked || self.wakes_at()? > now {
            return None;
        }
        self.is_asked = true;
        self.pacer.sent(now);
        Some(self.poll.listing.body())
    }

    /// Returns the time at which to call [`Follow::next`] again; `None` while a request waits for
    /// its response.
    #[must_use]
    pub(crate) fn wakes_at(&self) -> Option<Duration> {
        (!self.is_asked).then(|| self.due.max(self.pacer.ready_at()))
    }

    /// Returns how many requests in a row have failed.
    #[must_use]
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }

    /// Accepts a response that arrived at `now`. Its request was sent at `sent_at`. If the response
    /// completes the poll, returns the new events, oldest first. Otherwise returns no events.
    /// `random`, from 0 to 1, is the share of the maximum wait before a retry.
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

    /// Returns the new events of a complete poll, and starts the next poll.
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

    /// Whether there is a backlog: the time to list is so long that all events of its oldest part
    /// have arrived.
    fn is_far_behind(&self) -> bool {
        let behind = self
            .poll
            .asked_at
            .zip(self.oldest)
            .map(|(now, oldest)| now - oldest);
        behind.is_some_and(|behind| behind >= 2 * OVERLAP)
    }

    /// Starts a poll of the oldest piece of a backlog. The piece contains only seconds of which all
    /// events have arrived.
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

    /// Returns the time of the oldest event that could still arrive when the run began, in Unix
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
