//! The limits of a run: its rate, the number of events, and their order.

use crate::source::history::back_off::Attempts;
use crate::source::history::page::PAGE_EVENTS;
use crate::source::order::Order;

/// The limits that the options set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    /// Requests per second and region.
    pub(crate) rate: f64,
    /// The maximum number of outstanding requests: a region above it waits.
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
    /// How new events are followed after the window, if they are.
    pub(crate) follow: Option<Following>,
}

/// How new events are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Following {
    /// The maximum number of failures of one request.
    pub(crate) attempts: Attempts,
    /// The second at which the run began.
    pub(crate) started: i64,
}

impl Limits {
    /// The maximum number of events, if the service's first page begins with them.
    #[must_use]
    pub(crate) fn on_first_page(&self) -> Option<u64> {
        self.max_items.filter(|_| self.order == Order::Newest)
    }

    /// The number of pages that are useful to request ahead: none if one may suffice.
    #[must_use]
    pub(crate) fn pages(&self) -> usize {
        let pages = self
            .max_items
            .map_or(u64::MAX, |items| items / u64::from(PAGE_EVENTS));
        usize::try_from(pages).unwrap_or(usize::MAX)
    }
}
