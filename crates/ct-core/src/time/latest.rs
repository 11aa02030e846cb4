//! Parses a time in the past: a weekday or a clock time means its latest occurrence.

use jiff::Zoned;

use super::date::Date;
use super::epoch::{self, Epoch};
use super::moment::{self, NotAMoment};
use super::reader::TimeFields;
use super::{Parsed, reader, tokens};

/// The smallest number that is accepted as Unix seconds. Smaller numbers have fewer than nine
/// digits and mean times before 1973.
const FIRST_PLAUSIBLE_SECOND: i64 = 100_000_000;

const SECONDS_A_DAY: i64 = 86_400;

/// The latest time in the past with the weekday or clock time in `text`. `None` if `text` is Unix
/// seconds, a complete date or invalid: the AWS CLI's rules apply to these.
///
/// Returns an error for numbers that are unlikely to be Unix seconds, and for incomplete dates.
pub(super) fn read(text: &str, now: &Zoned) -> Option<Result<Parsed, NotAMoment>> {
    if let Epoch::At(second) = epoch::read(text) {
        let is_plausible =
            second.abs() >= FIRST_PLAUSIBLE_SECOND && !super::looks_like_a_date(text);
        return (!is_plausible).then_some(Err(NotAMoment::Impossible));
    }
    let fields = reader::read(&tokens::split(text)).ok()?;
    match fields.date {
        Date {
            year: Some(_),
            month: Some(_),
            day: Some(_),
        } => None,
        Date {
            year: None,
            month: None,
            day: None,
        } => Some(latest(&fields, now)),
        _ => Some(Err(NotAMoment::Impossible)),
    }
}

/// The latest past time with this weekday and clock time. A weekday without a clock time means the
/// start of the day.
fn latest(fields: &TimeFields, now: &Zoned) -> Result<Parsed, NotAMoment> {
    let period = match (fields.weekday, fields.hour) {
        (Some(_), _) => 7 * SECONDS_A_DAY,
        (None, Some(_)) => SECONDS_A_DAY,
        (None, None) => return Err(NotAMoment::Impossible),
    };
    let one = moment::from_fields(fields, now)?;
    let now = now.timestamp().as_second();
    Ok(Parsed {
        second: now - (now - one.second).rem_euclid(period),
        ..one
    })
}
