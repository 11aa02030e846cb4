//! Limits the requests for each account and region. Each account has a token bucket in each region,
//! from which every accepted request takes a token.

use std::collections::HashMap;
use std::time::Duration;

/// Token buckets: one for each account and region.
#[derive(Debug)]
pub(crate) struct Quota {
    per_second: f64,
    burst: f64,
    /// The number of tokens in each bucket, and the time at which this number was computed.
    buckets: HashMap<(String, String), (f64, Duration)>,
}

impl Quota {
    pub(crate) fn new(per_second: f64, burst: f64) -> Self {
        Self {
            per_second,
            burst,
            buckets: HashMap::new(),
        }
    }

    /// Whether a request at the time `now` is within the quota. `now` must not be earlier than in
    /// the previous call. A refused request takes no token.
    pub(crate) fn take(&mut self, account: &str, region: &str, now: Duration) -> bool {
        let key = (account.to_owned(), region.to_owned());
        let (left, then) = self.buckets.entry(key).or_insert((self.burst, now));
        let waited = now.saturating_sub(*then).as_secs_f64();
        *left = self.burst.min(*left + waited * self.per_second);
        *then = now;
        let is_within = *left >= 1.0;
        if is_within {
            *left -= 1.0;
        }
        is_within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(quota: &mut Quota, account: &str, region: &str, at_ms: &[u64]) -> Vec<bool> {
        at_ms
            .iter()
            .map(|ms| quota.take(account, region, Duration::from_millis(*ms)))
            .collect()
    }

    #[test]
    fn two_requests_a_second_pass_after_a_burst_of_two() {
        let mut quota = Quota::new(2.0, 2.0);
        let at_ms = [0, 0, 0, 499, 500, 999, 1000, 5000, 5000, 5000];
        assert_eq!(
            taken(&mut quota, "1", "us-east-1", &at_ms),
            [
                true, true, false, false, true, false, true, true, true, false
            ]
        );
    }

    #[test]
    fn each_region_and_each_account_has_its_own_quota() {
        let mut quota = Quota::new(2.0, 1.0);
        for (account, region) in [("1", "us-east-1"), ("1", "eu-west-1"), ("2", "us-east-1")] {
            assert_eq!(taken(&mut quota, account, region, &[0, 0]), [true, false]);
        }
    }
}
