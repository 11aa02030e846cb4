//! Reads the objects that `validate-logs` needs, several at the same time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ct_aws::identity::Identity;
use ct_aws::s3::{AccessOptions, Bucket, Error, ErrorKind, ListRequest};
use ct_core::input::Inflater;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::digest::{self, Digest, LogFile, LogVerdict, NOT_FOUND, ObjectLocation};
use crate::cli_error::{CliError, ServiceError};

/// The maximum number of objects that are read at the same time.
const AT_ONCE: usize = 64;

/// The buckets that `validate-logs` reads, all with the same identity.
pub(super) struct Storage {
    identity: Arc<Identity>,
    buckets: HashMap<String, Arc<Bucket>>,
    permits: Arc<Semaphore>,
    inflaters: Arc<Mutex<Vec<Inflater>>>,
}

/// The result of reading a digest file: an error of S3, a message that says why the file is
/// invalid, or the digest.
pub(super) type Read = Result<Result<Digest, String>, Error>;

impl Storage {
    pub(super) fn new(identity: Identity) -> Self {
        Self {
            identity: Arc::new(identity),
            buckets: HashMap::new(),
            permits: Arc::new(Semaphore::new(AT_ONCE)),
            inflaters: Arc::default(),
        }
    }

    fn bucket(&mut self, name: &str) -> Arc<Bucket> {
        let new = || {
            let identity = Arc::clone(&self.identity);
            Arc::new(Bucket::new(name, identity, AccessOptions::default()))
        };
        Arc::clone(self.buckets.entry(name.to_owned()).or_insert_with(new))
    }

    /// The keys and the folders on all pages of the listing `list`.
    ///
    /// # Errors
    /// If the bucket cannot be listed.
    pub(super) async fn list(
        &mut self,
        bucket: &str,
        mut list: ListRequest,
    ) -> Result<Vec<String>, CliError> {
        let bucket = self.bucket(bucket);
        let mut keys = Vec::new();
        loop {
            let page = bucket.list(&list).await;
            let page = page.map_err(|error| fault("ListObjects", &error))?;
            keys.extend(
                page.objects
                    .into_iter()
                    .map(|object| object.key.into_string()),
            );
            keys.extend(page.folders);
            match page.next {
                Some(token) => list.token = Some(token),
                None => return Ok(keys),
            }
        }
    }

    /// Starts to read the digest file at `place`.
    pub(super) fn digest(&mut self, place: ObjectLocation) -> JoinHandle<Read> {
        let bucket = self.bucket(&place.bucket);
        let permits = Arc::clone(&self.permits);
        tokio::spawn(async move {
            let _permit = permits.acquire().await;
            let object = bucket.object(&place.key).await?;
            Ok(Digest::read(&place, &object.bytes, |name| {
                object.metadata.get(name).cloned()
            }))
        })
    }

    /// Starts to read a log file and to compare its content with the hash in the digest file.
    pub(super) fn log_file(&mut self, file: LogFile) -> JoinHandle<Result<LogVerdict, Error>> {
        let bucket = self.bucket(&file.place.bucket);
        let permits = Arc::clone(&self.permits);
        let inflaters = Arc::clone(&self.inflaters);
        tokio::spawn(async move {
            let _permit = permits.acquire().await;
            let bytes = match bucket.get(&file.place.key).await {
                Err(error) if is_not_found(&error) => return Ok(LogVerdict::Invalid(NOT_FOUND)),
                bytes => bytes?,
            };
            let checked = tokio::task::spawn_blocking(move || {
                let free = || inflaters.lock().unwrap_or_else(PoisonError::into_inner);
                let mut inflater = free().pop().unwrap_or_default();
                let verdict = digest::check_log_file(&mut inflater, &bytes, &file.hash);
                free().push(inflater);
                verdict
            });
            match checked.await {
                Ok(verdict) => Ok(verdict),
                Err(panic) => std::panic::resume_unwind(panic.into_panic()),
            }
        })
    }
}

/// Whether the error means that the object does not exist.
pub(super) fn is_not_found(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Gone | ErrorKind::Deleted)
}

/// Converts an error of S3 to an error with the AWS CLI's message.
pub(super) fn fault(operation: &'static str, error: &Error) -> CliError {
    match &error.kind {
        ErrorKind::Credentials(error) => (**error).clone().into(),
        ErrorKind::Unreachable | ErrorKind::BadAnswer => CliError::General(error.message.clone()),
        _ => {
            let (code, message) = error
                .message
                .split_once(": ")
                .unwrap_or(("Unknown", &error.message));
            CliError::Service(ServiceError {
                operation,
                code: code.to_owned(),
                message: message.to_owned(),
                retries: None,
            })
        }
    }
}
