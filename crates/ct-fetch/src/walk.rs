//! A listing walked from its newest event or from its oldest.

use ct_core::event::Event;

use crate::ascent::Ascent;
use crate::listing::{RepeatedToken, Request};
use crate::order::Order;
use crate::page::Page;
use crate::slices::{Ask, SliceId, Slices};

/// All of one listing, given out in order.
#[derive(Debug)]
pub enum Walk {
    /// Newest first, as the pages come.
    Down(Slices),
    /// Oldest first, a piece at a time.
    Up(Ascent),
}

impl From<Slices> for Walk {
    fn from(slices: Slices) -> Self {
        Self::Down(slices)
    }
}

impl From<Ascent> for Walk {
    fn from(ascent: Ascent) -> Self {
        Self::Up(ascent)
    }
}

impl Walk {
    /// The whole of what `request` asks for; `kept` is how many pages may wait to be given out where
    /// they have to.
    #[must_use]
    pub fn new(request: Request, order: Order, kept: usize) -> Self {
        match order {
            Order::Newest => Slices::new(request).into(),
            Order::Oldest => Ascent::new(request, kept).into(),
        }
    }

    /// The same from the second `rest` on, with all that comes before it had.
    #[must_use]
    pub fn resume(request: Request, order: Order, kept: usize, rest: i64) -> Self {
        match order {
            Order::Newest => Slices::resume(request, rest).into(),
            Order::Oldest => Ascent::resume(request, kept, rest).into(),
        }
    }

    /// The next request to send, for what is first in order and waits for no answer.
    ///
    /// At most `room` pages are asked for or kept beyond what is to go out next.
    pub fn next(&mut self, room: usize) -> Option<Ask> {
        match self {
            Self::Down(slices) => slices.next(room),
            Self::Up(ascent) => ascent.next(room),
        }
    }

    /// The first request of something further on, where nothing begun is without a request; `chains`
    /// is how many requests side by side use the quota.
    pub fn cut(&mut self, room: usize, chains: f64) -> Option<Ask> {
        match self {
            Self::Down(slices) => slices.cut(room, chains),
            Self::Up(ascent) => ascent.cut(room, chains),
        }
    }

    /// Takes the page that came for a slice.
    ///
    /// # Errors
    /// When its token came before in the same chain.
    pub fn accept(&mut self, id: SliceId, page: Page) -> Result<(), RepeatedToken> {
        match self {
            Self::Down(slices) => slices.accept(id, page),
            Self::Up(ascent) => ascent.accept(id, page),
        }
    }

    /// Begins a slice anew where it was, since its token no longer holds; `false` where that cannot help.
    #[must_use]
    pub fn restart(&mut self, id: SliceId) -> bool {
        match self {
            Self::Down(slices) => slices.restart(id),
            Self::Up(ascent) => ascent.restart(id),
        }
    }

    /// The next page of events in order, if it has come.
    pub fn take(&mut self) -> Option<Vec<Event>> {
        match self {
            Self::Down(slices) => slices.take(),
            Self::Up(ascent) => ascent.take(),
        }
    }

    /// Whether everything has been taken.
    #[must_use]
    pub fn is_done(&self) -> bool {
        match self {
            Self::Down(slices) => slices.is_done(),
            Self::Up(ascent) => ascent.is_done(),
        }
    }

    /// How many requests are on their way.
    #[must_use]
    pub fn asked(&self) -> usize {
        match self {
            Self::Down(slices) => slices.asked(),
            Self::Up(ascent) => ascent.asked(),
        }
    }

    /// Pages that have come and wait their turn, or are asked for and will have to.
    #[must_use]
    pub fn kept(&self) -> usize {
        match self {
            Self::Down(slices) => slices.kept(),
            Self::Up(ascent) => ascent.kept(),
        }
    }
}
