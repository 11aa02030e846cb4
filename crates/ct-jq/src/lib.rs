//! jq's language on jaq's engine.

pub mod syntax;
