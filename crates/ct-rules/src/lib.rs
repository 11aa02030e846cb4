//! Detection rules over CloudTrail records, each format with its own exact semantics.
//!
//! A rule that cannot be evaluated exactly is [`Refused`], never approximated.

pub mod eventbridge;
mod glob;
pub mod metric_filter;
mod refused;

pub use refused::Refused;
