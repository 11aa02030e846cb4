//! The clock of the simulated service, which can differ from the machine's clock.

pub(crate) mod date;
pub(crate) mod duration;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A clock that can be set to a time. From this time on, the clock stands still, runs at a
/// configured speed, or advances with each LookupEvents request.
#[derive(Debug)]
pub(crate) struct SimClock {
    /// The time to which the clock was set, in Unix seconds, and the moment at which it was set.
    set: Mutex<Option<(i64, Moment)>>,
    pace: ClockRate,
}

/// How fast the service's clock advances.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ClockRate {
    /// The number of seconds by which this clock advances per second of the machine's clock.
    pub(crate) speed: f64,
    /// The time by which this clock advances per LookupEvents request.
    pub(crate) step: Duration,
}

/// A moment in a run, as two measurements since the start of the endpoint.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moment {
    /// The time since the start of the endpoint, by the machine's clock.
    pub(crate) elapsed: Duration,
    /// The number of LookupEvents requests since the start of the endpoint.
    pub(crate) requests: u64,
}

impl SimClock {
    pub(crate) fn new(second: Option<i64>, pace: ClockRate) -> Self {
        Self {
            set: Mutex::new(second.map(|second| (second, Moment::default()))),
            pace,
        }
    }

    /// Sets the clock to the Unix time `second` at the moment `moment`.
    pub(crate) fn set(&self, second: i64, moment: Moment) {
        *self.set.lock().unwrap_or_else(PoisonError::into_inner) = Some((second, moment));
    }

    /// Returns the clock's time at `moment` in Unix seconds, or `None` if the clock was never set.
    pub(crate) fn second(&self, moment: Moment) -> Option<i64> {
        let set = *self.set.lock().unwrap_or_else(PoisonError::into_inner);
        let (second, then) = set?;
        let elapsed = moment.elapsed.saturating_sub(then.elapsed);
        let requests = moment.requests.saturating_sub(then.requests);
        let requests = u32::try_from(requests).unwrap_or(u32::MAX);
        let passed = elapsed.mul_f64(self.pace.speed) + self.pace.step.saturating_mul(requests);
        Some(second.saturating_add_unsigned(passed.as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64, requests: u64) -> Moment {
        Moment {
            elapsed: Duration::from_secs(second),
            requests,
        }
    }

    #[test]
    fn a_clock_stands_still_or_runs_from_the_time_to_which_it_was_set() {
        let pace = |speed, step| ClockRate {
            speed,
            step: Duration::from_secs(step),
        };
        assert_eq!(SimClock::new(None, pace(1.0, 1)).second(at(9, 9)), None);
        let still = SimClock::new(Some(100), ClockRate::default());
        assert_eq!(still.second(at(9, 9)), Some(100));
        let present = SimClock::new(Some(100), pace(60.0, 0));
        assert_eq!(present.second(at(2, 0)), Some(220));
        present.set(500, at(3, 0));
        assert_eq!(present.second(at(4, 0)), Some(560));
    }

    #[test]
    fn a_clock_advances_with_each_request() {
        let pace = ClockRate {
            speed: 0.0,
            step: Duration::from_secs(5),
        };
        let present = SimClock::new(Some(100), pace);
        assert_eq!(present.second(at(9, 2)), Some(110));
        present.set(500, at(9, 2));
        assert_eq!(present.second(at(9, 3)), Some(505));
    }
}
