//! The maximum number of attempts for a request to LookupEvents.

use ct_aws::retry::RetryLimits;

/// The maximum number of failures of one request, after which the region fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempts {
    /// The maximum before the region's first page. With the default maximum, a wrong endpoint is
    /// reported after about 6 s, and after 13 s at most.
    pub(crate) at_first: u32,
    /// The maximum after the region's first page. This maximum is higher, because the run has
    /// already made progress.
    pub(crate) later: u32,
    /// The maximum number of throttled attempts. The default is no limit, because throttling ends
    /// when other programs stop using the quota.
    pub(crate) throttled: u32,
}

impl Attempts {
    /// Sets all maximums to `number`.
    #[must_use]
    pub(crate) fn all(number: u32) -> Self {
        Self {
            at_first: number,
            later: number,
            throttled: number,
        }
    }

    /// The limits for a request to a region. `has_answered` is whether the region has sent a page.
    #[must_use]
    pub(crate) fn limits(self, has_answered: bool) -> RetryLimits {
        RetryLimits {
            failures: if has_answered {
                self.later
            } else {
                self.at_first
            },
            throttles: self.throttled,
        }
    }
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            at_first: 7,
            later: 15,
            throttled: u32::MAX,
        }
    }
}
