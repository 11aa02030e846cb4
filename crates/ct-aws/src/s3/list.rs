//! Lists the keys of a bucket, one page at a time, in byte order.

use std::fmt;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::{EncodingType, RequestPayer};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::client::Bucket;
use super::error::{Error, FailedRequest};
use super::retry::Retries;

/// The separator between the folders in a key.
const DELIMITER: &str = "/";

/// The request parameters of a listing: which keys to list, and from which position.
#[derive(Debug, Clone, Default)]
pub struct ListRequest {
    /// The prefix of the keys.
    pub prefix: String,
    /// Whether to list only the folders and keys directly below the prefix.
    pub is_one_level: bool,
    /// The key after which the listing starts. An object with this key need not exist.
    pub start_after: Option<String>,
    /// The token from the previous page, or `None` for the first page.
    pub token: Option<String>,
    /// The maximum number of keys per page, up to 1,000.
    pub most: Option<u16>,
}

/// The key and the size of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The complete key.
    pub key: Box<str>,
    /// The stored size, in bytes.
    pub size: u64,
    /// The time at which the object was stored, in Unix seconds, or `None` if the server does not report it.
    pub modified: Option<i64>,
    /// The entity tag without quotes, which changes whenever the object changes.
    pub etag: Option<Box<str>>,
}

/// A page of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyPage {
    /// The objects, in ascending order of their keys.
    pub objects: Vec<Object>,
    /// The common prefixes, each with a final slash, in ascending order.
    pub folders: Vec<String>,
    /// The token of the next page, or `None` on the last page.
    pub next: Option<String>,
}

impl Bucket {
    /// Requests a page, and retries after temporary failures.
    ///
    /// # Errors
    /// The reason why there is no page. A response that may be truncated never counts as the last page.
    pub async fn list(&self, list: &ListRequest) -> Result<KeyPage, Error> {
        let mut retries = Retries::default();
        loop {
            let pays = self.access.pays;
            let send = |client| send(client, self.name.clone(), pays, list.clone());
            if let Some(page) = self.attempt(&mut retries, send).await? {
                return Ok(page);
            }
        }
    }
}

async fn send(
    client: Client,
    bucket: String,
    pays: bool,
    list: ListRequest,
) -> Result<KeyPage, FailedRequest> {
    let token = list.token.clone();
    let answer = client
        .list_objects_v2()
        .bucket(bucket)
        .prefix(list.prefix)
        .set_delimiter(list.is_one_level.then(|| DELIMITER.to_owned()))
        .set_start_after(list.start_after)
        .set_continuation_token(list.token)
        .set_max_keys(list.most.map(i32::from))
        .set_request_payer(pays.then_some(RequestPayer::Requester))
        // Keys are URL-encoded, because a key may contain characters that are invalid in XML.
        .encoding_type(EncodingType::Url)
        .customize()
        .interceptor(CheckEnd)
        .send()
        .await
        .map_err(|error| FailedRequest::read(&error))?;
    read(answer, token.as_deref())
}

/// Rejects a truncated response, because the SDK would treat its beginning as a complete listing.
#[derive(Debug)]
struct CheckEnd;

/// The error for a listing without its closing tag.
#[derive(Debug)]
struct TruncatedListing;

impl fmt::Display for TruncatedListing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the listing is truncated")
    }
}

impl std::error::Error for TruncatedListing {}

#[dyn_dispatch_hint]
impl Intercept for CheckEnd {
    fn name(&self) -> &'static str {
        "CheckEnd"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let body = response.body().bytes().unwrap_or_default();
        let is_whole = body.trim_ascii_end().ends_with(b"</ListBucketResult>");
        if response.status().is_success() && !is_whole {
            return Err(TruncatedListing.into());
        }
        Ok(())
    }
}

/// Reads the page from a response.
fn read(answer: ListObjectsV2Output, asked: Option<&str>) -> Result<KeyPage, FailedRequest> {
    let is_encoded = answer.encoding_type == Some(EncodingType::Url);
    let decoded = |text: String| {
        if is_encoded {
            decode(&text).ok_or_else(|| FailedRequest::bad_answer("a key is not in UTF-8"))
        } else {
            Ok(text)
        }
    };
    let Some(is_truncated) = answer.is_truncated else {
        return Err(FailedRequest::bad_answer(
            "the listing does not say whether it is truncated",
        ));
    };
    let next = answer.next_continuation_token.filter(|_| is_truncated);
    if is_truncated && (next.is_none() || next.as_deref() == asked) {
        return Err(FailedRequest::bad_answer(
            "the listing is truncated but has no new token for the next page",
        ));
    }
    let mut page = KeyPage {
        next,
        ..KeyPage::default()
    };
    for object in answer.contents.unwrap_or_default() {
        let key = object
            .key
            .ok_or_else(|| FailedRequest::bad_answer("a listed object has no key"))?;
        page.objects.push(Object {
            key: decoded(key)?.into(),
            size: object
                .size
                .and_then(|size| u64::try_from(size).ok())
                .unwrap_or(0),
            modified: object.last_modified.map(|time| time.secs()),
            etag: object.e_tag.map(|etag| etag.trim_matches('"').into()),
        });
    }
    for folder in answer.common_prefixes.unwrap_or_default() {
        let prefix = folder
            .prefix
            .ok_or_else(|| FailedRequest::bad_answer("a listed folder has no prefix"))?;
        page.folders.push(decoded(prefix)?);
    }
    Ok(page)
}

/// Decodes `%XX` and `+`, as S3 writes them with `encoding-type=url`, or returns `None` if the result is not UTF-8.
fn decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digits = text.get(at + 1..at + 3).filter(|_| byte == b'%');
        if let Some(code) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            out.push(code);
            at += 3;
        } else {
            out.push(if byte == b'+' { b' ' } else { byte });
            at += 1;
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_keys_are_decoded() {
        assert_eq!(
            decode("a%2Fb+c%2B%C3%BC%01").as_deref(),
            Some("a/b c+ü\u{1}")
        );
        assert_eq!(decode("100%").as_deref(), Some("100%"));
        assert_eq!(decode("%FF"), None);
    }

    #[test]
    fn a_truncated_listing_is_not_treated_as_the_last_page() {
        let answer = |is_truncated: Option<bool>, token: Option<&str>| {
            let answer = ListObjectsV2Output::builder()
                .set_is_truncated(is_truncated)
                .set_next_continuation_token(token.map(str::to_owned))
                .build();
            read(answer, Some("t1")).map_err(|failed| failed.error.message)
        };
        assert_eq!(answer(Some(false), None), Ok(KeyPage::default()));
        assert_eq!(
            answer(Some(true), Some("t2")).unwrap().next.as_deref(),
            Some("t2")
        );
        let no_token = "the listing is truncated but has no new token for the next page";
        for token in [None, Some("t1")] {
            assert_eq!(answer(Some(true), token), Err(no_token.to_owned()));
        }
        assert!(answer(None, None).is_err());
    }
}
