//! The categories of generated records and their relative frequencies.

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
    /// `data`: calls on the content of resources, such as S3 objects. `LookupEvents` does not list
    /// data events.
    Data,
    /// `network`: calls through VPC endpoints. `LookupEvents` does not list network activity
    /// events.
    Network,
    /// `insight`: unusual activity that CloudTrail Insights detected.
    Insight,
}

impl Category {
    /// The relative number of records of this category.
    fn weight(self) -> u64 {
        match self {
            Self::Management => 30,
            Self::Data => 60,
            Self::Network => 8,
            Self::Insight => 2,
        }
    }

    /// Chooses a category from the list, by weight, for the record with the index `item`. Returns
    /// `Management` if the list is empty.
    pub(super) fn choose(list: &[Self], seed: u64, item: u64) -> Self {
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

    /// Whether `LookupEvents` lists events of this category.
    pub(crate) fn is_listed(self) -> bool {
        matches!(self, Self::Management | Self::Insight)
    }
}

/// Makes the random numbers for categories differ from the random numbers for the content of
/// records.
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
