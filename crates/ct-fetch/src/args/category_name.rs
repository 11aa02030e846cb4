//! The names of event categories in `--category`.

use clap::ValueEnum;
use ct_core::record::category::EventCategory;

/// A value of `--category`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CategoryName {
    /// Calls that manage resources (management events).
    Management,
    /// Calls that read or change the content of resources (data events).
    Data,
    /// Calls through VPC endpoints (network activity events).
    Network,
    /// Unusual activity that CloudTrail Insights found.
    Insight,
    /// Every category.
    All,
}

impl CategoryName {
    /// Returns the category of events that this value selects; `None` for all categories.
    pub(super) fn category(self) -> Option<EventCategory> {
        match self {
            Self::Management => Some(EventCategory::Management),
            Self::Data => Some(EventCategory::Data),
            Self::Network => Some(EventCategory::NetworkActivity),
            Self::Insight => Some(EventCategory::Insight),
            Self::All => None,
        }
    }

    /// Whether events of this category are only in a trail's files, and not in the event history.
    pub(super) fn is_archive_only(self) -> bool {
        matches!(self, Self::Data | Self::Network | Self::All)
    }
}
