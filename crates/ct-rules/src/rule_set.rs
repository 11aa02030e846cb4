//! Rules that have been read and compiled, ready to be evaluated.

use std::fmt;

use crate::Refused;
use crate::predicate::{Key, Predicate};
use crate::record::Fields;
use crate::rule::{Rule, Variables};
use crate::window::Window;

/// A rule that was read and is not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRun {
    /// The rule's ID.
    pub rule: String,
    /// Where the rule is from.
    pub file: String,
    /// Why it is not run.
    pub reason: String,
}

/// A rule that cannot be run exactly, or a file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// The rule's ID; the file's stem where it has none, or no rule could be read.
    pub rule: String,
    /// Where the rule is from.
    pub file: String,
    /// The construct, and what is wrong with it.
    pub refused: Refused,
}

impl fmt::Display for RuleError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "rule `{}` in {}: {}",
            self.rule, self.file, self.refused
        )
    }
}

impl std::error::Error for RuleError {}

/// Rules, compiled.
#[derive(Debug)]
pub struct RuleSet {
    /// The descriptions of the rules; hits name a rule by its index here.
    pub rules: Vec<Rule>,
    /// Rules that were read and are not run.
    pub not_run: Vec<NotRun>,
    pub(crate) fields: Fields,
    /// A predicate for each rule but correlations.
    pub(crate) predicates: Vec<Option<Predicate>>,
    pub(crate) windows: Vec<Window>,
    /// The text of jq programs.
    pub(crate) programs: Vec<String>,
    pub(crate) variables: Variables,
    /// The fields that rules are dispatched on: `eventName` and `eventSource`.
    pub(crate) keys: [Key; 2],
    /// Whether each rule is to be evaluated for its own hits.
    pub(crate) is_kept: Vec<bool>,
}

impl RuleSet {
    /// No rules yet.
    pub(crate) fn empty(variables: &Variables) -> Self {
        let mut fields = Fields::default();
        let keys = ["eventName", "eventSource"].map(|name| Key {
            id: fields.add(&[name]),
            name,
        });
        Self {
            rules: Vec::new(),
            not_run: Vec::new(),
            fields,
            predicates: Vec::new(),
            windows: Vec::new(),
            programs: Vec::new(),
            variables: variables.clone(),
            keys,
            is_kept: Vec::new(),
        }
    }

    /// Keeps the rules that `wanted` names; others still feed the correlations that are kept.
    pub fn keep(&mut self, mut wanted: impl FnMut(&Rule) -> bool) {
        for (rule, is_kept) in self.rules.iter().zip(&mut self.is_kept) {
            *is_kept = *is_kept && wanted(rule);
        }
    }

    /// The rules that are kept, by index.
    pub fn kept(&self) -> impl Iterator<Item = usize> {
        (0..self.rules.len()).filter(|&rule| self.is_kept[rule])
    }
}
