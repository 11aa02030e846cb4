//! All that speaks to AWS: requests, errors, and what ends a run from outside.

pub mod fault;
pub mod lookup_events;
pub mod stop;
