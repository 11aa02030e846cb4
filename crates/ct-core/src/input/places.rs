//! Stores a time for each account and region whose log files are read, such as the time of the
//! newest file.

use std::collections::BTreeMap;

/// A time in Unix seconds for each account and region. A region is written as in
/// [`Name::place`](super::name::Name::place), so it also contains the kind of file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places(BTreeMap<String, BTreeMap<String, i64>>);

impl Places {
    /// The time for an account and region, in Unix seconds, or `None` if no time is stored.
    #[must_use]
    pub fn get(&self, account: &str, region: &str) -> Option<i64> {
        self.0.get(account)?.get(region).copied()
    }

    /// Sets the time for an account and region to `second`, unless the stored time is later.
    pub fn raise(&mut self, account: &str, region: &str, second: i64) {
        if self.get(account, region).is_none_or(|known| known < second) {
            let regions = self.0.entry(account.to_owned()).or_default();
            regions.insert(region.to_owned(), second);
        }
    }

    /// Sets the time for an account and region to `second` if the stored time is later.
    pub fn lower(&mut self, account: &str, region: &str, second: i64) {
        let regions = self.0.get_mut(account);
        if let Some(known) = regions.and_then(|regions| regions.get_mut(region)) {
            *known = second.min(*known);
        }
    }

    /// Every account and region, in alphabetical order, with the time in Unix seconds.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, i64)> {
        let accounts = self.0.iter();
        accounts.flat_map(|(account, regions)| {
            let regions = regions.iter();
            regions.map(move |(region, second)| (account.as_str(), region.as_str(), *second))
        })
    }

    /// The latest time, or `None` if there are no accounts.
    #[must_use]
    pub fn latest(&self) -> Option<i64> {
        self.iter().map(|(_, _, second)| second).max()
    }

    /// A copy in which every time is `seconds` seconds earlier.
    #[must_use]
    pub fn earlier_by(&self, seconds: i64) -> Self {
        let mut earlier = self.clone();
        for second in earlier.0.values_mut().flat_map(BTreeMap::values_mut) {
            *second = second.saturating_sub(seconds);
        }
        earlier
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_time_of_each_account_and_region_is_kept() {
        let mut places = Places::default();
        for (account, region, second) in
            [("1", "b", 5), ("1", "a", 7), ("1", "a", 6), ("0", "c", 3)]
        {
            places.raise(account, region, second);
        }
        let all: Vec<_> = places.iter().collect();
        assert_eq!(all, [("0", "c", 3), ("1", "a", 7), ("1", "b", 5)]);
        assert_eq!(places.latest(), Some(7));
        places.lower("1", "a", 8);
        places.lower("1", "c", 1);
        places.lower("0", "c", 2);
        assert_eq!(
            [("0", "c"), ("1", "a"), ("1", "c")]
                .map(|(account, region)| places.get(account, region)),
            [Some(2), Some(7), None]
        );
        let earlier = places.earlier_by(4);
        assert_eq!(
            [
                earlier.get("1", "a"),
                earlier.get("1", "b"),
                earlier.get("2", "a")
            ],
            [Some(3), Some(1), None]
        );
    }
}
