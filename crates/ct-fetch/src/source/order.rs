//! The order of the events in a window.

/// The order of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Order {
    /// Newest first, as the service lists them.
    #[default]
    Newest,
    /// Oldest first, the exact reverse.
    Oldest,
}

impl Order {
    /// Whether the second `later` comes after the second `earlier` in this order; equal seconds do
    /// not.
    #[must_use]
    pub(crate) fn is_after(self, later: i64, earlier: i64) -> bool {
        match self {
            Self::Newest => later < earlier,
            Self::Oldest => later > earlier,
        }
    }
}
