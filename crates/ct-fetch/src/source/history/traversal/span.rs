//! The seconds of a part of a listing.

use ct_core::record::event::Event;

/// Both ends included; an end that is `None` has no bound but the query's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) oldest: Option<i64>,
    pub(super) newest: Option<i64>,
}

impl Span {
    /// Whether the event is in these seconds. An event without a time stays in the service's
    /// position.
    pub(super) fn owns(&self, event: &Event) -> bool {
        let Some(second) = event.second() else {
            return true;
        };
        self.newest.is_none_or(|newest| second <= newest)
            && self.oldest.is_none_or(|oldest| second >= oldest)
    }
}
