//! Decides which number of a date is the year, which is the month, and which is the day.

use super::number::{NotATime, Number, whole};

/// The role of a number in a date, if its notation or position determines it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DatePart {
    Year,
    Month,
    Unknown,
}

/// The numbers of a date in the written order. A valid date has at most three numbers.
#[derive(Debug, Default)]
pub(super) struct DateParts {
    values: Vec<i64>,
    year_at: Option<usize>,
    month_at: Option<usize>,
    is_century_given: bool,
}

/// Year, month and day, each `None` if absent. The values are as written and not validated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: Option<i64>,
    pub(super) month: Option<i64>,
    pub(super) day: Option<i64>,
}

impl DateParts {
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether the year was written with its century. Without a century, `20` means 2020.
    pub(super) fn is_century_given(&self) -> bool {
        self.is_century_given
    }

    /// Adds a number given as digits. Three digits or more can only be a year.
    pub(super) fn push_digits(&mut self, digits: &str) -> Result<(), NotATime> {
        let value = whole(digits)?;
        self.push_year_if(digits.len() > 2, value)
    }

    /// Adds a number. A number above 100 can only be a year.
    pub(super) fn push_number(&mut self, number: &Number) -> Result<(), NotATime> {
        self.push_year_if(number.is_above(100), number.whole)
    }

    /// Adds a month that was written as a name.
    pub(super) fn push_month(&mut self, month: i64) -> Result<(), NotATime> {
        self.push(month, DatePart::Month)
    }

    fn push_year_if(&mut self, is_year: bool, value: i64) -> Result<(), NotATime> {
        self.is_century_given |= is_year;
        self.push(
            value,
            if is_year {
                DatePart::Year
            } else {
                DatePart::Unknown
            },
        )
    }

    /// Adds a year, with or without its century, from a position where only a year is possible.
    pub(super) fn push_year(&mut self, year: i64) -> Result<(), NotATime> {
        self.push(year, DatePart::Year)
    }

    fn push(&mut self, value: i64, part: DatePart) -> Result<(), NotATime> {
        let at = match part {
            DatePart::Year => &mut self.year_at,
            DatePart::Month => &mut self.month_at,
            DatePart::Unknown => &mut None,
        };
        if at.replace(self.values.len()).is_some() {
            return Err(NotATime);
        }
        self.values.push(value);
        Ok(())
    }

    /// Whether `number` may be the day of this date. The month and the year of the date may still
    /// be unknown.
    pub(super) fn could_be_day(&self, number: &Number) -> bool {
        let last = match (self.month_at, self.year_at) {
            (None, _) => 31,
            (Some(month), None) => days_in(2000, self.values[month]),
            (Some(month), Some(year)) => days_in(self.values[year], self.values[month]),
        };
        number.whole >= 1 && !number.is_above(last)
    }

    /// Assigns the numbers to the year, the month and the day. The month comes first, but a number
    /// above 12 is not a month, and a number above 31 is a year.
    pub(super) fn resolve(&self) -> Result<Date, NotATime> {
        match (self.values.as_slice(), self.year_at, self.month_at) {
            ([], ..) => Ok(Date::default()),
            (&[month], _, Some(_)) => Ok(Date {
                month: Some(month),
                ..Date::default()
            }),
            (&[value], year_at, None) => Ok(year_or_day(value, year_at.is_some())),
            (two @ &[_, _], year_at, Some(month_at)) => Ok(Date {
                month: Some(two[month_at]),
                ..year_or_day(two[1 - month_at], year_at.is_some())
            }),
            (&[first, second], _, None) => Ok(two_numbers(first, second)),
            (&[first, second, third], ..) => Ok(self.three_numbers(first, second, third)),
            _ => Err(NotATime),
        }
    }

    #[expect(clippy::match_same_arms, reason = "the first arm that matches decides")]
    fn three_numbers(&self, first: i64, second: i64, third: i64) -> Date {
        let numbers = [first, second, third];
        let (year, month, day) = match (numbers, self.year_at, self.month_at) {
            (_, Some(year_at), Some(month_at)) => (
                numbers[year_at],
                numbers[month_at],
                numbers[3 - year_at - month_at],
            ),
            ([month, year, day], None, Some(0)) if year > 31 => (year, month, day),
            ([month, day, year], None, Some(0)) => (year, month, day),
            ([year, month, day], None, Some(1)) if year > 31 => (year, month, day),
            ([day, month, year], None, Some(1)) => (year, month, day),
            ([day, year, month], None, Some(_)) if year > 31 => (year, month, day),
            ([year, day, month], None, Some(_)) => (year, month, day),
            ([year, month, day], Some(0), None) => (year, month, day),
            ([year, month, day], _, None) if year > 31 => (year, month, day),
            ([day, month, year], _, None) if day > 12 => (year, month, day),
            ([month, day, year], _, None) => (year, month, day),
        };
        Date {
            year: Some(year),
            month: Some(month),
            day: Some(day),
        }
    }
}

fn year_or_day(value: i64, is_year: bool) -> Date {
    if is_year || value > 31 {
        Date {
            year: Some(value),
            ..Date::default()
        }
    } else {
        Date {
            day: Some(value),
            ..Date::default()
        }
    }
}

fn two_numbers(first: i64, second: i64) -> Date {
    let (year, month, day) = match (first, second) {
        (year, month) if year > 31 => (Some(year), month, None),
        (month, year) if year > 31 => (Some(year), month, None),
        (month, day) => (None, month, Some(day)),
    };
    Date {
        year,
        month: Some(month),
        day,
    }
}

/// The number of days in a month (1 to 12) in the Gregorian calendar, which continues beyond the year 9999.
pub(super) fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::{Date, DateParts};

    fn date(digits: [&str; 3]) -> Option<(i64, i64, i64)> {
        let mut parts = DateParts::default();
        for each in digits {
            parts.push_digits(each).ok()?;
        }
        let Date { year, month, day } = parts.resolve().ok()?;
        Some((year?, month?, day?))
    }

    #[test]
    fn the_month_comes_first_unless_its_number_is_too_large() {
        assert_eq!(date(["03", "04", "2021"]), Some((2021, 3, 4)));
        assert_eq!(date(["23", "04", "2021"]), Some((2021, 4, 23)));
    }

    #[test]
    fn the_year_comes_first_if_it_can_only_be_a_year() {
        assert_eq!(date(["2021", "03", "04"]), Some((2021, 3, 4)));
        assert_eq!(date(["99", "03", "04"]), Some((99, 3, 4)));
    }

    #[test]
    fn a_date_with_two_years_is_refused() {
        assert_eq!(date(["2021", "2022", "04"]), None);
    }
}
