//! The seconds that a part of a listing covers.

use ct_core::record::event::Event;

/// Inclusive at both ends; an end that is `None` has no bound but the query's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) oldest: Option<i64>,
    pub(super) newest: Option<i64>,
}

impl Span {
    /// Whether the event is of these seconds. An event without a time stays where the service put it.
    pub(super) fn owns(&self, event: &Event) -> bool {
        let Some(second) = event.second() else {
            return true;
        };
        self.newest.is_none_or(|newest| second <= newest)
            && self.oldest.is_none_or(|oldest| second >= oldest)
    }
}
