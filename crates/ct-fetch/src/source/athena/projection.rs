//! The values that a partition key can have, as a table's partition projection defines them.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::format::DateFormat;

/// How much of a folder is in partitions of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FolderCoverage {
    Nothing,
    Some,
    All,
}

/// The values that a partition key can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeyValues {
    /// Exactly the listed values.
    Listed(Vec<String>),
    /// All numbers from the first to the last, including both.
    Numbers(i64, i64),
    /// All days from `first` to `last`, including both.
    Days {
        format: DateFormat,
        first: Date,
        last: Date,
    },
    /// Values that the table does not list: each query must list the values that it searches
    /// (projection type `injected`).
    Injected,
    /// Unknown values.
    Any,
}

/// Reads the values of the key `name` from a table's properties. `today` is the day for which a
/// property may contain `NOW`.
///
/// Source: Amazon Athena user guide, "Supported types for partition projection".
///
/// # Errors
/// Returns which property is missing or not supported.
pub(super) fn values(
    name: &str,
    parameters: &BTreeMap<String, String>,
    today: Date,
) -> Result<KeyValues, String> {
    let property = |what: &str| parameters.get(&format!("projection.{name}.{what}"));
    let Some(kind) = property("type") else {
        return Err(format!("its projection has no type for the key {name}"));
    };
    let cannot = |what: &str| format!("projection.{name}.{what} is not supported");
    if property("interval").is_some_and(|interval| interval != "1") {
        return Err(format!(
            "projection.{name}.interval is not 1, so the table skips partitions"
        ));
    }
    let range = property("range").and_then(|range| range.split_once(','));
    match kind.to_ascii_lowercase().as_str() {
        "enum" => {
            let values = property("values").ok_or_else(|| cannot("values"))?;
            let values = values.split(',').map(|value| value.trim().to_owned());
            Ok(KeyValues::Listed(values.collect()))
        }
        "integer" => {
            let (first, last) = range.ok_or_else(|| cannot("range"))?;
            let number = |text: &str| text.trim().parse().map_err(|_| cannot("range"));
            Ok(KeyValues::Numbers(number(first)?, number(last)?))
        }
        "date" => {
            let format = property("format").and_then(|format| DateFormat::read(format));
            let Some(format) = format else {
                return Ok(KeyValues::Any);
            };
            let (first, last) = range.ok_or_else(|| cannot("range"))?;
            let bound = |text: &str| {
                let text = text.trim();
                let day = format.parse(text).or_else(|| relative(text, today));
                day.ok_or_else(|| cannot("range"))
            };
            Ok(KeyValues::Days {
                first: bound(first)?,
                last: bound(last)?,
                format,
            })
        }
        "injected" => Ok(KeyValues::Injected),
        _ => Err(cannot("type")),
    }
}

/// Returns the day for `NOW`, `NOW-3YEARS` or `NOW+1DAY`, if the current day is `today`. Returns
/// `None` for a different text.
fn relative(text: &str, today: Date) -> Option<Date> {
    let rest = text.strip_prefix("NOW")?;
    if rest.is_empty() {
        return Some(today);
    }
    let unit = rest
        .trim_start_matches(['+', '-'])
        .trim_start_matches(|letter: char| letter.is_ascii_digit());
    let number: i64 = rest.strip_suffix(unit)?.parse().ok()?;
    let number = number.clamp(-9_000, 9_000);
    let span = match unit.trim_end_matches('S') {
        "YEAR" => number.years(),
        "MONTH" => number.months(),
        "WEEK" => number.weeks(),
        "DAY" => number.days(),
        _ => return None,
    };
    today.checked_add(span).ok()
}

impl KeyValues {
    /// Returns how much of a folder is in partitions that have these values of a key. `text` is the
    /// account, kind or region of the folder; `None` if the folder contains several.
    pub(super) fn cover_text(&self, text: Option<&str>) -> FolderCoverage {
        match (self, text) {
            (Self::Listed(_), None) => FolderCoverage::Some,
            (Self::Listed(values), Some(text)) if !values.iter().any(|value| value == text) => {
                FolderCoverage::Nothing
            }
            _ => FolderCoverage::All,
        }
    }

    /// Like [`KeyValues::cover_text`], for the days of a folder. `first_of` returns the first day of
    /// the partition that contains a day.
    pub(super) fn cover_days(
        &self,
        days: Option<(Date, Date)>,
        first_of: impl Fn(Date) -> Date,
    ) -> FolderCoverage {
        let Self::Days { first, last, .. } = self else {
            return FolderCoverage::All;
        };
        match days {
            Some((from, to)) if first_of(from) >= *first && to <= *last => FolderCoverage::All,
            Some((from, to)) if to < *first || from > *last => FolderCoverage::Nothing,
            None | Some(_) => FolderCoverage::Some,
        }
    }

