//! The times of generated events. There are more events by day than by night, and fewer at
//! weekends.

use crate::random::Random;

const HOUR: i64 = 3600;

/// The relative number of events in each hour of the day, in UTC.
const BY_HOUR: [f64; 24] = [
    4.0, 3.0, 3.0, 3.0, 3.0, 4.0, 5.0, 7.0, 9.0, 10.0, 10.0, 9.0, 9.0, 10.0, 11.0, 11.0, 10.0, 9.0,
    8.0, 7.0, 6.0, 5.0, 5.0, 4.0,
];

/// The times of generated events.
#[derive(Debug)]
pub(super) struct Calendar {
    from: i64,
    until: i64,
    /// At index N: the share of all events that are in the last N hours before `until`.
    newer: Vec<f64>,
}

impl Calendar {
    /// Creates the calendar for the time between `from` and `until`, which are Unix seconds, both
    /// ends included.
    pub(super) fn new(seed: u64, from: i64, until: i64) -> Self {
        let hours = (until - from) / HOUR + 1;
        let mut newer = vec![0.0];
        let mut sum = 0.0;
        for hour in 0..hours {
            let second = until - hour * HOUR;
            let hour_of_day = usize::try_from(second.rem_euclid(24 * HOUR) / HOUR).unwrap_or(0);
            // 1970-01-01 was a Thursday, which is day 4 of a week that starts on Sunday.
            let day_of_week = (second.div_euclid(24 * HOUR) + 4).rem_euclid(7);
            let is_weekend = matches!(day_of_week, 0 | 6);
            let quiet = if is_weekend { 0.5 } else { 1.0 };
            let burst =
                Random::new(seed, second.unsigned_abs() / HOUR.unsigned_abs()).within(&(60..=180));
            sum += BY_HOUR[hour_of_day] * quiet * as_f64(burst);
            newer.push(sum);
        }
        for share in &mut newer {
            *share /= sum;
        }
        Self { from, until, newer }
    }

    /// Returns the time of one of `count` events, in Unix seconds. `rank` is the number of newer
    /// events.
    pub(super) fn second(&self, seed: u64, rank: u64, count: u64) -> i64 {
        let jitter = as_f64(Random::new(!seed, rank).below(1 << 20)) / as_f64(1 << 20);
        let share = (as_f64(rank) + jitter) / as_f64(count);
        let hour = self.newer.partition_point(|newer| *newer <= share);
        let hour = hour.clamp(1, self.newer.len() - 1);
        let (newest, oldest) = (self.newer[hour - 1], self.newer[hour]);
        let within = (share - newest) / (oldest - newest);
        let back = (as_f64((hour - 1) as u64) + within) * as_f64(HOUR.unsigned_abs());
        (self.until - whole(back)).max(self.from)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a share of events needs no more than 52 bits"
)]
fn as_f64(number: u64) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "seconds between two times, below 2^52"
)]
fn whole(seconds: f64) -> i64 {
    seconds as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_lie_within_the_bounds_newest_first() {
        let calendar = Calendar::new(1, 1_601_000_000, 1_601_600_000);
        let seconds: Vec<i64> = (0..1000)
            .map(|rank| calendar.second(1, rank, 1000))
            .collect();
        assert!(seconds.is_sorted_by(|newer, older| newer >= older));
        assert!(*seconds.first().unwrap() <= 1_601_600_000);
        assert!(*seconds.last().unwrap() >= 1_601_000_000);
    }

    #[test]
    fn a_moment_is_long_enough() {
        let calendar = Calendar::new(1, 100, 100);
        assert_eq!(calendar.second(1, 4, 5), 100);
    }
}
