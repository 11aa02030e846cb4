//! An archive of a trail's log files, whose keys and objects are computed when they are requested.

use ct_core::region::{AWS, is_opt_in};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use jiff::tz::Offset;

use super::entry::{Entry, Object};
use crate::clock::date;
use crate::generate::uuid;
use crate::random::Random;

const MINUTES_A_DAY: u64 = 24 * 60;

/// The number of seconds by which the time in the name of a file is later than the time of the
/// record in the file.
const LATENESS: i64 = 180;

/// The characters of the random part at the end of a file's name.
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Describes the log files of an archive: one record per file, at regular intervals on every day,
/// in every account and region.
///
/// ```
/// let layout = ct_sim::ArchiveLayout::organization(50);
/// assert_eq!(layout.keys(), 50 * 17 * 30 * 80);
/// ```
#[derive(Clone, Debug)]
pub struct ArchiveLayout {
    /// The organization ID, which is between `AWSLogs/` and the account in a key; `None` for the
    /// trail of one account.
    pub organization: Option<String>,
    /// The accounts, twelve digits each.
    pub accounts: Vec<String>,
    /// The regions, which are the same for every account.
    pub regions: Vec<String>,
    /// The first day, in UTC.
    pub first_day: Date,
    /// The number of days.
    pub days: u32,
    /// The number of files per day, account and region, at most 1,440.
    pub files_a_day: u32,
}

impl ArchiveLayout {
    /// The layout of an organization with `accounts` accounts in 17 regions: 80 files per day,
    /// account and region, over the 30 days from 2020-09-01.
    #[must_use]
    pub fn organization(accounts: usize) -> Self {
        let account = |number: usize| format!("{:012}", 111_122_220_000 + number);
        Self {
            organization: Some("o-exampleorg".to_owned()),
            accounts: (0..accounts).map(account).collect(),
            regions: AWS
                .iter()
                .filter(|name| !is_opt_in(name))
                .map(|name| (*name).to_owned())
                .collect(),
            first_day: date(2020, 9, 1),
            days: 30,
            files_a_day: 80,
        }
    }

    /// The number of objects.
    #[must_use]
    pub fn keys(&self) -> u64 {
        let folders = self.accounts.len() as u64 * self.regions.len() as u64;
        folders * u64::from(self.days) * u64::from(self.files_a_day)
    }

    /// Returns the entries directly in a folder, in any order.
    pub(super) fn entries(&self, folder: &str) -> Vec<Entry> {
        let parts: Vec<&str> = folder.split_terminator('/').collect();
        let below = match (&self.organization, parts.as_slice()) {
            (_, []) => return folders(["AWSLogs"]),
            (Some(organization), ["AWSLogs"]) => return folders([organization.as_str()]),
            (Some(organization), ["AWSLogs", named, below @ ..]) if named == organization => below,
            (None, ["AWSLogs", below @ ..]) => below,
            _ => return Vec::new(),
        };
        let [account, below @ ..] = below else {
            return folders(self.accounts.iter().map(String::as_str));
        };
        let [kind, below @ ..] = below else {
            return folders(["CloudTrail"].into_iter().filter(|_| self.has(account)));
        };
        let [region, day @ ..] = below else {
            let regions = self.regions.iter().map(String::as_str);
            return folders(regions.filter(|_| self.has(account) && *kind == "CloudTrail"));
        };
        let is_region = self.regions.iter().any(|name| name == region);
        if !self.has(account) || *kind != "CloudTrail" || !is_region {
            return Vec::new();
        }
        let days = self.all_days().filter(|each| {
            let texts = [
                format!("{:04}", each.year()),
                format!("{:02}", each.month()),
                format!("{:02}", each.day()),
            ];
            day.len() <= 3 && day.iter().zip(&texts).all(|(part, text)| part == text)
        });
        match day.len() {
            0 => distinct(days.map(|day| format!("{:04}", day.year()))),
            1 => distinct(days.map(|day| format!("{:02}", day.month()))),
            2 => distinct(days.map(|day| format!("{:02}", day.day()))),
            _ => {
                let files = days.flat_map(|day| self.files(account, region, day));
                files
                    .map(|file| Entry {
                        name: file.name(),
                        object: Some(file.object()),
                    })
                    .collect()
            }
        }
    }

    pub(super) fn object(&self, key: &str) -> Option<Object> {
        Some(self.file(key)?.object())
    }

