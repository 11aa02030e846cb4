//! Limits the number of concurrent requests to a bucket: the limit grows with each response and is halved after
//! throttling.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The initial number of concurrent requests.
const FIRST: f64 = 8.0;

/// The minimum number of concurrent requests.
const LEAST: f64 = 2.0;

/// The maximum number of concurrent requests. S3 allows 5,500 reads per second for each prefix. At
/// the usual latency of S3, 64 concurrent requests do not reach this limit.
const MOST: f64 = 64.0;

/// Controls the number of concurrent requests by additive increase and multiplicative decrease.
#[derive(Debug)]
pub(super) struct ConcurrencyLimit {
    state: Mutex<LimitState>,
    changed: Notify,
}

#[derive(Debug)]
struct LimitState {
    window: f64,
    under_way: u32,
    /// The number of times that `window`, the limit on concurrent requests, was halved. A throttled
    /// request that was sent before the last halving does not halve the window again.
    round: u64,
}

/// One request in progress.
#[derive(Debug)]
pub(super) struct Permit<'p> {
    limit: &'p ConcurrencyLimit,
    round: u64,
}

impl Default for ConcurrencyLimit {
    fn default() -> Self {
        Self {
            state: Mutex::new(LimitState {
                window: FIRST,
                under_way: 0,
                round: 0,
            }),
            changed: Notify::new(),
        }
    }
}

impl ConcurrencyLimit {
    /// Waits until one more request may be sent.
    pub(super) async fn permit(&self) -> Permit<'_> {
        loop {
            if let Some(permit) = self.try_permit() {
                return permit;
            }
            self.changed.notified().await;
        }
    }

    fn try_permit(&self) -> Option<Permit<'_>> {
        let mut state = self.state();
        if f64::from(state.under_way) + 1.0 > state.window {
            return None;
        }
        state.under_way += 1;
        Some(Permit {
            limit: self,
            round: state.round,
        })
    }

    fn state(&self) -> MutexGuard<'_, LimitState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// Records that the request succeeded.
    pub(super) fn succeeded(self) {
        let mut state = self.limit.state();
        // Until the first throttling, each success increases the limit by 1, so the limit doubles
        // with each round of requests.
        let more = if state.round == 0 {
            1.0
        } else {
            1.0 / state.window
        };
        state.window = (state.window + more).min(MOST);
        drop(state);
        self.limit.changed.notify_one();
    }

    /// Records that the request was throttled.
    pub(super) fn slow_down(self) {
        let mut state = self.limit.state();
        if state.round == self.round {
            state.window = (state.window / 2.0).max(LEAST);
            state.round += 1;
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.limit.state().under_way -= 1;
        self.limit.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(limit: &ConcurrencyLimit) -> Vec<Permit<'_>> {
        std::iter::from_fn(|| limit.try_permit()).collect()
    }

    #[test]
    fn the_window_grows_with_successes_and_halves_once_per_round() {
        let limit = ConcurrencyLimit::default();
        let permits = all(&limit);
        assert_eq!(permits.len(), 8);
        permits.into_iter().for_each(Permit::succeeded);
        let permits = all(&limit);
        assert_eq!(permits.len(), 16);
        permits.into_iter().for_each(Permit::slow_down);
        let permits = all(&limit);
        assert_eq!(permits.len(), 8);
        permits.into_iter().for_each(Permit::succeeded);
        assert_eq!(all(&limit).len(), 8);
        for _ in 0..9 {
            all(&limit).into_iter().next().unwrap().slow_down();
        }
        assert_eq!(all(&limit).len(), 2);
    }
}
