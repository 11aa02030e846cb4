//! Date filters: conversions between seconds since 1970 and broken-down times, and date formats.

mod strftime;
mod strptime;

use super::{Native, hosted, hosted_unary, plain};
use crate::calendar::{DAY, date, days};
use crate::value::{Error, Result, Val, error};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use strftime::{Clock, format};

/// A broken-down time like C's `struct tm`, but with the full year. A field may be out of range,
/// such as hour 30; [`Civil::seconds`] carries the excess into the higher fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    /// The month, from 0.
    pub(super) month: i64,
    /// The day of the month, from 1.
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    /// The weekday, from 0 (Sunday) to 6.
    pub(super) weekday: i64,
    /// The day of the year, from 0.
    pub(super) yearday: i64,
}

impl Civil {
    /// The UTC time at `seconds` seconds since 1970.
    pub(super) fn at(seconds: i64) -> Self {
        let day = seconds.div_euclid(DAY);
        let rest = seconds.rem_euclid(DAY);
        let (year, month, month_day) = date(day);
        Self {
            year,
            month,
            day: month_day,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
            weekday: (day + 4).rem_euclid(7),
            yearday: day - days(year, 0, 1),
        }
    }

    /// The seconds from 1970 to this UTC time; a field out of range is carried into the higher
    /// fields.
    pub(super) fn seconds(&self) -> i64 {
        days(self.year, self.month, self.day) * DAY
            + self.hour * 3600
            + self.minute * 60
            + self.second
    }

    /// jq's array for a broken-down time; `fraction` is added to its seconds.
    fn array(&self, fraction: f64) -> Val {
        let fields = [
            self.year,
            self.month,
            self.day,
            self.hour,
            self.minute,
            self.second,
            self.weekday,
            self.yearday,
        ];
        #[expect(clippy::cast_precision_loss, reason = "the fields of a date are small")]
        let mut values: Vec<f64> = fields.iter().map(|&n| n as f64).collect();
        values[5] += fraction;
        Val::array(values.into_iter().map(Val::number).collect())
    }
}

pub(super) fn natives() -> Box<[Native]> {
    Box::new([
        plain("mktime", |value: Val| mktime(&value)),
        plain("gmtime", |value: Val| {
            let (seconds, fraction) = instant(&value, "gmtime() requires numeric inputs")?;
            Ok(Civil::at(seconds).array(fraction))
        }),
        hosted("localtime", |session, value| {
            let zone = session.host.time_zone();
            let (seconds, fraction) = instant(&value, "localtime() requires numeric inputs")?;
            Ok(Civil::at(seconds + offset(&zone, seconds).0).array(fraction))
        }),
        hosted_unary("strftime", |session, value, text| {
            strftime(&value, &text, || session.host.time_zone())
        }),
        hosted_unary("strflocaltime", |session, value, text| {
            strflocaltime(&value, &text, &session.host.time_zone())
        }),
        hosted_unary("strptime", |session, value, text| {
            strptime(&value, &text, &session.host.time_zone())
        }),
    ])
}

/// Splits seconds since 1970 into two numbers, as jq does: the seconds truncated towards zero, and
/// the fraction above the next lower whole second.
fn instant(value: &Val, complaint: &'static str) -> Result<(i64, f64)> {
    let n = value.as_f64().ok_or_else(|| error::error(complaint))?;
    let whole = n.trunc();
    // Outside this range, the year does not fit into C's `int`.
    if !(-67_768_040_609_740_800.0..=67_767_976_233_532_799.0).contains(&whole) {
        return Err(error::error(
            "error converting number of seconds since epoch to datetime",
        ));
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the range is checked above"
    )]
    Ok((whole as i64, n - n.floor()))
}

/// The offset of `zone` in seconds east of UTC, and its abbreviation, at `seconds` seconds since
/// 1970.
pub(super) fn offset(zone: &TimeZone, seconds: i64) -> (i64, String) {
    let info = zone.to_offset_info(moment(seconds));
    (
        i64::from(info.offset().seconds()),
        info.abbreviation().to_owned(),
    )
}

/// Converts a local time to seconds since 1970. A local time that occurs twice, because clocks are
/// set back, gives one of its two instants.
pub(super) fn local_seconds(zone: &TimeZone, civil: &Civil) -> i64 {
    let apparent = civil.seconds();
    let first = apparent - offset(zone, apparent).0;
    apparent - offset(zone, first).0
}

/// Converts a local time to seconds since 1970 as C's `mktime` does with `tm_isdst` 0: as standard
/// time. During summer time, the offset is that of the nearest instant of standard time.
fn standard_seconds(zone: &TimeZone, civil: &Civil) -> i64 {
    /// The step and the range of the C library's search for standard time, in seconds.
    const STEP: i64 = 601_200;
    const BOUND: i64 = 268_227_000 + STEP;
    let seconds = local_seconds(zone, civil);
    let distances = (0..)
        .map(|n| n * STEP)
        .take_while(|distance| *distance < BOUND);
    let mut nearby = distances.flat_map(|distance| [seconds - distance, seconds + distance]);
    let standard = nearby.find(|at| !is_summer_time(zone, *at));
    standard.map_or(seconds, |at| civil.seconds() - offset(zone, at).0)
}

