//! A listing walked from its newest event or from its oldest.

pub(crate) mod newest_first;
pub(crate) mod oldest_first;

use ct_core::record::event::Event;

use crate::source::history::page::Page;
use crate::source::history::page_chain::{LookupRequest, RepeatedToken};
use crate::source::history::traversal::newest_first::{NewestFirst, PageRequest, SliceId};
use crate::source::history::traversal::oldest_first::OldestFirst;
use crate::source::order::Order;

/// All of one listing, given out in order.
#[derive(Debug)]
pub(crate) enum Traversal {
    /// Newest first, as the pages come.
    Down(NewestFirst),
    /// Oldest first, a piece at a time.
    Up(OldestFirst),
}

impl From<NewestFirst> for Traversal {
    fn from(slices: NewestFirst) -> Self {
        Self::Down(slices)
    }
}

impl From<OldestFirst> for Traversal {
    fn from(ascent: OldestFirst) -> Self {
        Self::Up(ascent)
    }
}

impl Traversal {
    /// The whole of what `request` asks for; `kept` is how many pages may wait to be given out where
    /// they have to.
    #[must_use]
    pub(crate) fn new(request: LookupRequest, order: Order, kept: usize) -> Self {
        match order {
            Order::Newest => NewestFirst::new(request).into(),
            Order::Oldest => OldestFirst::new(request, kept).into(),
        }
    }

    /// The same from the second `rest` on, with all that comes before it had.
    #[must_use]
    pub(crate) fn resume(request: LookupRequest, order: Order, kept: usize, rest: i64) -> Self {
        match order {
            Order::Newest => NewestFirst::resume(request, rest).into(),
            Order::Oldest => OldestFirst::resume(request, kept, rest).into(),
        }
    }

    /// The next request to send, for what is first in order and waits for no answer.
    ///
    /// At most `room` pages are asked for or kept beyond what is to go out next.
    pub(crate) fn next(&mut self, room: usize) -> Option<PageRequest> {
        match self {
            Self::Down(slices) => slices.next(room),
            Self::Up(ascent) => ascent.next(room),
        }
    }

    /// The first request of something further on, where nothing begun is without a request; `chains`
    /// is how many requests side by side use the quota.
    pub(crate) fn cut(&mut self, room: usize, chains: f64) -> Option<PageRequest> {
        match self {
            Self::Down(slices) => slices.cut(room, chains),
            Self::Up(ascent) => ascent.cut(room, chains),
        }
    }

    /// Takes the page that came for a slice.
    ///
    /// # Errors
    /// When its token came before in the same chain.
    pub(crate) fn accept(&mut self, id: SliceId, page: Page) -> Result<(), RepeatedToken> {
        match self {
            Self::Down(slices) => slices.accept(id, page),
            Self::Up(ascent) => ascent.accept(id, page),
        }
    }

    /// Begins a slice anew where it was, since its token no longer holds; `false` where that cannot help.
    #[must_use]
    pub(crate) fn restart(&mut self, id: SliceId) -> bool {
        match self {
            Self::Down(slices) => slices.restart(id),
            Self::Up(ascent) => ascent.restart(id),
        }
    }

    /// The next page of events in order, if it has come.
    pub(crate) fn take(&mut self) -> Option<Vec<Event>> {
        match self {
            Self::Down(slices) => slices.take(),
            Self::Up(ascent) => ascent.take(),
        }
    }

    /// Whether everything has been taken.
    #[must_use]
    pub(crate) fn is_done(&self) -> bool {
        match self {
            Self::Down(slices) => slices.is_done(),
            Self::Up(ascent) => ascent.is_done(),
        }
    }

    /// How many requests are on their way.
    #[must_use]
    pub(crate) fn asked(&self) -> usize {
        match self {
            Self::Down(slices) => slices.asked(),
            Self::Up(ascent) => ascent.asked(),
        }
    }

    /// Pages that have come and wait their turn, or are asked for and will have to.
    #[must_use]
    pub(crate) fn kept(&self) -> usize {
        match self {
            Self::Down(slices) => slices.kept(),
            Self::Up(ascent) => ascent.kept(),
        }
    }
}
