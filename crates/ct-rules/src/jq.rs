//! jq programs as rules.

mod slot;

pub(crate) use slot::{CurrentRun, FirstSeen};

use ct_jq::filter::Filter;

use crate::RuleRefusal;

/// A compiled jq program, which must stay on the thread that compiled it.
pub(crate) struct Program(Filter);

impl Program {
    /// Compiles a jq program. `variables` contains the names, without `$`, and the values of the
    /// variables.
    ///
    /// # Errors
    /// If the program is invalid. The reason contains jq's messages.
    pub(crate) fn compile(text: &str, variables: &[(String, String)]) -> Result<Self, RuleRefusal> {
        Filter::compile(text, variables)
            .map(Self)
            .map_err(|messages| RuleRefusal::new("program", messages))
    }

    /// Whether the program has an output for the record that is neither `false` nor `null`.
    ///
    /// # Errors
    /// If the program raises an error. Contains the error message.
    pub(crate) fn hits(&self, record: &str) -> Result<bool, String> {
        self.0.any_true(record.as_bytes())
    }
}
