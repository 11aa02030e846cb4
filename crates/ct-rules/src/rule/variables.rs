//! Variables in rules.

use std::collections::BTreeMap;

/// Variables in rules: `$NAME` in jq programs, `%NAME%` in Sigma rules.
#[derive(Debug, Clone, Default)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Sets a variable; in Sigma rules commas separate its values.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// The values of a variable, if it is set.
    pub(crate) fn values(&self, name: &str) -> Option<impl Iterator<Item = &str>> {
        self.0
            .get(name)
            .map(|value| value.split(',').map(str::trim))
    }

    /// Names and texts.
    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        let pairs = self.0.iter();
        pairs
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}

/// Why a rule without its variable does not run.
pub(crate) fn unset(name: &str) -> String {
    format!("its variable `{name}` is not set")
}
