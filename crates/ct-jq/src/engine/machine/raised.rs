//! An error between its instruction and the fork that catches it.

use crate::value::Val;

/// An error that unwinds; so many `try` handlers whose bodies have ended do not see it.
pub(super) struct Raised {
    pub(super) value: Val,
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
