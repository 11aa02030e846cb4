//! EventBridge event patterns.
//!
//! Source of the semantics: Amazon EventBridge user guide, "Creating Amazon EventBridge event
//! patterns" and "Comparison operators for use in event patterns".

mod comparison;
mod content;
mod envelope;
mod event;
mod pattern;
mod subscription;

pub(crate) use envelope::envelopes;
pub use event::Event;
pub use pattern::{Pattern, TooComplex};
pub(crate) use subscription::{Delivery, Subscription};
