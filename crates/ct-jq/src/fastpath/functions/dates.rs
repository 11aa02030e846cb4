//! Converts between CloudTrail's dates, such as `2026-11-01T10:30:00Z`, and seconds since 1970.

use crate::fastpath::value::arena::Arena;

use crate::calendar::{DAY, DAYS, MONTHS, date, days};
use crate::fastpath::value::{Stop, Value};

/// Converts a date to seconds since 1970. The engine gets every text that is not a date of
/// CloudTrail, and every date before 1970.
pub(crate) fn from_date<'a>(text: &[u8]) -> Result<Value<'a>, Stop> {
    whole(text).map(number)
}

fn whole(text: &[u8]) -> Result<i64, Stop> {
    let tree = b"dddd-dd-ddTdd:dd:ddZ";
    let fits = text.len() == tree.len()
        && text.iter().zip(tree).all(|(c, want)| {
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
    let (year, month, day) = (number(0..4), number(5..7) - 1, number(8..10));
    let (hour, minute, second) = (number(11..13), number(14..16), number(17..19));
    if !valid_day(year, month, day) || hour > 23 || minute > 59 || second > 59 {
        return Err(Stop::Bail);
    }
    Ok(days(year, month, day) * DAY + hour * 3600 + minute * 60 + second)
}

/// A number of seconds, or a field of a date, as a value.
#[expect(clippy::cast_precision_loss, reason = "a date has at most 12 digits")]
pub(crate) fn number<'a>(n: i64) -> Value<'a> {
    Value::Num(n as f64)
}

/// Computes `strptime` of a CloudTrail date: year, month from 0, day, hour, minute, second, weekday
/// from Sunday, day of the year from 0.
///
/// # Errors
/// [`Stop::Bail`] for a text that [`from_date`] leaves to the engine.
pub(crate) fn parts<'a>(text: &[u8], arena: &'a Arena) -> Result<Value<'a>, Stop> {
    let seconds = whole(text)?;
    let (at, time) = (seconds / DAY, seconds % DAY);
    let (year, month, day) = date(at);
    let parts = [
        year,
        month,
        day,
        time / 3600,
        time / 60 % 60,
        time % 60,
        (at + 4) % 7,
        at - days(year, 0, 1),
    ];
    Ok(Value::Arr(arena.alloc_slice_fill_iter(parts.map(number))))
}

/// The seconds since 1970 of the fields from [`parts`]; leaves fractions and invalid dates to the
/// engine.
pub(crate) fn seconds<'a>(of: Value<'a>, arena: &'a Arena) -> Result<i64, Stop> {
    let mut parts = [0; 6];
    let given = of.elements(arena)?.filter(|given| given.len() == 8);
    for (part, given) in parts.iter_mut().zip(given.ok_or(Stop::Bail)?) {
        *part = whole_number(*given)?;
    }
    let [year, month, day, hour, minute, second] = parts;
    let is_time = hour <= 23 && minute <= 59 && second <= 59;
    if year > 9999 || !is_time || !valid_day(year, month, day) {
        return Err(Stop::Bail);
    }
    Ok(days(year, month, day) * DAY + hour * 3600 + minute * 60 + second)
}

/// jq refuses a formatted date that is at least this many bytes longer than its format.
const ROOM: usize = 100;

fn whole_number(value: Value<'_>) -> Result<i64, Stop> {
    /// The end of the year 9999, in seconds since 1970.
    const END: f64 = 253_402_300_800.0;
    match value {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the number is whole and in range"
        )]
        Value::Num(n) if n.fract() == 0.0 && (0.0..END).contains(&n) => Ok(n as i64),
        _ => Err(Stop::Bail),
    }
}

/// Computes `strftime` of seconds or of fields from [`parts`]. Leaves a format to the engine unless
/// it is ASCII with only the conversions `%Y %y %m %B %b %d %j %A %a %H %M %S %F %T`.
pub(crate) fn format<'a>(
    of: Value<'a>,
    format: &[u8],
    arena: &'a Arena,
) -> Result<Value<'a>, Stop> {
    let seconds = match of {
        Value::Num(_) => whole_number(of)?,
        _ => seconds(of, arena)?,
    };
    if format.is_empty() || !format.is_ascii() {
        return Err(Stop::Bail);
    }
    let (year, month, day) = date(seconds / DAY);
    let name = |names: &'static [&'static str], at: i64| {
        let at = usize::try_from(at).ok();
        at.and_then(|at| names.get(at)).ok_or(Stop::Bail)
    };
    let (day_name, month_name) = (name(&DAYS, (seconds / DAY + 4) % 7)?, name(&MONTHS, month)?);
    let year_day = seconds / DAY - days(year, 0, 1) + 1;
    let month = month + 1;
    let time = seconds % DAY;
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    let mut text = String::new();
    let mut characters = format.iter();
    while let Some(&c) = characters.next() {
        let written = match (c, characters.as_slice().first()) {
            (b'%', Some(b'Y')) => format!("{year:04}"),
            (b'%', Some(b'y')) => format!("{:02}", year % 100),
            (b'%', Some(b'm')) => format!("{month:02}"),
            (b'%', Some(b'B')) => (*month_name).to_owned(),
            (b'%', Some(b'b')) => month_name[..3].to_owned(),
            (b'%', Some(b'j')) => format!("{year_day:03}"),
            (b'%', Some(b'A')) => (*day_name).to_owned(),
            (b'%', Some(b'a')) => day_name[..3].to_owned(),
            (b'%', Some(b'd')) => format!("{day:02}"),
            (b'%', Some(b'H')) => format!("{hour:02}"),
            (b'%', Some(b'M')) => format!("{minute:02}"),
            (b'%', Some(b'S')) => format!("{second:02}"),
            (b'%', Some(b'F')) => format!("{year:04}-{month:02}-{day:02}"),
            (b'%', Some(b'T')) => format!("{hour:02}:{minute:02}:{second:02}"),
            (b'%' | 0, _) => return Err(Stop::Bail),
            (c, _) => {
                text.push(char::from(c));
                continue;
            }
        };
        text.push_str(&written);
        characters.next();
    }
    if text.len() >= format.len() + ROOM {
        return Err(Stop::Bail);
    }
    Ok(Value::Str(arena.alloc_slice_copy(text.as_bytes())))
}

fn valid_day(year: i64, month: i64, day: i64) -> bool {
    year >= 1970
        && (0..12).contains(&month)
        && day >= 1
        && date(days(year, month, day)) == (year, month, day)
}

/// Converts whole seconds since 1970 to a date; leaves any other value to the engine.
pub(crate) fn to_date<'a>(seconds: Value<'a>, arena: &'a Arena) -> Result<Value<'a>, Stop> {
    whole_number(seconds)?;
    format(seconds, b"%FT%TZ", arena)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_seconds_are_inverse() {
        let arena = Arena::default();
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
    fn a_date_has_parts_that_make_the_same_date() {
        let arena = Arena::default();
        for text in [
            "1970-01-01T00:00:00Z",
            "2000-02-29T23:59:59Z",
            "2024-12-31T12:00:00Z",
        ] {
            let parts = parts(text.as_bytes(), &arena).expect("the text is an ISO 8601 date");
            let formatted = format(parts, b"%Y-%m-%dT%H:%M:%SZ", &arena);
            assert!(
                matches!(formatted, Ok(Value::Str(same)) if same == text.as_bytes()),
                "{text}"
            );
        }
    }

    #[test]
    fn other_dates_are_left_to_the_engine() {
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
