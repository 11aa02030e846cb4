//! The partitions of an Athena table, and the SQL conditions that select the partitions to search.

mod key;

use std::collections::{BTreeMap, HashSet};

use ct_aws::athena::Column;
use jiff::civil::Date;

use super::projection::{self, FolderCoverage, KeyValues};
use super::sql;
use ct_core::input::name::{Kind, day_of};
use ct_core::input::scope::Scope;
use key::{KeyRole, PartitionKey, role};

/// The kinds of a trail's files that contain records.
pub(crate) const KINDS: [Kind; 4] = [
    Kind::Events,
    Kind::Insight,
    Kind::NetworkActivity,
    Kind::Aggregated,
];

/// The position of a folder in a trail: the account, kind, region and days in its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FolderPosition {
    pub(super) account: String,
    pub(super) kind: Kind,
    pub(super) region: Option<String>,
    /// The first and the last day of the files in the folder; `None` if the path contains no date.
    pub(super) days: Option<(Date, Date)>,
}

/// The account, kind, region and first day of a partition that is registered in the table's
/// metadata. A value is `None` if no partition key of the table contains it.
type Registered = (Option<String>, Option<String>, Option<String>, Option<Date>);

/// The partitions of an Athena table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Partitions {
    keys: Vec<PartitionKey>,
    /// The account, kind and region that the locations of all partitions share. `None` for a value
    /// that differs between partitions.
    fixed: [Option<String>; 3],
    /// The partitions that are registered in the table's metadata; `None` if the table uses
    /// partition projection.
    registered: Option<HashSet<Registered>>,
}

