//! Cuts the window of one listing into slices that are fetched concurrently and returned in order.
//!
//! A page's token is in the previous page, so a chain of pages returns one page per round trip. At
//! first, one slice is the whole window, and one chain lists it. If a request may be sent while
//! every chain waits for a response, a slice can be cut: its older part becomes a new slice with
//! its own chain. The place of the cut depends on the number of events per second so far. If
//! responses arrive so fast that one chain uses the quota, nothing is cut.

use std::collections::VecDeque;

use ct_core::record::event::Event;

use super::span::Span;
use super::waiting::WaitingPages;
use super::{PageRequest, PartId, Traversal};
use crate::source::history::page::{PAGE_EVENTS, Page};
use crate::source::history::page_chain::{LookupRequest, PageChain, RepeatedToken};

/// The length of a slice is planned so that this share of the permitted pages is kept when the
/// slice is complete. The rest is a reserve, because the length is only an estimate.
///
/// Slices are as long as the permitted pages allow. Shorter slices would waste more pages, because
/// on average half of the last page of each slice is discarded. Until the first slice is complete,
/// the pages of all other slices must be kept.
const FILLED: f64 = 0.75;

/// The maximum planned number of pages in a slice. In a longer slice, there may be more or fewer
/// events per second than found so far.
const MOST_PAGES: f64 = 100.0;

/// The maximum planned number of pages in a slice, as a multiple of the pages received so far.
const FAR: f64 = 4.0;

/// How much less than a whole number of pages is planned for a slice, in pages.
const PAGE_SPARED: f64 = 0.1;

/// A slice is cut only if it is estimated to have at least this number of pages left.
const LEAST_PAGES: f64 = 4.0;
/// Like [`LEAST_PAGES`], for a slice whose oldest second is unknown.
const LEAST_PAGES_OPEN: f64 = 9.0;

/// After this number of pages, an additional request adds little to the cost of a listing. So
/// slices with only [`LEAST_PAGES_OF_MANY`] pages left are cut too. Otherwise, one chain alone
/// would list the end of the listing.
const MANY_PAGES: u64 = 100;
const LEAST_PAGES_OF_MANY: f64 = 2.0;

/// One cut is permitted for this number of pages. This limits the additional requests that cuts
/// cause, whatever the times of the events.
const PAGES_A_CUT: u64 = 17;

/// Further permitted cuts, as pairs: a number of pages received, and the number of further cuts
/// from then on. There are few at first, because the listing may be near its end.
const FIRST_CUTS: [(u64, u64); 3] = [(0, 1), (3, 2), (6, 4)];

/// A traversal of one listing, newest first, in slices.
#[derive(Debug)]
pub(crate) struct NewestFirst {
    request: LookupRequest,
    /// The slices, newest first. Events of the first slice are returned when they arrive.
    queue: VecDeque<Slice>,
    made: u64,
    pages: u64,
    density: Density,
    /// Whether pages are compressed until they are returned.
    is_packed: bool,
}

#[derive(Debug)]
struct Slice {
    id: PartId,
    listing: PageChain,
    /// The time span of the slice.
    span: Span,
    /// The time of the oldest event received in the slice, in Unix seconds; `None` before the first
    /// event.
    reached: Option<i64>,
    is_asked: bool,
    is_done: bool,
    pages: WaitingPages,
}

impl NewestFirst {
    /// Creates a traversal of all events of `request`. No page is requested yet.
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

    /// Creates a traversal of the events of `request` at or before `newest`, in Unix seconds. The
    /// caller has all newer events.
    #[must_use]
    pub(crate) fn resume(request: LookupRequest, is_packed: bool, newest: i64) -> Self {
        let mut slices = Self::new(request, is_packed);
        let rest = slices.slice(Some(newest), slices.request.window.since());
        slices.queue = VecDeque::from([rest]);
        slices
    }

