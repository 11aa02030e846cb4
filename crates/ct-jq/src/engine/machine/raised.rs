//! An error between its instruction and the fork that catches it.

use crate::value::Val;

/// An error that unwinds.
pub(super) struct Raised {
    pub(super) value: Val,
    /// Number of `try` handlers that must not catch it, because their bodies have ended.
    pub(super) hidden: u32,
    /// The target of a break: the forking instruction and its running function.
    pub(super) until: Option<(u32, u32)>,
}

impl Raised {
    pub(super) const fn new(value: Val) -> Self {
        Self {
            value,
            hidden: 0,
            until: None,
        }
    }
}
