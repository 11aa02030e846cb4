//! Follows the chains of a trail's digest files from the newest to the oldest, as the AWS CLI does.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use ct_aws::config::Config;
use ct_aws::error::RequestError;
use ct_aws::identity::{Identity, Trail};
use ct_aws::public_keys::{self, PublicKeys};
use ct_aws::s3::{Error, ListRequest};
use jiff::Timestamp;
use tokio::task::JoinHandle;

use super::digest::{Digest, LogFile, LogVerdict, NOT_FOUND, ObjectLocation, is_backfill};
use super::names::{compact, date, is_digest, parse_arn, second};
use super::options::ValidationRequest;
use super::report::{Report, shown};
use super::storage::{self, Read, Storage};
use crate::cli_error::{CliError, ServiceError};

const HOUR: i64 = 3600;

/// The maximum number of digest files that are read before the traversal reaches them.
const AHEAD: usize = 16;

/// The maximum number of files whose results have not been reported yet.
const UNDER_WAY: usize = 2048;

/// A trail and the location of its digest files.
pub(super) struct DigestTraversal {
    identity: Arc<Identity>,
    storage: Storage,
    /// The start of the time range, in Unix seconds.
    start: i64,
    end: i64,
    bucket: String,
    /// The part of the keys of digest files that precedes the date.
    folder: String,
    /// The part of the names of digest files that precedes the time.
    name: String,
    /// The region whose public keys are requested and whose digest files are read.
    region: String,
    home_region: String,
    ahead: HashMap<String, JoinHandle<Read>>,
    pending: VecDeque<PendingResult>,
}

/// The result for a file, which is reported after the results for all earlier files.
enum PendingResult {
    Digest(ObjectLocation, (i64, i64)),
    LogFile(ObjectLocation, JoinHandle<Result<LogVerdict, Error>>),
}

impl DigestTraversal {
    /// Finds the bucket of the trail, unless the options contain the bucket.
    ///
    /// # Errors
    /// The AWS CLI's message.
    pub(super) async fn connect(
        question: &ValidationRequest,
        config: &Config,
    ) -> Result<Self, CliError> {
        let arn = &question.trail_arn;
        let identity = Identity::connect(question.origin.clone(), config.variables.clone()).await?;
        let mut origin = question.origin.clone();
        origin.options.endpoint_url = None;
        let s3 = Identity::connect(origin, config.variables.clone()).await?;
        let mut storage = Storage::new(s3);
        let parts: Vec<&str> = arn.split(':').collect();
        let (home_region, owner, name) = parse_arn(&parts)
            .ok_or_else(|| CliError::General(format!("Invalid trail ARN provided: {arn}")))?;
        let (bucket, prefix, organization) = if let Some(bucket) = &question.bucket {
            (bucket.clone(), question.prefix.clone(), None)
        } else {
            let trail = trail(&identity, arn).await?;
            let organization = match (trail.is_organization_trail, &question.account) {
                (false, _) => None,
                (true, None) => {
                    return Err(CliError::Param(
                        "Missing required parameter for organization trail: '--account-id'"
                            .to_owned(),
                    ));
                }
                (true, Some(_)) => Some(organization(&mut storage, &trail).await?),
            };
            (trail.bucket, trail.prefix, organization)
        };
        let account = question.account.as_deref().unwrap_or(owner);
        let region = identity.region().to_owned();
        let above = |part: Option<String>| part.map_or(String::new(), |part| format!("{part}/"));
        let prefix = above(prefix.filter(|prefix| !prefix.is_empty()));
        let organization = above(organization);
        Ok(Self {
            start: question.start,
            end: question.end,
            bucket,
            folder: format!("{prefix}AWSLogs/{organization}{account}/CloudTrail-Digest/{region}"),
            name: format!("{account}_CloudTrail-Digest_{region}_{name}_{home_region}_"),
            home_region: home_region.to_owned(),
            region,
            identity: Arc::new(identity),
            storage,
            ahead: HashMap::new(),
            pending: VecDeque::new(),
        })
    }

