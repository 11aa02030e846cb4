//! The event history as a source: calls LookupEvents within CloudTrail's quota.

pub(crate) mod attempts;
pub(crate) mod failure_message;
pub(crate) mod follow;
pub(crate) mod limits;
pub(crate) mod pacer;
pub(crate) mod page;
pub(crate) mod page_chain;
pub(crate) mod plan;
pub(crate) mod range;
pub(crate) mod schedule;
pub(crate) mod service;
pub(crate) mod traversal;
