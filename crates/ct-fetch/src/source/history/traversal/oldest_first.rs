//! Returns one listing oldest first, although the service lists it newest first.
//!
//! The window is listed in pieces, and the oldest piece is listed first. A piece is kept in memory
//! until all of it was listed. Then its events are returned in reverse order.
//! * At first, the whole window is one piece.
//! * If a page shows that a piece is too long to keep, the part that was received becomes a
//!   complete piece. The rest is divided into shorter pieces.
//! * The length of a piece depends on the permitted number of pages, and on the number of events
//!   per second found so far.
//! * If a piece has more pages than planned, it is shortened in the same way, and the rest is cut
//!   in its middle.
//! * If too many pages are kept, the pages that would be returned last are discarded, and fetched
//!   again later.

use std::collections::VecDeque;

use ct_core::record::event::Event;

use super::{PageRequest, PartId, Traversal};
use crate::source::history::page::{PAGE_EVENTS, Page};
use crate::source::history::page_chain::{LookupRequest, PageChain, RepeatedToken};

mod piece;

use piece::{WindowPart, density};

/// The maximum planned number of pages in a piece. On average, half of the last page of each piece
/// is discarded.
const MOST_PAGES: f64 = 20.0;

/// The maximum number of pieces that are listed concurrently. If there were more, the pieces would
/// be shorter, so that more half pages would be discarded.
const MOST_SIDE_BY_SIDE: f64 = 2.0;

/// A piece is shortened only if it is longer than planned by at least this factor.
const TOLERANCE: f64 = 1.25;

/// One piece can lower the estimated number of events per second at most to this share of the
/// previous estimate.
const SPARSER: f64 = 0.25;

/// If the start of the window is unknown, it is searched in steps that go further and further back.
/// This is the length of the first step, in seconds.
const LEAST_REACH: i64 = 3600;

/// The listing of a piece also contains the second after the piece. This is the number of events
/// that are expected in that second.
const SPARE_EVENTS: f64 = 5.0;

/// A traversal of one listing, oldest first, in pieces.
#[derive(Debug)]
pub(crate) struct OldestFirst {
    request: LookupRequest,
    /// The pieces, oldest first, without gaps. The events of the first piece are returned when it
    /// is complete.
    queue: VecDeque<WindowPart>,
    /// The maximum number of pages to keep.
    kept: usize,
    /// The number of pieces to list concurrently.
    side_by_side: f64,
    made: u64,
    /// The number of events per second in the piece that was completed last.
    density: Option<f64>,
    /// The time of the newest event received, in Unix seconds.
    top: Option<i64>,
}

impl OldestFirst {
    /// Creates a traversal of all events of `request`. No page is requested yet. At most about
    /// `kept` pages are kept.
    #[must_use]
    pub(crate) fn new(request: LookupRequest, kept: usize) -> Self {
        let (oldest, newest) = (request.window.since(), request.window.until());
        let mut ascent = Self {
            request,
            queue: VecDeque::new(),
            kept,
            side_by_side: 1.0,
            made: 0,
            density: None,
            top: None,
        };
        let whole = ascent.piece(oldest, newest);
        ascent.queue.push_back(whole);
        ascent
    }

    /// Creates a traversal of the events of `request` at or after `oldest`, in Unix seconds. The
    /// caller has all older events.
    #[must_use]
    pub(crate) fn resume(request: &LookupRequest, kept: usize, oldest: i64) -> Self {
        Self::new(request.from(Some(oldest)), kept)
    }

    fn request_page(&mut self, at: usize) -> PageRequest {
        if self.queue[at].listing.is_none() {
            self.begin(at);
        }
        let piece = &mut self.queue[at];
        piece.is_asked = true;
        let listing = piece
            .listing
            .as_ref()
            .expect("the listing of a requested piece exists");
        PageRequest {
            id: piece.id,
            body: listing.body(),
        }
    }

    /// Returns how many pages to plan for a piece.
    fn pages_a_piece(&self) -> f64 {
        #![expect(clippy::cast_precision_loss, reason = "the value is an estimate")]
        // Subtract the pages of the newest pieces, which were received when the length of the
        // listing was unknown: they are kept until all older events are returned.
        let far = self
            .queue
            .iter()
            .skip_while(|piece| piece.listing.is_some());
        let far: usize = far.map(|piece| piece.pages.len()).sum();
        let kept = self.kept.saturating_sub(far).max(self.kept / 2) as f64;
        (kept / self.side_by_side / TOLERANCE)
            .floor()
            .clamp(1.0, MOST_PAGES)
    }

