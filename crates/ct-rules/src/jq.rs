//! jq programs as rules.

mod slot;

pub(crate) use slot::{Seen, Slot};

use ct_jq::filter::Filter;

use crate::Refused;

/// A compiled jq program; it must stay on its thread.
pub(crate) struct Program(Filter);

impl Program {
    /// Compiles a program; `variables` are names without `$` and their values.
    ///
    /// # Errors
    /// jq's messages.
    pub(crate) fn compile(text: &str, variables: &[(String, String)]) -> Result<Self, Refused> {
        Filter::compile(text, variables)
            .map(Self)
            .map_err(|messages| Refused::new("program", messages))
    }

    /// Whether any output is neither `false` nor `null`.
    ///
    /// # Errors
    /// The error that the program raised.
    pub(crate) fn hits(&self, record: &str) -> Result<bool, String> {
        self.0.any_true(record.as_bytes())
    }
}