fn is_summer_time(zone: &TimeZone, seconds: i64) -> bool {
    zone.to_offset_info(moment(seconds)).dst().is_dst()
}

fn moment(seconds: i64) -> Timestamp {
    let bounded = seconds.clamp(
        Timestamp::MIN.as_second() + DAY,
        Timestamp::MAX.as_second() - DAY,
    );
    Timestamp::from_second(bounded).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The normalised broken-down time of jq's array. A missing field is 0, and a missing year is 1900.
fn broken_down(value: &Val, complaint: &str) -> Result<Civil> {
    let fields = value.as_slice().ok_or_else(|| error::error(complaint))?;
    let mut numbers = [0; 6];
    for (at, field) in fields.iter().enumerate() {
        let n = field
            .as_f64()
            .filter(|n| at < 8 && !n.is_nan())
            .ok_or_else(|| error::error(complaint));
        if at < 8 {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the cast saturates, as in C"
            )]
            if let Some(number) = numbers.get_mut(at) {
                // C stores the year as the number of years since 1900.
                let base = if at == 0 { 1900 } else { 0 };
                *number = i64::from((n? - f64::from(base)) as i32) + i64::from(base);
            } else {
                n?;
            }
        }
    }
    if fields.is_empty() {
        numbers[0] = 1900;
    }
    let [year, month, day, hour, minute, second] = numbers;
    let civil = Civil {
        year,
        month,
        day,
        hour,
        minute,
        second,
        ..Civil::default()
    };
    Ok(Civil::at(civil.seconds()))
}

fn mktime(value: &Val) -> Result {
    if !matches!(value, Val::Arr(_)) {
        return Err(error::error("mktime requires array inputs"));
    }
    let civil = broken_down(value, "mktime requires parsed datetime inputs")?;
    let seconds = civil.seconds();
    match seconds {
        // C's functions return -1 and -2 on failure, so jq reports a failure for these valid
        // seconds too.
        -1 => Err(error::error("invalid gmtime representation")),
        -2 => Err(error::error("mktime not supported on this platform")),
        #[expect(clippy::cast_precision_loss, reason = "jq's numbers are doubles")]
        seconds => Ok(Val::number(seconds as f64)),
    }
}

fn strftime(value: &Val, text: &Val, zone: impl FnOnce() -> TimeZone) -> Result {
    const COMPLAINT: &str = "strftime/1 requires parsed datetime inputs";
    let at = match value {
        Val::Num(_) => Some(instant(value, COMPLAINT)?.0),
        Val::Arr(_) => None,
        _ => return Err(error::error(COMPLAINT)),
    };
    let text = text
        .as_str()
        .ok_or_else(|| error::error("strftime/1 requires a string format"))?;
    let civil = at.map_or_else(|| broken_down(value, COMPLAINT), |at| Ok(Civil::at(at)))?;
    let has_seconds = memchr::memchr(b's', text.as_bytes()).is_some();
    let clock = Clock {
        civil,
        offset: 0,
        zone: "GMT",
        seconds: if has_seconds {
            standard_seconds(&zone(), &civil)
        } else {
            0
        },
    };
    formatted(text, &clock, "strftime/1")
}

/// Formats a time with the format `text`. As in jq, the result must be shorter than the format's
/// length plus 100 bytes.
fn formatted(text: &str, clock: &Clock<'_>, name: &str) -> Result {
    let end = memchr::memchr(0, text.as_bytes()).unwrap_or(text.len());
    let room = end + 100;
    let formatted = format(text, clock);
    if formatted.len() >= room || formatted.is_empty() && room > 100 {
        return Err(error::error(format_args!("{name}: unknown system failure")));
    }
    Ok(Val::from(formatted))
}

fn strflocaltime(value: &Val, text: &Val, zone: &TimeZone) -> Result {
    const COMPLAINT: &str = "strflocaltime/1 requires parsed datetime inputs";
    let seconds = match value {
        Val::Num(_) => instant(value, COMPLAINT)?.0,
        value => local_seconds(zone, &broken_down(value, COMPLAINT)?),
    };
    let text = text
        .as_str()
        .ok_or_else(|| error::error("strflocaltime/1 requires a string format"))?;
    let (offset, name) = offset(zone, seconds);
    let clock = Clock {
        civil: Civil::at(seconds + offset),
        offset,
        zone: &name,
        seconds,
    };
    formatted(text, &clock, "strflocaltime/1")
}

fn strptime(value: &Val, text: &Val, zone: &TimeZone) -> Result {
    let (Val::Str(date), Val::Str(format)) = (value, text) else {
        return Err(error::error(
            "strptime/1 requires string inputs and arguments",
        ));
    };
    let mismatch = || -> Error {
        error::error(format_args!(
            "date \"{date}\" does not match format \"{format}\""
        ))
    };
    let (civil, rest) = strptime::parse(date, format, zone).ok_or_else(mismatch)?;
    let rest = rest.split('\0').next().unwrap_or_default();
    if rest.starts_with(|c: char| !strptime::is_space(c)) {
        return Err(mismatch());
    }
    let mut fields = match civil.array(0.0) {
        Val::Arr(fields) => fields.to_vec(),
        _ => Vec::new(),
    };
    if !rest.is_empty() {
        fields.push(Val::string(rest));
    }
    Ok(Val::array(fields))
}
