//! The accounts and regions that a run queries.

pub(crate) mod identities;
pub(crate) mod regions;
pub(crate) mod target;
