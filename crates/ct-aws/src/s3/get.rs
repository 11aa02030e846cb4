//! Gets objects, and resumes a body after an interruption.

use std::collections::HashMap;
use std::ops::Range;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::types::RequestPayer;

use super::client::{AccessOptions, Bucket};
use super::error::{Error, ErrorKind, FailedRequest};
use super::retry::Retries;

/// The maximum number of restarts for an object that is replaced while it is read.
const RESTARTS: u32 = 3;

/// The maximum memory that is reserved before a body arrives, in bytes.
const RESERVED_BYTES: u64 = 16 << 20;

/// A part of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectPart {
    /// The bytes, starting with the first requested byte.
    pub bytes: Vec<u8>,
    /// The size of the whole object, in bytes.
    pub total: u64,
    /// The entity tag, which changes whenever the object changes.
    pub etag: Option<String>,
    /// The user-defined metadata of the object. The keys of the map do not include the prefix
    /// `x-amz-meta-`.
    pub metadata: HashMap<String, String>,
}

/// A request for the bytes of an object that are still missing from a range.
#[derive(Debug, Clone)]
struct RangeRequest {
    bucket: String,
    key: String,
    start: u64,
    /// The end of the requested bytes, exclusive, or `None` for the end of the object.
    end: Option<u64>,
    etag: Option<String>,
    access: AccessOptions,
}

/// The received part of the body, and the failure that interrupted it.
struct ReceivedPart {
    part: ObjectPart,
    broken: Option<FailedRequest>,
}

impl Bucket {
    /// All bytes of an object.
    ///
    /// # Errors
    /// The reason why the object cannot be read.
    pub async fn get(&self, key: &str) -> Result<Vec<u8>, Error> {
        Ok(self.object(key).await?.bytes)
    }

    /// All bytes of an object, and its metadata.
    ///
    /// # Errors
    /// The reason why the object cannot be read.
    pub async fn object(&self, key: &str) -> Result<ObjectPart, Error> {
        let mut restarts = 0;
        loop {
            match self.read(key, 0, None, None).await {
                Err(error) if error.kind == ErrorKind::Replaced && restarts < RESTARTS => {
                    restarts += 1;
                }
                read => return read,
            }
        }
    }

    /// The bytes of an object in `range`, or fewer if the object ends before the range does. `etag`
    /// is the entity tag of a part of the object that was read earlier, or `None` for the first
    /// part.
    ///
    /// # Errors
    /// The reason why the object cannot be read; [`ErrorKind::Replaced`] if the object has changed.
    pub async fn part(
        &self,
        key: &str,
        range: Range<u64>,
        etag: Option<&str>,
    ) -> Result<ObjectPart, Error> {
        self.read(key, range.start, Some(range.end), etag).await
    }

    async fn read(
        &self,
        key: &str,
        start: u64,
        end: Option<u64>,
        etag: Option<&str>,
    ) -> Result<ObjectPart, Error> {
        let mut retries = Retries::default();
        let mut part = ObjectPart {
            etag: etag.map(str::to_owned),
            ..ObjectPart::default()
        };
        loop {
            let request = RangeRequest {
                bucket: self.name.clone(),
                key: key.to_owned(),
                start: start + part.bytes.len() as u64,
                end,
                etag: part.etag.clone(),
                access: self.access.clone(),
            };
            let mut received = None;
            let sent = |client| async {
                let ReceivedPart { part, broken } = send(client, request).await?;
                received = Some(part);
                broken.map_or(Ok(()), Err)
            };
            // An interrupted body counts as a failure, but its bytes are kept.
            let answered = self.attempt(&mut retries, sent).await;
            if let Some(more) = received {
                if !more.bytes.is_empty() {
                    retries.progressed();
                }
                if part.bytes.is_empty() {
                    part.bytes = more.bytes;
                } else {
                    part.bytes.extend_from_slice(&more.bytes);
                }
                part.total = more.total;
                part.etag = part.etag.or(more.etag);
                part.metadata.extend(more.metadata);
                let end = end.unwrap_or(u64::MAX).min(part.total);
                if start + part.bytes.len() as u64 >= end {
                    return Ok(part);
                }
            }
            answered?;
        }
    }
}

