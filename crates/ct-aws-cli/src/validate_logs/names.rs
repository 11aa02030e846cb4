//! Parses the names of digest files and trails, and formats the times in the names.

use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::report::shown;

/// The time in the key of a digest file, such as `20260101T100000Z`.
pub(super) fn date(key: &str) -> Option<&str> {
    let stem = key
        .strip_suffix("_backfill.json.gz")
        .or_else(|| key.strip_suffix(".json.gz"))?;
    stem.get(stem.len().checked_sub(16)?..)
}

pub(super) fn second(date: &str) -> Option<i64> {
    let time = DateTime::strptime("%Y%m%dT%H%M%SZ", date).ok()?;
    Some(Offset::UTC.to_timestamp(time).ok()?.as_second())
}

/// Formats a time in Unix seconds as in the names of digest files.
pub(super) fn compact(second: i64) -> String {
    shown(second).replace(['-', ':'], "")
}

/// Whether `key` has the form `FOLDER/YYYY/MM/DD/NAME….json.gz`.
pub(super) fn is_digest(key: &str, folder: &str, name: &str) -> bool {
    let below = key
        .strip_prefix(folder)
        .and_then(|key| key.strip_prefix('/'));
    let Some(parts) = below.map(|below| below.split('/').collect::<Vec<_>>()) else {
        return false;
    };
    let [day @ .., file] = parts.as_slice() else {
        return false;
    };
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let rest = file.strip_prefix(name);
    let rest = rest.and_then(|rest| rest.strip_suffix(".json.gz"));
    day.len() == 3 && day.iter().all(is_number) && rest.is_some_and(|rest| !rest.is_empty())
}

/// The region, the account ID and the name of a trail. `parts` are the parts of the trail's ARN
/// between colons.
pub(super) fn parse_arn<'a>(parts: &[&'a str]) -> Option<(&'a str, &'a str, &'a str)> {
    let ["arn", partition, "cloudtrail", region, account, resource] = parts else {
        return None;
    };
    let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let name = resource.strip_prefix("trail/")?.rsplit('/').next()?;
    let is_whole = !partition.is_empty() && !region.is_empty() && is_account && !name.is_empty();
    is_whole.then_some((*region, *account, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_identifies_a_trail() {
        let parts = |arn: &'static str| parse_arn(&arn.split(':').collect::<Vec<_>>());
        assert_eq!(
            parts("arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit"),
            Some(("eu-west-1", "111122223333", "audit"))
        );
        for arn in [
            "audit",
            "arn:aws:cloudtrail:eu-west-1:1111:trail/audit",
            "arn:aws:s3:eu-west-1:111122223333:trail/audit",
            "arn:aws:cloudtrail:eu-west-1:111122223333:trail/",
        ] {
            assert_eq!(parts(arn), None, "{arn}");
        }
    }

    #[test]
    fn a_key_identifies_a_digest() {
        let folder = "p/AWSLogs/111122223333/CloudTrail-Digest/eu-west-1";
        let name = "111122223333_CloudTrail-Digest_eu-west-1_audit_eu-west-1_";
        let key = |rest: &str| format!("{folder}/2026/01/31/{name}{rest}");
        assert!(is_digest(&key("20260131T100000Z.json.gz"), folder, name));
        assert!(!is_digest(&key(".json.gz"), folder, name));
        assert!(!is_digest(
            &format!("{folder}/2026/{name}x.json.gz"),
            folder,
            name
        ));
        assert_eq!(
            date(&key("20260131T100000Z_backfill.json.gz")),
            Some("20260131T100000Z")
        );
        assert_eq!(second("19700101T000001Z"), Some(1));
    }
}
