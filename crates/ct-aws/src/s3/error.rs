//! The reasons why S3 returned no object or listing, and what the user can do in each case.

use std::error::Error as StdError;
use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::error::{ServiceError, SetupError, find, innermost, sent};
use crate::http::ConnectionFailure;
use crate::retry::RetryAction;

/// The reason why S3 returned no object or listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The kind of failure.
    pub kind: ErrorKind,
    /// The details: the error code and message of S3, or the connection error.
    pub message: String,
}

/// A kind of failure. Each kind has its own advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// The bucket does not exist.
    NoBucket,
    /// The object is in an archive class of S3 Glacier.
    Archived,
    /// The KMS key of the object cannot be used.
    KeyRefused,
    /// The object is encrypted with a customer key, and no key or the wrong key was given.
    CustomerKey,
    /// The identity lacks a permission.
    NotPermitted,
    /// The object does not exist.
    Gone,
    /// The latest version of the object is a delete marker.
    Deleted,
    /// The object was replaced after its first bytes were read.
    Replaced,
    /// The credentials have expired and cannot be refreshed.
    Expired,
    /// The credentials are unknown, or the signature is invalid.
    Signature,
    /// Requests are still throttled after all retries.
    Throttled,
    /// S3 failed, or rejected the request for a different reason.
    Refused,
    /// There are no credentials to sign with.
    Credentials(Box<SetupError>),
    /// No complete response arrived.
    Unreachable,
    /// The response does not come from S3.
    BadAnswer,
}

impl Error {
    pub(super) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// What the user can do about the failure.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self.kind {
            ErrorKind::NoBucket => "check the bucket's name",
            ErrorKind::Archived => "restore it from S3 Glacier, and run it again",
            ErrorKind::KeyRefused => {
                "allow kms:Decrypt on the key that the trail is encrypted with"
            }
            ErrorKind::CustomerKey => "give the file of the key with --sse-customer-key",
            ErrorKind::NotPermitted => {
                "allow s3:ListBucket on the bucket, s3:GetObject on its objects and kms:Decrypt \
                 on their key, use a different identity, or pass --request-payer requester if the \
                 requester pays"
            }
            ErrorKind::Gone => "it existed when the bucket was listed: run it again",
            ErrorKind::Deleted => "to restore the object, remove its delete marker",
            ErrorKind::Replaced => "it was replaced while it was read: run it again",
            ErrorKind::Expired => "get fresh credentials and run it again",
            ErrorKind::Signature => "check the credentials and the clock",
            ErrorKind::Throttled | ErrorKind::Refused => "try again later",
            ErrorKind::Credentials(_) => {
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or pass --profile"
            }
            ErrorKind::Unreachable | ErrorKind::BadAnswer => "check the network and the endpoint",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.message.trim_end_matches('.'))
    }
}

impl StdError for Error {}

/// The error of a failed request, and whether and how to retry the request.
#[derive(Debug)]
pub(super) struct FailedRequest {
    pub(super) error: Error,
    pub(super) retry_action: RetryAction,
    /// The bucket's region, or `None` if the response does not contain it.
    pub(super) region: Option<String>,
}

impl FailedRequest {
    /// A failure because no complete response arrived.
    pub(super) fn unreachable(message: impl Into<String>) -> Self {
        Self {
            error: Error::new(ErrorKind::Unreachable, message),
            retry_action: RetryAction::BackOff,
            region: None,
        }
    }

    /// A failure because the response does not come from S3.
    pub(super) fn bad_answer(message: impl Into<String>) -> Self {
        Self {
            error: Error::new(ErrorKind::BadAnswer, message),
            retry_action: RetryAction::BackOff,
            region: None,
        }
    }

