//! The request log, which contains every request and its response.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde_json::Value;

/// A request and its response, which are one line of the request log. Absent fields are omitted.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub struct Request {
    /// The number of the request to CloudTrail, such as a LookupEvents request, counted from 1 in
    /// order of arrival; 0 for requests to other services.
    pub number: u64,
    /// The time of arrival, in seconds since the start of the endpoint.
    pub arrived: f64,
    /// The name of the operation, such as `LookupEvents`, `ListObjectsV2`, `GetObject`,
    /// `GetCallerIdentity` or `AssumeRole`.
    pub operation: String,
    /// The region that the request was signed for; empty if the request was not signed.
    pub region: String,
    /// The account of the access key, or `None` if it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The access key that signed the request; empty if the request was not signed.
    pub access_key_id: String,
    /// The header `X-Amz-Target` of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The header `User-Agent` of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Whether the request had a session token. The token itself is not logged.
    pub has_session_token: bool,
    /// The bucket of an S3 request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// The key that an S3 request asks for, or the prefix that it lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The header `Range` of an S3 request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
    /// The body of the request as JSON, or `null` if it is not JSON.
    pub body: Value,
    /// The number of pages before the requested page, from the request's token. `None` for the
    /// first page, which has no token, and for a token in a different format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// The status of the response; 0 if no response was sent.
    pub status: u16,
    /// The result of the request: `ok`, the error code, or the name of the fault.
    pub result: String,
    /// The number of events in the response to LookupEvents; 0 for other operations.
    pub events: usize,
    /// The time from the arrival of the request to its response, in milliseconds.
    pub took_ms: f64,
}

/// The destination of the request log.
#[derive(Debug)]
pub(crate) enum Log {
    /// No log.
    Off,
    /// In memory, for tests. The condition variable wakes the threads in [`Log::wait_for`] after
    /// each request.
    Kept(Mutex<Vec<Request>>, Condvar),
    /// In a file, one JSON object per line.
    File(Mutex<File>),
}

impl Log {
    /// Creates a log in a new file, or no log if `path` is `None`.
    ///
    /// # Errors
    /// If the file cannot be created. The message names the file.
    pub(crate) fn to(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self::Off);
        };
        let file = File::create(path);
        let file = file.with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self::File(Mutex::new(file)))
    }

    /// Adds a request to the log. The response must be sent after this call, so that a client that
    /// has the response finds the request in the log.
    pub(crate) fn add(&self, request: Request) -> io::Result<()> {
        match self {
            Self::Off => Ok(()),
            Self::Kept(requests, bell) => {
                let mut requests = requests.lock().unwrap_or_else(PoisonError::into_inner);
                requests.push(request);
                bell.notify_all();
                Ok(())
            }
            Self::File(file) => {
                let mut line = serde_json::to_vec(&request)?;
                line.push(b'\n');
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.write_all(&line)
            }
        }
    }

    /// Waits until the log in memory contains `number` requests. Returns `false` if this takes
    /// longer than `patience`.
    pub(crate) fn wait_for(&self, number: usize, patience: Duration) -> bool {
        let Self::Kept(requests, bell) = self else {
            return false;
        };
        let requests = requests.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = bell.wait_timeout_while(requests, patience, |kept| kept.len() < number);
        let (requests, _) = waited.unwrap_or_else(PoisonError::into_inner);
        requests.len() >= number
    }

    /// Returns the requests in the log in memory, in order of arrival.
    pub(crate) fn requests(&self) -> Vec<Request> {
        let Self::Kept(requests, _) = self else {
            return Vec::new();
        };
        let mut requests = requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        requests.sort_by(|one, other| one.arrived.total_cmp(&other.arrived));
        requests
    }
}
