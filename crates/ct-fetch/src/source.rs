//! The sources of records, and how their records are ordered.

pub(crate) mod archive;
pub(crate) mod athena;
pub(crate) mod cursor;
pub(crate) mod history;
pub(crate) mod merge;
pub(crate) mod order;

use ct_core::exit::Failure;
use ct_core::predicate::Predicate;
use ct_core::query::Query;

use order::Order;

/// An origin of records: the event history, or an archive.
pub(crate) trait Source {
    /// What [`Source::plan`] returns.
    type Plan: Plan;

    /// Plans the partitions for a query. `order` is the order in which the caller wants the
    /// records; `None` permits any order.
    ///
    /// # Errors
    /// If the source cannot be queried at all. If only some of the records are unavailable, `plan`
    /// succeeds, and the plan says which ones.
    fn plan(&self, query: &Query, order: Option<Order>) -> Result<Self::Plan, Failure>;
}

/// How a source executes a query: its partitions, the conditions that the caller must still check,
/// and the order of the records.
pub(crate) trait Plan {
    /// A part of the source that is read as a unit, such as a listing or a file.
    type Partition;

    /// The partitions to read. All partitions together contain every record that the query selects.
    fn partitions(&self) -> &[Self::Partition];

    /// Returns the part of the query that the source does not evaluate. The caller must check this
    /// part for each record of a partition.
    fn rest(&self) -> Predicate;

    /// Returns what the source guarantees about the order of the records.
    fn order(&self) -> Promise;
}

/// What is known about the order of records before they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Promise {
    /// The records of each partition are in this order, so the partitions can be merged.
    Sorted(Order),
    /// The partitions are in this order, and the name of a partition gives the time range of its
    /// records. So the records can be sorted while the partitions are read.
    Partitions(Order),
    /// Nothing is known about the order.
    Unordered,
}
