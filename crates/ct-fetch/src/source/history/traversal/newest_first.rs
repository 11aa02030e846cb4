//! Cuts one listing's window into slices that are fetched side by side and given out in order.
//!
//! A listing is a chain: a page's token comes with the page before it, so one chain brings a page
//! in each round trip and no more. It starts as one chain over the whole window. Where a request
//! could go out and every chain is waiting for an answer, a chain may be cut short at an older
//! second, placed by the density of events found so far, and a new chain starts there. Where answers
//! come fast enough for one chain to use the quota, nothing is ever cut.

use std::collections::VecDeque;

use ct_core::record::event::Event;

use super::span::Span;
use super::waiting::WaitingPages;
use super::{PageRequest, Traversal};
use crate::source::history::page::{PAGE_EVENTS, Page};
use crate::source::history::page_chain::{LookupRequest, PageChain, RepeatedToken};
use crate::source::partition::{Partition, RequestId};

/// How much of the room is meant to be full when a slice ends, since a density is only an estimate.
///
/// On average half of a slice's last page is cut off, so slices are as long as the room allows: what
/// the other chains bring before the first one ends has to be kept.
const FILLED: f64 = 0.75;

/// The most pages a slice is meant to have: further away the density found so far says little.
const MOST_PAGES: f64 = 100.0;

/// How many times as far as it has been seen a density is relied on.
const FAR: f64 = 4.0;

/// So much less than its whole pages a slice is meant to have.
const PAGE_SPARED: f64 = 0.1;

/// A remainder of fewer pages is not cut again; where its end is not known, of fewer than the second.
const LEAST_PAGES: f64 = 4.0;
const LEAST_PAGES_OPEN: f64 = 9.0;

/// After so many pages one more request is little, and so a shorter remainder is cut as well: at its end a
/// listing would be left with a single chain.
const MANY_PAGES: u64 = 100;
const LEAST_PAGES_OF_MANY: f64 = 2.0;

/// One cut is allowed for so many pages: no shape of the event history can make cutting cost more.
const PAGES_A_CUT: u64 = 17;

/// Cuts allowed on top of that, after so many pages: few at first, when a listing may be at its end.
const FIRST_CUTS: [(u64, u64); 3] = [(0, 1), (3, 2), (6, 4)];

/// One listing, in as many slices as it takes.
#[derive(Debug)]
pub(crate) struct NewestFirst {
    request: LookupRequest,
    /// Newest first; the first one's events go out as they come.
    queue: VecDeque<Slice>,
    made: u64,
    pages: u64,
    density: Density,
    /// Pages that wait are compressed.
    is_packed: bool,
}

#[derive(Debug)]
struct Slice {
    id: RequestId,
    listing: PageChain,
    /// The seconds that are its own.
    span: Span,
    /// The second of the oldest event that came.
    reached: Option<i64>,
    is_asked: bool,
    is_done: bool,
    pages: WaitingPages,
}

impl NewestFirst {
    /// The whole of what `request` asks for, and nothing asked yet.
    #[must_use]
    pub(crate) fn new(request: LookupRequest, is_packed: bool) -> Self {
        let mut slices = Self {
            request,
            queue: VecDeque::new(),
            made: 0,
            pages: 0,
            density: Density::default(),
            is_packed,
        };
        let whole = slices.slice(None, slices.request.window.since());
        slices.queue.push_back(whole);
        slices
    }

    /// What is left of `request` when everything newer than the second `newest` has been had.
    #[must_use]
    pub(crate) fn resume(request: LookupRequest, is_packed: bool, newest: i64) -> Self {
        let mut slices = Self::new(request, is_packed);
        let rest = slices.slice(Some(newest), slices.request.window.since());
        slices.queue = VecDeque::from([rest]);
        slices
    }

    fn ask(&mut self, at: usize) -> PageRequest {
        let slice = &mut self.queue[at];
        slice.is_asked = true;
        PageRequest {
            id: slice.id,
            body: slice.listing.body(),
        }
    }

    /// Whether the page that is to go out next has not come.
    #[must_use]
    pub(crate) fn is_starving(&self) -> bool {
        self.queue
            .front()
            .is_some_and(|first| first.pages.is_empty() && !first.is_done)
    }