    /// Returns the number of pages that are kept, including those that are planned for started
    /// pieces.
    fn foreseen(&self) -> f64 {
        #![expect(clippy::cast_precision_loss, reason = "the value is an estimate")]
        let pieces = self.queue.iter();
        let foreseen = pieces.map(|piece| match piece.pages.len() as f64 {
            kept if piece.is_done => kept,
            kept => kept.max(piece.foreseen),
        });
        foreseen.sum()
    }

    /// Starts to list a piece. If the piece is too long to keep, first cuts off its newer part, and
    /// lists only its oldest part.
    fn begin(&mut self, at: usize) {
        if let Some(end) = self.end_of_first(&self.queue[at]) {
            let newest = self.queue[at].span.newest;
            let newer = self.piece(Some(end + 1), newest);
            self.queue[at].span.newest = Some(end);
            self.queue.insert(at + 1, newer);
        }
        let piece = &self.queue[at];
        let listing = PageChain::new(
            self.request
                .from(piece.span.oldest)
                .up_to(piece.span.newest),
        );
        self.queue[at].foreseen = self.pages_a_piece();
        self.queue[at].listing = Some(listing);
    }

    /// If a piece is too long to keep, its oldest part must be listed first: returns the last
    /// second of this part. Returns `None` if the whole piece can be kept.
    fn end_of_first(&self, piece: &WindowPart) -> Option<i64> {
        let density = self.density?;
        let newest = piece.span.newest.or(self.top)?;
        let Some(oldest) = piece.span.oldest else {
            let span = self.top?.saturating_sub(newest);
            return newest.checked_sub(span.saturating_mul(2).max(LEAST_REACH));
        };
        #[expect(clippy::cast_precision_loss, reason = "the value is an estimate")]
        let pages = newest.saturating_sub(oldest).saturating_add(1) as f64 * density
            / f64::from(PAGE_EVENTS);
        if pages <= TOLERANCE * self.pages_a_piece() {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the width is in seconds, and the cast saturates"
        )]
        let width = ((self.pages_a_piece() * f64::from(PAGE_EVENTS) - SPARE_EVENTS) / density)
            .floor() as i64;
        let end = oldest.saturating_add(width.max(1) - 1);
        (end < newest).then_some(end)
    }

    /// If a piece is too long to keep, shortens it: the part that was received, which is newer than
    /// `reached` (Unix seconds), becomes a complete piece. The older rest becomes one or two new
    /// pieces.
    fn shorten(&mut self, at: usize, reached: i64, density: f64) {
        let piece = &self.queue[at];
        #[expect(clippy::cast_precision_loss, reason = "the value is an estimate")]
        let (held, left) = (
            piece.pages.len() as f64,
            match piece.span.oldest {
                Some(oldest) => (reached - oldest) as f64 * density / f64::from(PAGE_EVENTS),
                None => 2.0 * piece.pages.len() as f64,
            },
        );
        let is_oldest = piece.span.oldest.is_some_and(|oldest| reached <= oldest);
        let is_held_up = piece.span.newest.is_some_and(|newest| reached > newest);
        if is_oldest || is_held_up || held + left <= TOLERANCE * self.pages_a_piece() {
            return;
        }
        let piece = &mut self.queue[at];
        let mut pages = std::mem::take(&mut piece.pages);
        let is_left = |event: &Event| event.second().is_some_and(|second| second <= reached);
        let cut = pages.iter().enumerate().find_map(|(page, events)| {
            let event = events.iter().position(is_left)?;
            Some((page, event))
        });
        if cut == Some((0, 0)) {
            // All events so far have the same second, so there is no second at which to cut.
            piece.pages = pages;
            return;
        }
        if let Some((page, event)) = cut {
            pages.truncate(page + 1);
            pages[page].truncate(event);
            pages.retain(|events| !events.is_empty());
        }
        let (oldest, newest) = (piece.span.oldest, piece.span.newest);
        let older = self.piece(oldest, Some(reached));
        let newer = self.piece(Some(reached + 1), newest);
        self.queue[at] = WindowPart {
            is_done: true,
            listing: self.queue[at].listing.take(),
            pages,
            ..newer
        };
        self.queue.insert(at, older);
        if let (Some(_), Some(oldest)) = (self.density, oldest)
            && oldest < reached
        {
            // The piece has more events per second than planned, but perhaps not in its older half.
            // So cut the rest in its middle.
            let middle = oldest.midpoint(reached);
            let newer = self.piece(Some(middle + 1), Some(reached));
            self.queue[at].span.newest = Some(middle);
            self.queue.insert(at + 1, newer);
        }
    }

    /// Uses the number of events per second in a complete piece to plan the next pieces.
    fn learn(&mut self, at: usize) {
        let piece = &self.queue[at];
        let (Some(oldest), Some(newest), Some(before)) =
            (piece.span.oldest, piece.span.newest, self.density)
        else {
            return;
        };
        let events: usize = piece.pages.iter().map(Vec::len).sum();
        #[expect(clippy::cast_precision_loss, reason = "the value is an estimate")]
        let found = events as f64 / newest.saturating_sub(oldest).saturating_add(1) as f64;
        self.density = Some(found.max(before * SPARSER));
    }

    /// If too many pages are kept, discards those that would be returned last.
    fn let_go(&mut self) {
        while self.kept() > self.kept.max(1) {
            let is_ahead = |at: &usize| self.queue[*at].listing.is_some();
            let Some(at) = (1..self.queue.len()).rev().find(is_ahead) else {
                return;
            };
            let mut newest = self.queue[at].span.newest;
            if let Some(next) = self.queue.get(at + 1) {
                newest = next.span.newest;
                self.queue.remove(at + 1);
            }
            let oldest = self.queue[at].span.oldest;
            self.queue[at] = self.piece(oldest, newest);
        }
    }

    fn piece(&mut self, oldest: Option<i64>, newest: Option<i64>) -> WindowPart {
        let id = PartId(self.made);
        self.made += 1;
        WindowPart::new(id, oldest, newest)
    }
}

