//! The names of the files and folders that a trail writes to S3.

use std::borrow::Cow;
use std::path::Path;

use crate::record::category::EventCategory;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

/// The number of digits in an account ID.
const ACCOUNT_DIGITS: usize = 12;

/// The name of the folder that contains the account folders.
pub const ROOT: &str = "AWSLogs";

/// The information in the name of a log file or digest file.
///
/// Source: CloudTrail user guide, "Finding your CloudTrail log files".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The account ID: 12 digits.
    pub account: String,
    /// The region: letters, digits and hyphens; never empty.
    pub region: String,
    /// What the file contains.
    pub kind: Kind,
    /// The start of the minute in the name, in Unix seconds.
    pub minute: i64,
}

/// The content of a file, as shown by the name of its folder, such as `CloudTrail-Insight`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Management and data events.
    Events,
    /// Insights events.
    Insight,
    /// Network activity events.
    NetworkActivity,
    /// Aggregated events, which summarize events of any category.
    Aggregated,
    /// Digest files for log file validation, which contain no records.
    Digest,
}

impl Kind {
    /// Parses the name of a folder such as `CloudTrail-Insight`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let kinds = [
            Self::Events,
            Self::Insight,
            Self::NetworkActivity,
            Self::Aggregated,
            Self::Digest,
        ];
        kinds.into_iter().find(|kind| kind.text() == text)
    }

    /// The kind as written in file and folder names, such as `CloudTrail-Insight`.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Events => "CloudTrail",
            Self::Insight => "CloudTrail-Insight",
            Self::NetworkActivity => "CloudTrail-NetworkActivity",
            Self::Aggregated => "CloudTrail-Aggregated",
            Self::Digest => "CloudTrail-Digest",
        }
    }

    /// The kind of file and the region, such as `CloudTrail-Insight/us-east-1`. Only the region for
    /// management events, data events and digests.
    #[must_use]
    pub fn place(self, region: &str) -> Cow<'_, str> {
        match self {
            Self::Events | Self::Digest => region.into(),
            _ => format!("{}/{region}", self.text()).into(),
        }
    }

    /// Whether files of this kind may contain events of the category.
    #[must_use]
    pub fn may_hold(self, category: EventCategory) -> bool {
        match self {
            Self::Events => matches!(
                category,
                EventCategory::Management | EventCategory::Data | EventCategory::Other
            ),
            Self::Insight => category == EventCategory::Insight,
            Self::NetworkActivity => category == EventCategory::NetworkActivity,
            Self::Aggregated => true,
            Self::Digest => false,
        }
    }
}

impl Name {
    /// Parses a file name such as
    /// `111122223333_CloudTrail_us-east-1_20260131T1005Z_0123456789abcdef.json.gz`.
    #[must_use]
    pub fn read(file_name: &str) -> Option<Self> {
        let mut parts = file_name.splitn(4, '_');
        let account = parts.next().filter(|text| is_account(text))?;
        let kind = Kind::read(parts.next()?)?;
        let region = parts.next().filter(|region| is_region(region))?;
        let rest = parts.next()?;
        let time = match kind {
            // The rest of a digest file's name: the name of the trail, which may contain
            // underscores, the home region of the trail, and the time.
            Kind::Digest => rest.trim_end_matches(".gz").trim_end_matches(".json"),
            _ => rest.split('_').next()?,
        };
        let time = match kind {
            Kind::Digest => time.trim_end_matches("_backfill").rsplit('_').next()?,
            _ => time,
        };
        Some(Self {
            account: account.to_owned(),
            region: region.to_owned(),
            kind,
            minute: minute(time)?,
        })
    }

    /// The region and the kind of the file, in the form of [`Kind::place`].
    #[must_use]
    pub fn place(&self) -> Cow<'_, str> {
        self.kind.place(&self.region)
    }

    /// The day in the name, in UTC.
    #[must_use]
    pub fn day(&self) -> Option<Date> {
        day_of(self.minute)
    }
}

/// The UTC day that contains a time in Unix seconds.
#[must_use]
pub fn day_of(second: i64) -> Option<Date> {
    let timestamp = jiff::Timestamp::from_second(second).ok()?;
    Some(Offset::UTC.to_datetime(timestamp).date())
}

