//! Lists the regions that are not enabled in the account, with EC2's `DescribeRegions`.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SigningName;

use super::other_service;
use crate::credentials::Signer;
use crate::lookup_events::{self, RawResponse, SendFailure};

/// The form parameters. Source: Amazon EC2 API Reference, "`DescribeRegions`".
const BODY: &str = "Action=DescribeRegions&AllRegions=true&Version=2016-11-15";

/// The names of the regions that are not enabled in the account. EC2 is called at `url`, in the region of `base`.
///
/// # Errors
/// If EC2 does not respond, or responds with an error.
pub(super) async fn not_enabled(
    base: &SdkConfig,
    url: &str,
    signer: &Arc<Signer>,
) -> Result<Vec<String>, SendFailure> {
    let attempts = RetryConfig::standard().with_max_attempts(signer.clients().attempts);
    let client = other_service::client((base, url), signer, attempts);
    let client = client.map_err(SendFailure::Credentials)?;
    let name = SigningName::from_static("ec2");
    let RawResponse {
        http_status, body, ..
    } = lookup_events::send(&client, Some(name), put).await?;
    if http_status != 200 {
        return Err(SendFailure::Request(format!(
            "EC2 responded to DescribeRegions with HTTP {http_status}"
        )));
    }
    Ok(read(&String::from_utf8_lossy(&body)))
}

fn put(request: &mut HttpRequest) {
    let headers = request.headers_mut();
    headers.remove("x-amz-target");
    headers.insert(
        "content-type",
        "application/x-www-form-urlencoded; charset=utf-8",
    );
    headers.insert("content-length", BODY.len().to_string());
    *request.body_mut() = SdkBody::from(BODY);
}

/// The names of the regions with the status `not-opted-in` in the response.
fn read(xml: &str) -> Vec<String> {
    let text = |item: &str, name: &str| {
        let (_, behind) = item.split_once(&format!("<{name}>"))?;
        let (text, _) = behind.split_once(&format!("</{name}>"))?;
        Some(text.trim().to_owned())
    };
    xml.split("<item>")
        .filter(|item| text(item, "optInStatus").as_deref() == Some("not-opted-in"))
        .filter_map(|item| text(item, "regionName"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regions_with_the_status_not_opted_in_are_listed() {
        let item = |name: &str, status: &str| {
            format!(
                "<item><regionName>{name}</regionName><optInStatus>{status}</optInStatus></item>"
            )
        };
        let xml = [
            item("eu-west-1", "opt-in-not-required"),
            item("af-south-1", "not-opted-in"),
            item("ap-east-1", "opted-in"),
        ];
        assert_eq!(read(&xml.concat()), ["af-south-1"]);
    }
}
