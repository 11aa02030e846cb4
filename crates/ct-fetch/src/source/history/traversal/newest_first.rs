//! Cuts one listing's window into slices that are fetched concurrently and returned in order.
//!
//! A listing is a chain: a page's token comes with the previous page, so one chain returns one page
//! per round trip. At first there is one chain over the whole window. If a request is permitted and
//! every chain has an outstanding request, a chain may be cut short at an older second, which is
//! chosen by the density of events found so far, and a new chain starts there. If responses arrive
//! fast enough for one chain to use the quota, nothing is cut.

use std::collections::VecDeque;

use ct_core::record::event::Event;

use super::span::Span;
use super::waiting::WaitingPages;
use super::{PageRequest, Traversal};
use crate::source::history::page::{PAGE_EVENTS, Page};
use crate::source::history::page_chain::{LookupRequest, PageChain, RepeatedToken};
use crate::source::partition::{Partition, RequestId};

/// The share of the room that is planned to be in use at the end of a slice. The rest is a reserve,
/// because the density is only an estimate.
///
/// On average, half of a slice's last page is discarded, so slices are as long as the room permits.
/// The room must hold the pages that other chains return before the first chain ends.
const FILLED: f64 = 0.75;

/// The maximum planned number of pages in a slice: the density found so far says little about
/// distant events.
const MOST_PAGES: f64 = 100.0;

/// How far a density may be extrapolated, as a multiple of the number of pages received.
const FAR: f64 = 4.0;

/// How much shorter than a whole number of pages a slice is planned, in pages.
const PAGE_SPARED: f64 = 0.1;

/// The minimum length of a remainder that is split again, in pages.
const LEAST_PAGES: f64 = 4.0;
/// The same minimum for a remainder whose end is unknown.
const LEAST_PAGES_OPEN: f64 = 9.0;

/// After this many pages one more request costs little, so shorter remainders are cut too:
/// otherwise a listing would end with a single chain.
const MANY_PAGES: u64 = 100;
const LEAST_PAGES_OF_MANY: f64 = 2.0;

/// One more cut is permitted for each `PAGES_A_CUT` pages. This limits the number of additional requests that cuts
/// cause, for any distribution of events over time.
const PAGES_A_CUT: u64 = 17;

/// Additional cuts that are permitted after a number of pages, as (pages, cuts): few at first,
/// because the listing may be near its end.
const FIRST_CUTS: [(u64, u64); 3] = [(0, 1), (3, 2), (6, 4)];

/// One listing, in as many slices as needed.
#[derive(Debug)]
pub(crate) struct NewestFirst {
    request: LookupRequest,
    /// Newest first. The events of the first slice are returned as they arrive.
    queue: VecDeque<Slice>,
    made: u64,
    pages: u64,
    density: Density,
    /// Whether waiting pages are compressed.
    is_packed: bool,
}

#[derive(Debug)]
struct Slice {
    id: RequestId,
    listing: PageChain,
    /// The time span of the slice.
    span: Span,
    /// The time of the oldest event received, in Unix seconds.
    reached: Option<i64>,
    is_asked: bool,
    is_done: bool,
    pages: WaitingPages,
}

impl NewestFirst {
    /// A traversal of the whole `request`, before the first request is sent.
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

    /// A traversal of the rest of `request`, after all events newer than `newest` (Unix seconds)
    /// were returned.
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

    /// Whether the page that is returned next has not arrived yet.
    #[must_use]
    pub(crate) fn is_starving(&self) -> bool {
        self.queue
            .front()
            .is_some_and(|first| first.pages.is_empty() && !first.is_done)
    }

    /// Cuts a slice short, and returns the index of the new slice, or `None` if no cut is permitted
    /// or useful.
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
        // While the first chain returns a page, the others return this many.
        let others = (chains - 1.0).max(filled / MOST_PAGES);
        let most = (filled / others).max(LEAST_PAGES / 2.0);
        let remainders: Vec<f64> = self
            .queue
            .iter()
            .map(|slice| self.remaining(slice, density))
            .collect();
        // The nearest long remainder, because its events are returned soonest; otherwise the
        // longest one.
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
        // Slightly less than whole pages: if the density holds, the last page is nearly full.
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

    /// The estimated number of remaining pages of a slice: from the density if the end of the slice
    /// is known, otherwise three times the number of pages received so far.
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
    /// The position of the slice: the time of the oldest event received, or the slice's newest time
    /// if there is none.
    fn position(&self) -> Option<i64> {
        self.reached.or(self.span.newest)
    }
}

/// The number of events per second, as a moving average over the nights and days seen. Recent pages
/// have more weight.
#[derive(Debug, Default)]
struct Density {
    events: f64,
    seconds: f64,
}

impl Density {
    /// The factor by which each page reduces the weight of earlier pages.
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
