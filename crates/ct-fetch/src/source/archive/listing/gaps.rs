//! Finds days on which an account and region have neither a log file nor a digest.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::Date;

/// How many items are named in messages of one kind. The messages count the others.
const NAMED: usize = 20;

/// For each account and region, the days with a log file or a digest.
#[derive(Debug, Default)]
pub(crate) struct Days {
    seen: BTreeMap<(String, String), BTreeSet<Date>>,
}

/// The days without files of one account and region, as ranges with the first and the last day.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) runs: Vec<(Date, Date)>,
}

impl Days {
    /// Records that the archive contains files or a folder of an account and region.
    pub(crate) fn know(&mut self, account: &str, region: &str) {
        self.seen
            .entry((account.to_owned(), region.to_owned()))
            .or_default();
    }

    /// Whether the archive contains files or a folder of an account and region.
    pub(crate) fn has(&self, account: &str, region: &str) -> bool {
        let place = (account.to_owned(), region.to_owned());
        self.seen.contains_key(&place)
    }

    /// Records that an account and region have a log file or a digest of this day.
    pub(crate) fn saw(&mut self, account: &str, region: &str, day: Date) {
        self.seen
            .entry((account.to_owned(), region.to_owned()))
            .or_default()
            .insert(day);
    }

    /// Returns a message for each of the selected accounts and regions that has no files in the
    /// archive.
    pub(crate) fn unseen(&self, accounts: &[String], regions: &[String]) -> Vec<String> {
        let mut unseen = Vec::new();
        let places = || self.seen.keys();
        for account in accounts {
            if !places().any(|(seen, _)| seen == account) {
                unseen.push(format!(
                    "there are no files of account {account}: check --account, or add the archive \
                     with these files"
                ));
            }
        }
        for region in regions {
            if !places().any(|(_, seen)| seen == region) {
                unseen.push(format!(
                    "there are no files of region {region}: check --region, or add the archive \
                     with these files"
                ));
            }
        }
        for account in accounts {
            for region in regions {
                let is_seen = places().any(|(seen, _)| seen == account)
                    && places().any(|(_, seen)| seen == region);
                if is_seen && !self.has(account, region) {
                    unseen.push(format!(
                        "there are no files of account {account} in region {region}: check --account and --region, or add the archive with these files"
                    ));
                }
            }
        }
        unseen
    }

    /// Returns the accounts and regions that have files, each as `ACCOUNT/REGION`.
    pub(crate) fn places(&self) -> Vec<String> {
        let places = self.seen.keys();
        places
            .map(|(account, region)| format!("{account}/{region}"))
            .collect()
    }

    /// Returns the days without files of each account and region.
    ///
    /// `first` and `last` are the first and the last day of the window; `None` if the window has no
    /// start or no end. `yesterday` is `None` if later runs read the files that are still missing.
    ///
    /// * The days of an account and region begin with the day that `begin` returns. If `begin`
    ///   returns `None`, they begin with the day of the first file: of the account and region if
    ///   the window has a start, and otherwise of the archive.
    /// * The days end with `last`. Without `last`, they end with the day of the archive's last
    ///   file. If the window has a start and `yesterday` is later, they end with `yesterday`.
    pub(crate) fn gaps(
        &self,
        begin: &dyn Fn(&str, &str) -> Option<Date>,
        (first, last): (Option<Date>, Option<Date>),
        yesterday: Option<Date>,
    ) -> Vec<Gap> {
        let seen = || self.seen.values().flatten().copied();
        let last = last.or(first.and(yesterday).max(seen().max()));
        let Some((earliest, last)) = first.or(seen().min()).zip(last) else {
            return Vec::new();
        };
        let gaps = self.seen.iter().map(|((account, region), days)| {
            let own = days.first().copied().filter(|_| first.is_some());
            let begin = begin(account, region).or(own).unwrap_or(earliest);
            Gap {
                account: account.clone(),
                region: region.clone(),
                runs: runs_without(days, begin, last),
            }
        });
        gaps.filter(|gap| !gap.runs.is_empty()).collect()
    }
}

/// Returns the ranges of days, from `first` to `last`, that `days` does not contain.
fn runs_without(days: &BTreeSet<Date>, first: Date, last: Date) -> Vec<(Date, Date)> {
    let mut runs = Vec::new();
    if first > last {
        return runs;
    }
    let mut next = Some(first);
    for &day in days.range(first..=last) {
        if let Some((start, end)) = next.zip(day.yesterday().ok())
            && start <= end
        {
            runs.push((start, end));
        }
        next = day.tomorrow().ok();
    }
    if let Some(start) = next.filter(|start| *start <= last) {
        runs.push((start, last));
    }
    runs
}

impl fmt::Display for Gap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runs = self.runs.iter().map(|(first, last)| {
            if first == last {
                first.to_string()
            } else {
                format!("{first} to {last}")
            }
        });
        let runs: Vec<String> = runs.collect();
        write!(
            formatter,
            "{} {} has neither a log file nor a digest for {}: logging may have been stopped at \
             that time",
            self.account,
            self.region,
            runs.join(", ")
        )
    }
}

