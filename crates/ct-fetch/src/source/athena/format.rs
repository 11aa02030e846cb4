//! The format of a date in a partition key, such as `yyyy/MM/dd`.

use jiff::civil::Date;

/// A date format: the year, perhaps the month, and perhaps the day, in this order. Sorted as
/// strings, dates in such a format are in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DateFormat(Vec<DateField>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum DateField {
    Year,
    Month,
    Day,
    Literal(char),
}

impl DateFormat {
    /// Parses the date format of a table's partition projection. Returns `None` if the format
    /// contains other fields, or the fields in a different order.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            let known = [
                ("yyyy", DateField::Year),
                ("MM", DateField::Month),
                ("dd", DateField::Day),
            ];
            let known = known.into_iter().find(|(name, _)| rest.starts_with(name));
            let (length, piece) = match known {
                Some((name, piece)) => (name.len(), piece),
                None if letter.is_alphanumeric() || letter == '\'' => return None,
                None => (letter.len_utf8(), DateField::Literal(letter)),
            };
            pieces.push(piece);
            rest = &rest[length..];
        }
        let parts = pieces
            .iter()
            .filter(|piece| !matches!(piece, DateField::Literal(_)));
        let parts: Vec<&DateField> = parts.collect();
        let order = [DateField::Year, DateField::Month, DateField::Day];
        let is_ordered =
            !parts.is_empty() && parts.iter().zip(&order).all(|(one, other)| *one == other);
        (is_ordered && parts.len() <= order.len()).then_some(Self(pieces))
    }

    /// Returns the first known date format that all `values` have; `None` if there is none.
    pub(super) fn from_examples(values: &[&str]) -> Option<Self> {
        let formats = ["yyyy/MM/dd", "yyyy-MM-dd", "yyyyMMdd", "yyyy/MM", "yyyy-MM"];
        let mut formats = formats.into_iter().filter_map(Self::read);
        formats.find(|format| values.iter().all(|value| format.parse(value).is_some()))
    }

    /// Writes a day in this format.
    pub(super) fn write(&self, day: Date) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            DateField::Year => format!("{:04}", day.year()),
            DateField::Month => format!("{:02}", day.month()),
            DateField::Day => format!("{:02}", day.day()),
            DateField::Literal(letter) => letter.to_string(),
        });
        pieces.collect()
    }

    /// Parses `value`, which is a day, a month or a year. Returns its first day; `None` if `value`
    /// is not in this format.
    pub(super) fn parse(&self, value: &str) -> Option<Date> {
        let (mut year, mut month, mut day) = (0, 1, 1);
        let mut rest = value;
        for piece in &self.0 {
            let length = match piece {
                DateField::Year => 4,
                DateField::Month | DateField::Day => 2,
                DateField::Literal(letter) => {
                    rest = rest.strip_prefix(*letter)?;
                    continue;
                }
            };
            let digits = rest.get(..length)?;
            let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
            let number: i16 = is_number.then(|| digits.parse().ok()).flatten()?;
            match piece {
                DateField::Year => year = number,
                DateField::Month => month = i8::try_from(number).ok()?,
                _ => day = i8::try_from(number).ok()?,
            }
            rest = &rest[length..];
        }
        let date = Date::new(year, month, day).ok()?;
        rest.is_empty().then_some(date)
    }

    /// Returns the first day of the day, month or year that contains `day`, depending on the
    /// format: for `yyyy/MM`, the first of the month.
    pub(super) fn first(&self, day: Date) -> Date {
        self.parse(&self.write(day)).unwrap_or(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn only_a_date_format_that_sorts_by_date_is_read_and_written() {
        for (format, text) in [
            ("yyyy/MM/dd", "2026/01/31"),
            ("yyyy-MM-dd", "2026-01-31"),
            ("yyyyMMdd", "20260131"),
            ("yyyy/MM", "2026/01"),
        ] {
            let format = DateFormat::read(format).unwrap();
            assert_eq!(format.write(date(2026, 1, 31)), text);
            assert_eq!(format.parse(text), Some(format.first(date(2026, 1, 31))));
        }
        for format in [
            "dd/MM/yyyy",
            "yyyy/MM/dd/HH",
            "",
            "/",
            "yyyy/dd",
            "yy/MM/dd",
            "yyyy'T'",
        ] {
            assert_eq!(DateFormat::read(format), None, "{format}");
        }
        let format = DateFormat::read("yyyy/MM/dd").unwrap();
        for text in [
            "2026/1/31",
            "2026-01-31",
            "2026/01/31/",
            "2026/13/01",
            "2026/01",
        ] {
            assert_eq!(format.parse(text), None, "{text}");
        }
        let values = ["2026-01-31", "2026-02-01"];
        assert_eq!(
            DateFormat::from_examples(&values),
            DateFormat::read("yyyy-MM-dd")
        );
        assert_eq!(DateFormat::from_examples(&["2026-01-31", "x"]), None);
    }
}
