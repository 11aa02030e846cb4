//! The time span of a part of a listing.

use ct_core::record::event::Event;

/// A time span in Unix seconds, including both ends. If an end is `None`, only the query's window
/// limits the span there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) oldest: Option<i64>,
    pub(super) newest: Option<i64>,
}

impl Span {
    /// Whether the span contains the event. An event without a time is in the span whose listing
    /// contains it.
    pub(super) fn owns(&self, event: &Event) -> bool {
        let Some(second) = event.second() else {
            return true;
        };
        self.newest.is_none_or(|newest| second <= newest)
            && self.oldest.is_none_or(|oldest| second >= oldest)
    }
}
