//! Converts parsed fields to a point in time. Missing parts of the date come from today's date, and
//! the default time zone is UTC.

use jiff::civil::{self, DateTime};
use jiff::{ToSpan, Zoned};

use super::date::days_in;
use super::number::NotATime;
use super::reader::TimeFields;
use super::zone::LocalZone;
use super::{FIRST_SECOND, LAST_SECOND, Parsed, Warning, words};

/// Why the fields are not a point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotAMoment {
    /// An invalid date or clock time, such as 30 February.
    Impossible,
    /// A number is too large for a date or clock time, or a weekday lies after the last possible date.
    TooLarge,
    /// In UTC, the time is before the year 1 or after the year 9999.
    OffCalendar,
}

impl From<NotATime> for NotAMoment {
    fn from(NotATime: NotATime) -> Self {
        Self::Impossible
    }
}

const EPOCH: DateTime = civil::date(1970, 1, 1).at(0, 0, 0, 0);
const SECONDS_A_DAY: i64 = 86_400;

/// The point in time that the fields describe, relative to `now`.
pub(super) fn from_fields(fields: &TimeFields, now: &Zoned) -> Result<Parsed, NotAMoment> {
    let wall = wall_clock(fields, now)?;
    let wall_second = wall.duration_since(EPOCH).as_secs();
    let (offset, ignored_zone) = offset(fields, wall_second, now);
    if offset.abs() >= SECONDS_A_DAY {
        return Err(NotAMoment::Impossible);
    }
    let second = wall_second - offset;
    if !(FIRST_SECOND..=LAST_SECOND).contains(&second) {
        return Err(NotAMoment::OffCalendar);
    }
    Ok(Parsed {
        second,
        warning: ignored_zone.map(|zone| Warning::ZoneIgnored { zone }),
    })
}

/// The date and clock time as written, in whole seconds. Missing parts of the date come from today, and missing parts
/// of the clock time are zero.
fn wall_clock(fields: &TimeFields, now: &Zoned) -> Result<DateTime, NotAMoment> {
    let today = now.date();
    let date = fields.date;
    let year = date.year.map(|year| {
        if fields.is_century_given {
            year
        } else {
            with_century(year, i64::from(today.year()))
        }
    });
    let year = year.unwrap_or_else(|| i64::from(today.year()));
    let month = date.month.unwrap_or_else(|| i64::from(today.month()));
    let day = match date.day {
        Some(day) => day,
        None if !(1..=12).contains(&month) => return Err(NotAMoment::Impossible),
        None => i64::from(today.day()).min(days_in(year, month)),
    };
    let [hour, minute, second] =
        [fields.hour, fields.minute, fields.second].map(Option::unwrap_or_default);
    if [year, month, day, hour, minute, second]
        .into_iter()
        .any(|each| each > i64::from(i32::MAX))
    {
        return Err(NotAMoment::TooLarge);
    }
    let midnight = civil::Date::new(small(year)?, small(month)?, small(day)?)
        .ok()
        .filter(|date| date.year() >= 1)
        .ok_or(NotAMoment::Impossible)?;
    let clock = civil::Time::new(small(hour)?, small(minute)?, small(second)?, 0)
        .map_err(|_| NotAMoment::Impossible)?;
    let days_ahead = match fields.weekday {
        Some(weekday) if date.day.is_none() => {
            let written = i64::from(midnight.weekday().to_monday_zero_offset());
            (weekday - written).rem_euclid(7)
        }
        _ => 0,
    };
    let midnight = midnight
        .checked_add(days_ahead.days())
        .map_err(|_| NotAMoment::TooLarge)?;
    Ok(midnight.to_datetime(clock))
}

/// Converts a part of a date or clock time to a small type. A number that does not fit into the
/// type is invalid.
fn small<T: TryFrom<i64>>(number: i64) -> Result<T, NotAMoment> {
    T::try_from(number).map_err(|_| NotAMoment::Impossible)
}

/// Adds a century to a two-digit year, so that the result is within 50 years of this year.
fn with_century(year: i64, this_year: i64) -> i64 {
    if year >= 100 {
        return year;
    }
    match this_year / 100 * 100 + year {
        late if late >= this_year + 50 => late - 100,
        early if early < this_year - 50 => early + 100,
        near => near,
    }
}

/// The UTC offset in seconds (positive is east), and the name of the zone if it was ignored.
///
/// If the zone name is `GMT`, a name of the local zone or another name of UTC, this name determines
/// the offset, and a numeric offset is ignored. With every other zone name, the numeric offset
/// applies. Without a numeric offset, such a name is ignored and the offset is 0.
fn offset(fields: &TimeFields, wall_second: i64, now: &Zoned) -> (i64, Option<String>) {
    let Some(name) = fields.zone.as_deref() else {
        return (fields.offset.unwrap_or(0), None);
    };
    let name = if name.eq_ignore_ascii_case("z") {
        "UTC"
    } else {
        name
    };
    if name == "GMT" {
        return (0, None);
    }
    if let Some(local) = LocalZone::of(now).offset(name, wall_second) {
        return (local, None);
    }
    match fields.offset {
        _ if words::is_utc(name) => (0, None),
        Some(offset) => (offset, None),
        None => (0, Some(name.to_owned())),
    }
}
