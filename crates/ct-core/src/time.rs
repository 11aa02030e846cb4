//! Parses times: ages, and every format that the AWS CLI accepts.
//!
//! The functions of this module do not read the clock. The caller passes `now`. Ages count back
//! from `now`, and the date of `now` completes partial times. The time zone of `now` is the only
//! named zone, besides UTC, that is recognized.

mod age;
mod date;
mod epoch;
mod latest;
mod moment;
mod number;
mod reader;
mod tokens;
mod window;
mod words;
mod zone;

use std::fmt;

use jiff::{Timestamp, Zoned};

use age::Age;
use epoch::Epoch;
use moment::NotAMoment;
pub use zone::LocalZone;

pub use window::{EmptyWindow, Window};

/// 0001-01-01T00:00:00Z.
const FIRST_SECOND: i64 = -62_135_596_800;
/// 9999-12-31T23:59:59Z.
const LAST_SECOND: i64 = 253_402_300_799;

/// A parsed time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The time in Unix seconds, within the years 1 to 9999. A fraction is rounded towards the past.
    ///
    /// The type is not [`Timestamp`], because the latest [`Timestamp`] is a day before the latest
    /// time that the AWS CLI sends.
    pub second: i64,
    /// A warning if the time may not be the time that the user meant.
    pub warning: Option<Warning>,
}

/// Why a time may not be the time that the user meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// The name of the time zone was ignored, and UTC was assumed.
    ZoneIgnored {
        /// The name as typed.
        zone: String,
    },
    /// Digits that look like a date were interpreted as Unix seconds.
    ReadAsSeconds {
        /// The digits as typed.
        text: String,
        /// The time in Unix seconds.
        second: i64,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ZoneIgnored { zone } => write!(
                formatter,
                "the time zone `{zone}` is not known, so the time was read as UTC: write an \
                 offset such as +09:00"
            ),
            Self::ReadAsSeconds { text, second } => write!(
                formatter,
                "`{text}` was read as seconds since 1970, {}: write a date with dashes, such as 2020-10-01",
                show(*second)
            ),
        }
    }
}

/// Why a string is not a time. Each variant contains the string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeError {
    /// The string cannot be parsed: the AWS CLI reports `Invalid type for parameter`, status 252.
    NotATime(String),
    /// The number is outside the range of dates: the AWS CLI reports `Unable to calculate correct timezone offset`,
    /// status 255.
    OutOfRange(String),
    /// In UTC, the time is outside the years 1 to 9999: the AWS CLI reports `date value out of range`, status 255.
    OffCalendar(String),
}

impl TimeError {
    fn new(reason: NotAMoment, text: &str) -> Self {
        match reason {
            NotAMoment::Impossible => Self::NotATime(text.to_owned()),
            NotAMoment::TooLarge => Self::OutOfRange(text.to_owned()),
            NotAMoment::OffCalendar => Self::OffCalendar(text.to_owned()),
        }
    }
}

impl fmt::Display for TimeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, problem) = match self {
            Self::NotATime(text) => (text, "not a time"),
            Self::OutOfRange(text) | Self::OffCalendar(text) => {
                (text, "outside the years 1 to 9999")
            }
        };
        write!(
            formatter,
            "`{text}` is {problem}: try 7d, 90m, 2026-11-01 or 2026-11-01T10:30:00Z"
        )
    }
}

impl std::error::Error for TimeError {}

/// Parses an age, or an unambiguous form of [`parse_aws_cli`].
///
/// Ages are `now`, `today` and `yesterday` (midnight in UTC), and any number of weeks, days (of 24 hours), hours,
/// minutes and seconds in a common notation: `90m`, `36h`, `7d`, `-7d`, `1h30m`, `2 hours ago`.
///
/// `monday`, `14:30`, `10:00pm` and `monday 9am` mean the latest such time before `now`.
///
/// # Errors
/// If `text` is neither an age nor a time, if it is a number of fewer than nine digits, or if it is
/// a date that lacks the year, the month or the day.
///
/// ```
/// use ct_core::time::parse;
///
/// let now: jiff::Zoned = "2026-11-23T06:00:00+00:00[UTC]".parse()?;
/// assert_eq!(parse("2 hours ago", &now)?, parse("2026-11-23T04:00:00Z", &now)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn parse(text: &str, now: &Zoned) -> Result<Parsed, TimeError> {
    match age::read(text, now) {
        Age::At(second) => Ok(Parsed {
            second,
            warning: None,
        }),
        Age::OutOfRange => Err(TimeError::OutOfRange(text.to_owned())),
        Age::Unread => match latest::read(&with_ascii_digits(text), now) {
            Some(read) => read.map_err(|reason| TimeError::new(reason, text)),
            None => parse_aws_cli(text, now),
        },
    }
}

/// Parses a time as the AWS CLI parses `--start-time`: a number is Unix seconds; everything else follows the rules of
/// python-dateutil, with the month first and UTC as the default time zone.
///
/// Source: botocore's `parse_timestamp`, and 94 recorded runs of the AWS CLI 2.36.
///
/// # Errors
/// If the AWS CLI rejects `text`.
///
/// ```
/// use ct_core::time::parse_aws_cli;
///
/// let now: jiff::Zoned = "2026-11-23T06:00:00+00:00[UTC]".parse()?;
/// assert_eq!(parse_aws_cli("11-01-2026, 10:30 AM", &now)?.second, 1_793_529_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn parse_aws_cli(text: &str, now: &Zoned) -> Result<Parsed, TimeError> {
    let ascii = with_ascii_digits(text);
    match epoch::read(&ascii) {
        Epoch::At(second) => {
            // Python first converts the number to local time, which must also be within the years 1
            // to 9999.
            let local = second + LocalZone::of(now).standard_offset();
            if !(FIRST_SECOND..=LAST_SECOND).contains(&local) {
                return Err(TimeError::OutOfRange(text.to_owned()));
            }
            let warning = looks_like_a_date(&ascii).then(|| Warning::ReadAsSeconds {
                text: text.to_owned(),
                second,
            });
            Ok(Parsed { second, warning })
        }
        Epoch::OutOfRange => Err(TimeError::OutOfRange(text.to_owned())),
        Epoch::NotSeconds => reader::read(&tokens::split(&ascii))
            .map_err(NotAMoment::from)
            .and_then(|fields| moment::from_fields(&fields, now))
            .map_err(|reason| TimeError::new(reason, text)),
    }
}

/// Whether a number, which is parsed as Unix seconds, looks like a date such as `20201001` or
/// `202010010900`.
fn looks_like_a_date(text: &str) -> bool {
    let text = text.trim();
    matches!(text.len(), 8 | 12)
        && text.bytes().all(|digit| digit.is_ascii_digit())
        && (text.starts_with("19") || text.starts_with("20"))
}

/// Converts full-width, Arabic, Persian and Devanagari digits to ASCII, because Python accepts them.
fn with_ascii_digits(text: &str) -> String {
    const ZEROS: [char; 4] = ['\u{FF10}', '\u{0660}', '\u{06F0}', '\u{0966}'];
    let to_ascii = |character: char| {
        let value = ZEROS.iter().find_map(|&zero| {
            u32::from(character)
                .checked_sub(u32::from(zero))
                .filter(|value| *value < 10)
        });
        value
            .and_then(|value| char::from_digit(value, 10))
            .unwrap_or(character)
    };
    text.chars().map(to_ascii).collect()
}

/// Formats a time in Unix seconds as a date and a clock time.
fn show(second: i64) -> String {
    Timestamp::from_second(second).map_or_else(|_| second.to_string(), |time| time.to_string())
}
