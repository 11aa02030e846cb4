//! EventBridge event patterns.
//!
//! Source of the semantics: Amazon EventBridge user guide, "Creating Amazon EventBridge event
//! patterns" and "Comparison operators for use in event patterns".

mod comparison;
mod content;
mod envelope;
mod flattened_event;
mod pattern;
mod subscription;

pub(crate) use envelope::envelopes;
pub use flattened_event::FlattenedEvent;
pub use pattern::{EventPattern, TooComplex};
pub(crate) use subscription::{DeliveredCalls, Subscription};
