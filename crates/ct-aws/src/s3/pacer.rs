//! Limits the number of concurrent requests to a bucket: the limit grows with each response and is halved after
//! throttling.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

/// The initial number of concurrent requests.
const FIRST: f64 = 8.0;

/// The minimum number of concurrent requests.
const LEAST: f64 = 2.0;

/// The maximum number of concurrent requests. S3 allows 5,500 reads per second for each prefix. At
/// the usual latency of S3, 64 concurrent requests do not reach this limit.
const MOST: f64 = 64.0;

/// The upper bound of the first wait after a failure. The bound doubles with each further failure.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// The upper bound of every wait.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// Controls the number of concurrent requests by additive increase and multiplicative decrease.
#[derive(Debug)]
pub(super) struct Pacer {
    state: Mutex<PacerState>,
    changed: Notify,
}

#[derive(Debug)]
struct PacerState {
    window: f64,
    under_way: u32,
    /// The number of times that `window`, the limit on concurrent requests, was halved. A throttled
    /// request that was sent before the last halving does not halve the window again.
    round: u64,
}

/// One request in progress.
#[derive(Debug)]
pub(super) struct Permit<'p> {
    pacer: &'p Pacer,
    round: u64,
}

impl Default for Pacer {
    fn default() -> Self {
        Self {
            state: Mutex::new(PacerState {
                window: FIRST,
                under_way: 0,
                round: 0,
            }),
            changed: Notify::new(),
        }
    }
}

impl Pacer {
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
            pacer: self,
            round: state.round,
        })
    }

    fn state(&self) -> MutexGuard<'_, PacerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// Records that the request succeeded.
    pub(super) fn succeeded(self) {
        let mut state = self.pacer.state();
        // Until the first throttling, each success increases the limit by 1, so the limit doubles
        // with each round of requests.
        let more = if state.round == 0 {
            1.0
        } else {
            1.0 / state.window
        };
        state.window = (state.window + more).min(MOST);
        drop(state);
        self.pacer.changed.notify_one();
    }

    /// Records that the request was throttled.
    pub(super) fn slow_down(self) {
        let mut state = self.pacer.state();
        if state.round == self.round {
            state.window = (state.window / 2.0).max(LEAST);
            state.round += 1;
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.pacer.state().under_way -= 1;
        self.pacer.changed.notify_one();
    }
}

/// The wait after `failures` consecutive failures: the fraction `random`, from 0 to 1, of an upper bound that doubles
/// with each failure.
pub(crate) fn wait(failures: u32, random: f64) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
    doubled.min(LONGEST_WAIT).mul_f64(random)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(pacer: &Pacer) -> Vec<Permit<'_>> {
        std::iter::from_fn(|| pacer.try_permit()).collect()
    }

    #[test]
    fn the_window_grows_with_successes_and_halves_once_per_round() {
        let pacer = Pacer::default();
        let permits = all(&pacer);
        assert_eq!(permits.len(), 8);
        permits.into_iter().for_each(Permit::succeeded);
        let permits = all(&pacer);
        assert_eq!(permits.len(), 16);
        permits.into_iter().for_each(Permit::slow_down);
        let permits = all(&pacer);
        assert_eq!(permits.len(), 8);
        permits.into_iter().for_each(Permit::succeeded);
        assert_eq!(all(&pacer).len(), 8);
        for _ in 0..9 {
            all(&pacer).into_iter().next().unwrap().slow_down();
        }
        assert_eq!(all(&pacer).len(), 2);
    }

    #[test]
    fn the_wait_is_a_random_part_of_a_maximum_that_doubles() {
        assert_eq!(wait(1, 0.5), Duration::from_millis(50));
        assert_eq!(wait(3, 1.0), Duration::from_millis(400));
        assert_eq!(wait(90, 1.0), LONGEST_WAIT);
    }
}
