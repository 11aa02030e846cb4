//! The limits of a run over the event history: rate, number of events, memory and failures.

use crate::source::history::attempts::Attempts;
use crate::source::history::page::PAGE_EVENTS;
use crate::source::order::Order;

/// The limits of a run over the event history, as the command line sets them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    /// The maximum number of requests per second to each region.
    pub(crate) rate: f64,
    /// The maximum number of requests of the whole run that wait for a response at the same time.
    pub(crate) requests: usize,
    /// How many times a request may fail before the run gives up its region.
    pub(crate) attempts: Attempts,
    /// The maximum number of events that the run writes; `None` for no limit.
    pub(crate) max_items: Option<u64>,
    /// The order in which the run writes events.
    pub(crate) order: Order,
    /// Whether duplicate events are written instead of dropped.
    pub(crate) keep_duplicates: bool,
    /// Whether the run may skip a region that is not enabled in the account. If not, the region is
    /// reported as failed.
    pub(crate) allow_disabled: bool,
    /// The memory for pages that wait to be written, in bytes.
    pub(crate) memory_bytes: usize,
    /// How the run follows new events after the window; `None` if the run ends with the window.
    pub(crate) follow: Option<FollowLimits>,
}

/// The limits that apply after the window, with `--follow`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FollowLimits {
    /// How many times a request may fail before the run gives up its region.
    pub(crate) attempts: Attempts,
    /// When the run began, in Unix seconds.
    pub(crate) started: i64,
}

impl Limits {
    /// Returns the maximum number of events if the newest events are written first, because the
    /// service then lists the events in the order of the output. Otherwise returns `None`.
    #[must_use]
    pub(crate) fn on_first_page(&self) -> Option<u64> {
        self.max_items.filter(|_| self.order == Order::Newest)
    }

    /// Returns how many pages to request ahead at most: 0 if one page may be enough.
    #[must_use]
    pub(crate) fn pages(&self) -> usize {
        let pages = self
            .max_items
            .map_or(u64::MAX, |items| items / u64::from(PAGE_EVENTS));
        usize::try_from(pages).unwrap_or(usize::MAX)
    }
}