    /// Returns the content of an object, as JSON without compression.
    pub(super) fn content(&self, key: &str) -> Option<String> {
        Some(self.file(key)?.content())
    }

    fn has(&self, account: &str) -> bool {
        self.accounts.iter().any(|each| each == account)
    }

    fn all_days(&self) -> impl Iterator<Item = Date> {
        let day = |number: u32| self.first_day.checked_add(i64::from(number).days()).ok();
        (0..self.days).map_while(day)
    }

    fn files<'a>(
        &self,
        account: &'a str,
        region: &'a str,
        day: Date,
    ) -> impl Iterator<Item = File<'a>> {
        let count = u64::from(self.files_a_day).min(MINUTES_A_DAY);
        (0..count).map(move |number| File {
            account,
            region,
            day,
            minute: number * MINUTES_A_DAY / count,
        })
    }

    fn file<'a>(&self, key: &'a str) -> Option<File<'a>> {
        let (folder, name) = key.rsplit_once('/')?;
        let known = self.entries(&format!("{folder}/"));
        known.iter().find(|entry| entry.name == name)?;
        let mut parts = name.split('_');
        let (account, region) = (parts.next()?, parts.nth(1)?);
        let time = parts.next()?;
        let number = |range: std::ops::Range<usize>| time.get(range)?.parse::<i16>().ok();
        let small = |range| i8::try_from(number(range)?).ok();
        let day = Date::new(number(0..4)?, small(4..6)?, small(6..8)?).ok()?;
        let minute = u64::try_from(number(9..11)? * 60 + number(11..13)?).ok()?;
        Some(File {
            account,
            region,
            day,
            minute,
        })
    }
}

fn folders<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Entry> {
    distinct(names.into_iter().map(str::to_owned))
}

/// Returns folders with these names, each once. Equal names must be adjacent.
fn distinct(names: impl Iterator<Item = String>) -> Vec<Entry> {
    let mut names: Vec<String> = names.collect();
    names.dedup();
    let entry = |name: String| Entry {
        name: name + "/",
        object: None,
    };
    names.into_iter().map(entry).collect()
}

/// A log file of the archive, as its key describes it.
struct File<'a> {
    account: &'a str,
    region: &'a str,
    day: Date,
    /// The minute of the day in the name of the file, counted from 0.
    minute: u64,
}

impl File<'_> {
    fn name(&self) -> String {
        let Self {
            account,
            region,
            day,
            minute,
        } = self;
        let mut end = String::new();
        self.random().push_text(&mut end, LETTERS, 16);
        format!(
            "{account}_CloudTrail_{region}_{:04}{:02}{:02}T{:02}{:02}Z_{end}.json.gz",
            day.year(),
            day.month(),
            day.day(),
            minute / 60,
            minute % 60
        )
    }

    fn second(&self) -> i64 {
        let midnight = self.day.at(0, 0, 0, 0);
        let midnight = Offset::UTC.to_timestamp(midnight);
        let minute = i64::try_from(self.minute).unwrap_or(0);
        midnight.map_or(0, jiff::Timestamp::as_second) + minute * 60
    }

    fn object(&self) -> Object {
        Object {
            bytes: self.content().len() as u64,
            modified: self.second(),
        }
    }

    /// Returns a generator whose random numbers depend only on the file's key, so that the file has
    /// the same name and content in every request.
    fn random(&self) -> Random {
        let names = self.account.bytes().chain(self.region.bytes());
        let seed = names.fold(0, |sum: u64, byte| {
            sum.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        Random::new(seed, self.second().unsigned_abs())
    }

    fn content(&self) -> String {
        let Self {
            account, region, ..
        } = self;
        let mut random = self.random();
        let (request, event) = (uuid(&mut random), uuid(&mut random));
        let time = date::iso(self.second() - LATENESS);
        format!(
            r#"{{"Records":[{{"eventVersion":"1.09","userIdentity":{{"type":"IAMUser","principalId":"AIDAIOSFODNN7EXAMPLE","arn":"arn:aws:iam::{account}:user/alice","accountId":"{account}","accessKeyId":"AKIAIOSFODNN7EXAMPLE","userName":"alice"}},"eventTime":"{time}","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","awsRegion":"{region}","sourceIPAddress":"192.0.2.1","userAgent":"aws-cli/2.15.30","requestParameters":null,"responseElements":null,"requestID":"{request}","eventID":"{event}","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"{account}","eventCategory":"Management"}}]}}"#
        )
    }
}
