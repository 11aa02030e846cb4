//! The regions of the account that is simulated.

use std::collections::BTreeSet;
use std::fmt;

/// The most letters of a host's label (RFC 1123, section 2.1).
const LABEL_LETTERS: usize = 63;

/// The regions that every account of the `aws` partition has.
///
/// Source: AWS Account Management Reference Guide, "Enable or disable AWS Regions in your account".
pub(crate) const ON_BY_DEFAULT: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// The regions of the `aws` partition that an account has to enable. Source: as above.
pub(crate) const OPT_IN: [&str; 17] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
];

/// Whether a region had to be enabled, and was. Displayed as EC2 writes it.
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
    /// These regions and, unless all of them are of other partitions, those on by default; a name that
    /// cannot be a region's is left out.
    pub(crate) fn new<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        let names = names.into_iter().map(Into::into);
        let mut enabled: BTreeSet<String> = names.filter(|name| is_region(name)).collect();
        if enabled.iter().any(|name| partition(name).is_none()) {
            enabled.extend(ON_BY_DEFAULT.map(str::to_owned));
        }
        Self { enabled }
    }

    /// Whether the account has enabled the region.
    pub(crate) fn is_enabled(&self, name: &str) -> bool {
        self.enabled.contains(name)
    }

    /// The regions of the partition that `member` is in, by name, those not enabled among them.
    pub(crate) fn of_partition(&self, member: &str) -> Vec<(&str, OptIn)> {
        let enabled = self.enabled.iter().map(String::as_str);
        let all: BTreeSet<&str> = enabled.chain(OPT_IN).collect();
        all.into_iter()
            .filter(|name| partition(name) == partition(member))
            .map(|name| {
                let opt_in = match (self.is_enabled(name), OPT_IN.contains(&name)) {
                    (true, false) => OptIn::NotRequired,
                    (true, true) => OptIn::OptedIn,
                    (false, _) => OptIn::NotOptedIn,
                };
                (name, opt_in)
            })
            .collect()
    }
}

/// What the regions of one partition have in common: the start of their names.
fn partition(region: &str) -> Option<&'static str> {
    let prefixes = ["cn-", "us-gov-"];
    prefixes
        .into_iter()
        .find(|prefix| region.starts_with(prefix))
}

/// Whether it can name a region: a region's name is a label of its endpoint's host name.
pub(crate) fn is_region(name: &str) -> bool {
    let is_letter = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'-';
    (1..=LABEL_LETTERS).contains(&name.len())
        && name.bytes().all(is_letter)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// Reads a region's name.
pub(crate) fn parse(name: &str) -> Result<String, String> {
    if is_region(name) {
        return Ok(name.to_owned());
    }
    Err(format!("`{name}` is not a region: try us-east-1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_a_host_label() {
        let names = [
            "us-east-1",
            "local",
            "",
            "us east",
            "us-east-1;ls",
            "a.b",
            "-a",
            "a-",
            "\u{e9}",
        ];
        let regions: Vec<_> = names.into_iter().filter(|name| is_region(name)).collect();
        assert_eq!(regions, ["us-east-1", "local"]);
    }

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
    fn an_account_of_another_partition_has_the_named_regions_only() {
        let regions = Regions::new(["cn-north-1"]);
        assert!(regions.is_enabled("cn-north-1") && !regions.is_enabled("us-east-1"));
    }
}
