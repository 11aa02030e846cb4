//! Spaces the requests to one region, so that CloudTrail has no reason to throttle; no clock of its own.

use std::time::Duration;

/// Two requests a second, an account and region.
///
/// Source: CloudTrail API reference, "LookupEvents": "The rate of lookup requests is limited to
/// two per second, per account, per Region."
pub const QUOTA: f64 = 2.0;

/// How long nothing is sent after the service said it was too much.
const PENALTY: Duration = Duration::from_secs(1);

/// When the next request to a region may go out. Times are counted from any fixed instant.
#[derive(Debug, Clone)]
pub struct Pacer {
    interval: Duration,
    next: Duration,
}

impl Pacer {
    /// At most `rate` requests a second.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        Self {
            interval: Duration::from_secs_f64(1.0 / rate),
            next: Duration::ZERO,
        }
    }

    /// Takes the next place in the row, and gives the time of it, at or after `now`.
    pub fn reserve(&mut self, now: Duration) -> Duration {
        let at = self.next.max(now);
        self.next = at + self.interval;
        at
    }

    /// Others use the same quota: makes room.
    pub fn throttled(&mut self, now: Duration) {
        self.next = self.next.max(now + PENALTY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn requests_keep_their_distance_however_fast_the_answers_come() {
        let mut pacer = Pacer::new(2.0);
        assert_eq!(
            [0, 10, 20].map(|now| pacer.reserve(ms(now))),
            [ms(0), ms(500), ms(1000)]
        );
    }

    #[test]
    fn time_not_used_is_not_made_up_for() {
        let mut pacer = Pacer::new(2.0);
        assert_eq!(
            [0, 5000, 5000].map(|now| pacer.reserve(ms(now))),
            [ms(0), ms(5000), ms(5500)]
        );
    }

    #[test]
    fn a_throttle_makes_room_for_others() {
        let mut pacer = Pacer::new(2.0);
        pacer.reserve(ms(0));
        pacer.throttled(ms(100));
        assert_eq!(pacer.reserve(ms(100)), ms(1100));
    }
}
