//! The service's present, which may be another than ours.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A clock that is set to a time, and stands still or runs at any speed; or none at all.
#[derive(Debug)]
pub(crate) struct Present {
    /// The second it was set to, and how long after the start.
    set: Mutex<Option<(i64, Duration)>>,
    /// Seconds that pass in one of ours.
    speed: f64,
}

impl Present {
    pub(crate) fn new(second: Option<i64>, speed: f64) -> Self {
        Self {
            set: Mutex::new(second.map(|second| (second, Duration::ZERO))),
            speed,
        }
    }

    /// It is this second, so long after the start.
    pub(crate) fn set(&self, second: i64, elapsed: Duration) {
        *self.set.lock().unwrap_or_else(PoisonError::into_inner) = Some((second, elapsed));
    }

    /// The second it is, so long after the start; none where it was never set.
    pub(crate) fn second(&self, elapsed: Duration) -> Option<i64> {
        let set = *self.set.lock().unwrap_or_else(PoisonError::into_inner);
        let (second, then) = set?;
        let passed = elapsed.saturating_sub(then).mul_f64(self.speed);
        Some(second.saturating_add_unsigned(passed.as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_still_or_runs_from_where_it_was_set() {
        let seconds = Duration::from_secs;
        assert_eq!(Present::new(None, 1.0).second(seconds(9)), None);
        assert_eq!(Present::new(Some(100), 0.0).second(seconds(9)), Some(100));
        let present = Present::new(Some(100), 60.0);
        assert_eq!(present.second(seconds(2)), Some(220));
        present.set(500, seconds(3));
        assert_eq!(present.second(seconds(4)), Some(560));
    }
}
