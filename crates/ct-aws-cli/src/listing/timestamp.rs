//! Formats `EventTime` as the AWS CLI does: in ISO 8601 format and local time, or as the original
//! number.

use std::borrow::Cow;
use std::fmt::Write as _;

use ct_core::time::LocalZone;
use jiff::Timestamp;
use jiff::tz::Offset;

use ct_aws::python::value::Value;

/// The setting `cli_timestamp_format`, with the time zone that it needs.
#[derive(Clone, Debug)]
pub(crate) enum TimestampStyle {
    /// `wire`: print the time as received.
    Wire,
    /// `iso8601`: print the time in this time zone.
    Iso(LocalZone),
}

impl TimestampStyle {
    /// Formats the value `wire` of `EventTime`. Returns `None` if `wire` is not a time.
    pub(crate) fn print<'a>(&self, wire: Value<'a>) -> Option<Value<'a>> {
        let Self::Iso(zone) = self else {
            return Some(wire);
        };
        let text = match &wire {
            #[expect(
                clippy::cast_precision_loss,
                reason = "seconds since 1970 are far below 2^53"
            )]
            Value::Int(seconds) => from_seconds(*seconds as f64, zone)?,
            Value::Float(seconds) => from_seconds(*seconds, zone)?,
            Value::String(text) => match text.trim().parse() {
                Ok(seconds) => from_seconds(seconds, zone)?,
                Err(_) => from_iso(text)?,
            },
            _ => return None,
        };
        Some(Value::String(Cow::Owned(text)))
    }
}

/// Formats a time in Unix seconds. Like Python, this function rounds to whole microseconds, half to
/// even.
fn from_seconds(seconds: f64, zone: &LocalZone) -> Option<String> {
    let whole = seconds.floor();
    let microseconds = ((seconds - whole) * 1e6).round_ties_even();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "`Timestamp` rejects the result of a saturated cast"
    )]
    let timestamp = Timestamp::from_microsecond(
        (whole as i64)
            .checked_mul(1_000_000)?
            .checked_add(microseconds as i64)?,
    )
    .ok()?;
    let offset = Offset::from_seconds(zone.offset_at(timestamp).try_into().ok()?).ok()?;
    Some(iso(&offset.to_datetime(timestamp), offset.seconds()))
}

/// Formats a time that the service sent as a string, with the UTC offset in the string.
fn from_iso(text: &str) -> Option<String> {
    let pieces = jiff::fmt::temporal::DateTimeParser::new()
        .parse_pieces(text)
        .ok()?;
    let datetime = pieces.date().to_datetime(pieces.time()?);
    let seconds = pieces.to_numeric_offset().map_or(0, Offset::seconds);
    Some(iso(&datetime, seconds))
}

fn iso(datetime: &jiff::civil::DateTime, offset_seconds: i32) -> String {
    let mut text = datetime.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let microseconds = datetime.subsec_nanosecond() / 1000;
    if microseconds > 0 {
        // Writing to a String cannot fail.
        let _ = write!(text, ".{microseconds:06}");
    }
    let sign = if offset_seconds < 0 { '-' } else { '+' };
    let offset = offset_seconds.abs();
    let _ = write!(text, "{sign}{:02}:{:02}", offset / 3600, offset / 60 % 60);
    if offset % 60 != 0 {
        let _ = write!(text, ":{:02}", offset % 60);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_2026(zone: &str) -> LocalZone {
        let summer = "2026-06-01T00:00Z".parse::<Timestamp>().unwrap();
        LocalZone::of(&summer.in_tz(zone).unwrap())
    }

    fn printed(zone: &str, wire: Value<'_>) -> String {
        let style = TimestampStyle::Iso(in_2026(zone));
        style.print(wire).unwrap().to_string()
    }

    #[test]
    fn a_time_as_a_number_is_printed_in_the_local_zone() {
        assert_eq!(
            printed("Asia/Seoul", Value::Int(1_601_542_800)),
            "2020-10-01T18:00:00+09:00"
        );
        assert_eq!(
            printed("America/New_York", Value::Float(1_601_646_600.0)),
            "2020-10-02T09:50:00-04:00"
        );
    }

    #[test]
    fn the_zone_offset_is_the_one_of_the_events_date() {
        for (zone, second, expected) in [
            ("Europe/Dublin", 1_601_542_800, "2020-10-01T09:00:00+00:00"),
            ("Europe/Dublin", 1_583_020_800, "2020-03-01T01:00:00+01:00"),
            ("Europe/Moscow", 1_388_534_400, "2014-01-01T03:00:00+03:00"),
            (
                "Australia/Sydney",
                1_601_542_800,
                "2020-10-01T19:00:00+10:00",
            ),
            (
                "Australia/Sydney",
                1_583_020_800,
                "2020-03-01T11:00:00+11:00",
            ),
        ] {
            assert_eq!(printed(zone, Value::Int(second)), expected, "{zone}");
        }
    }

    #[test]
    fn a_fraction_is_printed_with_six_digits() {
        assert_eq!(
            printed("UTC", Value::Float(1_601_542_800.5)),
            "2020-10-01T09:00:00.500000+00:00"
        );
    }

    #[test]
    fn a_time_as_a_string_keeps_its_offset() {
        assert_eq!(
            printed("Asia/Seoul", Value::from("2020-10-01T09:00:00Z")),
            "2020-10-01T09:00:00+00:00"
        );
        assert_eq!(
            printed("UTC", Value::from("2020-10-01T09:00:00.25+09:00")),
            "2020-10-01T09:00:00.250000+09:00"
        );
    }

    #[test]
    fn wire_leaves_the_number_unchanged() {
        assert_eq!(
            TimestampStyle::Wire.print(Value::Float(1.5)),
            Some(Value::Float(1.5))
        );
    }

    #[test]
    fn a_value_that_is_not_a_time_is_refused() {
        let style = TimestampStyle::Iso(in_2026("UTC"));
        assert_eq!(style.print(Value::from("yesterday")), None);
        assert_eq!(style.print(Value::Bool(true)), None);
    }
}
