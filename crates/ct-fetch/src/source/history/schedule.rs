//! Schedules the requests to one region: which request is sent next, when it is sent, and what
//! happens if it fails.
//!
//! A request ahead is one for later events than those that are returned next. To split a listing
//! means to start a further chain of pages at a later part of it. A [`Schedule`] has no clock:
//! every time is a [`Duration`] since the run began.

use std::time::Duration;

use ct_core::record::event::Event;

use crate::source::history::attempts::Attempts;
use crate::source::history::pacer::Pacer;
use crate::source::history::page::Page;
use crate::source::history::page_chain::RepeatedToken;
use crate::source::history::traversal::{PageRequest, Traversal};
use ct_aws::error::RequestError;
use ct_aws::retry::{Backoff, FailureCounts, RetryAction};

/// If fewer requests are sent than the quota permits, a listing is split to send more. A difference
/// of this number of requests is accepted, because a split costs half a page on average.
const SPARED: f64 = 0.02;

/// The requests for several listings to one region, with one identity.
#[derive(Debug)]
pub(crate) struct Schedule {
    pacer: Pacer,
    attempts: Attempts,
    listings: Vec<Box<dyn Traversal>>,
    /// Failed requests that wait to be sent again.
    waiting: Vec<InFlight>,
    /// When the last page arrived; `None` before the first page.
    answered_at: Option<Duration>,
    /// When the first failure after the last page occurred; `None` if there was no failure since.
    failing_since: Option<Duration>,
    /// The time between the request for the last page and the page.
    latency: Duration,
}

/// A request that waits for its response, or to be sent again.
#[derive(Debug)]
pub(crate) struct InFlight {
    /// The request for a page.
    pub(crate) request: PageRequest,
    listing: usize,
    failures: FailureCounts,
    /// When the request was sent. If it waits to be sent again: the earliest time at which it may
    /// be sent.
    at: Duration,
}

impl InFlight {
    /// Returns when the request was sent.
    #[must_use]
    pub(crate) fn at(&self) -> Duration {
        self.at
    }
}

/// The reason why no more pages of a region can be requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TargetError {
    /// A request failed, and is not sent again: it cannot succeed, or has failed too often.
    Request(RequestError),
    /// The service repeated a token of a listing, so that the listing would never end.
    RepeatedToken,
}

impl TargetError {
    /// Whether other regions probably have the same error, as with expired credentials or a lost
    /// network. `has_answered` says that this region has returned a page. `is_alone` says that
    /// another region has returned a page since this region began to fail.
    fn is_everywhere(&self, has_answered: bool, is_alone: bool) -> bool {
        match self {
            Self::RepeatedToken => false,
            Self::Request(RequestError::Credentials(_) | RequestError::Renewed) => true,
            Self::Request(RequestError::Connection(_) | RequestError::BadAnswer(_)) => {
                has_answered && !is_alone
            }
            Self::Request(RequestError::Service(error)) => {
                error.http_status >= 500 && has_answered && !is_alone
                    || error.code.starts_with("ExpiredToken")
            }
        }
    }

    /// Whether the error concerns the identity, and therefore every region of the account.
    #[must_use]
    pub(crate) fn is_of_identity(&self) -> bool {
        matches!(self, Self::Request(fault) if fault.is_expired()
            || matches!(fault, RequestError::Credentials(_)))
    }

    /// Whether the region is not enabled in the account.
    ///
    /// Source: AWS General Reference, "Managing AWS Regions". A region that is not enabled does not
    /// recognize the account's credentials.
    #[must_use]
    pub(crate) fn is_disabled(&self) -> bool {
        matches!(self, Self::Request(RequestError::Service(error)) if matches!(
            error.code.as_str(),
            "UnrecognizedClientException" | "UnrecognizedClient" | "InvalidClientTokenId" | "OptInRequired"
        ))
    }
}

impl Schedule {
    /// Creates a schedule. No request is sent yet.
    #[must_use]
    pub(crate) fn new(listings: Vec<Box<dyn Traversal>>, pacer: Pacer, attempts: Attempts) -> Self {
        Self {
            pacer,
            attempts,
            listings,
            waiting: Vec::new(),
            answered_at: None,
            failing_since: None,
            latency: Duration::ZERO,
        }
    }

    /// Returns the request to send now. Returns `None` if there is none, or if the pacer permits
    /// none yet. For `room`, see [`Traversal::next`].
    pub(crate) fn next(&mut self, now: Duration, room: usize) -> Option<InFlight> {
        if self.pacer.ready_at() > now {
            return None;
        }
        let due = self
            .waiting
            .iter()
            .position(|in_flight| in_flight.at <= now);
        let in_flight = match due {
            Some(at) => self.waiting.remove(at),
            None => self.new_in_flight(now, room)?,
        };
        self.pacer.sent(now);
        Some(InFlight {
            at: now,
            ..in_flight
        })
    }

