//! Whom and where a run asks: accounts, and the regions of each.

pub(crate) mod identities;
pub(crate) mod regions;
pub(crate) mod target;
