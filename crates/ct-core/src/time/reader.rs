//! Parses a date, a clock time and a zone from tokens, by the rules of python-dateutil.
//!
//! The rules are those of `dateutil.parser.parse` 2.9.0 with its defaults (month first, not fuzzy).
//! The rules, including their oddities, were derived from the code of python-dateutil and from
//! comparing results.

use super::date::{Date, DateParts};
use super::number::{NotATime, Number, whole};
use super::words::{self, Unit};

/// The parsed fields. A field is `None` if the text does not contain it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TimeFields {
    pub(super) date: Date,
    pub(super) is_century_given: bool,
    /// The number of days after Monday.
    pub(super) weekday: Option<i64>,
    pub(super) hour: Option<i64>,
    pub(super) minute: Option<i64>,
    pub(super) second: Option<i64>,
    pub(super) zone: Option<String>,
    /// The UTC offset in seconds; positive is east.
    pub(super) offset: Option<i64>,
}

/// Parses all tokens. Each token must have a meaning or be a known filler.
pub(super) fn read(tokens: &[String]) -> Result<TimeFields, NotATime> {
    let mut reader = Reader {
        tokens,
        at: 0,
        parts: DateParts::default(),
        is_offset_reversed: false,
        fields: TimeFields::default(),
    };
    while reader.at < tokens.len() {
        reader.at += reader.step()?;
    }
    let mut fields = reader.fields;
    fields.date = reader.parts.resolve()?;
    fields.is_century_given = reader.parts.is_century_given();
    if fields == TimeFields::default() {
        return Err(NotATime);
    }
    Ok(fields)
}

struct Reader<'a> {
    tokens: &'a [String],
    at: usize,
    parts: DateParts,
    /// Whether the sign of the next offset is inverted, as in `UTC+3`.
    is_offset_reversed: bool,
    fields: TimeFields,
}

