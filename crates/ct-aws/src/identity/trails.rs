//! Lists the trails of an account, with `DescribeTrails`.

use serde::Deserialize;

use super::Identity;
use crate::error::RequestError;

/// The value of the `X-Amz-Target` header as botocore sends it.
const TARGET: &str = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.DescribeTrails";

/// A trail, and the location to which it delivers files.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Trail {
    /// The ARN of the trail.
    #[serde(rename = "TrailARN")]
    pub arn: String,
    /// The bucket to which the trail delivers files.
    #[serde(rename = "S3BucketName")]
    pub bucket: String,
    /// The key prefix before `AWSLogs/`, without a final slash.
    #[serde(rename = "S3KeyPrefix")]
    pub prefix: Option<String>,
    /// Whether the trail is an organization trail.
    #[serde(default)]
    pub is_organization_trail: bool,
}

#[derive(Deserialize)]
struct DescribeTrailsOutput {
    #[serde(rename = "trailList")]
    trails: Vec<Trail>,
}

impl Identity {
    /// The trails that are visible in the identity's region, from one request.
    ///
    /// # Errors
    /// If CloudTrail rejects the request or does not respond.
    pub async fn trails(&self) -> Result<Vec<Trail>, RequestError> {
        let (client, _) = self
            .client(self.region())
            .map_err(RequestError::Credentials)?;
        let answer = client.call(TARGET, b"{}".to_vec()).await?;
        let listing: DescribeTrailsOutput = serde_json::from_slice(&answer)
            .map_err(|error| RequestError::BadAnswer(format!("it lists no trails: {error}")))?;
        Ok(listing.trails)
    }
}
