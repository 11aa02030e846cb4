//! Parses dates with the C library's conversions in the C locale.

use super::{Civil, offset};
use crate::calendar::days;
use crate::calendar::{DAYS, MONTHS};
use jiff::tz::TimeZone;

/// The weekday that jq outputs for a text that contains no day.
const NO_WEEKDAY: i64 = 8;
/// The day of the year that jq outputs for a text that contains no day.
const NO_YEARDAY: i64 = 367;

/// The state of a parser of dates: the rest of the text, the fields read so far, and which fields
/// are set.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each flag is independent, as in the C library"
)]
struct Parser<'a> {
    rest: &'a str,
    zone: &'a TimeZone,
    civil: Civil,
    afternoon: bool,
    has_12_hours: bool,
    has_weekday: bool,
    has_yearday: bool,
    has_month: bool,
    has_day: bool,
    wants_days: bool,
    wants_century: bool,
    wants_other_digits: bool,
    century: Option<i64>,
    sunday_week: Option<i64>,
    monday_week: Option<i64>,
}

/// Parses `text` with the format `format`; returns the broken-down time and the rest of the text,
/// or `None` if the text does not match the format.
pub(super) fn parse<'a>(
    text: &'a str,
    format: &str,
    zone: &'a TimeZone,
) -> Option<(Civil, &'a str)> {
    let start = Civil {
        year: 1900,
        weekday: NO_WEEKDAY,
        yearday: NO_YEARDAY,
        ..Civil::default()
    };
    let mut parser = Parser {
        rest: text,
        zone,
        civil: start,
        afternoon: false,
        has_12_hours: false,
        has_weekday: false,
        has_yearday: false,
        has_month: false,
        has_day: false,
        wants_days: false,
        wants_century: false,
        wants_other_digits: false,
        century: None,
        sunday_week: None,
        monday_week: None,
    };
    parser.run(format)?;
    parser.finish();
    Some((parser.civil, parser.rest))
}

