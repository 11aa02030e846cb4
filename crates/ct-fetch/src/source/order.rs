//! Which way the events of a window come.

/// Which events come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Order {
    /// As the service lists them.
    #[default]
    Newest,
    /// The other way round, events of one moment too.
    Oldest,
}

impl Order {
    /// Whether what is of the second `later` comes after all of the second `earlier`.
    #[must_use]
    pub(crate) fn is_after(self, later: i64, earlier: i64) -> bool {
        match self {
            Self::Newest => later < earlier,
            Self::Oldest => later > earlier,
        }
    }
}
