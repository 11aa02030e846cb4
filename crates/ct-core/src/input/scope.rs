//! Decides which files may contain selected records, and which records are selected.

use crate::record::category::EventCategory;
use crate::time::Window;
use jiff::Timestamp;

use super::name::{Folder, Kind, Name, day_of};
use super::places::Places;

/// An event in a file is later than the minute in the file's name by at most this many seconds.
///
/// Usually all events in a file are earlier than the minute in its name. Five minutes allow for
/// clocks that differ.
pub const AHEAD: i64 = 300;

/// The selected time window, accounts, regions and categories.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// The window that contains the times of the selected events.
    pub window: Window,
    /// Files that were delivered up to this many seconds after the window's end are also selected.
    pub late: i64,
    /// The selected accounts, or `None` for all accounts.
    pub accounts: Option<Vec<String>>,
    /// The selected regions, or `None` for all regions.
    pub regions: Option<Vec<String>>,
    /// The selected categories, or `None` for all categories.
    pub categories: Option<Vec<EventCategory>>,
    /// Whether the run starts where earlier runs ended, because the user gave no start time.
    pub is_continued: bool,
    /// The time from which files are read, for each account and region that earlier runs read.
    /// Older files are not read again. The region has the form of [`Name::place`].
    pub begins: Places,
    /// A number of seconds. Folders from up to this long before `begins` are also listed, so that
    /// files that were delivered too late to be read are reported.
    pub look_back: i64,
}

/// The fields of a record that decide whether the record is selected.
#[derive(Debug)]
pub struct Facts<'a> {
    /// `eventTime`.
    pub time: Timestamp,
    /// The account: `recipientAccountId`, or the account of `userIdentity`.
    pub account: Option<&'a str>,
    /// `awsRegion`.
    pub region: Option<&'a str>,
    /// The category: `eventCategory`, or the category derived from other fields.
    pub category: EventCategory,
}

impl Scope {
    /// Selects only files that earlier runs did not read; see [`Scope::begins`].
    pub fn begin_at(&mut self, begins: Places, look_back: i64) {
        self.is_continued = self.window.since().is_none();
        self.begins = begins;
        self.look_back = look_back;
    }

    /// Each account and region may have its own start time. Returns the latest of these start
    /// times, in Unix seconds, or `None` if there is no start time. For a single region, see
    /// [`Scope::since_in`].
    #[must_use]
    pub fn since(&self) -> Option<i64> {
        self.window.since().max(self.begins.latest())
    }

    /// The time from which files of an account and region are selected, in Unix seconds, or `None`
    /// if there is no start time.
    #[must_use]
    pub fn since_in(&self, account: &str, region: &str) -> Option<i64> {
        self.window.since().max(self.begins.get(account, region))
    }

    /// Whether a record is selected.
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

    /// Whether a file may contain selected records.
    ///
    /// The events in a file are less than [`AHEAD`] seconds newer than the minute in the file's name.
    #[must_use]
    pub fn may_be_in(&self, name: &Name) -> bool {
        let since = self.since_in(&name.account, &name.place());
        let until = self.last_delivery();
        self.is_of(&name.account, name.kind, Some(&name.region))
            && since.is_none_or(|since| name.minute + AHEAD > since)
            && until.is_none_or(|until| name.minute <= until)
    }

    /// Whether a file of a selected account, kind and region is too old to be selected.
    #[must_use]
    pub fn is_too_old(&self, name: &Name) -> bool {
        let since = self.since_in(&name.account, &name.place());
        self.is_of(&name.account, name.kind, Some(&name.region))
            && since.is_some_and(|since| name.minute + AHEAD <= since)
    }

    /// A time in Unix seconds: files of an account and region are listed if the time in their names
    /// is this time or later. `None` means that all files are listed.
    #[must_use]
    pub fn first_listed(&self, account: &str, region: &str) -> Option<i64> {
        let since = self.since_in(account, region)?.saturating_sub(AHEAD);
        let begin = self.begins.get(account, region);
        let from = begin.map(|begin| begin.saturating_sub(self.look_back));
        Some(from.map_or(since, |from| from.min(since)))
    }

