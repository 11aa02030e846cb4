//! What a table is partitioned by, and which of its partitions may have files that are wanted.

use std::collections::{BTreeMap, HashSet};

use ct_aws::athena::Column;
use jiff::civil::Date;

use super::format::Format;
use super::projection::{self, Values};
use super::sql;
use crate::source::archive::listing::name::{Kind, day_of};
use crate::source::archive::listing::scope::Scope;

/// Days of the longest window whose days are named one by one.
const NAMED_DAYS: i32 = 28;

/// The kinds of files that hold records.
pub(crate) const KINDS: [Kind; 4] = [
    Kind::Events,
    Kind::Insight,
    Kind::NetworkActivity,
    Kind::Aggregated,
];

/// A partition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) name: String,
    /// Its values are whole numbers.
    is_number: bool,
    pub(super) role: Role,
    /// What the projection says of its values.
    pub(super) values: Values,
}

/// What a key's values are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    Account,
    /// Such as `CloudTrail-Insight`.
    Kind,
    Region,
    Day(Format),
    Year,
    Month,
    DayOfMonth,
    /// Not known: it is not asked for.
    Other,
}

/// Where a folder of a trail is, as far as its path says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) account: String,
    pub(super) kind: Kind,
    pub(super) region: Option<String>,
    /// The first and the last day that it may hold.
    pub(super) days: Option<(Date, Date)>,
}

/// How much of a folder a table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Coverage {
    Nothing,
    Some,
    All,
}

/// The values of a registered partition, as far as the keys have a role.
type Registered = (Option<String>, Option<String>, Option<String>, Option<Date>);

/// The partitions of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Partitions {
    pub(super) keys: Vec<Key>,
    /// What stands in the paths of all partitions: an account, a kind and a region.
    fixed: [Option<String>; 3],
    /// Those of a table without projection.
    registered: Option<HashSet<Registered>>,
}

impl Partitions {
    /// Those that a projection gives; `today` is the last day that `NOW` stands for.
    ///
    /// # Errors
    /// Why the projection cannot be relied on.
    pub(super) fn projected(
        columns: &[Column],
        parameters: &BTreeMap<String, String>,
        today: Date,
    ) -> Result<Self, String> {
        let template = parameters.get("storage.location.template");
        let template = template.ok_or("its projection has no storage.location.template")?;
        let mut keys = Vec::new();
        for column in columns {
            let values = projection::values(&column.name, parameters, today)?;
            keys.push(Key::new(column, Role::Other, values));
        }
        let mut fixed = [None, None, None];
        let parts: Vec<&str> = template.trim_end_matches('/').split('/').collect();
        let key = |part: &str| {
            let name = part.strip_prefix("${")?.strip_suffix('}')?;
            keys.iter().position(|key| key.name == name)
        };
        let has_kinds = |at: usize| match &keys[at].values {
            Values::Listed(values) => values.iter().all(|value| Kind::read(value).is_some()),
            _ => false,
        };
        let kind = parts
            .iter()
            .position(|part| Kind::read(part).is_some() || key(part).is_some_and(has_kinds));
        let Some(kind) = kind.filter(|kind| *kind > 0) else {
            return Ok(Self {
                keys,
                fixed,
                registered: None,
            });
        };
        let mut roles = Vec::new();
        for (offset, role) in [Role::Account, Role::Kind, Role::Region]
            .into_iter()
            .enumerate()
        {
            let Some(part) = parts.get(kind - 1 + offset) else {
                continue;
            };
            match key(part) {
                Some(at) => roles.push((at, role)),
                None if !part.contains('$') => fixed[offset] = Some((*part).to_owned()),
                None => {}
            }
        }
        let days = parts.iter().skip(kind + 2).filter_map(|part| key(part));
        for (at, role) in days.zip([Role::Year, Role::Month, Role::DayOfMonth]) {
            match &keys[at].values {
                Values::Days { format, .. } => roles.push((at, Role::Day(format.clone()))),
                Values::Numbers(..) | Values::Listed(_) => roles.push((at, role)),
                Values::Injected | Values::Any => {}
            }
        }
        for (at, role) in roles {
            keys[at].role = role;
        }
        Ok(Self {
            keys,
            fixed,
            registered: None,
        })
    }