    /// Classifies an error of the SDK.
    pub(super) fn read<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        let Some(service) = sent(error) else {
            return Self::of_causes(error);
        };
        let response = error.raw_response();
        let header = |name| response.and_then(|response| response.headers().get(name));
        if service.http_status < 300 {
            return Self::bad_answer(innermost(error).to_string());
        }
        let body = response.and_then(|response| response.body().bytes());
        let region = header("x-amz-bucket-region").map(str::to_owned);
        let region = region.or_else(|| element(body?, "Region"));
        let is_marker = header("x-amz-delete-marker") == Some("true");
        let kind = kind(&service, is_marker);
        let retry_action = match kind {
            ErrorKind::Expired => RetryAction::GiveUp,
            _ => service.retry_action(),
        };
        Self {
            error: Error::new(kind, service.to_string()),
            retry_action,
            region,
        }
    }

    /// Classifies an error without a response.
    pub(super) fn of_causes(error: &(dyn StdError + 'static)) -> Self {
        if let Some(ConnectionFailure(message)) = find(error) {
            return Self::unreachable(message.clone());
        }
        let Some(setup) = find::<SetupError>(error) else {
            return Self::unreachable(innermost(error).to_string());
        };
        Self::of_credentials(setup)
    }

    /// A failure because there are no credentials to sign with.
    pub(super) fn of_credentials(setup: &SetupError) -> Self {
        let message = setup.to_string();
        Self {
            error: Error::new(ErrorKind::Credentials(Box::new(setup.clone())), message),
            retry_action: setup.retry_action(),
            region: None,
        }
    }
}

/// The kind of failure for an error that S3 reported.
///
/// Source: Amazon S3 API reference, "Error responses".
fn kind(error: &ServiceError, is_marker: bool) -> ErrorKind {
    let message = error.message.as_deref().unwrap_or_default();
    match error.code.as_str() {
        "NoSuchBucket" => ErrorKind::NoBucket,
        "InvalidObjectState" => ErrorKind::Archived,
        "NoSuchKey" | "404" | "NotFound" | "MethodNotAllowed" if is_marker => ErrorKind::Deleted,
        "NoSuchKey" | "404" | "NotFound" => ErrorKind::Gone,
        "PreconditionFailed" | "412" => ErrorKind::Replaced,
        _ if error.is_expired() => ErrorKind::Expired,
        "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "RequestTimeTooSkewed"
        | "InvalidToken" => ErrorKind::Signature,
        "AccessDenied" if message.contains("kms:") => ErrorKind::KeyRefused,
        code if code.starts_with("KMS.") => ErrorKind::KeyRefused,
        "AccessDenied" | "AllAccessDisabled" | "AccountProblem" | "403" => ErrorKind::NotPermitted,
        "InvalidRequest" if message.contains("Server Side Encryption") => ErrorKind::CustomerKey,
        _ if error.retry_action() == RetryAction::SlowDown => ErrorKind::Throttled,
        _ => ErrorKind::Refused,
    }
}

/// The text of an element in an XML response.
fn element(body: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, behind) = text.split_once(&format!("<{name}>"))?;
    let (value, _) = behind.split_once(&format!("</{name}>"))?;
    Some(value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_code_has_its_kind() {
        let error = |http_status, code: &str, message: &str| ServiceError {
            http_status,
            code: code.to_owned(),
            message: Some(message.to_owned()),
        };
        let kms = "User is not authorized to perform: kms:Decrypt on resource";
        let sse = "The object was stored using a form of Server Side Encryption.";
        for (error, is_marker, expected) in [
            (error(404, "NoSuchBucket", ""), false, ErrorKind::NoBucket),
            (
                error(403, "InvalidObjectState", ""),
                false,
                ErrorKind::Archived,
            ),
            (error(404, "NoSuchKey", ""), false, ErrorKind::Gone),
            (error(404, "NoSuchKey", ""), true, ErrorKind::Deleted),
            (
                error(412, "PreconditionFailed", ""),
                false,
                ErrorKind::Replaced,
            ),
            (
                error(403, "AccessDenied", "Access Denied"),
                false,
                ErrorKind::NotPermitted,
            ),
            (
                error(403, "AccessDenied", kms),
                false,
                ErrorKind::KeyRefused,
            ),
            (
                error(400, "KMS.DisabledException", ""),
                false,
                ErrorKind::KeyRefused,
            ),
            (
                error(400, "InvalidRequest", sse),
                false,
                ErrorKind::CustomerKey,
            ),
            (error(400, "ExpiredToken", ""), false, ErrorKind::Expired),
            (error(503, "SlowDown", ""), false, ErrorKind::Throttled),
            (error(500, "InternalError", ""), false, ErrorKind::Refused),
        ] {
            assert_eq!(kind(&error, is_marker), expected, "{error}");
        }
    }

    #[test]
    fn the_region_is_read_from_the_response() {
        let body =
            b"<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>";
        assert_eq!(element(body, "Region").as_deref(), Some("eu-west-1"));
        assert_eq!(element(b"<html>", "Region"), None);
    }
}
