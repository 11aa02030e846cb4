//! Sends a request until it succeeds, and switches to the bucket's region.

use aws_sdk_s3::Client;

use super::client::Bucket;
use super::error::{Error, ErrorKind, FailedRequest};
use crate::retry::{Backoff, FailureCounts, RetryAction, RetryLimits};

/// The retries of one request so far.
#[derive(Debug, Default)]
pub(super) struct Retries {
    counts: FailureCounts,
    has_moved: bool,
}

impl Retries {
    /// Resets the counts after a part of the object has arrived.
    pub(super) fn progressed(&mut self) {
        self.counts = FailureCounts::default();
    }

    /// Prepares the next attempt after `failed`: switches to the bucket's region, refreshes expired
    /// credentials, or waits.
    ///
    /// # Errors
    /// The error of `failed`, if a retry cannot succeed.
    async fn after(
        &mut self,
        failed: FailedRequest,
        bucket: &Bucket,
        generation: u64,
    ) -> Result<(), Error> {
        if let Some(region) = &failed.region
            && !self.has_moved
            && bucket.move_to(region)
        {
            self.has_moved = true;
            return Ok(());
        }
        if failed.error.kind == ErrorKind::Expired && bucket.renew(generation).await {
            return Ok(());
        }
        let limits = RetryLimits::storage(bucket.access.attempts);
        let failures = self.counts.count(failed.retry_action, limits);
        let failures = failures.ok_or(failed.error)?;
        tokio::time::sleep(Backoff::STORAGE.wait(failures, fastrand::f64())).await;
        Ok(())
    }
}

impl Bucket {
    /// Sends a request with `send`. After a temporary failure, waits for a time that increases with
    /// the number of failures in `retries`.
    ///
    /// Returns `None` if the request must be sent again.
    ///
    /// # Errors
    /// If a retry cannot succeed.
    pub(super) async fn attempt<T, F>(
        &self,
        retries: &mut Retries,
        send: impl FnOnce(Client) -> F,
    ) -> Result<Option<T>, Error>
    where
        F: Future<Output = Result<T, FailedRequest>>,
    {
        let permit = self.concurrency.permit().await;
        let (client, generation) = self.client()?;
        match send(client).await {
            Ok(answer) => {
                permit.succeeded();
                self.worked(generation);
                Ok(Some(answer))
            }
            Err(failed) => {
                if failed.retry_action == RetryAction::SlowDown {
                    permit.slow_down();
                } else {
                    drop(permit);
                }
                retries.after(failed, self, generation).await?;
                Ok(None)
            }
        }
    }
}
