//! Finds the days on which a trail's archive has neither a log file nor a digest file.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

/// The names of the folders with a trail's files. Their subfolders are `REGION/YYYY/MM/DD`.
///
/// Source: CloudTrail user guide, "Finding your CloudTrail log files" and "digest file location".
const KINDS: [&str; 2] = ["CloudTrail", "CloudTrail-Digest"];

/// Returns messages about the days without a file, for each account and region. The examined days
/// are the same for all accounts and regions: from the first to the last day in `files`.
pub(crate) fn gaps<'f>(files: impl IntoIterator<Item = &'f PathBuf>) -> Vec<String> {
    let mut days: BTreeMap<(String, String), BTreeSet<Date>> = BTreeMap::new();
    for (account, region, day) in files.into_iter().filter_map(|file| place(file)) {
        days.entry((account, region)).or_default().insert(day);
    }
    let all = || days.values().flatten().copied();
    let (Some(first), Some(last)) = (all().min(), all().max()) else {
        return Vec::new();
    };
    let mut gaps = Vec::new();
    for ((account, region), days) in &days {
        let mut next = first;
        for &day in days {
            gaps.extend(
                day.yesterday()
                    .ok()
                    .and_then(|end| gap((account, region), next, end)),
            );
            next = day.tomorrow().unwrap_or(day);
        }
        gaps.extend(gap((account, region), next, last));
    }
    gaps
}

/// Returns a message about the missing days from `first` to `last`, or `None` if `first` is after
/// `last`.
fn gap((account, region): (&str, &str), first: Date, last: Date) -> Option<String> {
    let span = match first.cmp(&last) {
        Ordering::Less => format!("from {first} to {last}"),
        Ordering::Equal => format!("on {first}"),
        Ordering::Greater => return None,
    };
    Some(format!(
        "the archive contains neither log files nor digest files of account {account} in {region} \
         {span}: copy them from the bucket"
    ))
}

/// Returns the account, the region and the day of a trail's file: from the folders in its path,
/// otherwise from the folders in its absolute path, otherwise from its name. Returns `None` if
/// neither the folders nor the name contain them.
fn place(file: &Path) -> Option<(String, String, Date)> {
    of_folders(file)
        .or_else(|| of_folders(&file.canonicalize().ok()?))
        .or_else(|| of_name(&file.file_name()?.to_string_lossy()))
}

/// Returns the account, the region and the day of a file below
/// `ACCOUNT/CloudTrail/REGION/YYYY/MM/DD`.
fn of_folders(file: &Path) -> Option<(String, String, Date)> {
    let parts: Vec<_> = file.iter().map(|part| part.to_string_lossy()).collect();
    let at = parts
        .iter()
        .position(|part| KINDS.contains(&part.as_ref()))?;
    let [region, year, month, day] = parts.get(at + 1..at + 5)? else {
        return None;
    };
    let day = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    let account = parts.get(at.checked_sub(1)?)?;
    Some((account.to_string(), region.to_string(), day))
}

/// Returns the account, the region and the day in the name of a log file,
/// `ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHMMZ_ID.json.gz`, or of a digest file,
/// `ACCOUNT_CloudTrail-Digest_REGION_TRAIL_REGION_YYYYMMDDTHHMMSSZ.json.gz`.
///
/// Source: CloudTrail user guide, "CloudTrail log file name format" and "digest file location".
fn of_name(name: &str) -> Option<(String, String, Date)> {
    let parts: Vec<&str> = name.split('_').collect();
    let [account, kind, region, rest @ ..] = &parts[..] else {
        return None;
    };
    let time = if *kind == KINDS[0] {
        rest.first()
    } else {
        rest.last().filter(|_| *kind == KINDS[1])
    };
    let (day, _) = time?.split_once('T')?;
    let day = Date::strptime("%Y%m%d", day).ok()?;
    Some(((*account).to_owned(), (*region).to_owned(), day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(kind: &str, region: &str, day: &str) -> PathBuf {
        format!("a/AWSLogs/111122223333/{kind}/{region}/{day}/x.json.gz").into()
    }

    #[test]
    fn a_day_with_neither_log_nor_digest_is_a_gap() {
        let files = [
            file("CloudTrail", "eu-west-1", "2026/11/01"),
            file("CloudTrail-Digest", "eu-west-1", "2026/11/02"),
            file("CloudTrail", "eu-west-1", "2026/11/04"),
            file("CloudTrail", "us-east-1", "2026/11/02"),
            PathBuf::from("notes.txt"),
        ];
        let gap = |place: &str| {
            format!(
                "the archive contains neither log files nor digest files of account 111122223333 \
                 in {place}: copy them from the bucket"
            )
        };
        assert_eq!(
            gaps(&files),
            [
                gap("eu-west-1 on 2026-11-03"),
                gap("us-east-1 on 2026-11-01"),
                gap("us-east-1 from 2026-11-03 to 2026-11-04"),
            ]
        );
    }

    #[test]
    fn the_name_of_a_file_gives_its_account_region_and_day_if_its_folders_do_not() {
        let files = [
            "111122223333_CloudTrail_eu-west-1_20261101T0005Z_Ab12.json.gz",
            "x/111122223333_CloudTrail-Digest_eu-west-1_my_trail_us-east-1_20261103T000000Z.json.gz",
            "111122223333_CloudTrail-Insight_eu-west-1_20261105T0005Z_Ab12.json.gz",
            "a_b_c",
        ];
        assert_eq!(
            gaps(&files.map(PathBuf::from)),
            [
                "the archive contains neither log files nor digest files of account 111122223333 \
                 in eu-west-1 on 2026-11-02: copy them from the bucket"
            ]
        );
    }
}
