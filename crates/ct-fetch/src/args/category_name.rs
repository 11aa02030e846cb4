//! The categories of events, by their names in `--category`.

use clap::ValueEnum;
use ct_core::record::category::EventCategory;

/// A category as the user types it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CategoryName {
    /// Calls that manage resources.
    Management,
    /// Calls on the content of resources.
    Data,
    /// Calls through VPC endpoints.
    Network,
    /// Unusual activity that CloudTrail Insights found.
    Insight,
    /// Every category.
    All,
}

impl CategoryName {
    /// The category; `None` for all categories.
    pub(super) fn category(self) -> Option<EventCategory> {
        match self {
            Self::Management => Some(EventCategory::Management),
            Self::Data => Some(EventCategory::Data),
            Self::Network => Some(EventCategory::NetworkActivity),
            Self::Insight => Some(EventCategory::Insight),
            Self::All => None,
        }
    }

    /// Whether only a trail's files contain events of this category.
    pub(super) fn is_archive_only(self) -> bool {
        matches!(self, Self::Data | Self::Network | Self::All)
    }
}
