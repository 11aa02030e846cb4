//! The limits of a run: its rate, the number of events, and their order.

use crate::source::history::back_off::Attempts;
use crate::source::history::page::PAGE_EVENTS;
use crate::source::order::Order;

/// The limits that the options set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    /// Requests per second to each region.
    pub(crate) rate: f64,
    /// The maximum number of outstanding requests of the run. A region that would exceed it waits.
    pub(crate) requests: usize,
    /// The maximum number of failures of one request.
    pub(crate) attempts: Attempts,
    /// The maximum number of events.
    pub(crate) max_items: Option<u64>,
    /// The order of the events.
    pub(crate) order: Order,
    /// Whether duplicate events are kept.
    pub(crate) keep_duplicates: bool,
    /// Whether a region that is not enabled in the account is skipped instead of counted as
    /// missing.
    pub(crate) allow_disabled: bool,
    /// The memory for waiting pages, in bytes.
    pub(crate) memory_bytes: usize,
    /// How to follow new events after the window; `None` to stop at the end of the window.
    pub(crate) follow: Option<Following>,
}

/// How to follow new events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Following {
    /// The maximum number of failures of one request.
    pub(crate) attempts: Attempts,
    /// When the run began, in Unix seconds.
    pub(crate) started: i64,
}

impl Limits {
    /// The maximum number of events, if they are the first ones that the service returns (newest
    /// first); otherwise `None`.
    #[must_use]
    pub(crate) fn on_first_page(&self) -> Option<u64> {
        self.max_items.filter(|_| self.order == Order::Newest)
    }

    /// The number of pages worth requesting ahead: 0 if one page may suffice.
    #[must_use]
    pub(crate) fn pages(&self) -> usize {
        let pages = self
            .max_items
            .map_or(u64::MAX, |items| items / u64::from(PAGE_EVENTS));
        usize::try_from(pages).unwrap_or(usize::MAX)
    }
}
