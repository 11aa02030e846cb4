//! The trails that `DescribeTrails` lists.
//!
//! Source of every field: CloudTrail API Reference, "`DescribeTrails`" and "`Trail`".

use serde_json::{Value, json};

/// A trail of the account, and the location of the trail's files in S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListedTrail {
    arn: String,
    bucket: String,
    /// The part of the trail's S3 keys before `/AWSLogs/`, or `None` if the keys start with
    /// `AWSLogs/`.
    prefix: Option<String>,
}

impl ListedTrail {
    /// Creates a trail with an ARN. The trail delivers its files to `location`, which is
    /// `s3://BUCKET` or `s3://BUCKET/PREFIX`.
    ///
    /// # Errors
    /// If the ARN or the location is invalid.
    pub(crate) fn new(arn: &str, location: &str) -> Result<Self, String> {
        let parts: Vec<&str> = arn.split(':').collect();
        let is_trail = matches!(
            parts.as_slice(),
            ["arn", _, "cloudtrail", region, account, name]
                if !region.is_empty() && account.len() == 12 && name.starts_with("trail/")
        );
        if !is_trail {
            return Err(format!(
                "`{arn}` is not the ARN of a trail: try arn:aws:cloudtrail:us-east-1:111122223333:trail/management-events"
            ));
        }
        let place = location.strip_prefix("s3://").filter(|it| !it.is_empty());
        let place = place.ok_or_else(|| {
            format!("`{location}` is not a trail's location: try s3://ct-sim-trail")
        })?;
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let prefix = Some(prefix.trim_end_matches('/')).filter(|prefix| !prefix.is_empty());
        Ok(Self {
            arn: arn.to_owned(),
            bucket: bucket.to_owned(),
            prefix: prefix.map(str::to_owned),
        })
    }

    fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }

    fn home_region(&self) -> &str {
        self.arn.split(':').nth(3).unwrap_or_default()
    }

    fn describe(&self) -> Value {
        let mut trail = json!({
            "Name": self.name(),
            "S3BucketName": self.bucket,
            "IncludeGlobalServiceEvents": true,
            "IsMultiRegionTrail": true,
            "HomeRegion": self.home_region(),
            "TrailARN": self.arn,
            "LogFileValidationEnabled": true,
            "HasCustomEventSelectors": false,
            "HasInsightSelectors": false,
            "IsOrganizationTrail": false,
        });
        if let Some(prefix) = &self.prefix {
            trail["S3KeyPrefix"] = prefix.as_str().into();
        }
        trail
    }
}

/// Returns the response to `DescribeTrails`. If the request's `trailNameList` contains names or
/// ARNs, the response lists only the trails with these names or ARNs.
pub(crate) fn answer(trails: &[ListedTrail], body: &Value) -> String {
    let names: Vec<&str> = body["trailNameList"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let is_asked = |trail: &&ListedTrail| {
        names.is_empty() || names.contains(&trail.name()) || names.contains(&trail.arn.as_str())
    };
    let listed: Vec<Value> = trails
        .iter()
        .filter(is_asked)
        .map(ListedTrail::describe)
        .collect();
    json!({"trailList": listed}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_trails_are_listed() {
        let arn = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit";
        let trails = [ListedTrail::new(arn, "s3://logs/a/b/").unwrap()];
        let listed =
            |body: Value| -> Value { serde_json::from_str(&answer(&trails, &body)).unwrap() };
        let all = listed(json!({}));
        assert_eq!(all["trailList"][0]["S3KeyPrefix"], "a/b");
        assert_eq!(all["trailList"][0]["HomeRegion"], "eu-west-1");
        for name in ["audit", arn] {
            assert_eq!(listed(json!({"trailNameList": [name]})), all);
        }
        assert_eq!(
            listed(json!({"trailNameList": ["other"]})),
            json!({"trailList": []})
        );
        assert!(ListedTrail::new("audit", "s3://logs").is_err());
        assert!(ListedTrail::new(arn, "logs").is_err());
    }
}