    fn request_page(&mut self, at: usize) -> PageRequest {
        let slice = &mut self.queue[at];
        slice.is_asked = true;
        PageRequest {
            id: slice.id,
            body: slice.listing.body(),
        }
    }

    /// Whether the events that are returned next have not arrived yet.
    #[must_use]
    pub(crate) fn is_starving(&self) -> bool {
        self.queue
            .front()
            .is_some_and(|first| first.pages.is_empty() && !first.is_done)
    }

    /// Cuts a slice in two. Returns the index of the new slice, which is the older part. Returns
    /// `None` if no cut is permitted or useful.
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
        #[expect(clippy::cast_precision_loss, reason = "the values are estimates")]
        let (filled, seen) = (FILLED * (room - self.kept()) as f64, self.pages as f64);
        // The number of pages that all other chains return while the first chain returns one page.
        let others = (chains - 1.0).max(filled / MOST_PAGES);
        let most = (filled / others).max(LEAST_PAGES / 2.0);
        let remainders: Vec<f64> = self
            .queue
            .iter()
            .map(|slice| self.remaining(slice, density))
            .collect();
        // Cut the first slice that has many pages left, because its events are returned soonest. If
        // no slice has many pages left, cut the one with the most.
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
        // Plan slightly less than a whole number of pages. If the estimate is right, the last page
        // is then nearly full.
        let pages = most.min(remainders[at] / 2.0).min(FAR * seen).floor() - PAGE_SPARED;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the width is in seconds, and the cast saturates"
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

    /// Estimates how many pages of a slice were not received yet. `density` is the number of events
    /// per second. If the oldest second of the slice is unknown, the estimate is three times the
    /// number of pages of the listing so far.
    fn remaining(&self, slice: &Slice, density: f64) -> f64 {
        #![expect(clippy::cast_precision_loss, reason = "the value is an estimate")]
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
        let id = PartId(self.made);
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

impl Traversal for NewestFirst {
    fn next(&mut self, room: usize) -> Option<PageRequest> {
        let has_room = self.kept() < room;
        let is_starving = self.is_starving();
        let is_open = |(at, slice): &(usize, &Slice)| {
            !slice.is_asked && !slice.is_done && (has_room || (*at == 0 && is_starving))
        };
        let at = self.queue.iter().enumerate().find(is_open)?.0;
        Some(self.request_page(at))
    }

    fn accept(&mut self, id: PartId, page: Page) -> Result<(), RepeatedToken> {
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

    fn split(&mut self, room: usize, chains: f64) -> Option<PageRequest> {
        if self.kept() >= room {
            return None;
        }
        let at = self.new_slice(room, chains)?;
        Some(self.request_page(at))
    }

    fn restart(&mut self, id: PartId) -> bool {
        let slice = self.queue.iter_mut().find(|slice| slice.id == id);
        slice.is_some_and(|slice| {
            slice.is_asked = false;
            slice.listing.restart()
        })
    }

    fn outstanding(&self) -> usize {
        self.queue.iter().filter(|slice| slice.is_asked).count()
    }
}

impl Slice {
    /// Returns the time of the oldest event received in the slice, in Unix seconds. Before the
    /// first event, returns the newest second of the slice.
    fn position(&self) -> Option<i64> {
        self.reached.or(self.span.newest)
    }
}

/// The number of events per second, as a moving average: recent pages have more weight.
#[derive(Debug, Default)]
struct Density {
    events: f64,
    seconds: f64,
}

impl Density {
    /// With each new page, the weight of all earlier pages is multiplied by this factor.
    const KEPT: f64 = 1.0 - 1.0 / 64.0;

    fn count(&mut self, page: &[Event]) {
        let end = |event: Option<&Event>| event.and_then(Event::second);
        let (Some(newest), Some(oldest)) = (end(page.first()), end(page.last())) else {
            return;
        };
        #[expect(clippy::cast_precision_loss, reason = "the value is an estimate")]
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