impl<'a> Reader<'a> {
    /// The token that is `ahead` tokens after the current token.
    fn peek(&self, ahead: usize) -> Option<&'a str> {
        self.tokens.get(self.at + ahead).map(String::as_str)
    }

    fn need(&self, ahead: usize) -> Result<&'a str, NotATime> {
        self.peek(ahead).ok_or(NotATime)
    }

    fn is_at(&self, ahead: usize, sign: &str) -> bool {
        self.peek(ahead) == Some(sign)
    }

    /// Parses the part of the text that starts at the current token. Returns the number of tokens used.
    fn step(&mut self) -> Result<usize, NotATime> {
        let token = self.need(0)?;
        if token.starts_with(|first: char| first.is_ascii_digit()) {
            return self.number(token);
        }
        // Python parses these words as numbers, which are never valid in a time.
        if ["inf", "infinity", "nan"].contains(&token.to_lowercase().as_str()) {
            return Err(NotATime);
        }
        if let Some(weekday) = words::weekday(token) {
            self.fields.weekday = Some(weekday);
        } else if let Some(month) = words::month(token) {
            self.parts.push_month(month)?;
            return self.after_month();
        } else if let Some(half) = words::half(token) {
            let hour = self.fields.hour.filter(|hour| *hour <= 12);
            self.fields.hour = Some(half.hour(hour.ok_or(NotATime)?));
        } else if self.expects_zone() && words::is_zone_like(token) {
            self.zone(token);
        } else if self.fields.hour.is_some() && ["+", "-"].contains(&token) {
            return self.offset(token);
        } else if !words::is_filler(token) {
            return Err(NotATime);
        }
        Ok(1)
    }

    /// Parses the rest of `Oct-01`, `Oct-01-2020` or `Oct of 2020`, after the name of the month.
    fn after_month(&mut self) -> Result<usize, NotATime> {
        let Some(next) = self.peek(1) else {
            return Ok(1);
        };
        if ["-", "/"].contains(&next) {
            self.parts.push_digits(self.need(2)?)?;
            if self.is_at(3, next) {
                self.parts.push_digits(self.need(4)?)?;
                return Ok(5);
            }
            return Ok(3);
        }
        let is_of_year =
            next == " " && self.is_at(3, " ") && self.need(2)?.eq_ignore_ascii_case("of");
        if let (true, Some(year)) = (is_of_year, self.peek(4)) {
            // A token after `of` that is not a number is skipped.
            if let Ok(year) = whole(year) {
                self.parts.push_year(year)?;
            }
            return Ok(5);
        }
        Ok(1)
    }

    fn expects_zone(&self) -> bool {
        self.fields.hour.is_some() && self.fields.zone.is_none() && self.fields.offset.is_none()
    }

    /// Parses the name of a zone, or the start of `UTC+3`.
    fn zone(&mut self, name: &str) {
        self.is_offset_reversed = self.is_at(1, "+") || self.is_at(1, "-");
        if self.is_offset_reversed && words::is_utc(name) {
            return;
        }
        self.fields.zone = Some(name.to_owned());
        self.fields.offset = (name == "z").then_some(0);
    }

    /// Parses `+0900`, `+09:00` or `+9`, each with an optional zone name in parentheses.
    fn offset(&mut self, sign: &str) -> Result<usize, NotATime> {
        let digits = self.need(1)?;
        let (hours, minutes, mut taken) = if digits.chars().count() == 4 {
            let (hours, minutes) = digits.split_at_checked(2).ok_or(NotATime)?;
            (whole(hours)?, whole(minutes)?, 2)
        } else if self.is_at(2, ":") {
            (whole(digits)?, whole(self.need(3)?)?, 4)
        } else if digits.chars().count() <= 2 {
            (whole(digits)?, 0, 2)
        } else {
            return Err(NotATime);
        };
        let size = hours
            .saturating_mul(3600)
            .saturating_add(minutes.saturating_mul(60));
        let is_east = (sign == "+") != std::mem::take(&mut self.is_offset_reversed);
        self.fields.offset = Some(if is_east { size } else { -size });

        let is_in_parentheses = self.is_at(taken + 1, "(") && self.is_at(taken + 3, ")");
        if let (true, Some(gap), Some(name)) =
            (is_in_parentheses, self.peek(taken), self.peek(taken + 2))
            && words::is_filler(gap)
            && name.len() >= 3
            && self.fields.zone.is_none()
            && words::is_zone_like(name)
        {
            self.fields.zone = Some(name.to_owned());
            taken += 4;
        }
        Ok(taken)
    }

    /// Parses a token that starts with a digit. The meaning of the token depends on its length and
    /// the tokens around it.
    fn number(&mut self, token: &'a str) -> Result<usize, NotATime> {
        let number = Number::read(token)?;
        let next = self.peek(1);
        let is_date_complete = self.parts.len() == 3;
        let is_before_clock = next.is_some_and(|next| next == ":" || words::unit(next).is_some());

        match token.len() {
            2 | 4 if is_date_complete && self.fields.hour.is_none() && !is_before_clock => {
                self.compact_clock(token)?;
                return Ok(1);
            }
            6 if self.parts.len() == 0 && !token.contains('.') => {
                self.compact_date(token, 2)?;
                return Ok(1);
            }
            length if length == 6 || (length > 6 && token.find('.') == Some(6)) => {
                self.compact_clock(token)?;
                return Ok(1);
            }
            8 | 12 | 14 => {
                self.compact_date(token, 4)?;
                return Ok(1);
            }
            _ => {}
        }
        if let Some((unit, taken)) = self.unit_around() {
            if let Some(unit) = unit {
                self.count(&number, unit);
            }
            return Ok(taken);
        }
        match (next, self.peek(2)) {
            (Some(":"), Some(minutes)) => self.clock(&number, minutes),
            (Some(separator @ ("-" | "/" | ".")), _) => self.date(token, separator),
            (None, _) => {
                self.parts.push_number(&number)?;
                Ok(1)
            }
            (Some(next), after) if words::is_filler(next) => {
                if let Some(half) = after.and_then(words::half) {
                    self.fields.hour = Some(half.hour(number.whole));
                    return Ok(3);
                }
                self.parts.push_number(&number)?;
                Ok(2)
            }
            (Some(next), _) => {
                if let Some(half) = words::half(next).filter(|_| number.whole < 24) {
                    self.fields.hour = Some(half.hour(number.whole));
                    return Ok(2);
                }
                if !self.parts.could_be_day(&number) {
                    return Err(NotATime);
                }
                self.parts.push_number(&number)?;
                Ok(1)
            }
        }
    }

    /// Parses `20201001`, `202010010900`, `20201001090030`, or `201001` with a two-digit year.
    fn compact_date(&mut self, token: &str, year_digits: usize) -> Result<(), NotATime> {
        let (year, rest) = token.split_at(year_digits);
        let (month, rest) = rest.split_at(2);
        let (day, clock) = rest.split_at(2);
        for digits in [year, month, day] {
            self.parts.push_digits(digits)?;
        }
        if clock.is_empty() {
            return Ok(());
        }
        let (hour, rest) = clock.split_at(2);
        let (minute, second) = rest.split_at(2);
        self.fields.hour = Some(whole(hour)?);
        self.fields.minute = Some(whole(minute)?);
        if !second.is_empty() {
            self.fields.second = Some(whole(second)?);
        }
        Ok(())
    }

    /// Parses `09`, `0900`, `090030` or `090030.5` after a date.
    fn compact_clock(&mut self, token: &str) -> Result<(), NotATime> {
        let (hour, rest) = token.split_at(2);
        self.fields.hour = Some(whole(hour)?);
        if rest.is_empty() {
            return Ok(());
        }
        let (minute, seconds) = rest.split_at(2);
        self.fields.minute = Some(whole(minute)?);
        if !seconds.is_empty() {
            self.seconds(&Number::read(seconds)?);
        }
        Ok(())
    }

    /// The unit of the current number and the number of tokens used, or `None` if no unit is next to the number.
    ///
    /// A unit after the number is the number's unit. If only a unit before the number is given, as
    /// in `10h30`, the number has the next smaller unit: minutes after hours. After seconds, there
    /// is no smaller unit, so the unit is `None`.
    fn unit_around(&self) -> Option<(Option<Unit>, usize)> {
        let unit_at = |at: Option<usize>| words::unit(self.tokens.get(at?)?);
        let smaller = |unit| match unit {
            Unit::Hour => Some(Unit::Minute),
            Unit::Minute => Some(Unit::Second),
            Unit::Second => None,
        };
        if let Some(unit) = unit_at(Some(self.at + 1)) {
            return Some((Some(unit), 2));
        }
        if let (true, Some(unit)) = (self.is_at(1, " "), unit_at(Some(self.at + 2))) {
            return Some((Some(unit), 3));
        }
        if let Some(unit) = unit_at(self.at.checked_sub(1)) {
            return Some((smaller(unit), 1));
        }
        let is_last = self.at + 1 == self.tokens.len();
        let is_after_blank = self.at > 0 && self.tokens[self.at - 1] == " ";
        let unit = unit_at(self.at.checked_sub(2)).filter(|_| is_last && is_after_blank)?;
        Some((smaller(unit), 1))
    }

    fn count(&mut self, number: &Number, unit: Unit) {
        match unit {
            Unit::Hour => {
                self.fields.hour = Some(number.whole);
                self.fields.minute = number.sixtieths().or(self.fields.minute);
            }
            Unit::Minute => self.minutes(number),
            Unit::Second => self.seconds(number),
        }
    }

    fn minutes(&mut self, number: &Number) {
        self.fields.minute = Some(number.whole);
        self.fields.second = number.sixtieths();
    }

    fn seconds(&mut self, number: &Number) {
        self.fields.second = Some(number.whole);
    }

    /// Parses `09:05`, `09:05.5` or `09:05:30.25`.
    fn clock(&mut self, hour: &Number, minutes: &str) -> Result<usize, NotATime> {
        self.fields.hour = Some(hour.whole);
        self.minutes(&Number::read(minutes)?);
        match self.peek(4) {
            Some(seconds) if self.is_at(3, ":") => {
                self.seconds(&Number::read(seconds)?);
                Ok(5)
            }
            _ => Ok(3),
        }
    }

    /// Parses `10-01-2020`, `2020/10/01`, `01-Oct-2020`, `10-01`, or the `2020.` of `2020. 10. 1.`.
    fn date(&mut self, first: &str, separator: &str) -> Result<usize, NotATime> {
        self.parts.push_digits(first)?;
        let Some(second) = self.peek(2).filter(|second| !words::is_filler(second)) else {
            return Ok(2);
        };
        self.month_or_digits(second)?;
        if self.is_at(3, separator) {
            self.month_or_digits(self.need(4)?)?;
            return Ok(5);
        }
        Ok(3)
    }

    fn month_or_digits(&mut self, token: &str) -> Result<(), NotATime> {
        match words::month(token) {
            Some(month) => self.parts.push_month(month),
            None => self.parts.push_digits(token),
        }
    }
}
