//! The variables that rules refer to, such as the allowed regions.

use std::collections::BTreeMap;

/// Variables in rules: `$NAME` in jq programs, `%NAME%` in Sigma rules.
#[derive(Debug, Clone, Default)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Sets a variable. In a Sigma rule, a value with commas stands for several values.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// Returns the comma-separated values of a variable, or `None` if the variable is not set.
    pub(crate) fn values(&self, name: &str) -> Option<impl Iterator<Item = &str>> {
        self.0
            .get(name)
            .map(|value| value.split(',').map(str::trim))
    }

    /// Returns the names of the variables.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Returns each variable as its name and its value, which may contain commas.
    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        let pairs = self.0.iter();
        pairs
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}

/// Returns the message that a rule does not run because its variable `name` is not set.
pub(crate) fn unset(name: &str) -> String {
    format!("its variable `{name}` is not set")
}
