//! jq's language on jaq's engine, and a fast path beside it.

pub mod plan;
