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
    /// How it answers a query.
    type Plan: Plan;

    /// Turns a query into partitions; `order` is the order of the records, `None` for any.
    ///
    /// # Errors
    /// If the source cannot be asked at all. What is missing in a plan is a part of it.
    fn plan(&self, query: &Query, order: Option<Order>) -> Result<Self::Plan, Failure>;
}

/// How a source answers a query: what is read, who selects the records, and how they are ordered.
pub(crate) trait Plan {
    /// What is read as one: a listing, or a file.
    type Partition;

    /// All that is read. Together the partitions have every record that the query selects.
    fn partitions(&self) -> &[Self::Partition];

    /// The part of the query that the source did not take: each record of a partition must still meet it.
    fn rest(&self) -> Predicate;

    /// The order that the source promises.
    fn order(&self) -> Promise;
}

/// What is known of the order of records before they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Promise {
    /// The records of each partition are in this order: partitions are merged.
    Sorted(Order),
    /// The partitions are in this order, and their names tell between which times their records are: records are
    /// sorted as far as the partitions read so far allow.
    Partitions(Order),
    /// None.
    Unordered,
}
