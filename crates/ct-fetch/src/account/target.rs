//! A target: a region of an account.

use std::fmt;

/// One account's region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The name of a profile or the account ID of a role; `None` if there is only one account.
    pub(crate) account: Option<String>,
    /// Such as `eu-west-1`.
    pub(crate) region: String,
}

impl Target {
    /// A region of the only account.
    #[must_use]
    pub(crate) fn region(name: &str) -> Self {
        Self {
            account: None,
            region: name.to_owned(),
        }
    }
}

impl fmt::Display for Target {
    /// `eu-west-1`, or `audit/eu-west-1`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(account) = &self.account {
            write!(formatter, "{account}/")?;
        }
        formatter.write_str(&self.region)
    }
}