    /// Validates either the backfill digest files or all other digest files. Also validates the log
    /// files that these digest files list.
    ///
    /// # Errors
    /// If S3 or CloudTrail rejects a request or does not respond.
    pub(super) async fn traverse(
        &mut self,
        is_backfill: bool,
        report: &mut Report,
    ) -> Result<(), CliError> {
        let mut bucket = self.bucket.clone();
        let mut digests = self.list(&bucket, self.end, is_backfill).await?;
        let mut keys = if is_backfill {
            PublicKeys::default()
        } else {
            self.keys(self.start, self.end + 2 * HOUR).await?
        };
        let mut next = last(&mut digests, None);
        let mut last_start = next.as_ref().map_or(self.end, |(_, end)| *end);
        while let Some((key, _)) = next.take().filter(|_| self.start <= last_start) {
            remove_from(&mut digests, &key);
            self.read_ahead(&bucket, &digests);
            let place = ObjectLocation {
                bucket: bucket.clone(),
                key,
            };
            let digest = match self.digest(&place).await {
                Err(error) if storage::is_not_found(&error) => Err(NOT_FOUND.to_owned()),
                Err(error) => return Err(storage::fault("GetObject", &error)),
                Ok(Err(reason)) => Err(reason),
                Ok(Ok(digest)) => self.verify(digest, &mut keys, is_backfill).await,
            };
            let (digest, period) = match digest {
                Ok(digest) => digest,
                Err(reason) => {
                    self.settle((report, is_backfill), 0).await?;
                    report.invalid_digest(&place, is_backfill, &reason)?;
                    next = last(&mut digests, Some(&place.key));
                    continue;
                }
            };
            last_start = period.0;
            self.pending
                .push_back(PendingResult::Digest(place.clone(), period));
            for file in digest.log_files() {
                self.check(file);
            }
            self.settle((report, is_backfill), UNDER_WAY).await?;
            next = match digest.previous() {
                None => {
                    let next = last(&mut digests, Some(&place.key));
                    if let Some((_, end)) = &next {
                        self.settle((report, is_backfill), 0).await?;
                        report.gap(is_backfill, (*end, last_start))?;
                    }
                    next
                }
                Some(previous) => {
                    if previous.bucket != bucket {
                        bucket.clone_from(&previous.bucket);
                        digests = self.list(&bucket, period.1, is_backfill).await?;
                    }
                    Some((previous.key, last_start))
                }
            };
        }
        self.settle((report, is_backfill), 0).await
    }

    /// Reports the results for digest files and log files in traversal order, until at most `left`
    /// files are unreported.
    async fn settle(
        &mut self,
        (report, is_backfill): (&mut Report, bool),
        left: usize,
    ) -> Result<(), CliError> {
        while self.pending.len() > left {
            match self.pending.pop_front() {
                None => break,
                Some(PendingResult::Digest(place, period)) => {
                    report.valid_digest(&place, is_backfill, period)?;
                }
                Some(PendingResult::LogFile(place, verdict)) => {
                    let verdict = joined(verdict.await);
                    let verdict = verdict.map_err(|error| storage::fault("GetObject", &error))?;
                    report.log_file(&place, verdict)?;
                }
            }
        }
        Ok(())
    }

    fn check(&mut self, file: LogFile) {
        let place = file.place.clone();
        let verdict = self.storage.log_file(file);
        self.pending
            .push_back(PendingResult::LogFile(place, verdict));
    }

    async fn digest(&mut self, place: &ObjectLocation) -> Read {
        let reading = match self.ahead.remove(&place.url()) {
            Some(reading) => reading,
            None => self.storage.digest(place.clone()),
        };
        joined(reading.await)
    }

    /// Starts to read the newest digest files in the list. Usually each digest file refers to the
    /// previous file in the list, so the traversal needs these files next.
    fn read_ahead(&mut self, bucket: &str, digests: &[String]) {
        for key in digests.iter().rev().take(AHEAD) {
            let place = ObjectLocation {
                bucket: bucket.to_owned(),
                key: key.clone(),
            };
            let url = place.url();
            if !self.ahead.contains_key(&url) {
                let reading = self.storage.digest(place);
                self.ahead.insert(url, reading);
            }
        }
    }

    /// Verifies a digest file. Returns the digest file with the period that it covers, or the
    /// reason why the file is invalid.
    async fn verify(
        &self,
        digest: Digest,
        keys: &mut PublicKeys,
        is_backfill: bool,
    ) -> Result<(Digest, (i64, i64)), String> {
        if is_backfill && keys.get(digest.fingerprint()).is_none() {
            let generated = digest.generated.clone().unwrap_or_default();
            let time = generated.parse::<Timestamp>();
            let time = time.map_err(|_| format!("Unable to parse date value: {generated}"))?;
            let second = time.as_second();
            let more = self.keys(second - HOUR, second + HOUR).await;
            keys.extend(more.map_err(|fault| {
                match fault {
                    CliError::General(words) => words,
                    other => other
                        .code_and_message()
                        .map_or_else(String::new, |(_, words)| words),
                }
            })?);
        }
        digest.verify(keys, &self.home_region)?;
        let period = digest.period()?;
        Ok((digest, period))
    }

