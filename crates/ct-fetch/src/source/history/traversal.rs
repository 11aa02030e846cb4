//! A listing as a partition, which is traversed newest first, as the service lists it, or oldest
//! first in pieces.

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
    /// The ID of the part of the listing to which the page belongs.
    pub(crate) id: RequestId,
    /// The JSON body of the request.
    pub(crate) body: Vec<u8>,
}

/// A partition of the event history: one listing. The `room` of its requests is counted in pages.
pub(crate) trait Traversal:
    Partition<Request = PageRequest, Reply = Page, Error = RepeatedToken, Record = Event> + Debug
{
    /// Starts a later part of the listing, and returns its first request. Returns `None` if no part
    /// can be started. The caller must call `split` only when every started part has an outstanding
    /// request. `chains` is the number of concurrent requests that use the whole quota, at least 1.
    fn split(&mut self, room: usize, chains: f64) -> Option<PageRequest>;

    /// Restarts a part of the listing at its current position, after its token became invalid.
    /// Returns `false` if a restart cannot help.
    fn restart(&mut self, id: RequestId) -> bool;

    /// Returns the number of outstanding requests.
    fn asked(&self) -> usize;
}

/// How a listing keeps pages that wait to be returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keeping {
    /// The maximum number of waiting pages.
    pub(crate) pages: usize,
    /// Whether waiting pages are compressed, which takes CPU time.
    pub(crate) is_packed: bool,
}

/// Creates a traversal of the whole `request`, or of the part of it from `rest` (Unix seconds) on.
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
