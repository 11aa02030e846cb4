//! Calls `ListPublicKeys` in one region.

use super::{ListPublicKeysOutput, PublicKeys};
use crate::error::RequestError;
use crate::lookup_events::Client;

/// The value of the `X-Amz-Target` header as botocore sends it.
const TARGET: &str = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.ListPublicKeys";

/// The public keys of a region that are valid at any time from `since` to `until` (Unix seconds,
/// inclusive). This function sends one request per page, without retries.
///
/// # Errors
/// If CloudTrail rejects a request or does not respond, or if a response contains invalid keys.
pub async fn list(client: &Client, since: i64, until: i64) -> Result<PublicKeys, RequestError> {
    let mut keys = PublicKeys::default();
    let mut next: Option<String> = None;
    loop {
        let token = next
            .as_ref()
            .map(|token| serde_json::Value::from(token.as_str()));
        let token = token.map_or(String::new(), |token| format!(r#","NextToken":{token}"#));
        let body = format!(r#"{{"StartTime":{since},"EndTime":{until}{token}}}"#);
        let answer = client.call(TARGET, body.into_bytes()).await?;
        let listing: ListPublicKeysOutput = serde_json::from_slice(&answer).map_err(|error| {
            RequestError::BadAnswer(format!("it lists no public keys: {error}"))
        })?;
        for listed in listing.keys {
            keys.add(listed)
                .map_err(|error| RequestError::BadAnswer(error.to_string()))?;
        }
        match listing.next {
            Some(token) if next.as_ref() != Some(&token) => next = Some(token),
            Some(_) => {
                return Err(RequestError::BadAnswer(
                    "it repeats the token of the same page".to_owned(),
                ));
            }
            None => return Ok(keys),
        }
    }
}
