//! Why a rule cannot be evaluated exactly.

use std::fmt;

/// The refusal of a rule that is malformed or uses a construct that cannot be evaluated exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRefusal {
    /// The refused part of the rule: a path such as `detail.eventName`, a key, or an excerpt of the
    /// rule.
    pub construct: String,
    /// The problem, and the accepted alternatives if there are any.
    pub reason: String,
}

impl RuleRefusal {
    /// Creates the refusal of a rule in which `construct` cannot be evaluated because of `reason`.
    pub fn new(construct: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            construct: construct.into(),
            reason: reason.into(),
        }
    }
}

impl fmt::Display for RuleRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`: {}", self.construct, self.reason)
    }
}

impl std::error::Error for RuleRefusal {}
