//! A read-only S3: the buckets, and the operation that a request is for.
//!
//! Source of every operation, parameter and error code: Amazon S3 API Reference.

pub(crate) mod contents;
mod entry;
pub(crate) mod fault;
pub(crate) mod layout;
mod list;
mod object;

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use hyper::Method;
use hyper::http::request::Parts;

use crate::answer::{HttpResponse, XML};
use crate::services::form::{self, escape};
use contents::Contents;
use fault::{S3Fault, S3FaultKind};
use layout::ArchiveLayout;

/// A bucket that is served with path-style URLs: `/NAME/KEY`.
#[derive(Clone, Debug)]
#[must_use]
pub struct Bucket {
    pub(crate) name: String,
    contents: Contents,
    region: Option<String>,
}

impl Bucket {
    /// Creates a bucket with the files in a folder. Each request reads the files as they are at
    /// that time.
    ///
    /// A hidden file `.NAME.metadata.json`, in the format of `aws s3api head-object`, contains the
    /// `Metadata` of the object `NAME`. The metadata file is not an object itself.
    pub fn folder(name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            contents: Contents::Folder(path.into()),
            region: None,
        }
    }

    /// Creates a bucket with objects in a trail's layout. The objects are generated when they are
    /// read, so that a bucket may have millions of keys.
    pub fn layout(name: impl Into<String>, layout: ArchiveLayout) -> Self {
        Self {
            name: name.into(),
            contents: Contents::Layout(layout),
            region: None,
        }
    }

    /// Returns the keys that begin with `prefix`, in order, each with the size of its object in
    /// bytes.
    ///
    /// # Errors
    /// If a folder cannot be listed.
    pub(crate) fn objects(&self, prefix: &str) -> io::Result<Vec<(String, u64)>> {
        let above = prefix.rfind('/').map_or("", |at| &prefix[..=at]);
        let mut folders = vec![above.to_owned()];
        let mut objects = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in self.contents.entries(&folder)? {
                let key = format!("{folder}{}", entry.name);
                match entry.object {
                    Some(object) if key.starts_with(prefix) => objects.push((key, object.bytes)),
                    Some(_) => {}
                    None => folders.push(key),
                }
            }
        }
        objects.sort();
        Ok(objects)
    }

    /// Sets the region of the bucket. Requests that are signed for a different region are
    /// redirected to this region. A bucket without a region is served in every region.
    pub fn region(self, region: impl Into<String>) -> Self {
        Self {
            region: Some(region.into()),
            ..self
        }
    }
}

/// All buckets, and the faults for S3 requests.
#[derive(Debug, Default)]
pub(crate) struct S3 {
    buckets: Vec<Bucket>,
    faults: Vec<S3Fault>,
    count: AtomicU64,
}

/// A parsed request to S3.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct S3Request<'a> {
    pub(crate) operation: Operation,
    pub(crate) bucket: String,
    /// The key of the requested object, or the prefix of the requested listing.
    pub(crate) key: String,
    /// The header `Range` of the request.
    pub(crate) range: Option<&'a str>,
    /// The header `If-Match` of the request.
    if_match: Option<&'a str>,
    query: &'a str,
}

/// The operations of S3 that are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    ListObjectsV2,
    GetObject,
    HeadObject,
    GetBucketLocation,
    HeadBucket,
    /// An operation that is not served.
    Other,
}

impl Operation {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ListObjectsV2 => "ListObjectsV2",
            Self::GetObject => "GetObject",
            Self::HeadObject => "HeadObject",
            Self::GetBucketLocation => "GetBucketLocation",
            Self::HeadBucket => "HeadBucket",
            Self::Other => "",
        }
    }

    /// Whether the operation reads an object or its metadata.
    pub(crate) fn is_of_object(self) -> bool {
        matches!(self, Self::GetObject | Self::HeadObject)
    }
}

