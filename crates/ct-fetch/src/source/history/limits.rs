//! The limits of a run: its rate, its number of events, and their order.

use crate::source::history::attempts::Attempts;
use crate::source::history::page::PAGE_EVENTS;
use crate::source::order::Order;

/// The limits of a run, as the command line sets them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    /// The maximum number of requests per second to each region.
    pub(crate) rate: f64,
    /// The maximum number of outstanding requests of the whole run. A region waits while the run
    /// has this many outstanding requests.
    pub(crate) requests: usize,
    /// The maximum number of failures of one request.
    pub(crate) attempts: Attempts,
    /// The maximum number of events that the run writes; `None` for no limit.
    pub(crate) max_items: Option<u64>,
    /// The order in which the run writes events.
    pub(crate) order: Order,
    /// Whether duplicate events are kept.
    pub(crate) keep_duplicates: bool,
    /// Whether a region that is not enabled in the account is skipped. If not, the events of such a
    /// region count as missing.
    pub(crate) allow_disabled: bool,
    /// The memory for pages that wait to be written, in bytes.
    pub(crate) memory_bytes: usize,
    /// How the run follows new events after the window; `None` to end with the window.
    pub(crate) follow: Option<FollowLimits>,
}

/// How a run follows new events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FollowLimits {
    /// The maximum number of failures of one request.
    pub(crate) attempts: Attempts,
    /// When the run began, in Unix seconds.
    pub(crate) started: i64,
}

impl Limits {
    /// Returns the maximum number of events if the service lists the wanted events first, which it
    /// does for newest first; otherwise `None`.
    #[must_use]
    pub(crate) fn on_first_page(&self) -> Option<u64> {
        self.max_items.filter(|_| self.order == Order::Newest)
    }

    /// Returns the number of pages that should be requested ahead: 0 if one page may be enough.
    #[must_use]
    pub(crate) fn pages(&self) -> usize {
        let pages = self
            .max_items
            .map_or(u64::MAX, |items| items / u64::from(PAGE_EVENTS));
        usize::try_from(pages).unwrap_or(usize::MAX)
    }
}
