//! The description of a rule: ID, title, severity and so on.

pub(crate) mod metadata;
mod variables;

use std::fmt;
use std::str::FromStr;

pub use variables::Variables;
pub(crate) use variables::{is_mentioned, unset};

/// The severity of a rule's findings, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// For information only.
    Informational,
    /// Low priority.
    Low,
    /// Medium priority.
    Medium,
    /// Requires attention soon.
    High,
    /// Requires immediate attention.
    Critical,
}

impl Severity {
    /// All severities, lowest first.
    pub const ALL: [Self; 5] = [
        Self::Informational,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Critical,
    ];

    /// The name in rules and in output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL
            .into_iter()
            .find(|severity| severity.name().eq_ignore_ascii_case(text));
        known.ok_or_else(|| {
            format!("`{text}` is not a severity: use informational, low, medium, high or critical")
        })
    }
}

/// The language a rule is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A jq program, which hits if an output is neither `false` nor `null`.
    Jq,
    /// An EventBridge event pattern.
    EventBridge,
    /// A CloudWatch Logs metric filter.
    MetricFilter,
    /// A Sigma detection.
    Sigma,
    /// A Sigma correlation, which hits on windows of records.
    Correlation,
}

/// A test case in a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// Whether the rule must hit on the records.
    pub hits: bool,
    /// The records, each as the JSON text of an object. A detection needs one record, a correlation usually
    /// several.
    pub records: Vec<String>,
}

/// A rule, without its predicate.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The ID of the rule, or the stem of its file if the rule has no ID. It is unique within a rule set.
    pub id: String,
    /// The title, which is a single line.
    pub title: String,
    /// The severity, which is high by default.
    pub severity: Severity,
    /// Why the rule exists and what a hit means.
    pub description: String,
    /// What to do about a finding; may be empty.
    pub response: String,
    /// Tags as written, such as `attack.t1562.008` or `cis.5.5`.
    pub tags: Vec<String>,
    /// References as written: URLs or IDs.
    pub references: Vec<String>,
    /// The record fields that the rule reads, as dotted paths, sorted. Fields that only a jq program reads are not
    /// included.
    pub fields: Vec<String>,
    /// The path of the rule file as given, or `builtin` for a built-in rule.
    pub file: String,
    /// The language of the rule.
    pub format: Format,
    /// Whether the rule only feeds correlations. Its own hits are reported only on request.
    pub is_base: bool,
    /// The examples in the rule.
    pub examples: Vec<Example>,
}

impl Rule {
    /// A rule with an ID and default values.
    pub(crate) fn new(id: impl Into<String>, file: &str, format: Format) -> Self {
        let id = id.into();
        Self {
            title: id.clone(),
            id,
            severity: Severity::High,
            description: String::new(),
            response: String::new(),
            tags: Vec::new(),
            references: Vec::new(),
            fields: Vec::new(),
            file: file.to_owned(),
            format,
            is_base: false,
            examples: Vec::new(),
        }
    }
}
