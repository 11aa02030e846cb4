//! The local zone as C programs know it: a standard and a summer name, with one offset each.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

/// The local zone, with the offsets of one year.
#[derive(Clone, Debug)]
pub struct LocalZone {
    zone: TimeZone,
    standard: Name,
    /// Equal to `standard` if there is no summer time.
    summer: Name,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    abbreviation: String,
    /// Seconds east of Greenwich.
    offset: i64,
}

impl LocalZone {
    /// The zone of `now`, with that year's offsets.
    #[must_use]
    pub fn of(now: &Zoned) -> Self {
        let zone = now.time_zone().clone();
        let new_year = now
            .first_of_year()
            .map_or_else(|_| now.timestamp(), |day| day.timestamp());
        let half_year = SignedDuration::from_hours(24 * 365 / 2);
        let names = [new_year, shifted(new_year, half_year)].map(|at| {
            let info = zone.to_offset_info(at);
            Name {
                abbreviation: info.abbreviation().to_owned(),
                offset: i64::from(info.offset().seconds()),
            }
        });
        let [january, july] = names;
        // Summer time is the one further east, in either hemisphere.
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

    /// Seconds east of Greenwich when a clock of this zone shows `wall_second` (as seconds since
    /// 1970), if `name` is one of the zone's two. The time of year decides which offset applies;
    /// the name decides only in the repeated hour.
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

    /// The current standard offset, in seconds east of Greenwich.
    pub(super) fn standard_offset(&self) -> i64 {
        self.standard.offset
    }

    /// Seconds east of Greenwich in python-dateutil's `tzlocal` for a time in any year: the further
    /// east of this year's two if the zone calls it daylight saving time, else the other.
    ///
    /// Dublin's law calls winter time daylight saving time, which swaps the two; the resulting
    /// moment is the same.
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

/// `at` moved by `duration`, clamped to the range of timestamps.
fn shifted(at: Timestamp, duration: SignedDuration) -> Timestamp {
    at.saturating_add(duration).unwrap_or(at)
}
