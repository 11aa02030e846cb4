//! An error on its way from the instruction that raised it to the fork that catches it.

use crate::value::Val;

/// An error that is being raised.
pub(super) struct RaisedError {
    pub(super) value: Val,
    /// The number of `try` handlers that must not catch the error, because their bodies have ended.
    pub(super) hidden: u32,
    /// If the error is a break: the fork to which the error leads back. The first number is the
    /// instruction that made the fork; the second number is the running function that executed it.
    pub(super) until: Option<(u32, u32)>,
}

impl RaisedError {
    pub(super) const fn new(value: Val) -> Self {
        Self {
            value,
            hidden: 0,
            until: None,
        }
    }
}