    /// Those that are registered, each with a value of every column.
    pub(super) fn registered(columns: &[Column], rows: &[Vec<Option<String>>]) -> Self {
        let mut keys: Vec<Key> = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            let values = rows
                .iter()
                .map(|row| row.get(at).and_then(Option::as_deref));
            let values: Option<Vec<&str>> = values.collect();
            let role = values.map_or(Role::Other, |values| role(&column.name, &values));
            keys.push(Key::new(column, role, Values::Any));
        }
        let mut partitions = Self {
            keys,
            ..Self::default()
        };
        let registered = rows.iter().map(|row| partitions.values(row)).collect();
        partitions.registered = Some(registered);
        partitions
    }

    /// What a registered partition's values are.
    fn values(&self, row: &[Option<String>]) -> Registered {
        let (mut account, mut kind, mut region, mut day) = (None, None, None, None);
        let (mut year, mut month, mut day_of_month) = (None, 1, 1);
        for (key, value) in self.keys.iter().zip(row) {
            let value = value.clone().unwrap_or_default();
            match &key.role {
                Role::Account => account = Some(value),
                Role::Kind => kind = Some(value),
                Role::Region => region = Some(value),
                Role::Day(format) => day = format.parse(&value),
                Role::Year => year = value.parse().ok(),
                Role::Month => month = value.parse().unwrap_or(1),
                Role::DayOfMonth => day_of_month = value.parse().unwrap_or(1),
                Role::Other => {}
            }
        }
        let day = day.or_else(|| Date::new(year?, month, day_of_month).ok());
        (account, kind, region, day)
    }

    /// What every partition with wanted files meets.
    ///
    /// # Errors
    /// Where the projection wants values that the scope does not name.
    pub(super) fn conditions(&self, scope: &Scope) -> Result<Vec<String>, String> {
        let first = scope.window.since().and_then(day_of);
        let last = scope.last_delivery().and_then(day_of);
        let kinds = scope.categories.as_ref().map(|categories| {
            let kinds = KINDS
                .into_iter()
                .filter(|kind| categories.iter().any(|each| kind.may_hold(*each)));
            kinds.map(|kind| kind.text().to_owned()).collect::<Vec<_>>()
        });
        let mut conditions = Vec::new();
        for key in &self.keys {
            let condition = match &key.role {
                Role::Account => key.among(scope.accounts.as_deref()),
                Role::Kind => key.among(kinds.as_deref()),
                Role::Region => key.among(scope.regions.as_deref()),
                Role::Day(format) => {
                    let text = |day: Option<Date>| day.map(|day| sql::text(&format.write(day)));
                    key.between(text(first), text(last))
                }
                Role::Year | Role::Month | Role::DayOfMonth => key.numbers(first, last),
                Role::Other => None,
            };
            if condition.is_none() && key.values == Values::Injected {
                return Err(format!(
                    "its key {} takes a value from each query: name it with --account or --region",
                    key.name
                ));
            }
            conditions.extend(condition);
        }
        Ok(conditions)
    }

    /// Whether folders can lack a partition at all.
    pub(super) fn may_lack(&self) -> bool {
        !self.keys.is_empty()
    }

    /// How much of a folder is in partitions.
    pub(super) fn cover(&self, place: &Place) -> Coverage {
        let texts = [
            Some(place.account.as_str()),
            Some(place.kind.text()),
            place.region.as_deref(),
        ];
        for (fixed, text) in self.fixed.iter().zip(texts) {
            if fixed.is_some() && text.is_some() && fixed.as_deref() != text {
                return Coverage::Nothing;
            }
        }
        match &self.registered {
            Some(registered) => self.cover_registered(registered, place),
            None => {
                let keys = self.keys.iter().map(|key| key.cover(place));
                keys.min().unwrap_or(Coverage::All)
            }
        }
    }

    fn cover_registered(&self, registered: &HashSet<Registered>, place: &Place) -> Coverage {
        let has = |wanted: fn(&Role) -> bool| self.keys.iter().any(|key| wanted(&key.role));
        let has_day = has(|role| matches!(role, Role::Day(_) | Role::Year));
        let is_whole =
            place.region.is_some() && place.days.is_some_and(|(first, last)| first == last);
        if !is_whole && (has_day || place.region.is_none()) {
            return Coverage::Some;
        }
        let day = place.days.map(|(first, _)| self.first(first));
        let wanted = (
            has(|role| *role == Role::Account).then(|| place.account.clone()),
            has(|role| *role == Role::Kind).then(|| place.kind.text().to_owned()),
            place
                .region
                .clone()
                .filter(|_| has(|role| *role == Role::Region)),
            day.filter(|_| has_day),
        );
        if registered.contains(&wanted) {
            Coverage::All
        } else {
            Coverage::Nothing
        }
    }

    /// The first day of the partition that `day` is in.
    fn first(&self, day: Date) -> Date {
        let format = self.keys.iter().find_map(|key| match &key.role {
            Role::Day(format) => Some(format),
            _ => None,
        });
        if let Some(format) = format {
            return format.first(day);
        }
        let has = |role: &Role| self.keys.iter().any(|key| key.role == *role);
        let (month, of_month) = (has(&Role::Month), has(&Role::DayOfMonth));
        let month = if month { day.month() } else { 1 };
        let of_month = if of_month { day.day() } else { 1 };
        Date::new(day.year(), month, of_month).unwrap_or(day)
    }
}

