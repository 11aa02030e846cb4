//! The regions of the simulated account.

use std::collections::BTreeSet;
use std::fmt;

use ct_core::region::{AWS, OPT_IN, is_name, is_opt_in};

/// The opt-in status of a region. It is formatted like `optInStatus` in EC2's responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OptIn {
    NotRequired,
    OptedIn,
    NotOptedIn,
}

impl fmt::Display for OptIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotRequired => "opt-in-not-required",
            Self::OptedIn => "opted-in",
            Self::NotOptedIn => "not-opted-in",
        })
    }
}

/// The regions that the account has enabled.
#[derive(Debug, Default)]
pub(crate) struct Regions {
    enabled: BTreeSet<String>,
}

impl Regions {
    /// Returns the enabled regions: those in `names` and, if at least one of them is in the
    /// partition `aws`, the regions that AWS enables by default. Invalid region names are ignored.
    pub(crate) fn new<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        let names = names.into_iter().map(Into::into);
        let mut enabled: BTreeSet<String> = names.filter(|name| is_name(name)).collect();
        if enabled.iter().any(|name| partition(name).is_none()) {
            let on_by_default = AWS.iter().filter(|name| !is_opt_in(name));
            enabled.extend(on_by_default.map(|name| (*name).to_owned()));
        }
        Self { enabled }
    }

    /// Whether the account has enabled the region.
    pub(crate) fn is_enabled(&self, name: &str) -> bool {
        self.enabled.contains(name)
    }

    /// Returns all regions in the partition of the region `member`, sorted by name, each with its
    /// opt-in status.
    pub(crate) fn of_partition(&self, member: &str) -> Vec<(&str, OptIn)> {
        let enabled = self.enabled.iter().map(String::as_str);
        let all: BTreeSet<&str> = enabled.chain(OPT_IN.iter().copied()).collect();
        all.into_iter()
            .filter(|name| partition(name) == partition(member))
            .map(|name| {
                let opt_in = match (self.is_enabled(name), is_opt_in(name)) {
                    (true, false) => OptIn::NotRequired,
                    (true, true) => OptIn::OptedIn,
                    (false, _) => OptIn::NotOptedIn,
                };
                (name, opt_in)
            })
            .collect()
    }
}

/// Returns the prefix that all region names in the partition of `region` have, or `None` for the
/// partition `aws`, whose region names have no common prefix.
fn partition(region: &str) -> Option<&'static str> {
    let prefixes = ["cn-", "us-gov-"];
    prefixes
        .into_iter()
        .find(|prefix| region.starts_with(prefix))
}

/// Parses the name of a region.
pub(crate) fn parse(name: &str) -> Result<String, String> {
    if is_name(name) {
        return Ok(name.to_owned());
    }
    Err(format!("`{name}` is not a region: try us-east-1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_lists_its_own_regions_with_their_opt_in_status() {
        let regions = Regions::new(["cn-north-1", "us-east-1", "me-south-1"]);
        assert_eq!(
            regions.of_partition("cn-northwest-1"),
            [("cn-north-1", OptIn::NotRequired)]
        );
        let commercial = regions.of_partition("us-east-1");
        assert_eq!(commercial.len(), 34);
        assert!(commercial.contains(&("me-south-1", OptIn::OptedIn)));
        assert!(commercial.contains(&("us-west-2", OptIn::NotRequired)));
        assert!(commercial.contains(&("af-south-1", OptIn::NotOptedIn)));
    }

    #[test]
    fn an_account_in_another_partition_has_the_named_regions_only() {
        let regions = Regions::new(["cn-north-1"]);
        assert!(regions.is_enabled("cn-north-1") && !regions.is_enabled("us-east-1"));
    }
}
