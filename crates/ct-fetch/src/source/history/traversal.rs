//! A listing as a partition. It is read newest first, as the service lists it, or oldest first, in
//! pieces.

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
    /// The ID of the part of the listing that the page belongs to.
    pub(crate) id: RequestId,
    /// The JSON body of the request.
    pub(crate) body: Vec<u8>,
}

/// A partition of the event history, which is one listing. The `room` of [`Partition::next`] is a
/// number of pages.
pub(crate) trait Traversal:
    Partition<Request = PageRequest, Reply = Page, Error = RepeatedToken, Record = Event> + Debug
{
    /// Starts a later part of the listing, and returns the first request for it. Returns `None` if
    /// no part can be started. When `split` is called, every started part must have a request that
    /// waits for its response. `chains` is how many requests must be sent at the same time to use
    /// the whole quota, at least 1.
    fn split(&mut self, room: usize, chains: f64) -> Option<PageRequest>;

    /// Restarts a part of the listing from the oldest event received, because its token is no
    /// longer valid. Returns `false` if a restart cannot help.
    fn restart(&mut self, id: RequestId) -> bool;

    /// Returns the number of requests without a response.
    fn asked(&self) -> usize;
}

/// How a listing keeps the pages that have arrived but are not returned yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keeping {
    /// The maximum number of pages to keep.
    pub(crate) pages: usize,
    /// Whether the pages are compressed, which takes CPU time.
    pub(crate) is_packed: bool,
}

/// Creates a traversal of `request`. With `rest`, in Unix seconds, it begins at this time instead
/// of the first event in `order`.
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
