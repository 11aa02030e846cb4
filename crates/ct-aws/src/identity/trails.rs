//! The trails of an account, as `DescribeTrails` tells.

use serde::Deserialize;

use super::Identity;
use crate::fault::Fault;

/// What botocore sends.
const TARGET: &str = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.DescribeTrails";

/// A trail, and where it delivers to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Trail {
    /// Its ARN.
    #[serde(rename = "TrailARN")]
    pub arn: String,
    /// The bucket.
    #[serde(rename = "S3BucketName")]
    pub bucket: String,
    /// What stands before `AWSLogs/` in its keys, without a slash at the end.
    #[serde(rename = "S3KeyPrefix")]
    pub prefix: Option<String>,
    /// Whether it is of all accounts of an organization.
    #[serde(default)]
    pub is_organization_trail: bool,
}

#[derive(Deserialize)]
struct Listing {
    #[serde(rename = "trailList")]
    trails: Vec<Trail>,
}

impl Identity {
    /// The trails that are seen in its region, from one request.
    ///
    /// # Errors
    /// When the service refuses or does not answer.
    pub async fn trails(&self) -> Result<Vec<Trail>, Fault> {
        let (client, _) = self.client(self.region()).map_err(Fault::Credentials)?;
        let answer = client.call(TARGET, b"{}".to_vec()).await?;
        let listing: Listing = serde_json::from_slice(&answer)
            .map_err(|error| Fault::BadAnswer(format!("it lists no trails: {error}")))?;
        Ok(listing.trails)
    }
}
