//! The sources of records, and how their records are ordered.

pub(crate) mod archive;
pub(crate) mod athena;
#[cfg(test)]
mod conformance;
pub(crate) mod cursor;
pub(crate) mod history;
pub(crate) mod merge;
pub(crate) mod order;
pub(crate) mod partition;

use ct_core::exit::Failure;
use ct_core::predicate::Predicate;
use ct_core::query::Query;

use order::Order;

/// A place that records come from, such as the event history or an archive.
pub(crate) trait Source {
    /// The plan for a query.
    type Plan: Plan;

    /// Plans the partitions for a query. `order` is the order of the records; `None` permits any
    /// order.
    ///
    /// # Errors
    /// If the source cannot be queried at all. A plan that lacks a part of the records is not an
    /// error: the plan records what is missing.
    fn plan(&self, query: &Query, order: Option<Order>) -> Result<Self::Plan, Failure>;
}

/// A source's plan for a query: what to read, which conditions remain to be checked, and the order
/// of the records.
pub(crate) trait Plan {
    /// A unit of reading, such as a listing or a file.
    type Partition;

    /// The partitions to read. Together they contain every record that the query selects.
    fn partitions(&self) -> &[Self::Partition];

    /// The part of the query that the source does not evaluate: it must be checked for each record
    /// of a partition.
    fn rest(&self) -> Predicate;

    /// The order that the source guarantees.
    fn order(&self) -> Promise;
}

/// What is known about the order of records before they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Promise {
    /// The records within each partition are in this order, so the partitions can be merged.
    Sorted(Order),
    /// The partitions are in this order, and the name of a partition gives the time range of its
    /// records. Records are sorted as far as the partitions read so far allow.
    Partitions(Order),
    /// Nothing is known about the order.
    Unordered,
}
