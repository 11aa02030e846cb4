//! Detection rules for CloudTrail records: jq, EventBridge patterns, CloudWatch metric filters and
//! Sigma.
//!
//! Rules of every format compile to the same kind of predicate over the fields of a record. All
//! fields are read in one scan, and only the rules that can hit a record's event name and source
//! are evaluated. A rule that cannot be evaluated exactly gets a [`RuleRefusal`] and is never approximated.

mod evaluator;
pub mod eventbridge;
mod jq;
mod load;
mod metric_filter;
mod predicate;
mod record;
mod refusal;
mod rule;
mod rule_set;
mod sigma;
mod window;
pub mod yaml;

pub use evaluator::{
    Evaluator, NotAnObject, Outcome, Watch, Worker, on_large_stack, resident_bytes,
};
pub use load::areas;
pub use predicate::DocumentKind;
pub use refusal::RuleRefusal;
pub use rule::{Example, Format, Rule, Severity, Variables};
pub use rule_set::{InactiveRule, RecordValues, RuleError, RuleSet};
pub use window::{CollectedHits, History, StagedHistory, WINDOW_BYTES, WindowHit, Windows};
