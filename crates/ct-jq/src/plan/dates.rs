//! Dates as CloudTrail writes them, `2026-11-01T10:30:00Z`, to seconds since 1970 and back.

use bumpalo::Bump;

use super::value::{Stop, Value};

const SECONDS_A_DAY: i64 = 86_400;

/// Seconds since 1970; bails unless the text is exactly such a date from 1970 on.
pub(super) fn from_date<'a>(text: &[u8]) -> Result<Value<'a>, Stop> {
    let shape = b"dddd-dd-ddTdd:dd:ddZ";
    let fits = text.len() == shape.len()
        && text.iter().zip(shape).all(|(c, want)| {
            if *want == b'd' {
                c.is_ascii_digit()
            } else {
                c == want
            }
        });
    if !fits {
        return Err(Stop::Bail);
    }
    let number = |at: std::ops::Range<usize>| {
        text[at]
            .iter()
            .fold(0, |sum, c| sum * 10 + i64::from(c - b'0'))
    };
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    let (hour, minute, second) = (number(11..13), number(14..16), number(17..19));
    if !valid_day(year, month, day) || hour > 23 || minute > 59 || second > 59 {
        return Err(Stop::Bail);
    }
    let seconds = days(year, month, day) * SECONDS_A_DAY + hour * 3600 + minute * 60 + second;
    #[expect(
        clippy::cast_precision_loss,
        reason = "a date has twelve digits at most"
    )]
    let seconds = seconds as f64;
    Ok(Value::Num(seconds))
}

fn valid_day(year: i64, month: i64, day: i64) -> bool {
    year >= 1970
        && (1..=12).contains(&month)
        && day >= 1
        && date(days(year, month, day)) == (year, month, day)
}

/// The date of whole seconds since 1970; bails on anything else.
pub(super) fn to_date<'a>(seconds: Value<'a>, arena: &'a Bump) -> Result<Value<'a>, Stop> {
    /// The end of the year 9999.
    const END: f64 = 253_402_300_800.0;
    let Value::Num(seconds) = seconds else {
        return Err(Stop::Bail);
    };
    if seconds.fract() != 0.0 || !(0.0..END).contains(&seconds) {
        return Err(Stop::Bail);
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number in range")]
    let seconds = seconds as i64;
    let (year, month, day) = date(seconds / SECONDS_A_DAY);
    let time = seconds % SECONDS_A_DAY;
    let text = format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        time / 3600,
        time / 60 % 60,
        time % 60
    );
    Ok(Value::Str(arena.alloc_slice_copy(text.as_bytes())))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; years are counted from March, so that a leap day is
/// the last of its year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + of_year - 719_468
}

/// The date that many days after 1970-01-01.
fn date(days: i64) -> (i64, i64, i64) {
    const DAYS_IN_400_YEARS: i64 = 146_097;
    let days = days + 719_468;
    let in_era = days % DAYS_IN_400_YEARS;
    let of_era = (in_era - in_era / 1460 + in_era / 36_524 - in_era / 146_096) / 365;
    let of_year = in_era - (365 * of_era + of_era / 4 - of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = of_era + days / DAYS_IN_400_YEARS * 400;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_seconds_are_inverse() {
        let arena = Bump::new();
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0.0),
            ("2000-02-29T23:59:59Z", 951_868_799.0),
            ("2024-12-31T12:00:00Z", 1_735_646_400.0),
            ("2100-03-01T00:00:00Z", 4_107_542_400.0),
        ] {
            assert!(
                matches!(from_date(text.as_bytes()), Ok(Value::Num(n)) if n.to_bits() == f64::to_bits(seconds)),
                "{text}"
            );
            assert!(
                matches!(to_date(Value::Num(seconds), &arena), Ok(Value::Str(s)) if s == text.as_bytes()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_such_date_is_left_to_the_engine() {
        for text in [
            "2023-02-29T00:00:00Z",
            "2024-01-01",
            "2024-13-01T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "x",
        ] {
            assert!(
                matches!(from_date(text.as_bytes()), Err(Stop::Bail)),
                "{text}"
            );
        }
    }
}
