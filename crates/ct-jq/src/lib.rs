//! The jq language on jaq's engine.

pub mod builtins;
pub mod output;
pub mod value;
