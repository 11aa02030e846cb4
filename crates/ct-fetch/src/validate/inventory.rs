//! Finds the digests and log files of an archive by their names.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ct_aws::s3::{Bucket, Object};
use ct_core::input;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::args::validate::ValidateOptions;
use ct_core::input::name::{Folder, Kind, Name};

/// The text after the time in the file names of digests.
const DIGEST_ENDS: [&str; 2] = ["_backfill.json.gz", ".json.gz"];

/// The selected files of an archive.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    pub(super) digests: Vec<StoredFile>,
    pub(super) log_files: Vec<StoredFile>,
    /// The files whose name is not that of a CloudTrail file. The `second` of such a file is the
    /// last second of the day, month or year in the path of its folder.
    pub(super) strangers: Vec<StoredFile>,
}

/// A file in the archive, local or in S3.
#[derive(Debug, Clone)]
pub(super) struct StoredFile {
    /// The path of a local file, or the S3 address of an object.
    pub(super) path: PathBuf,
    /// The bucket and the key of an object; `None` for a local file.
    pub(super) object: Option<(Arc<Bucket>, Box<str>)>,
    /// The file name that CloudTrail chose. It is unique within a trail.
    pub(super) file_name: String,
    pub(super) account: String,
    pub(super) region: String,
    /// The time in the file name, in Unix seconds.
    pub(super) second: i64,
}

/// Which files to validate. Accounts or regions are `None` if all are selected.
#[derive(Debug, Default)]
pub(super) struct Selection {
    pub(super) accounts: Option<Vec<String>>,
    pub(super) regions: Option<Vec<String>>,
    /// The trail whose digests are validated: its name and home region. `None` to validate the
    /// digests of every trail.
    pub(super) trail: Option<(String, String)>,
    /// Whether to list only digests, without log files.
    pub(super) is_of_digests: bool,
}

impl Selection {
    /// Returns the selection according to the options. It includes the digests of every trail.
    pub(super) fn from_options(options: &ValidateOptions) -> Self {
        Self {
            accounts: Some(options.account.clone()).filter(|accounts| !accounts.is_empty()),
            regions: options.regions(),
            ..Self::default()
        }
    }
}

impl Inventory {
    /// Lists the selected files below `folder`.
    ///
    /// # Errors
    /// If a folder cannot be listed.
    pub(super) fn list(folder: &Path, selection: &Selection) -> anyhow::Result<Self> {
        let mut inventory = Self::default();
        let found = input::files(folder)?;
        for path in found.files {
            inventory.add(path, None, selection);
        }
        for path in found.others {
            inventory.add_stranger(path, selection);
        }
        Ok(inventory)
    }

    /// Adds the files of another inventory.
    pub(super) fn extend(&mut self, other: Self) {
        self.digests.extend(other.digests);
        self.log_files.extend(other.log_files);
        self.strangers.extend(other.strangers);
    }

    /// Creates the inventory of those objects of a bucket that are selected.
    pub(super) fn of_objects(
        bucket: &Arc<Bucket>,
        objects: Vec<Object>,
        selection: &Selection,
    ) -> Self {
        let mut inventory = Self::default();
        // Skip objects whose keys end with a slash. The S3 console creates them to make empty
        // folders visible.
        for Object { key, .. } in objects.into_iter().filter(|it| !it.key.ends_with('/')) {
            let path = PathBuf::from(format!("s3://{}/{key}", bucket.name));
            inventory.add(path, Some((Arc::clone(bucket), key)), selection);
        }
        inventory
    }

    /// Adds a file whose name is not that of a CloudTrail file. Such a file is reported, because a
    /// run with `--from` would read it. Leaves out hidden files and files of other AWS services,
    /// which a run does not read.
    fn add_stranger(&mut self, path: PathBuf, selection: &Selection) {
        let name = path.file_name().unwrap_or_default();
        if name.is_empty() || name.as_encoded_bytes().starts_with(b".") {
            return;
        }
        let (account, region, days) = match path.parent().map(Folder::read) {
            Some(Folder::Service) => return,
            Some(Folder::Trail {
                account,
                region,
                days,
                ..
            }) => (account, region.unwrap_or_default(), days),
            _ => (String::new(), String::new(), None),
        };
        if !account.is_empty() && !selection.is_of(&account, &region) {
            return;
        }
        let end = days.and_then(|(_, last)| last.tomorrow().ok());
        let end = end.and_then(|end| Offset::UTC.to_timestamp(end.at(0, 0, 0, 0)).ok());
        self.strangers.push(StoredFile {
            file_name: name.to_string_lossy().into_owned(),
            path,
            object: None,
            account,
            region,
            second: end.map_or(i64::MAX, |end| end.as_second() - 1),
        });
    }

    /// Adds a file to the digests or to the log files, according to its name. Leaves it out if it
    /// is not selected.
    pub(super) fn add(
        &mut self,
        path: PathBuf,
        object: Option<(Arc<Bucket>, Box<str>)>,
        selection: &Selection,
    ) {
        let file_name = path.file_name().and_then(|name| name.to_str());
        let named = file_name.and_then(|name| Some((name.to_owned(), Name::read(name)?)));
        let Some((file_name, name)) = named else {
            return self.add_stranger(path, selection);
        };
        if !selection.is_of(&name.account, &name.region) {
            return;
        }
        let is_digest = name.kind == Kind::Digest;
        if is_digest && !selection.is_of_trail(&file_name, &name)
            || !is_digest && selection.is_of_digests
        {
            return;
        }
        let second = if is_digest {
            digest_end(&file_name).unwrap_or(name.minute)
        } else {
            name.minute
        };
        let stored = StoredFile {
            path,
            object,
            file_name,
            account: name.account,
            region: name.region,
            second,
        };
        if is_digest {
            self.digests.push(stored);
        } else {
            self.log_files.push(stored);
        }
    }
}