impl Parser<'_> {
    fn run(&mut self, format: &str) -> Option<()> {
        let mut format = format.chars();
        while let Some(c) = format.next() {
            if is_space(c) {
                self.skip_space();
                continue;
            }
            if c != '%' {
                self.rest = self.rest.strip_prefix(c)?;
                continue;
            }
            let mut conversion = format.next()?;
            while matches!(conversion, '_' | '-' | '0' | '^' | '#') {
                conversion = format.next()?;
            }
            let allowed = match conversion {
                'E' => "cCYxX",
                'O' => "bBhdeHImMSUVWwy",
                _ => "",
            };
            if !allowed.is_empty() {
                let is_other = conversion == 'O';
                conversion = format.next().filter(|c| allowed.contains(*c))?;
                // In the C library, the first conversion with `O` accepts ordinary digits, and
                // later ones fail.
                if is_other
                    && !"bBh".contains(conversion)
                    && std::mem::replace(&mut self.wants_other_digits, true)
                {
                    return None;
                }
            }
            self.convert(conversion)?;
        }
        Some(())
    }

    fn convert(&mut self, conversion: char) -> Option<()> {
        match conversion {
            '%' => self.rest = self.rest.strip_prefix('%')?,
            'a' | 'A' => {
                self.civil.weekday = self.name(&DAYS)?;
                self.has_weekday = true;
            }
            'b' | 'B' | 'h' => self.month(|parser| parser.name(&MONTHS))?,
            'c' => self.run("%a %b %e %H:%M:%S %Y")?,
            'C' => {
                self.century = Some(self.number(0, 99, 2)?);
                self.wants_days = true;
            }
            'd' | 'e' => {
                self.civil.day = self.number(1, 31, 2)?;
                self.has_day = true;
                self.wants_days = true;
            }
            'D' | 'x' => self.run("%m/%d/%y")?,
            'F' => self.run("%Y-%m-%d")?,
            'g' | 'V' => {
                self.number(0, 99, 2)?;
            }
            'G' => {
                self.number(0, 9999, 4)?;
            }
            'H' | 'k' => {
                self.civil.hour = self.number(0, 23, 2)?;
                self.has_12_hours = false;
            }
            'I' | 'l' => {
                self.civil.hour = self.number(1, 12, 2)? % 12;
                self.has_12_hours = true;
            }
            'j' => {
                self.civil.yearday = self.number(1, 366, 3)? - 1;
                self.has_yearday = true;
            }
            'm' => self.month(|parser| Some(parser.number(1, 12, 2)? - 1))?,
            'M' => self.civil.minute = self.number(0, 59, 2)?,
            'n' | 't' => self.skip_space(),
            'p' => self.afternoon = self.name(&["AM", "PM"])? == 1,
            'r' => self.run("%I:%M:%S %p")?,
            'R' => self.run("%H:%M")?,
            's' => self.epoch()?,
            'S' => self.civil.second = self.number(0, 61, 2)?,
            'T' | 'X' => self.run("%H:%M:%S")?,
            'u' => {
                self.civil.weekday = self.number(1, 7, 1)? % 7;
                self.has_weekday = true;
            }
            'U' => self.sunday_week = Some(self.number(0, 53, 2)?),
            'w' => {
                self.civil.weekday = self.number(0, 6, 1)?;
                self.has_weekday = true;
            }
            'W' => self.monday_week = Some(self.number(0, 53, 2)?),
            'y' => {
                let year = self.number(0, 99, 2)?;
                self.civil.year = if year >= 69 { 1900 + year } else { 2000 + year };
                self.wants_century = true;
                self.wants_days = true;
            }
            'Y' => {
                self.civil.year = self.number(0, 9999, 4)?;
                self.wants_century = false;
                self.century = None;
                self.wants_days = true;
            }
            'Z' => {
                self.skip_space();
                let end = self.rest.find(is_space).unwrap_or(self.rest.len());
                self.rest = &self.rest[end..];
            }
            'z' => self.offset()?,
            _ => return None,
        }
        Some(())
    }

    fn month(&mut self, read: impl FnOnce(&mut Self) -> Option<i64>) -> Option<()> {
        self.civil.month = read(self)?;
        self.has_month = true;
        self.wants_days = true;
        Some(())
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches(is_space);
    }

    /// Parses a number between `from` and `to`, with at most `width` digits, after any number of
    /// spaces.
    fn number(&mut self, from: i64, to: i64, width: usize) -> Option<i64> {
        let text = self.rest.trim_start_matches(' ');
        let len = text
            .bytes()
            .take(width)
            .take_while(u8::is_ascii_digit)
            .count();
        let value = text[..len].parse().ok()?;
        self.rest = &text[len..];
        (from..=to).contains(&value).then_some(value)
    }

    /// Parses one of `names`, in full or as its first three letters, in any case, and returns its
    /// index.
    fn name(&mut self, names: &[&str]) -> Option<i64> {
        for (at, name) in names.iter().enumerate() {
            for len in [name.len(), 3] {
                let head = self.rest.get(..len);
                if head.is_some_and(|head| {
                    name.get(..len)
                        .is_some_and(|name| head.eq_ignore_ascii_case(name))
                }) {
                    self.rest = &self.rest[len..];
                    return i64::try_from(at).ok();
                }
            }
        }
        None
    }

    fn epoch(&mut self) -> Option<()> {
        let len = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let seconds: i64 = self.rest[..len].parse().ok()?;
        self.rest = &self.rest[len..];
        self.civil = Civil::at(seconds + offset(self.zone, seconds).0);
        Some(())
    }

    /// Parses a zone: `Z`, `+hh`, `+hhmm` or `+hh:mm`, also with `-`. jq ignores the value.
    fn offset(&mut self) -> Option<()> {
        self.skip_space();
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Some(());
        }
        let mut rest = self.rest.strip_prefix(['+', '-'])?;
        let (mut digits, mut value) = (0, 0);
        while digits < 4 {
            if digits == 2
                && rest.starts_with(':')
                && rest[1..].starts_with(|c: char| c.is_ascii_digit())
            {
                rest = &rest[1..];
            }
            let Some(digit) = rest.chars().next().and_then(|c| c.to_digit(10)) else {
                break;
            };
            value = value * 10 + digit;
            digits += 1;
            rest = &rest[1..];
        }
        match digits {
            2 => value *= 100,
            4 => {}
            _ => return None,
        }
        self.rest = rest;
        (value % 100 < 60).then_some(())
    }

    /// Computes the missing date fields from the known fields.
    fn finish(&mut self) {
        if self.has_12_hours && self.afternoon {
            self.civil.hour += 12;
        }
        if let Some(century) = self.century {
            let of_century = if self.wants_century {
                self.civil.year.rem_euclid(100)
            } else {
                0
            };
            self.civil.year = century * 100 + of_century;
        }
        let civil = &mut self.civil;
        let start_of_year = days(civil.year, 0, 1);
        if self.wants_days && !self.has_weekday {
            if !(self.has_month && self.has_day) && self.has_yearday {
                let (month, day) = month_and_day(civil.year, civil.yearday);
                if !self.has_month {
                    civil.month = month;
                }
                if !self.has_day {
                    civil.day = day;
                }
                (self.has_month, self.has_day) = (true, true);
            }
            civil.weekday = (yearday_of(civil) + start_of_year + 4).rem_euclid(7);
        }
        if self.wants_days && !self.has_yearday {
            civil.yearday = yearday_of(civil);
        }
        let week = self
            .sunday_week
            .map(|week| (week, 0))
            .or(self.monday_week.map(|week| (week, 1)));
        if let Some((week, first)) = week
            && self.has_weekday
        {
            let january_1 = (start_of_year + 4).rem_euclid(7);
            if !self.has_yearday {
                civil.yearday = (7 - (january_1 - first)) % 7
                    + (week - 1) * 7
                    + (civil.weekday - first + 7) % 7;
            }
            let (month, day) = month_and_day(civil.year, civil.yearday);
            if !self.has_month {
                civil.month = month;
            }
            if !self.has_day {
                civil.day = day;
            }
        }
    }
}

/// The number of days before each month and before the next year: first for common years, then for
/// leap years.
const DAYS_BEFORE: [i64; 26] = [
    0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365, //
    0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366,
];

/// Converts a day of the year to a month and a day of the month, with the C library's table of
/// months. As in that table, a day beyond the end of the year gives a month above 11.
fn month_and_day(year: i64, yearday: i64) -> (i64, i64) {
    let is_leap = days(year + 1, 0, 1) - days(year, 0, 1) == 366;
    let start = if is_leap { 13 } else { 0 };
    let later = DAYS_BEFORE[start..]
        .iter()
        .position(|before| *before > yearday);
    let next = later.map_or(DAYS_BEFORE.len(), |at| start + at);
    let before = next.checked_sub(1).map_or(0, |month| DAYS_BEFORE[month]);
    let month =
        i64::try_from(next).unwrap_or_default() - i64::try_from(start).unwrap_or_default() - 1;
    (month, yearday - before + 1)
}

/// The day of the year, from 0, of a date. The month may be above 11 if [`month_and_day`] has
/// computed it.
fn yearday_of(civil: &Civil) -> i64 {
    if civil.month == 24 {
        return 335 + civil.day - 1;
    }
    days(civil.year, civil.month, civil.day) - days(civil.year, 0, 1)
}

pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}
