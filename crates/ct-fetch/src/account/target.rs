//! A target: a region of an account.

use std::fmt;

/// A region of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The name of the account's profile, or the account ID if a role is assumed; `None` if the run
    /// queries only one account.
    pub(crate) account: Option<String>,
    /// The name of the region, such as `eu-west-1`.
    pub(crate) region: String,
}

impl Target {
    /// Creates the target for a region in a run that queries only one account.
    #[must_use]
    pub(crate) fn region(name: &str) -> Self {
        Self {
            account: None,
            region: name.to_owned(),
        }
    }
}

impl fmt::Display for Target {
    /// Writes the target as `eu-west-1`, or with an account as `audit/eu-west-1`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(account) = &self.account {
            write!(formatter, "{account}/")?;
        }
        formatter.write_str(&self.region)
    }
}
