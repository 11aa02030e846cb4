//! How hard a run asks, for how much, and in which order.

use crate::source::history::page::PAGE_EVENTS;
use crate::source::history::retry::Attempts;
use crate::source::order::Order;

/// What the options leave to a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    /// Requests a second to the region.
    pub(crate) rate: f64,
    /// Requests that may wait for a reply at once: a region that may send then waits its turn.
    pub(crate) requests: usize,
    /// How often one request may fail.
    pub(crate) attempts: Attempts,
    /// How many events are wanted.
    pub(crate) max_items: Option<u64>,
    /// Which of them first.
    pub(crate) order: Order,
    /// Whether an event that comes twice is written twice.
    pub(crate) keep_duplicates: bool,
    /// Whether a region that the account has not enabled is left out rather than missed.
    pub(crate) allow_disabled: bool,
    /// Bytes of pages that may wait for their turn.
    pub(crate) memory_bytes: usize,
    /// What comes after the window, if anything.
    pub(crate) follow: Option<Following>,
}

/// How new events are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Following {
    /// How often one request may fail.
    pub(crate) attempts: Attempts,
    /// The second the run began.
    pub(crate) started: i64,
}

impl Limits {
    /// How many events are enough, where the service's first page begins with them.
    #[must_use]
    pub(crate) fn on_first_page(&self) -> Option<u64> {
        self.max_items.filter(|_| self.order == Order::Newest)
    }

    /// How many pages are worth asking for ahead: none where one may be enough.
    #[must_use]
    pub(crate) fn pages(&self) -> usize {
        let pages = self
            .max_items
            .map_or(u64::MAX, |items| items / u64::from(PAGE_EVENTS));
        usize::try_from(pages).unwrap_or(usize::MAX)
    }
}
