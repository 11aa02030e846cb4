//! One region followed: where to look for new events next, and which of those found are new.
//!
//! Events arrive late and in any order, so every poll lists the last minutes again and drops what has
//! gone out before. The service's own times say what the last minutes are: nobody's clock is asked.
//! As everywhere, a [`Duration`] counts since the run began.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use ct_core::event::Event;
use ct_core::time::Window;
use jiff::Timestamp;

use crate::listing::{Listing, Request, SameToken};
use crate::pacer::Pacer;
use crate::page::Page;
use crate::retry::{self, Attempts};
use crate::source::Trouble;
use ct_aws::fault::{Fault, Remedy};

/// How many seconds an event may take to arrive.
///
/// Source: AWS CloudTrail user guide, "CloudTrail event history": within 15 minutes of the call.
pub const OVERLAP: i64 = 15 * 60;

/// The share of the quota that following uses at most: the rest is other people's.
const GENTLE: f64 = 0.5;

/// From one poll's start to the next one's, in requests at the quota: 10 s at two a second.
const POLL_REQUESTS: f64 = 20.0;

/// What is far behind is caught up with in pieces of about so many events, since a piece is held in
/// memory to be turned round.
const PIECE_EVENTS: f64 = 5_000.0;

/// A region's new events, oldest first.
#[derive(Debug)]
pub struct Follow {
    requests: Vec<Request>,
    attempts: Attempts,
    pacer: Pacer,
    pause: Duration,
    /// What the run began with: nothing that happened before it and may still arrive is passed over.
    started: i64,
    /// The oldest second that may still bring something new; `None` is all of them.
    oldest: Option<i64>,
    /// The newest second any event had.
    newest: Option<i64>,
    /// What has gone out and would be found again, with its second.
    sent: HashMap<String, i64>,
    piece_seconds: i64,
    poll: Poll,
    due: Duration,
    is_asked: bool,
    failures: u32,
}

/// One look at everything from a second on, or at a piece of it.
#[derive(Debug)]
struct Poll {
    /// Which of the requests is listed.
    at: usize,
    listing: Listing,
    /// The last second of a piece.
    until: Option<i64>,
    /// The newest second there was when it began, known once its first page has come.
    newest: Option<i64>,
    is_begun: bool,
    began: Duration,
    /// Newest first.
    found: Vec<Event>,
}

impl Follow {
    /// Of everything that `requests` ask for without an end; `started` is the present, in seconds.
    ///
    /// # Panics
    /// When there are no requests.
    #[must_use]
    pub fn new(requests: Vec<Request>, rate: f64, attempts: Attempts, started: i64) -> Self {
        let request = requests.first().expect("a plan asks for something");
        let oldest = request.window.since();
        let poll = Poll::new(request, oldest, None, Duration::ZERO);
        Self {
            pacer: Pacer::new(rate * GENTLE),
            pause: Duration::from_secs_f64(POLL_REQUESTS / rate),
            requests,
            attempts,
            started,
            oldest,
            newest: None,
            sent: HashMap::new(),
            piece_seconds: OVERLAP,
            poll,
            due: Duration::ZERO,
            is_asked: false,
            failures: 0,
        }
    }

    /// An event came before following began.
    pub fn had(&mut self, event: &Event) {
        let second = second(event).or(self.newest);
        self.newest = self.newest.max(second);
        if second >= self.edge() {
            self.sent
                .insert(key(event).into_owned(), second.unwrap_or(i64::MAX));
        }
        // Where the oldest come first, all of them are the newest once.
        if self.sent.len().is_power_of_two() {
            self.forget(self.edge());
        }
    }

    /// The time of the newest event there was.
    #[must_use]
    pub fn newest(&self) -> Option<Timestamp> {
        self.newest
            .and_then(|second| Timestamp::from_second(second).ok())
    }

    /// Begins to follow: everything before has been had.
    pub fn begin(&mut self, now: Duration) {
        self.oldest = self.oldest.max(self.edge());
        self.forget(self.oldest);
        self.look(None, now);
    }

    /// The body of the request to send now, if there is one and it may go.
    pub fn next(&mut self, now: Duration) -> Option<Vec<u8>> {
        if self.is_asked || self.wakes_at()? > now {
            return None;
        }
        self.is_asked = true;
        self.pacer.sent(now);
        Some(self.poll.listing.body())
    }

    /// When to call [`Follow::next`] again; `None` while an answer is waited for.
    #[must_use]
    pub fn wakes_at(&self) -> Option<Duration> {
        (!self.is_asked).then(|| self.due.max(self.pacer.ready_at()))
    }

