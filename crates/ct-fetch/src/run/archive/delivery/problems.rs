//! The messages about records that are out of order or ambiguous.

use super::Delivery;
use crate::source::archive::sorter::Item;

/// The maximum number of events that are reported for each kind of problem.
const NAMED: u64 = 3;

impl Delivery<'_> {
    /// Prints `message` if `count`, the number of such problems so far, is at most [`NAMED`].
    pub(super) fn name(&mut self, count: u64, message: impl FnOnce() -> String) {
        if count <= NAMED {
            self.progress.say(&message());
        }
    }

    /// Counts and reports a record that was written out of order.
    pub(super) fn misplace(&mut self, item: &Item) {
        self.summary.records.misplaced += 1;
        let id = named_id(item);
        self.name(self.summary.records.misplaced, || {
            format!(
                "event {id} is out of order, because its file was delivered late: sort the output by eventTime, or raise --late with --order oldest"
            )
        });
    }
}

/// Returns a record's event ID for messages, or a text that says that there is none.
pub(super) fn named_id(item: &Item) -> &str {
    if item.id.is_empty() {
        "without an ID"
    } else {
        &item.id
    }
}
