//! The order of the events in a window.

/// The order of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Order {
    /// Newest first, as the service lists them.
    #[default]
    Newest,
    /// Oldest first: the exact reverse of [`Order::Newest`].
    Oldest,
}

impl Order {
    /// Whether the time `later` comes strictly after the time `earlier` in this order. Both are in
    /// Unix seconds.
    #[must_use]
    pub(crate) fn is_after(self, later: i64, earlier: i64) -> bool {
        match self {
            Self::Newest => later < earlier,
            Self::Oldest => later > earlier,
        }
    }
}
