//! Sends a request until it succeeds, and switches to the bucket's region.

use aws_sdk_s3::Client;

use super::client::Bucket;
use super::error::{Error, ErrorKind, Failed};
use super::pacer::wait;
use crate::error::RetryAction;

/// The maximum number of consecutive failures of one request, not counting throttled attempts.
const ATTEMPTS: u32 = 7;

/// The maximum number of consecutive throttled attempts of one request.
const THROTTLED: u32 = 30;

/// The failures of one request so far.
#[derive(Debug, Default)]
pub(super) struct FailureCounts {
    failures: u32,
    throttled: u32,
    has_moved: bool,
}

impl FailureCounts {
    /// Resets the counts after a part of the object has arrived.
    pub(super) fn progressed(&mut self) {
        self.failures = 0;
        self.throttled = 0;
    }

    /// Prepares the next attempt after `failed`: switches to the bucket's region, refreshes expired
    /// credentials, or waits.
    ///
    /// # Errors
    /// The error of `failed`, if a retry cannot succeed.
    async fn after(
        &mut self,
        failed: Failed,
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
        let failures = match failed.remedy {
            RetryAction::SlowDown => {
                self.throttled += 1;
                (self.throttled < THROTTLED).then_some(self.throttled)
            }
            RetryAction::BackOff | RetryAction::RetryNow => {
                self.failures += 1;
                let attempts = bucket.access.attempts.unwrap_or(ATTEMPTS);
                (self.failures < attempts).then_some(self.failures)
            }
            RetryAction::NewListing | RetryAction::GiveUp => None,
        };
        let failures = failures.ok_or(failed.error)?;
        tokio::time::sleep(wait(failures, fastrand::f64())).await;
        Ok(())
    }
}

impl Bucket {
    /// Sends a request with `send`. After a temporary failure, waits for a time that increases with
    /// the number of failures in `patience`.
    ///
    /// Returns `None` if the request must be sent again.
    ///
    /// # Errors
    /// If a retry cannot succeed.
    pub(super) async fn attempt<T, F>(
        &self,
        patience: &mut FailureCounts,
        send: impl FnOnce(Client) -> F,
    ) -> Result<Option<T>, Error>
    where
        F: Future<Output = Result<T, Failed>>,
    {
        let permit = self.pacer.permit().await;
        let (client, generation) = self.client()?;
        match send(client).await {
            Ok(answer) => {
                permit.succeeded();
                self.worked(generation);
                Ok(Some(answer))
            }
            Err(failed) => {
                if failed.remedy == RetryAction::SlowDown {
                    permit.slow_down();
                } else {
                    drop(permit);
                }
                patience.after(failed, self, generation).await?;
                Ok(None)
            }
        }
    }
}
