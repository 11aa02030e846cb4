//! EventBridge event patterns.
//!
//! Source of the semantics: Amazon EventBridge user guide, "Creating Amazon EventBridge event
//! patterns" and "Comparison operators for use in event patterns".

mod content;
mod event;
mod pattern;

pub use event::Event;
pub use pattern::{Pattern, TooComplex};