    /// How often in a row the request has failed.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Takes the answer to the request sent at `sent_at`, and gives the new events of a finished poll,
    /// oldest first; `random`, in 0..1, spreads what is sent again.
    ///
    /// # Errors
    /// When asking again does not help.
    pub fn take_in(
        &mut self,
        answer: Result<Page, Fault>,
        (sent_at, now): (Duration, Duration),
        random: f64,
    ) -> Result<Vec<Event>, Trouble> {
        self.is_asked = false;
        let fault = match answer {
            Ok(page) => match self.accept(page, now) {
                Ok(events) => {
                    self.failures = 0;
                    return Ok(events);
                }
                Err(SameToken) => None,
            },
            Err(fault) => Some(fault),
        };
        self.failures += 1;
        let remedy = fault.as_ref().map_or(Remedy::NewListing, Fault::remedy);
        if remedy == Remedy::GiveUp || self.failures >= self.attempts.later {
            return Err(fault.map_or(Trouble::SameToken, Trouble::Fault));
        }
        if remedy == Remedy::SlowDown {
            self.pacer.throttled(sent_at, now);
            return Ok(Vec::new());
        }
        if remedy == Remedy::NewListing && !self.poll.listing.restart() {
            self.look(self.poll.until, now);
        }
        self.due = now + retry::wait(self.failures, random);
        Ok(Vec::new())
    }

    fn accept(&mut self, page: Page, now: Duration) -> Result<Vec<Event>, SameToken> {
        let events = self.poll.listing.accept(page)?;
        self.newest = self.newest.max(events.iter().filter_map(second).max());
        if !self.poll.is_begun {
            self.poll.is_begun = true;
            self.poll.newest = self.newest;
        }
        self.piece_seconds = piece_seconds(&events).unwrap_or(self.piece_seconds);
        let is_done = self.poll.listing.is_done();
        if !is_done && self.poll.until.is_none() && self.is_far_behind() {
            self.look_at_piece(now);
            return Ok(Vec::new());
        }
        let new = events
            .into_iter()
            .filter(|event| !self.sent.contains_key(key(event).as_ref()));
        self.poll.found.extend(new);
        if !is_done {
            return Ok(Vec::new());
        }
        self.poll.at += 1;
        if let Some(request) = self.requests.get(self.poll.at) {
            self.poll.listing = listing(request, self.oldest, self.poll.until);
            return Ok(Vec::new());
        }
        Ok(self.finish(now))
    }

    /// The poll has brought all there was; what is new of it goes out.
    fn finish(&mut self, now: Duration) -> Vec<Event> {
        let newest = self.newest;
        let mut events = std::mem::take(&mut self.poll.found);
        events.reverse();
        if self.requests.len() > 1 {
            events.sort_by_key(|event| second(event).or(newest));
        }
        // The same event may have been found twice: by two requests, or where a page moved on.
        events.retain(|event| {
            let second = second(event).or(newest).unwrap_or(i64::MAX);
            self.sent.insert(key(event).into_owned(), second).is_none()
        });
        let edge = match self.poll.until {
            Some(until) => Some(until + 1),
            None => self.poll.newest.map(|newest| newest - OVERLAP),
        };
        self.oldest = self.oldest.max(edge);
        self.forget(self.oldest);
        if self.poll.until.is_none() {
            self.due = (self.poll.began + self.pause).max(now);
            self.look(None, self.due);
        } else if self.is_far_behind() {
            self.look_at_piece(now);
        } else {
            self.look(None, now);
        }
        events
    }

    /// Whether there is so much to list that a piece of it has surely arrived in full.
    fn is_far_behind(&self) -> bool {
        let behind = self
            .newest
            .zip(self.oldest)
            .map(|(newest, oldest)| newest - oldest);
        behind.is_some_and(|behind| behind >= 2 * OVERLAP)
    }

    fn look_at_piece(&mut self, now: Duration) {
        let until = self.oldest.map(|oldest| oldest + self.piece_seconds);
        self.look(until, now);
    }

    fn look(&mut self, until: Option<i64>, at: Duration) {
        self.poll = Poll::new(&self.requests[0], self.oldest, until, at);
    }

    /// The oldest second that may still bring something new.
    fn edge(&self) -> Option<i64> {
        self.newest.map(|newest| newest.min(self.started) - OVERLAP)
    }

    fn forget(&mut self, oldest: Option<i64>) {
        self.sent.retain(|_, second| Some(*second) >= oldest);
    }
}

impl Poll {
    fn new(request: &Request, oldest: Option<i64>, until: Option<i64>, began: Duration) -> Self {
        Self {
            at: 0,
            listing: listing(request, oldest, until),
            until,
            newest: None,
            is_begun: false,
            began,
            found: Vec::new(),
        }
    }
}

fn listing(request: &Request, oldest: Option<i64>, until: Option<i64>) -> Listing {
    // A second more than its own: should an event's time have a fraction, the service may hold it to
    // be after the second it falls in.
    let until = until.map(|until| until + 1);
    Listing::new(Request {
        window: Window::new(oldest, until).expect("a piece ends after it starts"),
        page_size: None,
        ..request.clone()
    })
}

fn second(event: &Event) -> Option<i64> {
    event.event_time.map(Timestamp::as_second)
}

/// What tells an event from all others: its ID, or all of it.
fn key(event: &Event) -> Cow<'_, str> {
    match &event.event_id {
        Some(id) => id.into(),
        None => format!("{event:?}").into(),
    }
}

/// How long a piece should be where events are as dense as on this page.
fn piece_seconds(events: &[Event]) -> Option<i64> {
    let (newest, oldest) = (second(events.first()?)?, second(events.last()?)?);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "an estimate, within bounds"
    )]
    let seconds = (PIECE_EVENTS / events.len() as f64 * (newest - oldest + 1) as f64) as i64;
    Some(seconds.clamp(1, OVERLAP))
}

#[cfg(test)]
mod tests;