async fn send(client: Client, request: RangeRequest) -> Result<ReceivedPart, FailedRequest> {
    let RangeRequest { start, end, .. } = request;
    let range = match end {
        Some(end) => Some(format!("bytes={start}-{}", end.saturating_sub(1))),
        None => (start > 0).then(|| format!("bytes={start}-")),
    };
    let key = request.access.customer_key.as_ref();
    let answer = client
        .get_object()
        .bucket(request.bucket)
        .key(request.key)
        .set_range(range)
        .set_if_match(request.etag)
        .set_request_payer(request.access.pays.then_some(RequestPayer::Requester))
        .set_sse_customer_algorithm(key.map(|_| "AES256".to_owned()))
        .set_sse_customer_key(key.map(|key| key.key.clone()))
        .set_sse_customer_key_md5(key.map(|key| key.md5.clone()))
        .send()
        .await
        .map_err(|error| FailedRequest::read(&error))?;
    body(answer, start, end).await
}

/// Reads a response body and returns the bytes of the object from `start` to `end`.
async fn body(
    mut answer: GetObjectOutput,
    start: u64,
    end: Option<u64>,
) -> Result<ReceivedPart, FailedRequest> {
    let length = answer
        .content_length
        .and_then(|length| u64::try_from(length).ok());
    let range = answer.content_range.as_deref().map(content_range);
    let (first, total) = match range {
        Some(Some(range)) => range,
        Some(None) => {
            return Err(FailedRequest::bad_answer(
                "its Content-Range cannot be read",
            ));
        }
        // A server that does not support ranges sends the whole object.
        None => (0, length),
    };
    if first > start {
        return Err(FailedRequest::bad_answer(
            "it begins after the first requested byte",
        ));
    }
    let mut before = start - first;
    let mut part = ObjectPart {
        etag: answer.e_tag,
        metadata: answer.metadata.unwrap_or_default(),
        ..ObjectPart::default()
    };
    // The reserved memory is limited, because the stated length may be false.
    let usual = length.map_or(0, |length| length.min(RESERVED_BYTES));
    part.bytes.reserve(usize::try_from(usual).unwrap_or(0));
    let mut broken = None;
    while let Some(piece) = answer.body.next().await {
        let mut piece = match piece {
            Ok(piece) => piece,
            Err(error) => {
                broken = Some(FailedRequest::of_causes(&error));
                break;
            }
        };
        let skipped = before.min(piece.len() as u64);
        before -= skipped;
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
        part.bytes.extend_from_slice(&piece.split_off(skipped));
    }
    if let Some(end) = end {
        let most = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
        part.bytes.truncate(most);
    }
    let reached = start + part.bytes.len() as u64;
    part.total = match (total, &broken) {
        (Some(total), _) => total,
        (None, None) => reached,
        (None, Some(_)) => u64::MAX,
    };
    if broken.is_none() && reached < part.total.min(end.unwrap_or(u64::MAX)) {
        broken = Some(FailedRequest::unreachable(
            "the body ended before the end of the object",
        ));
    }
    Ok(ReceivedPart { part, broken })
}

/// Parses `bytes 0-9/100`: the first byte, and the size of the object.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    let total = match total {
        "*" => None,
        total => Some(total.parse().ok()?),
    };
    Some((first.parse().ok()?, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_range_gives_the_first_byte_and_the_objects_size() {
        assert_eq!(content_range("bytes 5-9/100"), Some((5, Some(100))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5, None)));
        for text in ["", "5-9/100", "bytes 5/100", "bytes x-9/100", "bytes 5-9/x"] {
            assert_eq!(content_range(text), None, "{text}");
        }
    }
}