/// A string that sorts before the names of all log files of `second`'s minute (Unix seconds).
#[must_use]
pub fn start_of(account: &str, kind: Kind, region: &str, second: i64) -> Option<String> {
    let timestamp = jiff::Timestamp::from_second(second).ok()?;
    let minute = timestamp.strftime("%Y%m%dT%H%M");
    Some(format!("{account}_{}_{region}_{minute}", kind.text()))
}

/// The start of the minute in `20260131T1005Z` or `20260131T100512Z`, in Unix seconds.
fn minute(text: &str) -> Option<i64> {
    let digits = text.strip_suffix('Z')?;
    let (date, time) = digits.split_once('T')?;
    let is_whole = date.len() == 8 && matches!(time.len(), 4 | 6);
    let number = |text: &str| -> Option<i16> {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse().ok()).flatten()
    };
    if !is_whole || !text.is_ascii() {
        return None;
    }
    let small = |text: &str| number(text).and_then(|number| i8::try_from(number).ok());
    let datetime = DateTime::new(
        number(&date[..4])?,
        small(&date[4..6])?,
        small(&date[6..])?,
        small(&time[..2])?,
        small(&time[2..4])?,
        0,
        0,
    );
    let timestamp = Offset::UTC.to_timestamp(datetime.ok()?).ok()?;
    Some(timestamp.as_second())
}

/// The information in the folder names of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Folder {
    /// Files of a trail.
    Trail {
        /// The account ID: 12 digits.
        account: String,
        /// What the files contain.
        kind: Kind,
        /// The region, or `None` for the folder that contains all regions.
        region: Option<String>,
        /// The first and the last day of the files, or `None` if the path has no date.
        days: Option<(Date, Date)>,
    },
    /// The folder of an account, which contains all files of the account.
    Account(String),
    /// Files of a service other than CloudTrail, such as `elasticloadbalancing`.
    Service,
    /// The path does not show which files the folder contains.
    Unknown,
}

impl Folder {
    /// Parses the folders in `path`. An organization ID may appear at any level above the account.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let parts: Vec<&str> = path
            .components()
            .filter_map(|part| part.as_os_str().to_str())
            .collect();
        let below_root = parts.iter().rposition(|part| *part == ROOT);
        if let (Some(root), Some(last)) = (below_root, parts.last())
            && root + 1 < parts.len()
            && is_account(last)
        {
            return Self::Account((*last).to_owned());
        }
        let Some(at) = (0..parts.len()).rev().find(|&at| {
            let kind = parts.get(at + 1);
            is_account(parts[at])
                && kind.is_some_and(|kind| {
                    Kind::read(kind).is_some() || below_root.is_some_and(|root| root < at)
                })
        }) else {
            return Self::Unknown;
        };
        let Some(kind) = Kind::read(parts[at + 1]) else {
            // A folder whose name only starts with `CloudTrail` may be a renamed folder of a trail.
            if parts[at + 1].starts_with(Kind::Events.text()) {
                return Self::Unknown;
            }
            return Self::Service;
        };
        Self::Trail {
            account: parts[at].to_owned(),
            kind,
            region: parts.get(at + 2).map(|region| (*region).to_owned()),
            days: days(parts.get(at + 3..).unwrap_or_default()),
        }
    }
}

/// The first and the last day of the year, month or day that `parts` start with.
fn days(parts: &[&str]) -> Option<(Date, Date)> {
    let year: i16 = parts.first().filter(|year| year.len() == 4)?.parse().ok()?;
    let part = |at: usize| -> Option<i8> {
        let text = parts.get(at).filter(|text| text.len() == 2)?;
        text.parse().ok()
    };
    let Some(month) = part(1) else {
        return Some((Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?));
    };
    let first = Date::new(year, month, part(2).unwrap_or(1)).ok()?;
    let last = match part(2) {
        Some(_) => first,
        None => first.last_of_month(),
    };
    Some((first, last))
}

fn is_region(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty() && text.bytes().all(is_part)
}