impl Traversal for OldestFirst {
    fn next(&mut self, room: usize) -> Option<PageRequest> {
        let has_room = self.kept() < room.min(self.kept);
        let is_open = |(at, piece): &(usize, &WindowPart)| {
            let may_go = *at == 0 || (has_room && piece.listing.is_some());
            may_go && !piece.is_asked && !piece.is_done
        };
        let at = self.queue.iter().enumerate().find(is_open)?.0;
        Some(self.request_page(at))
    }

    fn accept(&mut self, id: PartId, page: Page) -> Result<(), RepeatedToken> {
        let Some(at) = self.queue.iter().position(|piece| piece.id == id) else {
            return Ok(());
        };
        let piece = &mut self.queue[at];
        piece.is_asked = false;
        let Some(listing) = &mut piece.listing else {
            return Ok(());
        };
        let mut events = listing.accept(page)?;
        piece.is_done = listing.is_done();
        let seen = events.iter().filter_map(Event::second);
        let (newest, oldest) = (seen.clone().max(), seen.min());
        self.top = self.top.max(newest);
        piece.is_done |= oldest < piece.span.oldest && oldest.is_some();
        let density = density(&events);
        events.retain(|event| piece.span.owns(event));
        if !events.is_empty() {
            piece.pages.push(events);
        }
        if self.queue[at].is_done {
            self.queue[at].sort();
            self.learn(at);
        } else if let (Some(density), Some(reached)) = (density, oldest) {
            self.shorten(at, reached, density);
            self.density = self.density.or(Some(density));
        }
        self.let_go();
        Ok(())
    }

    fn take(&mut self) -> Option<Vec<Event>> {
        while let Some(first) = self.queue.front_mut() {
            if !first.is_done {
                return None;
            }
            if let Some(mut events) = first.pages.pop() {
                events.reverse();
                return Some(events);
            }
            self.queue.pop_front();
        }
        None
    }

    fn is_done(&self) -> bool {
        self.queue.is_empty()
    }

    fn kept(&self) -> usize {
        let pieces = self.queue.iter().enumerate();
        pieces
            .map(|(at, piece)| piece.pages.len() + usize::from(piece.is_asked && at > 0))
            .sum()
    }

    fn split(&mut self, room: usize, chains: f64) -> Option<PageRequest> {
        self.side_by_side = chains.ceil().clamp(1.0, MOST_SIDE_BY_SIDE);
        #[expect(clippy::cast_precision_loss, reason = "the number is small")]
        let room = room.min(self.kept) as f64;
        if self.foreseen() + self.pages_a_piece() > room {
            return None;
        }
        let at = self
            .queue
            .iter()
            .position(|piece| piece.listing.is_none())?;
        Some(self.request_page(at))
    }

    fn restart(&mut self, id: PartId) -> bool {
        let Some(piece) = self.queue.iter_mut().find(|piece| piece.id == id) else {
            // The piece was discarded before the response arrived. It will be listed again.
            return true;
        };
        piece.is_asked = false;
        piece.listing.as_mut().is_some_and(PageChain::restart)
    }

    fn outstanding(&self) -> usize {
        self.queue.iter().filter(|piece| piece.is_asked).count()
    }
}

#[cfg(test)]
mod tests;
