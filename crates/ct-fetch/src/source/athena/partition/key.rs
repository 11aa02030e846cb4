//! A partition key: what its values mean, and the SQL condition that selects values.

use ct_aws::athena::Column;
use ct_core::input::name::{Kind, is_account};
use jiff::civil::Date;

use super::{FolderCoverage, FolderPosition};
use crate::source::athena::format::DateFormat;
use crate::source::athena::projection::KeyValues;
use crate::source::athena::sql;

/// If the window has at most this number of days, a condition on a day of the month lists the
/// window's days one by one.
const NAMED_DAYS: i32 = 28;

/// A partition key of an Athena table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PartitionKey {
    pub(super) name: String,
    /// Whether the type of the key is an integer.
    is_number: bool,
    pub(super) role: KeyRole,
    /// The values that the key can have according to the table's partition projection.
    pub(super) values: KeyValues,
}

/// What the values of a partition key mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeyRole {
    Account,
    /// The kind of the files, such as `CloudTrail-Insight`.
    Kind,
    Region,
    Day(DateFormat),
    Year,
    Month,
    DayOfMonth,
    /// Something unknown. Queries contain no condition on such a key.
    Other,
}

impl PartitionKey {
    pub(super) fn new(column: &Column, role: KeyRole, values: KeyValues) -> Self {
        let data_type = column.data_type.to_ascii_lowercase();
        let is_number = matches!(
            data_type.as_str(),
            "int" | "integer" | "bigint" | "smallint" | "tinyint"
        );
        let is_text = data_type == "string" || data_type.starts_with("varchar");
        let fits = match role {
            KeyRole::Year | KeyRole::Month | KeyRole::DayOfMonth => is_number || is_text,
            _ => is_text,
        };
        let role = if fits { role } else { KeyRole::Other };
        Self {
            name: column.name.clone(),
            is_number,
            role,
            values,
        }
    }

    pub(super) fn among(&self, values: Option<&[String]>) -> Option<String> {
        let values: Vec<String> = values?.iter().map(|value| sql::text(value)).collect();
        Some(format!(
            "{} IN ({})",
            sql::name(&self.name),
            values.join(", ")
        ))
    }

    pub(super) fn between(&self, first: Option<String>, last: Option<String>) -> Option<String> {
        let name = sql::name(&self.name);
        match (first, last) {
            (Some(first), Some(last)) => Some(format!("{name} BETWEEN {first} AND {last}")),
            (Some(first), None) => Some(format!("{name} >= {first}")),
            (None, Some(last)) => Some(format!("{name} <= {last}")),
            (None, None) => None,
        }
    }

    /// Returns the SQL condition that selects the years, months or days of the window from `first`
    /// to `last`. Returns `None` if the window does not restrict the key.
    pub(super) fn numbers(&self, first: Option<Date>, last: Option<Date>) -> Option<String> {
        if self.role == KeyRole::Year && (first.is_none() || last.is_none()) {
            let year = |day: Option<Date>| {
                let year = i32::from(day?.year());
                let text = if self.is_number {
                    year.to_string()
                } else {
                    format!("'{year:04}'")
                };
                Some(text)
            };
            return self.between(year(first), year(last));
        }
        let (first, last) = (first?, last?);
        let length = (last - first).get_days();
        let days = std::iter::successors(Some(first), |day| day.tomorrow().ok());
        let days = days.take_while(|day| *day <= last);
        let numbers: Vec<i16> = match self.role {
            KeyRole::Year => (first.year()..=last.year()).collect(),
            KeyRole::Month if length < 330 => days.map(|day| i16::from(day.month())).collect(),
            KeyRole::DayOfMonth if length < NAMED_DAYS => {
                days.map(|day| i16::from(day.day())).collect()
            }
            _ => return None,
        };
        let mut texts: Vec<String> = Vec::new();
        for number in numbers {
            let written = if self.is_number {
                vec![number.to_string()]
            } else {
                vec![format!("'{number:02}'"), format!("'{number}'")]
            };
            for text in written {
                if !texts.contains(&text) {
                    texts.push(text);
                }
            }
        }
        Some(format!(
            "{} IN ({})",
            sql::name(&self.name),
            texts.join(", ")
        ))
    }

    pub(super) fn cover(&self, place: &FolderPosition) -> FolderCoverage {
        match &self.role {
            KeyRole::Account => self.values.cover_text(Some(&place.account)),
            KeyRole::Kind => self.values.cover_text(Some(place.kind.text())),
            KeyRole::Region => self.values.cover_text(place.region.as_deref()),
            KeyRole::Day(format) => self.values.cover_days(place.days, |day| format.first(day)),
            KeyRole::Year => self.values.cover_numbers(place.days, Date::year),
            KeyRole::Month => self
                .values
                .cover_numbers(place.days, |day| i16::from(day.month())),
            KeyRole::DayOfMonth => self
                .values
                .cover_numbers(place.days, |day| i16::from(day.day())),
            KeyRole::Other => FolderCoverage::All,
        }
    }
}

/// Finds out what a partition key means from its name and all of its values.
pub(super) fn role(name: &str, values: &[&str]) -> KeyRole {
    let are = |range: std::ops::RangeInclusive<u16>| {
        let is = |value: &str| {
            let number = value
                .parse::<u16>()
                .ok()
                .filter(|number| range.contains(number));
            number.is_some_and(|number| {
                value == format!("{number:02}") || value == number.to_string()
            })
        };
        values.iter().all(|value| is(value))
    };
    let are_all = |is: fn(&str) -> bool| !values.is_empty() && values.iter().all(|value| is(value));
    match name {
        "year" if are(1000..=9999) => KeyRole::Year,
        "month" if are(1..=12) => KeyRole::Month,
        "day" if are(1..=31) => KeyRole::DayOfMonth,
        _ if are_all(is_account) => KeyRole::Account,
        _ if are_all(|value| Kind::read(value).is_some()) => KeyRole::Kind,
        _ if name.contains("region") && are_all(ct_core::region::is_name) => KeyRole::Region,
        _ if values.is_empty() => KeyRole::Other,
        _ => DateFormat::from_examples(values).map_or(KeyRole::Other, KeyRole::Day),
    }
}