/// Whether `text` has the form of an account ID: 12 digits.
#[must_use]
pub fn is_account(text: &str) -> bool {
    text.len() == ACCOUNT_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(iso: &str) -> i64 {
        iso.parse::<jiff::Timestamp>().unwrap().as_second()
    }

    #[test]
    fn a_log_file_is_recognized_by_its_name() {
        for (kind, text) in [
            (Kind::Events, "CloudTrail"),
            (Kind::Insight, "CloudTrail-Insight"),
            (Kind::NetworkActivity, "CloudTrail-NetworkActivity"),
            (Kind::Aggregated, "CloudTrail-Aggregated"),
        ] {
            let name = format!(
                "111122223333_{text}_us-gov-west-1_20260131T1005Z_0123456789abcdef.json.gz"
            );
            let expected = Name {
                account: "111122223333".to_owned(),
                region: "us-gov-west-1".to_owned(),
                kind,
                minute: second("2026-01-31T10:05:00Z"),
            };
            assert_eq!(Name::read(&name), Some(expected));
        }
    }

    #[test]
    fn a_digest_is_recognized_for_any_trail_name() {
        for end in ["", "_backfill"] {
            let name = format!(
                "111122223333_CloudTrail-Digest_eu-west-1_my_trail_us-east-1_20260131T100512Z{end}.json.gz"
            );
            let expected = Name {
                account: "111122223333".to_owned(),
                region: "eu-west-1".to_owned(),
                kind: Kind::Digest,
                minute: second("2026-01-31T10:05:00Z"),
            };
            assert_eq!(Name::read(&name), Some(expected));
        }
    }

    #[test]
    fn other_names_are_not_recognized() {
        for name in [
            "",
            "events.json",
            "111122223333_CloudTrail_us-east-1_20260131T1005_x.json.gz",
            "111122223333_CloudTrail_us-east-1_20261331T1005Z_x.json.gz",
            "111122223333_CloudTrail_us-east-1_2026é131T1005Z_x.json.gz",
            "11112222333_CloudTrail_us-east-1_20260131T1005Z_x.json.gz",
            "111122223333_vpcflowlogs_us-east-1_20260131T1005Z_x.log.gz",
        ] {
            assert_eq!(Name::read(name), None, "{name}");
        }
    }

    #[test]
    fn a_folder_of_every_layout_is_recognized() {
        let date = |year, month, day| Date::new(year, month, day).unwrap();
        let trail = |region: Option<&str>, days| Folder::Trail {
            account: "111122223333".to_owned(),
            kind: Kind::Events,
            region: region.map(str::to_owned),
            days,
        };
        for root in [
            "p/AWSLogs",
            "AWSLogs/o-abc",
            "AWSLogs/o-abc/AWSLogs/o-abc",
            "somewhere",
        ] {
            for (below, expected) in [
                ("CloudTrail", trail(None, None)),
                ("CloudTrail/us-east-1", trail(Some("us-east-1"), None)),
                (
                    "CloudTrail/us-east-1/2024",
                    trail(
                        Some("us-east-1"),
                        Some((date(2024, 1, 1), date(2024, 12, 31))),
                    ),
                ),
                (
                    "CloudTrail/us-east-1/2024/02",
                    trail(
                        Some("us-east-1"),
                        Some((date(2024, 2, 1), date(2024, 2, 29))),
                    ),
                ),
                (
                    "CloudTrail/us-east-1/2024/02/03",
                    trail(
                        Some("us-east-1"),
                        Some((date(2024, 2, 3), date(2024, 2, 3))),
                    ),
                ),
            ] {
                let path = format!("{root}/111122223333/{below}");
                assert_eq!(Folder::read(Path::new(&path)), expected, "{path}");
            }
        }
        let read = |path: &str| Folder::read(Path::new(path));
        assert_eq!(
            read("AWSLogs/111122223333/elasticloadbalancing/us-east-1"),
            Folder::Service
        );
        assert_eq!(read("backups/111122223333/other"), Folder::Unknown);
        assert_eq!(
            read("AWSLogs/111122223333"),
            Folder::Account("111122223333".to_owned())
        );
    }

    #[test]
    fn the_start_of_a_minute_sorts_before_its_files() {
        let start = start_of("111122223333", Kind::Events, "us-east-1", 1_767_225_659).unwrap();
        let name = |time: &str| {
            format!("111122223333_CloudTrail_us-east-1_20260101T{time}Z_0123456789abcdef.json.gz")
        };
        assert_eq!(start, "111122223333_CloudTrail_us-east-1_20260101T0000");
        // The time in this name includes seconds.
        assert!(start < name("000000"));
        assert!(
            start < name("0000") && start > name("0000").replace("20260101T0000", "20251231T2359")
        );
    }
}
