//! Detection rules over CloudTrail records: jq, EventBridge patterns, CloudWatch metric filters and Sigma.
//!
//! Rules of every format become one predicate over the fields of a record. All fields are found in one scan, and a
//! record's event name and source tell which rules can hit it. A rule that cannot be evaluated exactly is [`Refused`],
//! never approximated.

mod context;
mod dispatch;
mod evaluator;
pub mod eventbridge;
mod fields;
mod glob;
mod history;
mod jq;
mod load;
mod metadata;
mod metric_filter;
mod network;
mod pack;
mod predicate;
mod refused;
mod rule;
mod rule_set;
mod scalar;
mod sigma;
#[cfg(test)]
mod testing;
mod window;
pub mod yaml;

pub use context::Documents;
pub use evaluator::{Evaluator, NotAnObject, Outcome, WINDOW_BYTES, Windows, Worker};
pub use history::History;
pub use pack::areas;
pub use refused::Refused;
pub use rule::{Example, Format, Rule, Severity};
pub use rule_set::{NotRun, RuleError, RuleSet, Variables};
pub use window::{Collected, WindowHit};