    /// Like [`KeyValues::cover_days`], for a key that is a number. `number` returns the number for a
    /// day: its year, month, or day of the month.
    pub(super) fn cover_numbers(
        &self,
        days: Option<(Date, Date)>,
        number: impl Fn(Date) -> i16,
    ) -> FolderCoverage {
        let has = |number: i16| match self {
            Self::Numbers(first, last) => (*first..=*last).contains(&i64::from(number)),
            Self::Listed(values) => values.iter().any(|value| value.parse() == Ok(number)),
            Self::Days { .. } | Self::Injected | Self::Any => true,
        };
        match days {
            None => FolderCoverage::Some,
            Some((first, last)) if first == last => {
                if has(number(first)) {
                    FolderCoverage::All
                } else {
                    FolderCoverage::Nothing
                }
            }
            Some((first, last)) => {
                let each = std::iter::successors(Some(first), |day| day.tomorrow().ok());
                let mut each = each.take_while(|day| *day <= last);
                if each.all(|day| has(number(day))) {
                    FolderCoverage::All
                } else {
                    FolderCoverage::Some
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn of(properties: &[(&str, &str)]) -> Result<KeyValues, String> {
        let properties = properties.iter();
        let properties =
            properties.map(|(name, value)| (format!("projection.k.{name}"), (*value).to_owned()));
        values("k", &properties.collect(), date(2026, 3, 31))
    }

    #[test]
    fn a_range_of_days_may_count_from_now() {
        let of = |range: &str| of(&[("type", "date"), ("format", "yyyy/MM/dd"), ("range", range)]);
        let days = |first, last| {
            let format = DateFormat::read("yyyy/MM/dd").unwrap();
            Ok(KeyValues::Days {
                format,
                first,
                last,
            })
        };
        assert_eq!(
            of("2020/01/01,NOW"),
            days(date(2020, 1, 1), date(2026, 3, 31))
        );
        assert_eq!(
            of("NOW-3YEARS, NOW+1DAY"),
            days(date(2023, 3, 31), date(2026, 4, 1))
        );
        for range in ["2020-01-01,NOW", "NOW", "NOW-3FORTNIGHTS,NOW", "NOW-,NOW"] {
            assert!(of(range).is_err(), "{range}");
        }
    }

    #[test]
    fn a_projection_that_skips_partitions_is_refused_and_an_unknown_format_has_no_condition() {
        assert_eq!(
            of(&[("type", "date"), ("interval", "7")]),
            Err("projection.k.interval is not 1, so the table skips partitions".to_owned())
        );
        assert_eq!(
            of(&[]),
            Err("its projection has no type for the key k".to_owned())
        );
        assert_eq!(
            of(&[("type", "date"), ("format", "dd/MM/yyyy")]),
            Ok(KeyValues::Any)
        );
        assert_eq!(of(&[("type", "INJECTED")]), Ok(KeyValues::Injected));
        assert_eq!(
            of(&[("type", "enum"), ("values", "a, b")]),
            Ok(KeyValues::Listed(vec!["a".to_owned(), "b".to_owned()]))
        );
    }

    #[test]
    fn a_folder_is_covered_wholly_in_part_or_not() {
        let january = Some((date(2026, 1, 1), date(2026, 1, 31)));
        let days = KeyValues::Days {
            format: DateFormat::read("yyyy/MM/dd").unwrap(),
            first: date(2026, 1, 15),
            last: date(2026, 1, 31),
        };
        let cover = |days_of_folder| days.cover_days(days_of_folder, |day| day);
        assert_eq!(cover(january), FolderCoverage::Some);
        assert_eq!(
            cover(Some((date(2026, 1, 14), date(2026, 1, 14)))),
            FolderCoverage::Nothing
        );
        assert_eq!(
            cover(Some((date(2026, 1, 15), date(2026, 1, 15)))),
            FolderCoverage::All
        );
        let numbers = KeyValues::Numbers(1, 30);
        let day = |day: Date| i16::from(day.day());
        assert_eq!(numbers.cover_numbers(january, day), FolderCoverage::Some);
        let last = Some((date(2026, 1, 31), date(2026, 1, 31)));
        assert_eq!(numbers.cover_numbers(last, day), FolderCoverage::Nothing);
    }
}
