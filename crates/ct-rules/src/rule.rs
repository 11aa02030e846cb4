//! The description of a rule: its ID, title, severity and so on.

pub(crate) mod metadata;
mod variables;

use std::fmt;
use std::str::FromStr;

pub use variables::Variables;
pub(crate) use variables::unset;

/// The severity of a rule's findings. Severities are ordered from lowest to highest.
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

    /// The name of the severity in rule files and in output.
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

/// The language in which a rule is written.
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

/// A test case in a rule: records, and whether the rule must hit on them.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// Whether the rule must hit on the records.
    pub hits: bool,
    /// The records, each as the JSON text of an object. The example of a correlation usually needs
    /// several records.
    pub records: Vec<String>,
}

/// A rule, without its predicate.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The ID of the rule, or the stem of its file if the rule has no ID. No two rules of a rule
    /// set have the same ID.
    pub id: String,
    /// The title, which is a single line.
    pub title: String,
    /// The severity, which is high by default.
    pub severity: Severity,
    /// The reason for the rule, and the meaning of a hit.
    pub description: String,
    /// The recommended response to a finding; may be empty.
    pub response: String,
    /// Tags as written, such as `attack.t1562.008` or `cis.5.5`.
    pub tags: Vec<String>,
    /// References as written, such as URLs.
    pub references: Vec<String>,
    /// The record fields that the rule reads, as sorted dotted paths, without the fields that only
    /// a jq program reads.
    pub fields: Vec<String>,
    /// The path of the rule file as given, or `builtin` for a built-in rule.
    pub file: String,
    /// The language of the rule.
    pub format: Format,
    /// Whether the hits of the rule only serve as the input of correlations. Such hits are reported
    /// only with `--with-base`.
    pub is_base: bool,
    /// The examples in the rule file, which test the rule.
    pub examples: Vec<Example>,
}

impl Rule {
    /// Creates a rule with an ID and default values.
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
