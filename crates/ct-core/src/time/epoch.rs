//! Parses text as a floating-point number of Unix seconds, as Python's `float` and `fromtimestamp` do.

use super::tokens::is_space;
use super::{FIRST_SECOND, LAST_SECOND};

/// The result of parsing Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Epoch {
    /// Unix seconds within the years 1 to 9999.
    At(i64),
    /// Not a number, or a number that may be the digits of a date.
    NotSeconds,
    /// A number outside the range of dates.
    OutOfRange,
}

/// The range of Unix seconds in which the year fits into the C library's `int`. Times outside this
/// range cannot be converted to a date.
const LIBRARY_RANGE: std::ops::RangeInclusive<f64> =
    -67_768_040_609_740_800.0..=67_768_036_191_676_799.0;

const MICROSECONDS: f64 = 1_000_000.0;

/// Parses `text` as Unix seconds. Rounds to the nearest microsecond (half to even), then to a whole second towards
/// the past.
pub(super) fn read(text: &str) -> Epoch {
    let Some(number) = float(text) else {
        return Epoch::NotSeconds;
    };
    if number.is_nan() {
        return Epoch::NotSeconds;
    }
    if !LIBRARY_RANGE.contains(&number) {
        return Epoch::OutOfRange;
    }
    let microseconds = (number.fract() * MICROSECONDS).round_ties_even();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "both numbers are whole and within the checked range"
    )]
    let (whole, microseconds) = (number.trunc() as i64, microseconds as i64);
    let second = whole + microseconds.div_euclid(1_000_000);
    if (FIRST_SECOND..=LAST_SECOND).contains(&second) {
        Epoch::At(second)
    } else {
        Epoch::NotSeconds
    }
}

/// Parses a number like Python's `float`, with surrounding spaces, `1e9`, `inf`, and underscores between digits.
fn float(text: &str) -> Option<f64> {
    let text = text.trim_matches(is_space);
    if !text.contains('_') {
        return text.parse().ok();
    }
    let is_digit = |at: Option<&u8>| at.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let between_digits = bytes.iter().enumerate().all(|(at, &byte)| {
        byte != b'_' || (at > 0 && is_digit(bytes.get(at - 1)) && is_digit(bytes.get(at + 1)))
    });
    between_digits.then(|| text.replace('_', "").parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::{Epoch, read};

    #[test]
    fn numbers_are_parsed_as_in_python() {
        assert_eq!(read(" 1_600_000_000 "), Epoch::At(1_600_000_000));
        assert_eq!(read("1.6e9"), Epoch::At(1_600_000_000));
        assert_eq!(read("-1.25"), Epoch::At(-2));
        assert_eq!(read("+7."), Epoch::At(7));
    }

    #[test]
    fn a_fraction_is_rounded_to_microseconds_before_it_is_cut_off() {
        assert_eq!(read("1600000000.9999999"), Epoch::At(1_600_000_001));
        assert_eq!(read("1600000000.25"), Epoch::At(1_600_000_000));
    }

    #[test]
    fn words_and_distant_years_are_left_to_the_date_parser() {
        for text in [
            "",
            "0x10",
            "1__0",
            "_1",
            "nan",
            "253402300800",
            "-62135596801",
        ] {
            assert_eq!(read(text), Epoch::NotSeconds, "{text}");
        }
    }

    #[test]
    fn a_number_beyond_any_calendar_is_out_of_range() {
        for text in ["inf", "-Infinity", "1e18", "1e300"] {
            assert_eq!(read(text), Epoch::OutOfRange, "{text}");
        }
    }
}
