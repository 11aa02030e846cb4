//! The categories of generated records, and how many there are of each.

use std::str::FromStr;

use serde::Deserialize;

use crate::random::Random;

/// A category of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// `management`: calls that manage resources.
    #[default]
    Management,
    /// `data`: calls on the content of resources, such as objects of S3; `LookupEvents` does not list them.
    Data,
    /// `network`: calls through VPC endpoints; `LookupEvents` does not list them.
    Network,
    /// `insight`: what CloudTrail Insights found unusual.
    Insight,
}

impl Category {
    /// How many records there are of each, beside the others.
    fn weight(self) -> u64 {
        match self {
            Self::Management => 30,
            Self::Data => 60,
            Self::Network => 8,
            Self::Insight => 2,
        }
    }

    /// The category of a record, one of the list; management where the list is empty.
    pub(super) fn of(list: &[Self], seed: u64, item: u64) -> Self {
        let sum = list.iter().map(|category| category.weight()).sum();
        let mut left = Random::new(seed ^ STREAM, item).below(sum);
        for category in list {
            if left < category.weight() {
                return *category;
            }
            left -= category.weight();
        }
        Self::Management
    }

    /// Whether `LookupEvents` lists events of it.
    pub(crate) fn is_listed(self) -> bool {
        matches!(self, Self::Management | Self::Insight)
    }
}

/// Tells the chance of categories from that of the records themselves.
const STREAM: u64 = 0x6361_7465_676f;

impl FromStr for Category {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "management" => Ok(Self::Management),
            "data" => Ok(Self::Data),
            "network" => Ok(Self::Network),
            "insight" => Ok(Self::Insight),
            _ => Err(format!(
                "`{text}` is not a category: try management, data, network or insight"
            )),
        }
    }
}
