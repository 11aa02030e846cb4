//! A listing as a partition. It is read newest first, as the service lists it, or oldest first, in
//! pieces.

#[cfg(test)]
mod conformance;
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
use newest_first::NewestFirst;
use oldest_first::OldestFirst;

/// A request for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageRequest {
    /// The ID of the part of the listing that the page belongs to.
    pub(crate) id: PartId,
    /// The JSON body of the request.
    pub(crate) body: Vec<u8>,
}

/// The reading of one listing: a state machine without a clock or I/O.
///
/// The caller sends the requests that [`Traversal::next`] and [`Traversal::split`] return, several
/// of them concurrently. It passes each page to [`Traversal::accept`] in order of arrival, and
/// takes the events.
pub(crate) trait Traversal: Debug {
    /// Returns the next request that should be sent, in order of the records; `None` if no request
    /// may be sent now.
    ///
    /// The request for the next record of the listing may always be sent. Later requests may be
    /// sent only while [`Traversal::kept`] is less than `room`.
    fn next(&mut self, room: usize) -> Option<PageRequest>;

    /// Accepts the page that the request of the part `id` returned.
    ///
    /// # Errors
    /// If the listing cannot continue.
    fn accept(&mut self, id: PartId, page: Page) -> Result<(), RepeatedToken>;

    /// Returns the next records in order, if they have arrived.
    fn take(&mut self) -> Option<Vec<Event>>;

    /// Whether every record of the listing has been taken.
    fn is_done(&self) -> bool;

    /// Returns the number of pages that wait to be taken, or that were requested and will have to
    /// wait.
    fn kept(&self) -> usize;

    /// Starts a later part of the listing, and returns its first request. Returns `None` if no part
    /// can be started. The caller must call `split` only when every started part has an outstanding
    /// request. `chains` is the number of concurrent requests that use the whole quota, at least 1.
    fn split(&mut self, room: usize, chains: f64) -> Option<PageRequest>;

    /// Restarts a part of the listing from the oldest event received, because its token is no
    /// longer valid. Returns `false` if a restart cannot help.
    fn restart(&mut self, id: PartId) -> bool;

    /// Returns the number of requests without a response.
    fn outstanding(&self) -> usize;
}

/// Identifies a part of a listing. Each part has at most one outstanding request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PartId(pub(crate) u64);

/// How a listing keeps the pages that have arrived but are not returned yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BufferOptions {
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
    keeping: BufferOptions,
    rest: Option<i64>,
) -> Box<dyn Traversal> {
    let BufferOptions { pages, is_packed } = keeping;
    match (order, rest) {
        (Order::Newest, None) => Box::new(NewestFirst::new(request, is_packed)),
        (Order::Newest, Some(rest)) => Box::new(NewestFirst::resume(request, is_packed, rest)),
        (Order::Oldest, None) => Box::new(OldestFirst::new(request, pages)),
        (Order::Oldest, Some(rest)) => Box::new(OldestFirst::resume(&request, pages, rest)),
    }
}