impl Partitions {
    /// Reads the partitions of a table with partition projection. `today` is the day for which the
    /// projection may write `NOW`.
    ///
    /// # Errors
    /// Returns the reason why the projection is not supported.
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
            keys.push(PartitionKey::new(column, KeyRole::Other, values));
        }
        let mut fixed = [None, None, None];
        let parts: Vec<&str> = template.trim_end_matches('/').split('/').collect();
        let key = |part: &str| {
            let name = part.strip_prefix("${")?.strip_suffix('}')?;
            keys.iter().position(|key| key.name == name)
        };
        let has_kinds = |at: usize| match &keys[at].values {
            KeyValues::Listed(values) => values.iter().all(|value| Kind::read(value).is_some()),
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
        for (offset, role) in [KeyRole::Account, KeyRole::Kind, KeyRole::Region]
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
        for (at, role) in days.zip([KeyRole::Year, KeyRole::Month, KeyRole::DayOfMonth]) {
            match &keys[at].values {
                KeyValues::Days { format, .. } => roles.push((at, KeyRole::Day(format.clone()))),
                KeyValues::Numbers(..) | KeyValues::Listed(_) => roles.push((at, role)),
                KeyValues::Injected | KeyValues::Any => {}
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

    /// Reads the partitions that are registered in a table's metadata. Each row is a partition,
    /// with a value for each of `columns`.
    pub(super) fn registered(columns: &[Column], rows: &[Vec<Option<String>>]) -> Self {
        let mut keys: Vec<PartitionKey> = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            let values = rows
                .iter()
                .map(|row| row.get(at).and_then(Option::as_deref));
            let values: Option<Vec<&str>> = values.collect();
            let role = values.map_or(KeyRole::Other, |values| role(&column.name, &values));
            keys.push(PartitionKey::new(column, role, KeyValues::Any));
        }
        let mut partitions = Self {
            keys,
            ..Self::default()
        };
        let registered = rows.iter().map(|row| partitions.values(row)).collect();
        partitions.registered = Some(registered);
        partitions
    }

    /// Returns the account, kind, region and first day of the partition in `row`.
    fn values(&self, row: &[Option<String>]) -> Registered {
        let (mut account, mut kind, mut region, mut day) = (None, None, None, None);
        let (mut year, mut month, mut day_of_month) = (None, 1, 1);
        for (key, value) in self.keys.iter().zip(row) {
            let value = value.clone().unwrap_or_default();
            match &key.role {
                KeyRole::Account => account = Some(value),
                KeyRole::Kind => kind = Some(value),
                KeyRole::Region => region = Some(value),
                KeyRole::Day(format) => day = format.parse(&value),
                KeyRole::Year => year = value.parse().ok(),
                KeyRole::Month => month = value.parse().unwrap_or(1),
                KeyRole::DayOfMonth => day_of_month = value.parse().unwrap_or(1),
                KeyRole::Other => {}
            }
        }
        let day = day.or_else(|| Date::new(year?, month, day_of_month).ok());
        (account, kind, region, day)
    }

    /// Returns SQL conditions that select the partitions to search: those that may contain selected
    /// files.
    ///
    /// # Errors
    /// If the projection requires a condition on a key, but the options do not select values of the
    /// key.
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
                KeyRole::Account => key.among(scope.accounts.as_deref()),
                KeyRole::Kind => key.among(kinds.as_deref()),
                KeyRole::Region => key.among(scope.regions.as_deref()),
                KeyRole::Day(format) => {
                    let text = |day: Option<Date>| day.map(|day| sql::text(&format.write(day)));
                    key.between(text(first), text(last))
                }
                KeyRole::Year | KeyRole::Month | KeyRole::DayOfMonth => key.numbers(first, last),
                KeyRole::Other => None,
            };
            if condition.is_none() && key.values == KeyValues::Injected {
                return Err(format!(
                    "its partition key {} requires a value in each query: pass --account or \
                     --region",
                    key.name
                ));
            }
            conditions.extend(condition);
        }
        Ok(conditions)
    }

    /// Whether there may be folders of the trail for which the table has no partition.
    pub(super) fn may_lack(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Returns how much of a folder is in partitions of the table.
    pub(super) fn cover(&self, place: &FolderPosition) -> FolderCoverage {
        let texts = [
            Some(place.account.as_str()),
            Some(place.kind.text()),
            place.region.as_deref(),
        ];
        for (fixed, text) in self.fixed.iter().zip(texts) {
            if fixed.is_some() && text.is_some() && fixed.as_deref() != text {
                return FolderCoverage::Nothing;
            }
        }
        if let Some(registered) = &self.registered {
            return self.cover_registered(registered, place);
        }
        let keys = self.keys.iter().map(|key| key.cover(place));
        keys.min().unwrap_or(FolderCoverage::All)
    }

    fn cover_registered(
        &self,
        registered: &HashSet<Registered>,
        place: &FolderPosition,
    ) -> FolderCoverage {
        let has = |wanted: fn(&KeyRole) -> bool| self.keys.iter().any(|key| wanted(&key.role));
        let has_day = has(|role| matches!(role, KeyRole::Day(_) | KeyRole::Year));
        let is_whole =
            place.region.is_some() && place.days.is_some_and(|(first, last)| first == last);
        if !is_whole && (has_day || place.region.is_none()) {
            return FolderCoverage::Some;
        }
        let day = place.days.map(|(first, _)| self.first(first));
        let wanted = (
            has(|role| *role == KeyRole::Account).then(|| place.account.clone()),
            has(|role| *role == KeyRole::Kind).then(|| place.kind.text().to_owned()),
            place
                .region
                .clone()
                .filter(|_| has(|role| *role == KeyRole::Region)),
            day.filter(|_| has_day),
        );
        if registered.contains(&wanted) {
            FolderCoverage::All
        } else {
            FolderCoverage::Nothing
        }
    }

    /// Returns the first day of the partition to which `day` belongs.
    fn first(&self, day: Date) -> Date {
        let format = self.keys.iter().find_map(|key| match &key.role {
            KeyRole::Day(format) => Some(format),
            _ => None,
        });
        if let Some(format) = format {
            return format.first(day);
        }
        let has = |role: &KeyRole| self.keys.iter().any(|key| key.role == *role);
        let (month, of_month) = (has(&KeyRole::Month), has(&KeyRole::DayOfMonth));
        let month = if month { day.month() } else { 1 };
        let of_month = if of_month { day.day() } else { 1 };
        Date::new(day.year(), month, of_month).unwrap_or(day)
    }
}

#[cfg(test)]
mod tests;
