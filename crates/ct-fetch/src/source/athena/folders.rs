//! Walks the folders of a bucket, many at once, as far as they are wanted.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use ct_aws::s3::{Address, Bucket, Error, List};
use ct_core::exit::Failure;
use tokio::task::JoinSet;

use crate::source::archive::source::cloud::Cloud;
use crate::source::archive::stop::Stop;
use ct_core::input::name::ROOT;

/// Requests at once.
const AT_ONCE: usize = 64;

/// How long a request is waited for before a signal is looked for.
const PATIENCE: Duration = Duration::from_millis(100);

/// Calls `visit` with each folder below `root`, its key with a slash at the end; where it gives `true`, the folder is
/// looked into. Gives what cannot be listed, and why.
///
/// # Errors
/// What `stop` says.
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
        if tasks.is_empty() {
            return Ok(problems);
        }
        let next = async { tokio::time::timeout(PATIENCE, tasks.join_next()).await };
        let joined = cloud.handle().block_on(next);
        if let Some(failure) = stop.failure() {
            return Err(failure);
        }
        match joined {
            Ok(Some(Ok((_, Ok(found))))) => {
                folders.extend(found.into_iter().filter(|folder| visit(folder)));
            }
            Ok(Some(Ok((folder, Err(error))))) => problems.push(format!(
                "cannot list the folders of {}: {error}: {}",
                root.of_key(&folder),
                error.remedy()
            )),
            Ok(Some(Err(error))) => std::panic::resume_unwind(error.into_panic()),
            Ok(None) | Err(_) => {}
        }
    }
}

/// The folders at once below one; beside a trail's root nothing else is a trail's.
async fn below(bucket: Arc<Bucket>, folder: String) -> (String, Result<Vec<String>, Error>) {
    let mut list = List {
        prefix: folder.clone(),
        is_one_level: true,
        ..List::default()
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