    async fn keys(&self, start: i64, end: i64) -> Result<PublicKeys, CliError> {
        let (client, _) = self.identity.client(&self.region)?;
        let keys = public_keys::list(&client, start, end).await;
        let keys = keys.map_err(|fault| asked("ListPublicKeys", fault))?;
        if keys.is_empty() {
            return Err(CliError::General(format!(
                "No public keys found between {} and {}",
                shown(start),
                shown(end)
            )));
        }
        Ok(keys)
    }

    /// The keys of the backfill digest files, or of all other digest files, in ascending order.
    /// Only files whose period ends in the time range, or up to an hour later, are included.
    async fn list(
        &mut self,
        bucket: &str,
        end: i64,
        wants_backfill: bool,
    ) -> Result<Vec<String>, CliError> {
        let first = self.start - 60;
        let day = compact(first);
        let day = format!("{}/{}/{}", &day[..4], &day[4..6], &day[6..8]);
        let (folder, name) = (&self.folder, &self.name);
        let list = ListRequest {
            prefix: folder.clone(),
            start_after: Some(format!("{folder}/{day}/{name}{}.json.gz", compact(first))),
            ..ListRequest::default()
        };
        let (from, to) = (compact(self.start), compact(end + HOUR));
        let (folder, name) = (folder.clone(), name.clone());
        let mut keys = self.storage.list(bucket, list).await?;
        keys.retain(|key| {
            is_digest(key, &folder, &name)
                && is_backfill(key) == wants_backfill
                && date(key).is_some_and(|date| *date >= *from && *date <= *to)
        });
        Ok(keys)
    }
}

/// Removes the newest digest file from the list and returns it. If `before` is the key of a digest
/// file, returns the newest digest file whose period ends before the end of that file's period, and
/// also removes all later digest files from the list.
fn last(digests: &mut Vec<String>, before: Option<&str>) -> Option<(String, i64)> {
    let before = before.map(|key| date(key).and_then(second));
    while let Some(key) = digests.pop() {
        let Some(end) = date(&key).and_then(second) else {
            continue;
        };
        if before.is_none_or(|before| before.is_some_and(|before| end < before)) {
            return Some((key, end));
        }
    }
    None
}

/// Removes the digest file `key` and all later digest files from the list.
fn remove_from(digests: &mut Vec<String>, key: &str) {
    let end = |key: &str| date(key).and_then(second);
    let Some(first) = end(key) else { return };
    while digests
        .pop_if(|last| end(last).is_none_or(|end| end >= first))
        .is_some()
    {}
}

async fn trail(identity: &Identity, arn: &str) -> Result<Trail, CliError> {
    let trails = identity.trails().await;
    let trails = trails.map_err(|fault| asked("DescribeTrails", fault))?;
    let found = trails.into_iter().find(|trail| trail.arn == arn);
    found.ok_or_else(|| CliError::General(format!("A trail could not be found for {arn}")))
}

/// The ID of the organization, which is the name of a folder in the trail's bucket.
async fn organization(storage: &mut Storage, trail: &Trail) -> Result<String, CliError> {
    let prefix = trail.prefix.as_deref().unwrap_or_default();
    let prefix = match prefix {
        "" => "AWSLogs/".to_owned(),
        prefix => format!("{prefix}/AWSLogs/"),
    };
    let list = ListRequest {
        prefix: prefix.clone(),
        is_one_level: true,
        ..ListRequest::default()
    };
    let folders = storage.list(&trail.bucket, list).await?;
    let mut names = folders
        .iter()
        .filter_map(|folder| folder.strip_prefix(&prefix)?.strip_suffix('/'));
    let id = names.find(|name| name.starts_with("o-"));
    let id = id.map(str::to_owned);
    id.ok_or_else(|| CliError::General(format!("There is no organization below {prefix}")))
}

/// Converts an error of CloudTrail to an error with the AWS CLI's message.
fn asked(operation: &'static str, fault: RequestError) -> CliError {
    match fault {
        RequestError::Service(error) => CliError::Service(ServiceError {
            operation,
            code: error.code,
            message: error.message.unwrap_or_default(),
            retries: None,
        }),
        RequestError::Credentials(error) => error.into(),
        other => CliError::General(other.to_string()),
    }
}

fn joined<T>(result: Result<T, tokio::task::JoinError>) -> T {
    match result {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_files_that_were_followed_are_not_read_ahead_again() {
        let key = |hour: u8| {
            format!("1_CloudTrail-Digest_us-east-1_t_us-east-1_20261126T{hour:02}0000Z.json.gz")
        };
        let mut digests: Vec<String> = (1..=5).map(key).collect();
        remove_from(&mut digests, &key(4));
        assert_eq!(digests, [key(1), key(2), key(3)]);
        remove_from(&mut digests, "a key without a time");
        assert_eq!(digests.len(), 3);
    }
}