impl Key {
    fn new(column: &Column, role: Role, values: Values) -> Self {
        let data_type = column.data_type.to_ascii_lowercase();
        let is_number = matches!(
            data_type.as_str(),
            "int" | "integer" | "bigint" | "smallint" | "tinyint"
        );
        let is_text = data_type == "string" || data_type.starts_with("varchar");
        let fits = match role {
            Role::Year | Role::Month | Role::DayOfMonth => is_number || is_text,
            _ => is_text,
        };
        let role = if fits { role } else { Role::Other };
        Self {
            name: column.name.clone(),
            is_number,
            role,
            values,
        }
    }

    fn among(&self, values: Option<&[String]>) -> Option<String> {
        let values: Vec<String> = values?.iter().map(|value| sql::text(value)).collect();
        Some(format!(
            "{} IN ({})",
            sql::name(&self.name),
            values.join(", ")
        ))
    }

    fn between(&self, first: Option<String>, last: Option<String>) -> Option<String> {
        let name = sql::name(&self.name);
        match (first, last) {
            (Some(first), Some(last)) => Some(format!("{name} BETWEEN {first} AND {last}")),
            (Some(first), None) => Some(format!("{name} >= {first}")),
            (None, Some(last)) => Some(format!("{name} <= {last}")),
            (None, None) => None,
        }
    }

    /// The years, months or days of the window; a month or a day only where the window does not have all of them.
    fn numbers(&self, first: Option<Date>, last: Option<Date>) -> Option<String> {
        if self.role == Role::Year && (first.is_none() || last.is_none()) {
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
            Role::Year => (first.year()..=last.year()).collect(),
            Role::Month if length < 330 => days.map(|day| i16::from(day.month())).collect(),
            Role::DayOfMonth if length < NAMED_DAYS => {
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

    fn cover(&self, place: &Place) -> Coverage {
        match &self.role {
            Role::Account => self.values.cover_text(Some(&place.account)),
            Role::Kind => self.values.cover_text(Some(place.kind.text())),
            Role::Region => self.values.cover_text(place.region.as_deref()),
            Role::Day(format) => self.values.cover_days(place.days, |day| format.first(day)),
            Role::Year => self.values.cover_numbers(place.days, Date::year),
            Role::Month => self
                .values
                .cover_numbers(place.days, |day| i16::from(day.month())),
            Role::DayOfMonth => self
                .values
                .cover_numbers(place.days, |day| i16::from(day.day())),
            Role::Other => Coverage::All,
        }
    }
}

/// What a key is, by its name and by all of its values.
fn role(name: &str, values: &[&str]) -> Role {
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
        "year" if are(1000..=9999) => Role::Year,
        "month" if are(1..=12) => Role::Month,
        "day" if are(1..=31) => Role::DayOfMonth,
        _ if are_all(|value| {
            value.len() == 12 && value.bytes().all(|byte| byte.is_ascii_digit())
        }) =>
        {
            Role::Account
        }
        _ if are_all(|value| Kind::read(value).is_some()) => Role::Kind,
        _ if name.contains("region") && are_all(ct_core::region::is_name) => Role::Region,
        _ if values.is_empty() => Role::Other,
        _ => Format::of(values.iter().copied()).map_or(Role::Other, Role::Day),
    }
}

#[cfg(test)]
mod tests;
