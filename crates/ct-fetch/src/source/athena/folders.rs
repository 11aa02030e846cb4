//! Visits the folders in a bucket, with several requests at the same time.

use std::collections::VecDeque;
use std::sync::Arc;

use ct_aws::s3::{Address, Bucket, Error, ListRequest};
use ct_core::exit::Failure;
use tokio::task::JoinSet;

use crate::source::archive::location::cloud::Cloud;
use crate::source::archive::stop::Stop;
use ct_core::input::name::ROOT;

/// The maximum number of concurrent requests to S3.
const AT_ONCE: usize = 64;

/// Calls `visit` with the key of each folder below `root`. If `visit` returns `true`, the folders
/// in that folder are visited too. Returns a message for each folder that cannot be listed.
///
/// # Errors
/// If a signal arrives.
pub(crate) fn walk(
    root: &Address,
    (cloud, stop): (&Cloud, &Stop),
    visit: &mut dyn FnMut(&str) -> bool,
) -> Result<Vec<String>, Failure> {
    let bucket = cloud.bucket(&root.bucket);
    let prefix = root.prefix.trim_end_matches('/');
    let first = if prefix.is_empty() {
        String::new()
    } else {
        format!("{prefix}/")
    };
    let mut folders = VecDeque::from([first]);
    let mut problems = Vec::new();
    let mut tasks = JoinSet::new();
    loop {
        while tasks.len() < AT_ONCE
            && let Some(folder) = folders.pop_front()
        {
            tasks.spawn_on(below(Arc::clone(&bucket), folder), cloud.handle());
        }
        match stop.wait(cloud.handle(), tasks.join_next())? {
            Some(Ok((_, Ok(found)))) => {
                folders.extend(found.into_iter().filter(|folder| visit(folder)));
            }
            Some(Ok((folder, Err(error)))) => problems.push(format!(
                "cannot list the folders of {}: {error}: {}",
                root.of_key(&folder),
                error.advice()
            )),
            Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            None => return Ok(problems),
        }
    }
}

/// Returns the folders directly in `folder`. If one of them is a trail's `AWSLogs/`, returns only
/// that one.
async fn below(bucket: Arc<Bucket>, folder: String) -> (String, Result<Vec<String>, Error>) {
    let mut list = ListRequest {
        prefix: folder.clone(),
        is_one_level: true,
        ..ListRequest::default()
    };
    let mut folders = Vec::new();
    loop {
        match bucket.list(&list).await {
            Err(error) => return (folder, Err(error)),
            Ok(page) => {
                folders.extend(page.folders);
                list.token = page.next;
            }
        }
        if list.token.is_none() {
            break;
        }
    }
    let root = format!("{folder}{ROOT}/");
    if folders.contains(&root) {
        folders = vec![root];
    }
    (folder, Ok(folders))
}