    /// Cuts a slice short, and gives the place of the new one.
    fn new_slice(&mut self, room: usize, chains: f64) -> Option<usize> {
        let density = self.density.per_second()?;
        let reached = FIRST_CUTS
            .iter()
            .rev()
            .find(|(pages, _)| *pages <= self.pages);
        let first_cuts = reached.map_or(0, |(_, cuts)| *cuts);
        if self.made > first_cuts + self.pages / PAGES_A_CUT {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "estimates")]
        let (filled, seen) = (FILLED * (room - self.kept()) as f64, self.pages as f64);
        // While the first chain brings a page, the others bring so many.
        let others = (chains - 1.0).max(filled / MOST_PAGES);
        let most = (filled / others).max(LEAST_PAGES / 2.0);
        let remainders: Vec<f64> = self
            .queue
            .iter()
            .map(|slice| self.remaining(slice, density))
            .collect();
        // The nearest one that is long, since what comes of it goes out soonest; else the longest.
        let long = remainders.iter().position(|&pages| pages >= 1.5 * most);
        let at = long.or_else(|| {
            (0..remainders.len()).max_by(|&a, &b| remainders[a].total_cmp(&remainders[b]))
        })?;
        let slice = &self.queue[at];
        let least = match slice.span.oldest {
            None => LEAST_PAGES_OPEN,
            Some(_) if self.pages < MANY_PAGES => LEAST_PAGES,
            Some(_) => LEAST_PAGES_OF_MANY,
        };
        if remainders[at] < least {
            return None;
        }
        // A little less than whole pages: where the density holds, the last one is nearly full.
        let pages = most.min(remainders[at] / 2.0).min(FAR * seen).floor() - PAGE_SPARED;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a width in seconds, capped by the cast"
        )]
        let width = (pages * f64::from(PAGE_EVENTS) / density).ceil() as i64;
        let oldest = slice.position()?.checked_sub(width)?;
        if slice.span.oldest.is_some_and(|end| oldest <= end) {
            return None;
        }
        let older = self.slice(Some(oldest - 1), slice.span.oldest);
        self.queue[at].span.oldest = Some(oldest);
        self.queue.insert(at + 1, older);
        Some(at + 1)
    }

    /// How many pages a slice has yet to bring: by the density where its end is known, and three times as
    /// many as there have been where it is not.
    fn remaining(&self, slice: &Slice, density: f64) -> f64 {
        #![expect(clippy::cast_precision_loss, reason = "an estimate")]
        match (slice.position(), slice.span.oldest) {
            _ if slice.is_done => 0.0,
            (Some(newest), Some(oldest)) => {
                (newest - oldest) as f64 * density / f64::from(PAGE_EVENTS)
            }
            (Some(_), None) => 3.0 * self.pages as f64,
            (None, _) => 0.0,
        }
    }

    fn slice(&mut self, newest: Option<i64>, oldest: Option<i64>) -> Slice {
        let id = RequestId(self.made);
        self.made += 1;
        Slice {
            id,
            listing: PageChain::new(self.request.up_to(newest)),
            span: Span { oldest, newest },
            reached: None,
            is_asked: false,
            is_done: false,
            pages: WaitingPages::new(self.is_packed),
        }
    }
}

impl Partition for NewestFirst {
    type Request = PageRequest;
    type Reply = Page;
    type Error = RepeatedToken;
    type Record = Event;

    fn next(&mut self, room: usize) -> Option<PageRequest> {
        let has_room = self.kept() < room;
        let is_starving = self.is_starving();
        let is_open = |(at, slice): &(usize, &Slice)| {
            !slice.is_asked && !slice.is_done && (has_room || (*at == 0 && is_starving))
        };
        let at = self.queue.iter().enumerate().find(is_open)?.0;
        Some(self.ask(at))
    }

    fn accept(&mut self, id: RequestId, page: Page) -> Result<(), RepeatedToken> {
        self.pages += 1;
        let Some(slice) = self.queue.iter_mut().find(|slice| slice.id == id) else {
            return Ok(());
        };
        slice.is_asked = false;
        let mut events = slice.listing.accept(page)?;
        slice.is_done = slice.listing.is_done();
        self.density.count(&events);
        if let Some(oldest_seen) = events.last().and_then(Event::second) {
            slice.reached = Some(oldest_seen);
            slice.is_done |= slice.span.oldest.is_some_and(|oldest| oldest_seen < oldest);
        }
        events.retain(|event| slice.span.owns(event));
        slice.pages.push(events);
        Ok(())
    }

    fn take(&mut self) -> Option<Vec<Event>> {
        while let Some(first) = self.queue.front_mut() {
            if let Some(events) = first.pages.pop() {
                return Some(events);
            }
            if !first.is_done {
                return None;
            }
            self.queue.pop_front();
        }
        None
    }

    fn is_done(&self) -> bool {
        self.queue.is_empty()
    }

    fn kept(&self) -> usize {
        let slices = self.queue.iter().enumerate();
        slices
            .map(|(at, slice)| slice.pages.len() + usize::from(slice.is_asked && at > 0))
            .sum()
    }
}

impl Traversal for NewestFirst {
    fn split(&mut self, room: usize, chains: f64) -> Option<PageRequest> {
        if self.kept() >= room {
            return None;
        }
        let at = self.new_slice(room, chains)?;
        Some(self.ask(at))
    }

    fn restart(&mut self, id: RequestId) -> bool {
        let slice = self.queue.iter_mut().find(|slice| slice.id == id);
        slice.is_some_and(|slice| {
            slice.is_asked = false;
            slice.listing.restart()
        })
    }

    fn asked(&self) -> usize {
        self.queue.iter().filter(|slice| slice.is_asked).count()
    }
}

impl Slice {
    /// Where it is: the second it has reached, or begins with.
    fn position(&self) -> Option<i64> {
        self.reached.or(self.span.newest)
    }
}

/// How many events there are in a second: over the nights and days that pages have been seen of, the
/// last ones more than those before.
#[derive(Debug, Default)]
struct Density {
    events: f64,
    seconds: f64,
}

impl Density {
    /// What an earlier page still counts.
    const KEPT: f64 = 1.0 - 1.0 / 64.0;

    fn count(&mut self, page: &[Event]) {
        let end = |event: Option<&Event>| event.and_then(Event::second);
        let (Some(newest), Some(oldest)) = (end(page.first()), end(page.last())) else {
            return;
        };
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let (gaps, seconds) = ((page.len() - 1) as f64, (newest - oldest) as f64);
        self.events = self.events * Self::KEPT + gaps.max(1.0);
        self.seconds = self.seconds * Self::KEPT + seconds.max(1.0);
    }

    fn per_second(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.events / self.seconds)
    }
}

#[cfg(test)]
pub(crate) mod tests;