impl<'a> S3Request<'a> {
    pub(crate) fn read(head: &'a Parts) -> Self {
        let header = |name: &str| head.headers.get(name).and_then(|text| text.to_str().ok());
        let query = head.uri.query().unwrap_or_default();
        let has = |name: &str| {
            let mut names = query.split('&').map(|pair| pair.split('=').next());
            names.any(|each| each == Some(name))
        };
        let path = head.uri.path().trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let operation = match (&head.method, key.is_empty()) {
            (_, true) if bucket.is_empty() => Operation::Other,
            (&Method::GET, true) if has("location") => Operation::GetBucketLocation,
            // In version 1 of this operation, the key after which the listing starts is in `marker`
            // instead of `start-after`.
            (&Method::GET, true) if has("list-type") || has("prefix") || has("marker") => {
                Operation::ListObjectsV2
            }
            (&Method::HEAD, true) => Operation::HeadBucket,
            (&Method::GET, false) => Operation::GetObject,
            (&Method::HEAD, false) => Operation::HeadObject,
            _ => Operation::Other,
        };
        let key = match operation {
            Operation::ListObjectsV2 => {
                let mut parameters = form::form(query.as_bytes());
                parameters.remove("prefix").unwrap_or_default()
            }
            _ => form::percent_decoded(key),
        };
        Self {
            operation,
            bucket: form::percent_decoded(bucket),
            key,
            range: header("range"),
            if_match: header("if-match"),
            query,
        }
    }
}

impl S3 {
    pub(crate) fn new(buckets: Vec<Bucket>, faults: Vec<S3Fault>) -> Self {
        Self {
            buckets,
            faults,
            count: AtomicU64::new(0),
        }
    }

    pub(crate) fn has_buckets(&self) -> bool {
        !self.buckets.is_empty()
    }

    /// Counts a request to S3, and returns its number, counted from 1.
    pub(crate) fn next_number(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn faults(&self) -> &[S3Fault] {
        &self.faults
    }

    /// Responds to a request that was signed for `region`. `home` is the region of the buckets that
    /// are configured without a region.
    ///
    /// # Errors
    /// The response with the error.
    pub(crate) fn answer(
        &self,
        request: &S3Request<'_>,
        region: &str,
        home: &str,
    ) -> Result<HttpResponse, HttpResponse> {
        if request.operation == Operation::Other {
            let message = "ct-sim serves ListObjectsV2, GetObject, HeadObject, HeadBucket and GetBucketLocation only.";
            return Err(error(501, "NotImplemented", message));
        }
        let named = |bucket: &&Bucket| bucket.name == request.bucket;
        let bucket = self.buckets.iter().find(named).ok_or_else(|| {
            let message = "The specified bucket does not exist";
            error(404, "NoSuchBucket", message)
        })?;
        let own_region = bucket.region.as_deref().unwrap_or(home);
        if request.operation == Operation::GetBucketLocation {
            return Ok(location(own_region));
        }
        if bucket.region.as_deref().is_some_and(|own| own != region) {
            let message = "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.";
            let refused = error(301, "PermanentRedirect", message);
            return Err(refused.with_header("x-amz-bucket-region", own_region));
        }
        let answer = match request.operation {
            Operation::ListObjectsV2 => list::answer(bucket, request, &self.faults),
            Operation::HeadBucket => Ok(HttpResponse::ok(XML, "")),
            _ => object::answer(bucket, request, &self.faults),
        };
        answer.map(|answer| answer.with_header("x-amz-bucket-region", own_region))
    }
}

impl Bucket {
    pub(crate) fn contents(&self) -> &Contents {
        &self.contents
    }
}

/// Returns the response to `GetBucketLocation`. For us-east-1, the location constraint is empty.
fn location(region: &str) -> HttpResponse {
    let constraint = if region == "us-east-1" { "" } else { region };
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{}</LocationConstraint>",
        escape(constraint)
    );
    HttpResponse::ok(XML, body)
}

/// Returns an error response in S3's format.
pub(crate) fn error(status: u16, code: &str, message: &str) -> HttpResponse {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message><RequestId>0123456789ABCDEF</RequestId><HostId>ct-sim</HostId></Error>",
        escape(code),
        escape(message)
    );
    HttpResponse::new(status, XML, body)
}

/// Returns the error response if a file of a bucket cannot be read.
fn unreadable(error: &io::Error) -> HttpResponse {
    self::error(
        500,
        "InternalError",
        &format!("ct-sim cannot read the object: {error}"),
    )
}

/// Whether one of the faults makes the object with this key archived. An archived object must be
/// restored before it can be read.
fn is_archived(faults: &[S3Fault], key: &str) -> bool {
    let mut faults = faults.iter();
    faults.any(|fault| fault.kind == S3FaultKind::Glacier && fault.is_of_key(key))
}
