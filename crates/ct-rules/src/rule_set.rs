//! Compiled rules, ready to be evaluated.

use std::fmt;

use crate::RuleRefusal;
use crate::predicate::{DispatchField, RulePredicate};
use crate::record::{FieldId, FieldSet, FieldValues};
use crate::rule::{Rule, Variables};
use crate::window::{CorrelationWindow, WindowKind};

/// A rule that was loaded but does not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InactiveRule {
    /// The ID of the rule.
    pub rule: String,
    /// The rule file, or `builtin` for a built-in rule.
    pub file: String,
    /// The reason why the rule does not run.
    pub reason: String,
}

/// The error for a rule that cannot be evaluated exactly, or for a file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// The ID of the rule, or the name of the file or folder if there is no ID.
    pub rule: String,
    /// The rule file or folder, or `builtin` for a built-in rule.
    pub file: String,
    /// The refused construct and the reason.
    pub refused: RuleRefusal,
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

/// The values of a record, as JSON text, at the paths that [`RuleSet::add_path`] added.
pub struct RecordValues<'a>(pub(crate) FieldValues<'a>);

impl<'a> RecordValues<'a> {
    /// The record.
    #[must_use]
    pub fn record(&self) -> &'a str {
        self.0.record
    }

    /// The JSON text of the value at a path that [`RuleSet::add_path`] added, or `None` if the
    /// record has no such value.
    #[must_use]
    pub fn get(&self, path: usize) -> Option<&'a str> {
        self.0.texts[path]
    }
}

/// Compiled rules.
#[derive(Debug)]
pub struct RuleSet {
    /// The descriptions of the rules. A hit refers to a rule by its index in `rules`.
    pub rules: Vec<Rule>,
    /// Rules that were loaded but do not run.
    pub not_run: Vec<InactiveRule>,
    /// The files with an empty list of rules. For example, the list of the metric filters is empty
    /// for an account without metric filters.
    pub without_rules: Vec<String>,
    /// The variables that no rule refers to.
    pub unused_variables: Vec<String>,
    pub(crate) fields: FieldSet,
    /// The predicate of each rule, or `None` for a correlation.
    pub(crate) predicates: Vec<Option<RulePredicate>>,
    pub(crate) windows: Vec<CorrelationWindow>,
    /// The source code of the jq programs.
    pub(crate) programs: Vec<String>,
    pub(crate) variables: Variables,
    /// The fields by which rules are selected for a record: `eventName` and `eventSource`.
    pub(crate) keys: [DispatchField; 2],
    pub(crate) event_id: FieldId,
    /// For each rule: whether the rule is enabled, so that the hits of the rule are reported.
    pub(crate) is_enabled: Vec<bool>,
}

impl RuleSet {
    /// Creates a rule set without rules.
    pub(crate) fn empty(variables: &Variables) -> Self {
        let mut fields = FieldSet::default();
        let keys = ["eventName", "eventSource"].map(|name| DispatchField {
            id: fields.add(&[name]),
            name,
        });
        let event_id = fields.add(&["eventID"]);
        Self {
            rules: Vec::new(),
            not_run: Vec::new(),
            without_rules: Vec::new(),
            unused_variables: variables.names().map(str::to_owned).collect(),
            fields,
            predicates: Vec::new(),
            windows: Vec::new(),
            programs: Vec::new(),
            variables: variables.clone(),
            keys,
            event_id,
            is_enabled: Vec::new(),
        }
    }

    /// Adds a path whose value is read in the same scan of a record as the fields of the rules.
    /// Returns the index of the path for [`RecordValues::get`].
    pub fn add_path(&mut self, names: &[&str]) -> usize {
        self.fields.add_path(names)
    }

    /// Reads the values of a record without evaluating rules. Returns `None` if the record is not a
    /// single JSON object.
    #[must_use]
    pub fn values<'a>(&self, record: &'a str) -> Option<RecordValues<'a>> {
        self.fields.read(record, Vec::new()).map(RecordValues)
    }

    /// Disables the rules that `wanted` does not select. Enabled correlations still count the hits
    /// of disabled rules.
    pub fn enable_only(&mut self, mut wanted: impl FnMut(&Rule) -> bool) {
        for (rule, is_enabled) in self.rules.iter().zip(&mut self.is_enabled) {
            *is_enabled = *is_enabled && wanted(rule);
        }
    }

    /// Whether an enabled correlation compares values with a history.
    #[must_use]
    pub fn has_new_values(&self) -> bool {
        let mut windows = self.windows.iter();
        windows.any(|window| window.kind == WindowKind::NewValue && self.is_enabled[window.rule])
    }

    /// Returns the indices of the enabled rules.
    pub fn enabled(&self) -> impl Iterator<Item = usize> {
        (0..self.rules.len()).filter(|&rule| self.is_enabled[rule])
    }
}