/// Returns one message for each of the first [`NAMED`] accounts and regions with gaps, and one that
/// counts the others.
pub(crate) fn lines(gaps: &[Gap]) -> Vec<String> {
    let mut lines: Vec<String> = gaps.iter().take(NAMED).map(ToString::to_string).collect();
    if gaps.len() > NAMED {
        lines.push(format!(
            "{} more accounts and regions have days without files: select some with --account and \
             --region",
            gaps.len() - NAMED
        ));
    }
    lines
}

/// Returns one message for each of the first [`NAMED`] folders that were not listed, and one that
/// counts the others.
pub(crate) fn not_listed(folders: &[String]) -> Vec<String> {
    let lines = folders.iter().take(NAMED).map(|folder| {
        format!(
            "{folder}, next to AWSLogs/, was not searched: add it with --from, or name only \
             AWSLogs/"
        )
    });
    let mut lines: Vec<String> = lines.collect();
    if folders.len() > NAMED {
        lines.push(format!(
            "{} more folders next to AWSLogs/ were not searched: add them with --from, or name \
             only AWSLogs/",
            folders.len() - NAMED
        ));
    }
    lines
}

/// Returns one message for each of the first [`NAMED`] links to folders, and one that counts the
/// others.
pub(crate) fn links(paths: &[String]) -> Vec<String> {
    let lines = paths.iter().take(NAMED).map(|path| {
        format!("{path} is a link to a folder and was not searched: add it with --from")
    });
    let mut lines: Vec<String> = lines.collect();
    if paths.len() > NAMED {
        lines.push(format!(
            "{} more links to folders were not searched: name them with --from too",
            paths.len() - NAMED
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn consecutive_days_without_files_are_one_range() {
        let mut days = Days::default();
        for day in ["2025-12-31", "2026-01-02", "2026-01-06"] {
            days.saw("111122223333", "us-east-1", date(day));
        }
        days.know("111122223333", "eu-west-1");
        let gaps = |first: Option<&str>, last: Option<&str>| {
            let window = (first.map(date), last.map(date));
            let begin = |_: &str, _: &str| window.0;
            lines(&days.gaps(&begin, window, Some(date("2026-01-08"))))
        };
        let line = |region: &str, runs: &str| {
            format!(
                "111122223333 {region} has neither a log file nor a digest for {runs}: logging may have been stopped at that time"
            )
        };
        assert_eq!(
            gaps(None, None),
            [
                line("eu-west-1", "2025-12-31 to 2026-01-06"),
                line("us-east-1", "2026-01-01, 2026-01-03 to 2026-01-05")
            ]
        );
        assert_eq!(
            gaps(Some("2026-01-06"), Some("2026-01-07")),
            [
                line("eu-west-1", "2026-01-06 to 2026-01-07"),
                line("us-east-1", "2026-01-07")
            ]
        );
        assert_eq!(
            gaps(Some("2026-01-06"), Some("2026-01-06")),
            [line("eu-west-1", "2026-01-06")]
        );
        // The archive's last file is older than the window's end, which is now.
        assert_eq!(
            gaps(Some("2026-01-06"), None),
            [
                line("eu-west-1", "2026-01-06 to 2026-01-08"),
                line("us-east-1", "2026-01-07 to 2026-01-08")
            ]
        );
        assert_eq!(gaps(Some("2026-01-09"), None), Vec::<String>::new());
    }

    #[test]
    fn an_empty_archive_has_no_gaps() {
        let window = (Some(date("2026-01-01")), None);
        let yesterday = Some(date("2026-01-08"));
        assert_eq!(
            Days::default().gaps(&|_, _| window.0, window, yesterday),
            []
        );
    }

    #[test]
    fn each_account_and_region_has_its_own_first_day() {
        let mut days = Days::default();
        for (region, day) in [
            ("behind", "2026-01-04"),
            ("new", "2026-01-04"),
            ("usual", "2026-01-05"),
        ] {
            days.saw("111122223333", region, date(day));
        }
        let begin = |_: &str, region: &str| match region {
            "behind" => Some(date("2026-01-01")),
            "usual" => Some(date("2026-01-05")),
            _ => None,
        };
        let gaps = days.gaps(&begin, (Some(date("2026-01-05")), None), None);
        let runs: Vec<_> = gaps.into_iter().map(|gap| (gap.region, gap.runs)).collect();
        let run = |first: &str, last: &str| (date(first), date(last));
        assert_eq!(
            runs,
            [
                (
                    "behind".to_owned(),
                    vec![
                        run("2026-01-01", "2026-01-03"),
                        run("2026-01-05", "2026-01-05")
                    ]
                ),
                ("new".to_owned(), vec![run("2026-01-05", "2026-01-05")]),
            ]
        );
    }

    #[test]
    fn selected_accounts_and_regions_without_files_are_named() {
        let mut days = Days::default();
        days.know("111122223333", "us-east-1");
        days.know("777788889999", "eu-west-1");
        let named = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let accounts = named(&["111122223333", "444455556666"]);
        let regions = named(&["us-east-1", "us-east-2", "eu-west-1"]);
        assert_eq!(
            days.unseen(&accounts, &regions),
            [
                "there are no files of account 444455556666: check --account, or add the archive with these files",
                "there are no files of region us-east-2: check --region, or add the archive with these files",
                "there are no files of account 111122223333 in region eu-west-1: check --account and --region, or add the archive with these files"
            ]
        );
    }
}
