//! S3's `GetObject` and `HeadObject`.

use std::io::ErrorKind;
use std::ops::Range;

use super::fault::S3Fault;
use super::{Bucket, S3Request, error, is_archived, unreadable};
use crate::answer::HttpResponse;
use crate::clock::date;

const BINARY: &str = "binary/octet-stream";

fn no_such_key() -> HttpResponse {
    error(404, "NoSuchKey", "The specified key does not exist.")
}

/// Responds with an object, a range of its bytes, or its headers.
///
/// # Errors
/// The response if there is no such object, if the object does not match `If-Match`, or if it does
/// not contain the requested range.
pub(super) fn answer(
    bucket: &Bucket,
    request: &S3Request<'_>,
    faults: &[S3Fault],
) -> Result<HttpResponse, HttpResponse> {
    let contents = bucket.contents();
    let object = contents.object(&request.key);
    let object = object.map_err(|error| unreadable(&error))?;
    let object = object.ok_or_else(no_such_key)?;
    let etag = object.etag();
    if request.if_match.is_some_and(|wanted| wanted != etag) {
        let message = "At least one of the pre-conditions you specified did not hold";
        return Err(error(412, "PreconditionFailed", message));
    }
    let whole = 0..object.bytes;
    let range = match request.range.map(|text| read_range(text, object.bytes)) {
        None | Some(ByteRange::Whole) => None,
        Some(ByteRange::Part(range)) => Some(range),
        Some(ByteRange::Outside) => {
            let message = "The requested range is not satisfiable";
            let refused = error(416, "InvalidRange", message);
            return Err(refused.with_header("content-range", format!("bytes */{}", object.bytes)));
        }
    };
    let part = range.clone().unwrap_or(whole);
    let body = contents.read(&request.key, part).map_err(|error| {
        if error.kind() == ErrorKind::NotFound {
            no_such_key()
        } else {
            unreadable(&error)
        }
    })?;
    let status = if range.is_some() { 206 } else { 200 };
    let mut answer = HttpResponse::new(status, BINARY, body)
        .with_header("accept-ranges", "bytes")
        .with_header("etag", etag);
    if let Some(modified) = date::http_date(object.modified) {
        answer = answer.with_header("last-modified", modified);
    }
    if let Some(Range { start, end }) = range {
        let text = format!("bytes {start}-{}/{}", end - 1, object.bytes);
        answer = answer.with_header("content-range", text);
    }
    if is_archived(faults, &request.key) {
        answer = answer.with_header("x-amz-storage-class", "GLACIER");
    }
    let metadata = contents.metadata(&request.key);
    for (name, value) in metadata.map_err(|error| unreadable(&error))? {
        answer = answer.with_header(format!("x-amz-meta-{name}"), value);
    }
    Ok(answer)
}

enum ByteRange {
    /// The whole object. The header does not request exactly one range of bytes, so HTTP requires
    /// the server to ignore the header.
    Whole,
    Part(Range<u64>),
    /// The object contains none of the requested bytes.
    Outside,
}

/// Parses the header `Range`: `bytes=0-99`, `bytes=100-` or `bytes=-100` (RFC 9110, section
/// 14.1.2).
fn read_range(text: &str, length: u64) -> ByteRange {
    let range = || {
        let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
        let number = |text: &str| text.parse::<u64>().ok();
        Some(match (first, last) {
            ("", last) => length.saturating_sub(number(last)?)..length,
            (first, "") => number(first)?..length,
            (first, last) => number(first)?..number(last)?.checked_add(1)?.min(length),
        })
    };
    match range() {
        None => ByteRange::Whole,
        Some(range) if range.is_empty() => ByteRange::Outside,
        Some(range) => ByteRange::Part(range),
    }
}
