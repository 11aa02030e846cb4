//! The order in which the events of a window are returned.

/// The order in which events are returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Order {
    /// Newest first, as the service lists them.
    #[default]
    Newest,
    /// Oldest first: the exact reverse of [`Order::Newest`].
    Oldest,
}

impl Order {
    /// Whether an event at the time `later` comes after one at the time `earlier` in this order.
    /// `false` if the times are equal. Both are in Unix seconds.
    #[must_use]
    pub(crate) fn is_after(self, later: i64, earlier: i64) -> bool {
        match self {
            Self::Newest => later < earlier,
            Self::Oldest => later > earlier,
        }
    }
}
