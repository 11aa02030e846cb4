//! Lists the trails of an account, from `DescribeTrails`.

use serde::Deserialize;

use super::Identity;
use crate::request_error::RequestError;

/// The target header that botocore sends.
const TARGET: &str = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.DescribeTrails";

/// A trail and its delivery location.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Trail {
    /// Its ARN.
    #[serde(rename = "TrailARN")]
    pub arn: String,
    /// The bucket.
    #[serde(rename = "S3BucketName")]
    pub bucket: String,
    /// The key prefix before `AWSLogs/`, without a final slash.
    #[serde(rename = "S3KeyPrefix")]
    pub prefix: Option<String>,
    /// Whether it is an organization trail.
    #[serde(default)]
    pub is_organization_trail: bool,
}

#[derive(Deserialize)]
struct Listing {
    #[serde(rename = "trailList")]
    trails: Vec<Trail>,
}

impl Identity {
    /// The trails that are visible in the client's region, from one request.
    ///
    /// # Errors
    /// If the service refuses or does not answer.
    pub async fn trails(&self) -> Result<Vec<Trail>, RequestError> {
        let (client, _) = self
            .client(self.region())
            .map_err(RequestError::Credentials)?;
        let answer = client.call(TARGET, b"{}".to_vec()).await?;
        let listing: Listing = serde_json::from_slice(&answer)
            .map_err(|error| RequestError::BadAnswer(format!("it lists no trails: {error}")))?;
        Ok(listing.trails)
    }
}