    /// Chooses a new request. The request for the events that are returned next comes first. A
    /// request ahead, or a split of a listing, is chosen only if quota would otherwise be lost. The
    /// reason is that its page takes memory until all earlier events are returned.
    fn new_in_flight(&mut self, now: Duration, room: usize) -> Option<InFlight> {
        let order = 0..self.listings.len();
        let is_late = self.pacer.late_at() <= now;
        let chains = self.pacer.requests_in(self.latency).max(1.0);
        let asked: usize = self
            .listings
            .iter()
            .map(|listing| listing.outstanding())
            .sum();
        #[expect(clippy::cast_precision_loss, reason = "the number is small")]
        let asked = asked as f64;
        let may_go_ahead = is_late || asked + 0.5 <= chains;
        let may_split = is_late && (asked + SPARED < chains || self.pacer.lost_at() <= now);
        let room = |source: &Self, at: usize| {
            let others = source.kept() - source.listings[at].kept();
            room.saturating_sub(others)
        };
        let first = order
            .clone()
            .find_map(|at| Some((at, self.listings[at].next(0)?)));
        let ahead = || {
            order.clone().find_map(|at| {
                let room = room(self, at);
                Some((at, self.listings[at].next(room)?))
            })
        };
        let next = first.or_else(|| may_go_ahead.then(ahead).flatten());
        let split = || {
            order.clone().find_map(|at| {
                let room = room(self, at);
                Some((at, self.listings[at].split(room, chains)?))
            })
        };
        let (listing, ask) = next.or_else(|| may_split.then(split).flatten())?;
        Some(InFlight {
            request: ask,
            listing,
            failures: FailureCounts::default(),
            at: Duration::ZERO,
        })
    }

    /// Returns the time at which to call [`Schedule::next`] again if no response arrives earlier.
    /// `None` if only a response can change anything.
    #[must_use]
    pub(crate) fn wakes_at(&self, now: Duration) -> Option<Duration> {
        let ready_at = self.pacer.ready_at();
        if ready_at > now {
            return Some(ready_at);
        }
        let late = [self.pacer.late_at(), self.pacer.lost_at()];
        let late = late.into_iter().filter(|&at| at > now);
        let waiting = self.waiting.iter().map(|in_flight| in_flight.at);
        waiting.chain(late).min()
    }

    /// Accepts the response to a request. `random`, from 0 to 1, is the share of the maximum wait
    /// before a retry.
    ///
    /// # Errors
    /// If no more pages of the region can be requested.
    pub(crate) fn take_in(
        &mut self,
        mut in_flight: InFlight,
        answer: Result<Page, RequestError>,
        now: Duration,
        random: f64,
    ) -> Result<(), TargetError> {
        let fault = match answer {
            Ok(page) => {
                self.answered_at = Some(now);
                self.failing_since = None;
                self.latency = now.saturating_sub(in_flight.at);
                let listing = &mut self.listings[in_flight.listing];
                return listing
                    .accept(in_flight.request.id, page)
                    .map_err(|RepeatedToken| TargetError::RepeatedToken);
            }
            Err(fault) => fault,
        };
        self.failing_since.get_or_insert(now);
        let action = fault.retry_action();
        let limits = self.attempts.limits(self.has_answered());
        let failures = in_flight.failures.count(action, limits);
        match (action, failures) {
            (RetryAction::SlowDown, Some(_)) => {
                self.pacer.throttled(in_flight.at, now);
                in_flight.at = now;
                self.waiting.push(in_flight);
            }
            (RetryAction::BackOff, Some(failures)) => {
                in_flight.at = now + Backoff::CLOUDTRAIL.wait(failures, random);
                self.waiting.push(in_flight);
            }
            (RetryAction::RetryNow, _) => {
                in_flight.at = now;
                self.waiting.push(in_flight);
            }
            (RetryAction::NewListing, _)
                if self.listings[in_flight.listing].restart(in_flight.request.id) => {}
            _ => return Err(TargetError::Request(fault)),
        }
        Ok(())
    }

    /// Whether a run can continue with its other regions after `error` in this region. `others_at`
    /// is when one of them last returned a page.
    #[must_use]
    pub(crate) fn can_be_left_out(&self, error: &TargetError, others_at: Option<Duration>) -> bool {
        let is_alone = self.failing_since.is_some() && others_at > self.failing_since;
        !error.is_everywhere(self.has_answered(), is_alone)
    }

    /// Returns when the last page arrived; `None` before the first page.
    #[must_use]
    pub(crate) fn answered_at(&self) -> Option<Duration> {
        self.answered_at
    }

    /// Whether a page of the region has arrived.
    #[must_use]
    pub(crate) fn has_answered(&self) -> bool {
        self.answered_at.is_some()
    }

    /// Removes and returns the next events of a listing in order, at most one page of them. Returns
    /// `None` if they have not arrived yet.
    pub(crate) fn take(&mut self, listing: usize) -> Option<Vec<Event>> {
        self.listings[listing].take()
    }

    /// Whether [`Schedule::take`] has returned all events of a listing.
    #[must_use]
    pub(crate) fn is_done(&self, listing: usize) -> bool {
        self.listings[listing].is_done()
    }

    /// Returns the number of pages ahead: those that have arrived but were not taken, and those
    /// that were requested.
    #[must_use]
    pub(crate) fn kept(&self) -> usize {
        self.listings.iter().map(|listing| listing.kept()).sum()
    }
}

#[cfg(test)]
mod tests;