impl Selection {
    /// Whether the files of an account and region are selected.
    fn is_of(&self, account: &str, region: &str) -> bool {
        let is_among = |wanted: &Option<Vec<String>>, value: &str| {
            let mut wanted = wanted.iter().flatten().peekable();
            wanted.peek().is_none() || wanted.any(|wanted| wanted == value)
        };
        is_among(&self.accounts, account) && is_among(&self.regions, region)
    }

    /// Whether the digests of the trail to which `digest` belongs are selected.
    fn is_of_trail(
        &self,
        digest: &str,
        Name {
            account,
            region,
            kind,
            ..
        }: &Name,
    ) -> bool {
        self.trail.as_ref().is_none_or(|(name, home_region)| {
            let kind = kind.text();
            trail(digest).0 == format!("{account}_{kind}_{region}_{name}_{home_region}")
        })
    }
}

impl StoredFile {
    /// Returns the path or the address of the file, for messages and for the output.
    pub(super) fn label(&self) -> String {
        self.path.display().to_string()
    }

    /// Returns the part of a digest's file name before the time, which identifies the trail.
    pub(super) fn trail(&self) -> &str {
        trail(&self.file_name).0
    }

    /// Returns the folder that contains the folder of the file's account. An archive may contain
    /// copies of a trail's files, each in a different such folder.
    pub(super) fn root(&self) -> &Path {
        let mut folders = self.path.ancestors();
        let account = folders.find(|folder| folder.ends_with(&self.account));
        account.and_then(Path::parent).unwrap_or(Path::new(""))
    }
}

/// Groups digests by chain. Each group contains indexes in `digests`.
pub(super) fn chains(digests: &[StoredFile]) -> Vec<Vec<usize>> {
    let mut places: HashMap<(&Path, &str, bool), usize> = HashMap::new();
    let mut chains: Vec<Vec<usize>> = Vec::new();
    for (at, digest) in digests.iter().enumerate() {
        let (trail, is_backfill) = trail(&digest.file_name);
        let place = *places
            .entry((digest.root(), trail, is_backfill))
            .or_insert_with(|| {
                chains.push(Vec::new());
                chains.len() - 1
            });
        chains[place].push(at);
    }
    chains
}

/// Returns the part of a digest's file name before the time. Also returns whether the end of the
/// name is that of a backfill digest.
fn trail(file_name: &str) -> (&str, bool) {
    let [backfill, plain] = DIGEST_ENDS;
    let is_backfill = file_name.ends_with(backfill);
    let end = if is_backfill { backfill } else { plain };
    let stem = file_name.strip_suffix(end).unwrap_or(file_name);
    let (trail, _) = stem.rsplit_once('_').unwrap_or((stem, ""));
    (trail, is_backfill)
}

/// Returns the end of the period that a digest covers, according to its file name, in Unix seconds.
/// Returns `None` if the name contains no time.
pub(super) fn digest_end(file_name: &str) -> Option<i64> {
    let [backfill, plain] = DIGEST_ENDS;
    let stem = file_name.strip_suffix(backfill);
    let stem = stem.or_else(|| file_name.strip_suffix(plain))?;
    let (_, time) = stem.rsplit_once('_')?;
    let time = DateTime::strptime("%Y%m%dT%H%M%SZ", time).ok()?;
    let time = Offset::UTC.to_timestamp(time).ok()?;
    Some(time.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(path: &str) -> StoredFile {
        let mut inventory = Inventory::default();
        inventory.add(PathBuf::from(path), None, &Selection::default());
        inventory.digests.remove(0)
    }

    #[test]
    fn a_chain_belongs_to_one_trail_region_account_and_copy() {
        let name = |root: &str, trail: &str, time: &str| {
            digest(&format!(
                "{root}/111122223333/CloudTrail-Digest/us-east-1/2026/01/31/111122223333_CloudTrail-Digest_us-east-1_{trail}_eu-west-1_{time}.json.gz"
            ))
        };
        let digests = [
            name("a/AWSLogs", "my_trail", "20260131T100512Z"),
            name("a/AWSLogs", "my_trail", "20260131T110512Z"),
            name("a/AWSLogs", "my_trail", "20260131T110512Z_backfill"),
            name("a/AWSLogs", "other", "20260131T100512Z"),
            name("b/AWSLogs/o-abc", "my_trail", "20260131T100512Z"),
        ];
        assert_eq!(chains(&digests), [vec![0, 1], vec![2], vec![3], vec![4]]);
        assert_eq!(digests[0].root(), Path::new("a/AWSLogs"));
        assert_eq!(digests[4].root(), Path::new("b/AWSLogs/o-abc"));
        let second = "2026-01-31T11:05:12Z".parse::<jiff::Timestamp>().unwrap();
        assert_eq!(digests[2].second, second.as_second());
    }
}
