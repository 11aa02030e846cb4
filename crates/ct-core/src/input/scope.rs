//! Which files may hold the records that are wanted, and which records are.

use crate::record::category::EventCategory;
use crate::time::Window;
use jiff::Timestamp;

use super::name::{Folder, Kind, Name, day_of};

/// Seconds of the minute that a file is named after.
pub const MINUTE: i64 = 60;

/// When, whose, where and of what kind.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// When the events happened.
    pub window: Window,
    /// How long after the window's end files are looked for, in seconds.
    pub late: i64,
    /// `None` takes every account.
    pub accounts: Option<Vec<String>>,
    /// `None` takes every region.
    pub regions: Option<Vec<String>>,
    /// `None` takes every category.
    pub categories: Option<Vec<EventCategory>>,
    /// The window begins where earlier runs ended; nobody named its beginning.
    pub is_continued: bool,
}

/// What a record says about when, whose and where it is.
#[derive(Debug)]
pub struct Facts<'a> {
    /// `eventTime`.
    pub time: Timestamp,
    /// `recipientAccountId`, or the account of `userIdentity`.
    pub account: Option<&'a str>,
    /// `awsRegion`.
    pub region: Option<&'a str>,
    /// `eventCategory`, or what other members say about it.
    pub category: EventCategory,
}

impl Scope {
    /// Leaves out what is before a second.
    pub fn begin_at(&mut self, second: Option<i64>) {
        self.is_continued = self.window.since().is_none();
        let since = self.window.since().max(second);
        // A window that ended before it has nothing new.
        self.window = Window::new(since, self.window.until()).unwrap_or(self.window);
    }

    /// Whether a record is inside.
    #[must_use]
    pub fn holds(&self, facts: &Facts<'_>) -> bool {
        self.window.contains(facts.time)
            && is_among(self.accounts.as_ref(), facts.account)
            && is_among(self.regions.as_ref(), facts.region)
            && self
                .categories
                .as_ref()
                .is_none_or(|wanted| wanted.contains(&facts.category))
    }

    /// Whether a file may hold records that are inside.
    ///
    /// An event that happened at or after a second stands only in files named at or after its minute.
    #[must_use]
    pub fn may_be_in(&self, name: &Name) -> bool {
        let since = self.window.since();
        let until = self.last_delivery();
        self.is_of(&name.account, name.kind, Some(&name.region))
            && since.is_none_or(|since| name.minute + MINUTE > since)
            && until.is_none_or(|until| name.minute <= until)
    }

    /// Whether there may be such files in a folder.
    #[must_use]
    pub fn may_be_below(&self, folder: &Folder) -> bool {
        let (account, kind, region, days) = match folder {
            Folder::Trail {
                account,
                kind,
                region,
                days,
            } => (account, kind, region, days),
            Folder::Account(account) => return is_among(self.accounts.as_ref(), Some(account)),
            Folder::Service | Folder::Unknown => return true,
        };
        // Digests are counted, and show that logging was on.
        let is_of = if *kind == Kind::Digest {
            self.is_of(account, Kind::Aggregated, region.as_deref())
        } else {
            self.is_of(account, *kind, region.as_deref())
        };
        let Some((first, last)) = days.filter(|_| is_of) else {
            return is_of;
        };
        let since = self.window.since().and_then(day_of);
        let until = self.last_delivery().and_then(day_of);
        since.is_none_or(|since| last >= since) && until.is_none_or(|until| first <= until)
    }

    /// Whether files of this account, kind and region are asked for.
    fn is_of(&self, account: &str, kind: Kind, region: Option<&str>) -> bool {
        let is_wanted = |category: &EventCategory| kind.may_hold(*category);
        is_among(self.accounts.as_ref(), Some(account))
            && (region.is_none() || is_among(self.regions.as_ref(), region))
            && self
                .categories
                .as_ref()
                .is_none_or(|wanted| wanted.iter().any(is_wanted))
    }

