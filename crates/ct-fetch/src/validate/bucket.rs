//! Lists a trail's objects in a bucket. Lists all folders level by level, down to the regions. Then
//! lists the selected days of each region.

use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;
use ct_aws::s3::{Address, Bucket, Error, ErrorKind, KeyPage, ListRequest, Object};
use ct_core::exit::Failure;
use jiff::Timestamp;
use tokio::task::JoinSet;

use super::inventory::Selection;
use crate::source::archive::location::cloud::Cloud;
use ct_core::input::name::{Folder, Kind};

/// The name of the folder that contains a trail's files.
const ROOT: &str = "AWSLogs/";

/// The maximum number of concurrent requests to S3.
const AT_ONCE: usize = 64;

/// A listing of a bucket in progress: the requests to send, and the objects found so far.
struct ArchiveListing<'s> {
    selection: &'s Selection,
    /// The first and the last day to list, in the form of keys, such as `2026/01/31`. `None` if the
    /// window has no start or no end.
    first: Option<String>,
    last: Option<String>,
    requests: Vec<(ListRequest, ListStep)>,
    found: Vec<Object>,
}

#[derive(Debug, Clone)]
enum ListStep {
    /// Lists the folders and keys directly below a prefix.
    Level,
    /// Lists all keys below the folder of a region. The value is the key of this folder.
    Region(String),
}

/// Lists the objects below an address that may belong to the window from `since` to `until`, in
/// Unix seconds.
///
/// # Errors
/// If the bucket cannot be listed.
pub(super) async fn list(
    cloud: &Cloud,
    address: &Address,
    selection: &Selection,
    (since, until): (Option<i64>, Option<i64>),
) -> Result<Vec<Object>, Failure> {
    let mut walk = ArchiveListing {
        selection,
        first: since.and_then(day),
        last: until.and_then(day),
        requests: Vec::new(),
        found: Vec::new(),
    };
    let prefix = match address.prefix.as_str() {
        "" => String::new(),
        prefix => format!("{}/", prefix.trim_end_matches('/')),
    };
    walk.folder(&prefix);
    let bucket = cloud.bucket(&address.bucket);
    walk.run(&bucket).await
}

/// Returns the day of the time `second`, in the form of keys, such as `2026/01/31`.
fn day(second: i64) -> Option<String> {
    let time = Timestamp::from_second(second).ok()?;
    Some(time.strftime("%Y/%m/%d").to_string())
}

impl ArchiveListing<'_> {
    async fn run(mut self, bucket: &Arc<Bucket>) -> Result<Vec<Object>, Failure> {
        let mut tasks = JoinSet::new();
        loop {
            while tasks.len() < AT_ONCE
                && let Some((list, step)) = self.requests.pop()
            {
                let bucket = Arc::clone(bucket);
                tasks.spawn(async move {
                    let page = bucket.list(&list).await;
                    (list, step, page)
                });
            }
            let Some(joined) = tasks.join_next().await else {
                return Ok(self.found);
            };
            let (list, step, page) =
                joined.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
            let page = page.map_err(|error| {
                failure(
                    &format!("list s3://{}/{}", bucket.name, list.prefix),
                    &error,
                )
            })?;
            self.take(list, step, page);
        }
    }

    fn take(&mut self, mut list: ListRequest, step: ListStep, page: KeyPage) {
        let is_past = match &step {
            ListStep::Level => {
                self.level(page.folders);
                false
            }
            ListStep::Region(folder) => {
                let end = self
                    .last
                    .as_ref()
                    .map(|last| format!("{folder}{last}/\u{10ffff}"));
                let newest = page.objects.last().map(|object| &*object.key);
                newest
                    .zip(end.as_deref())
                    .is_some_and(|(newest, end)| newest > end)
            }
        };
        self.found.extend(page.objects);
        if let Some(token) = page.next.filter(|_| !is_past) {
            list.token = Some(token);
            self.requests.push((list, step));
        }
    }

    fn level(&mut self, folders: Vec<String>) {
        let is_root = |folder: &String| *folder == ROOT || folder.ends_with(&format!("/{ROOT}"));
        let has_root = folders.iter().any(is_root);
        for folder in folders {
            // A folder next to a trail's `AWSLogs/` may contain another trail.
            if !has_root || is_root(&folder) {
                self.folder(&folder);
            } else {
                self.folder(&format!("{folder}{ROOT}"));
            }
        }
    }

    /// Requests the keys in a folder, unless the folder belongs to accounts, regions or kinds of
    /// files that are not selected.
    fn folder(&mut self, prefix: &str) {
        let wanted = |wanted: &Option<Vec<String>>, value: &String| {
            wanted.as_ref().is_none_or(|wanted| wanted.contains(value))
        };
        let accounts = &self.selection.accounts;
        let list = |is_one_level, start_after| ListRequest {
            prefix: prefix.to_owned(),
            is_one_level,
            start_after,
            ..ListRequest::default()
        };
        let request = match Folder::read(Path::new(prefix)) {
            Folder::Service => return,
            Folder::Account(account) if !wanted(accounts, &account) => return,
            Folder::Trail { account, .. } if !wanted(accounts, &account) => return,
            Folder::Trail {
                region: Some(region),
                ..
            } if !wanted(&self.selection.regions, &region) => return,
            Folder::Trail { kind, .. } if self.selection.is_of_digests && kind != Kind::Digest => {
                return;
            }
            Folder::Trail {
                region: Some(_),
                days,
                ..
            } => {
                let is_whole = days.is_none();
                let first = self.first.as_ref().filter(|_| is_whole);
                let start = first.map(|first| format!("{prefix}{first}"));
                (list(false, start), ListStep::Region(prefix.to_owned()))
            }
            Folder::Account(_) | Folder::Trail { .. } | Folder::Unknown => {
                (list(true, None), ListStep::Level)
            }
        };
        self.requests.push(request);
    }
}

/// Returns the error with which the run ends because a request to S3 failed. `what` says what the
/// run tried to do.
pub(super) fn failure(what: &str, error: &Error) -> Failure {
    let message = anyhow!("cannot {what}: {error}: {}", error.advice());
    match error.kind {
        ErrorKind::Credentials(_) => Failure::Configuration(message),
        ErrorKind::Unreachable | ErrorKind::BadAnswer => Failure::Other(message),
        _ => Failure::Refused(message),
    }
}