    /// Whether a folder may contain files with selected records.
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
        // Digest files are selected for every category, because they show that logging was enabled.
        let is_of = if *kind == Kind::Digest {
            self.is_of(account, Kind::Aggregated, region.as_deref())
        } else {
            self.is_of(account, *kind, region.as_deref())
        };
        let Some((first, last)) = days.filter(|_| is_of) else {
            return is_of;
        };
        let region = region.as_deref().unwrap_or_default();
        let place = kind.place(region);
        let since = self.first_listed(account, &place).and_then(day_of);
        let until = self.last_delivery().and_then(day_of);
        since.is_none_or(|since| last >= since) && until.is_none_or(|until| first <= until)
    }

    /// Whether files of this account, kind and region are selected.
    fn is_of(&self, account: &str, kind: Kind, region: Option<&str>) -> bool {
        let is_wanted = |category: &EventCategory| kind.may_hold(*category);
        is_among(self.accounts.as_ref(), Some(account))
            && (region.is_none() || is_among(self.regions.as_ref(), region))
            && self
                .categories
                .as_ref()
                .is_none_or(|wanted| wanted.iter().any(is_wanted))
    }

    /// Whether an account and a region are selected.
    #[must_use]
    pub fn is_at(&self, account: &str, region: &str) -> bool {
        self.is_of(account, Kind::Aggregated, Some(region))
    }

    /// The latest time in the name of a file that may contain selected records, in Unix seconds, or `None` if the
    /// window has no end.
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
    fn a_file_is_read_from_five_minutes_before_the_window_to_its_end_plus_the_delay() {
        let scope = scope("2026-01-01T00:00:30Z", "2026-01-01T12:00:30Z");
        for (time, expected) in [
            ("20251231T2355Z", false),
            ("20251231T2356Z", true),
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
    fn folders_outside_the_scope_are_skipped() {
        let scope = Scope {
            accounts: Some(vec!["111122223333".to_owned()]),
            regions: Some(vec!["us-east-1".to_owned()]),
            categories: Some(vec![EventCategory::Insight]),
            ..scope("2026-01-31T00:05:30Z", "2026-01-31T12:00:30Z")
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
    fn folders_are_listed_from_the_first_day_with_files_that_may_be_late() {
        let days = |begin: Option<&str>, look_back: i64| {
            let mut scope = scope("2026-01-31T00:02:00Z", "2026-01-31T12:00:30Z");
            let mut begins = Places::default();
            if let Some(begin) = begin {
                begins.raise("111122223333", "us-east-1", second(begin));
            }
            scope.begin_at(begins, look_back);
            let is_listed = |day: &str| {
                let path = format!("AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/{day}");
                scope.may_be_below(&Folder::read(Path::new(&path)))
            };
            ["29", "30", "31"].map(is_listed)
        };
        assert_eq!(days(None, 86_400), [false, true, true]);
        assert_eq!(days(Some("2026-01-30T23:59:59Z"), 86_400), [true; 3]);
        assert_eq!(days(Some("2026-01-30T23:59:59Z"), 0), [false, true, true]);
        assert_eq!(days(Some("2026-02-01T00:05:00Z"), 0), [false; 3]);
    }

    #[test]
    fn files_are_read_from_where_earlier_runs_ended_in_their_account_and_region() {
        let mut scope = Scope::default();
        let mut begins = Places::default();
        let begin = |time: &str| second(time) + AHEAD;
        begins.raise("111122223333", "us-east-1", begin("2026-01-03T00:00:00Z"));
        begins.raise("111122223333", "eu-west-1", begin("2026-01-01T00:00:00Z"));
        scope.begin_at(begins, 0);
        let is_read = |region: &str, time: &str| {
            let name = format!("111122223333_CloudTrail_{region}_{time}_0123456789abcdef.json.gz");
            let name = Name::read(&name).unwrap();
            assert_ne!(scope.may_be_in(&name), scope.is_too_old(&name));
            scope.may_be_in(&name)
        };
        assert_eq!(
            [
                is_read("us-east-1", "20260103T0000Z"),
                is_read("us-east-1", "20260103T0001Z"),
                is_read("eu-west-1", "20260101T0001Z"),
                is_read("ap-south-1", "20250101T0001Z"),
            ],
            [false, true, true, true]
        );
        assert_eq!(scope.since(), Some(begin("2026-01-03T00:00:00Z")));
    }

    #[test]
    fn a_record_must_match_in_every_respect() {
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
