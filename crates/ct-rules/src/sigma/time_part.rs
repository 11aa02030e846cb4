//! The parts of a time, for the modifiers `minute`, `hour`, `day`, `week`, `month` and `year`, in
//! UTC.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A part of a time, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimePart {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

impl TimePart {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "minute" => Self::Minute,
            "hour" => Self::Hour,
            "day" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            "year" => Self::Year,
            _ => return None,
        })
    }

    /// Returns the value of the part in the RFC 3339 time `text`, or `None` if `text` is not a
    /// time. Weeks are numbered as in ISO 8601.
    pub(super) fn in_time(self, text: &str) -> Option<i64> {
        let time = text.parse::<Timestamp>().ok()?.to_zoned(TimeZone::UTC);
        Some(match self {
            Self::Minute => time.minute().into(),
            Self::Hour => time.hour().into(),
            Self::Day => time.day().into(),
            Self::Week => time.date().iso_week_date().week().into(),
            Self::Month => time.month().into(),
            Self::Year => time.year().into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_its_parts_in_utc() {
        let parts = [
            TimePart::Minute,
            TimePart::Hour,
            TimePart::Day,
            TimePart::Week,
            TimePart::Month,
            TimePart::Year,
        ];
        let parts_of = |text| parts.map(|part| part.in_time(text));
        assert_eq!(
            parts_of("2026-11-01T23:30:59Z"),
            [30, 23, 1, 44, 11, 2026].map(Some)
        );
        assert_eq!(parts_of("yesterday"), [None; 6]);
    }
}
