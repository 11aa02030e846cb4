//! The local time zone as C programs see it: a standard and a summer name, each with one offset.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

/// The local time zone, with the offsets of one year.
#[derive(Clone, Debug)]
pub struct LocalZone {
    zone: TimeZone,
    standard: ZoneName,
    /// The name and the offset of summer time. Equal to `standard` if the zone has no summer time.
    summer: ZoneName,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ZoneName {
    abbreviation: String,
    /// The UTC offset in seconds; positive is east.
    offset: i64,
}

impl LocalZone {
    /// The time zone of `now`, with the offsets of the year of `now`.
    #[must_use]
    pub fn of(now: &Zoned) -> Self {
        let zone = now.time_zone().clone();
        let new_year = now
            .first_of_year()
            .map_or_else(|_| now.timestamp(), |day| day.timestamp());
        let half_year = SignedDuration::from_hours(24 * 365 / 2);
        let names = [new_year, shifted(new_year, half_year)].map(|at| {
            let info = zone.to_offset_info(at);
            ZoneName {
                abbreviation: info.abbreviation().to_owned(),
                offset: i64::from(info.offset().seconds()),
            }
        });
        let [january, july] = names;
        // Summer time has the larger offset, in either hemisphere.
        let (standard, summer) = if january.offset <= july.offset {
            (january, july)
        } else {
            (july, january)
        };
        Self {
            zone,
            standard,
            summer,
        }
    }

    /// The UTC offset in seconds (positive is east) when a clock in this zone shows `wall_second`,
    /// or `None` if `name` is neither of the zone's two names. `wall_second` counts from 1970 in
    /// local time. The date decides which of the zone's two offsets applies. Only in the hour that
    /// is repeated when summer time ends, the name decides.
    pub(super) fn offset(&self, name: &str, wall_second: i64) -> Option<i64> {
        if ![&self.standard, &self.summer]
            .iter()
            .any(|known| known.abbreviation == name)
        {
            return None;
        }
        let saved = self.summer.offset - self.standard.offset;
        if saved == 0 {
            return Some(self.standard.offset);
        }
        let is_repeated = !self.is_summer(wall_second) && self.is_summer(wall_second - saved);
        let is_summer = if is_repeated {
            name == self.summer.abbreviation
        } else {
            self.is_summer(wall_second)
        };
        Some(if is_summer {
            self.summer.offset
        } else {
            self.standard.offset
        })
    }

    /// The current standard UTC offset, in seconds; positive is east.
    pub(super) fn standard_offset(&self) -> i64 {
        self.standard.offset
    }

    /// The UTC offset in seconds (positive is east) that python-dateutil's `tzlocal` gives for the
    /// time `at`, which may be in another year. If the zone's rules call the time daylight saving
    /// time, the result is the larger of this year's two offsets; otherwise, it is the smaller one.
    ///
    /// In Dublin, the law calls winter time daylight saving time, so the result is the offset of
    /// the other half of the year. A time that is printed with this offset is still the same point
    /// in time.
    #[must_use]
    pub fn offset_at(&self, at: Timestamp) -> i64 {
        if self.zone.to_offset_info(at).dst().is_dst() {
            self.summer.offset
        } else {
            self.standard.offset
        }
    }

    fn is_summer(&self, wall_second: i64) -> bool {
        let second = wall_second - self.standard.offset;
        let at = shifted(Timestamp::UNIX_EPOCH, SignedDuration::from_secs(second));
        self.zone.to_offset_info(at).dst().is_dst()
    }
}

/// `at` plus `duration`, limited to the range of timestamps.
fn shifted(at: Timestamp, duration: SignedDuration) -> Timestamp {
    at.saturating_add(duration).unwrap_or(at)
}
