//! A listing as a partition: newest first as the service lists it, or oldest first a piece at a time.

pub(crate) mod newest_first;
pub(crate) mod oldest_first;
mod span;
#[cfg(test)]
pub(super) mod testing;
mod waiting;

use std::fmt::Debug;

use ct_core::record::event::Event;

use crate::source::history::page::Page;
use crate::source::history::page_chain::{LookupRequest, RepeatedToken};
use crate::source::order::Order;
use crate::source::partition::{Partition, RequestId};
use newest_first::NewestFirst;
use oldest_first::OldestFirst;

/// A request for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageRequest {
    /// The part of the listing that it asks for a page of.
    pub(crate) id: RequestId,
    /// The JSON body.
    pub(crate) body: Vec<u8>,
}

/// A partition of the event history: one listing, whose room is counted in pages.
pub(crate) trait Traversal:
    Partition<Request = PageRequest, Reply = Page, Error = RepeatedToken, Record = Event> + Debug
{
    /// The first request of a part further on, where every part that was begun waits for a reply; `chains` is how
    /// many requests side by side use the quota, at least 1.
    fn split(&mut self, room: usize, chains: f64) -> Option<PageRequest>;

    /// Begins a part again where it was, since its token no longer holds; `false` where that cannot help.
    fn restart(&mut self, id: RequestId) -> bool;

    /// How many requests wait for a reply.
    fn asked(&self) -> usize;
}

/// What pages of a listing may take while they wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keeping {
    /// How many may wait where pages have to.
    pub(crate) pages: usize,
    /// They are compressed, which takes time.
    pub(crate) is_packed: bool,
}

/// All of what `request` asks for, or what is left of it from the second `rest` on.
pub(crate) fn new(
    request: LookupRequest,
    order: Order,
    keeping: Keeping,
    rest: Option<i64>,
) -> Box<dyn Traversal> {
    let Keeping { pages, is_packed } = keeping;
    match (order, rest) {
        (Order::Newest, None) => Box::new(NewestFirst::new(request, is_packed)),
        (Order::Newest, Some(rest)) => Box::new(NewestFirst::resume(request, is_packed, rest)),
        (Order::Oldest, None) => Box::new(OldestFirst::new(request, pages)),
        (Order::Oldest, Some(rest)) => Box::new(OldestFirst::resume(&request, pages, rest)),
    }
}