    /// Whether an account and a region are asked for.
    #[must_use]
    pub fn is_at(&self, account: &str, region: &str) -> bool {
        self.is_of(account, Kind::Aggregated, Some(region))
    }

    /// The last second at which a file may be named.
    #[must_use]
    pub fn last_delivery(&self) -> Option<i64> {
        self.window
            .until()
            .map(|until| until.saturating_add(self.late))
    }
}

fn is_among(wanted: Option<&Vec<String>>, value: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| value.is_some_and(|value| wanted.iter().any(|each| each == value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn second(iso: &str) -> i64 {
        iso.parse::<Timestamp>().unwrap().as_second()
    }

    fn scope(since: &str, until: &str) -> Scope {
        Scope {
            window: Window::new(Some(second(since)), Some(second(until))).unwrap(),
            late: 86_400,
            ..Scope::default()
        }
    }

    fn name(kind: &str, time: &str) -> Name {
        Name::read(&format!(
            "111122223333_{kind}_us-east-1_{time}_0123456789abcdef.json.gz"
        ))
        .unwrap()
    }

    #[test]
    fn a_file_is_read_from_the_windows_first_minute_to_its_end_and_the_delay() {
        let scope = scope("2026-01-01T00:00:30Z", "2026-01-01T12:00:30Z");
        for (time, expected) in [
            ("20251231T2359Z", false),
            ("20260101T0000Z", true),
            ("20260102T1200Z", true),
            ("20260102T1201Z", false),
        ] {
            assert_eq!(
                scope.may_be_in(&name("CloudTrail", time)),
                expected,
                "{time}"
            );
        }
    }

    #[test]
    fn folders_outside_are_not_looked_into() {
        let scope = Scope {
            accounts: Some(vec!["111122223333".to_owned()]),
            regions: Some(vec!["us-east-1".to_owned()]),
            categories: Some(vec![EventCategory::Insight]),
            ..scope("2026-01-31T00:00:30Z", "2026-01-31T12:00:30Z")
        };
        for (below, expected) in [
            ("111122223333/CloudTrail", false),
            ("111122223333/CloudTrail-Digest", true),
            ("111122223333/CloudTrail-Insight", true),
            ("444455556666/CloudTrail-Insight", false),
            ("111122223333/CloudTrail-Insight/us-east-1/2026", true),
            ("111122223333/CloudTrail-Insight/eu-west-1/2026", false),
            ("111122223333/CloudTrail-Insight/us-east-1/2025", false),
            (
                "111122223333/CloudTrail-Insight/us-east-1/2026/01/30",
                false,
            ),
            ("111122223333/CloudTrail-Insight/us-east-1/2026/01/31", true),
            ("111122223333/CloudTrail-Insight/us-east-1/2026/02/01", true),
            (
                "111122223333/CloudTrail-Insight/us-east-1/2026/02/02",
                false,
            ),
        ] {
            let path = format!("AWSLogs/o-abc/{below}");
            let folder = Folder::read(Path::new(&path));
            assert_eq!(scope.may_be_below(&folder), expected, "{below}");
        }
    }

    #[test]
    fn a_record_must_be_inside_in_every_respect() {
        let scope = Scope {
            regions: Some(vec!["us-east-1".to_owned()]),
            ..scope("2026-01-01T00:00:00Z", "2026-01-01T12:00:00Z")
        };
        let holds = |time: &str, region: Option<&str>| {
            scope.holds(&Facts {
                time: time.parse().unwrap(),
                account: None,
                region,
                category: EventCategory::Data,
            })
        };
        assert!(holds("2026-01-01T12:00:00Z", Some("us-east-1")));
        assert!(!holds("2026-01-01T12:00:01Z", Some("us-east-1")));
        assert!(!holds("2026-01-01T12:00:00Z", Some("eu-west-1")));
        assert!(!holds("2026-01-01T12:00:00Z", None));
    }
}
