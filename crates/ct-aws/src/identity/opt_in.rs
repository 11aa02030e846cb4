//! Lists the regions that are not enabled in the account, from EC2's `DescribeRegions`.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_config::identity::IdentityCache;
use aws_sdk_cloudtrail::config::Builder;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SigningName;

use crate::credentials::{Signer, signer};
use crate::lookup_events::{self, Answer, Unanswered};

/// Source: Amazon EC2 API Reference, "`DescribeRegions`".
const BODY: &str = "Action=DescribeRegions&AllRegions=true&Version=2016-11-15";

/// The names of the regions that are not enabled in the account, from EC2 at `url` in the region of
/// `base`.
///
/// # Errors
/// If there is no response, or a refusal.
pub(super) async fn not_enabled(
    base: &SdkConfig,
    url: &str,
    signer: &Arc<Signer>,
) -> Result<Vec<String>, Unanswered> {
    let clients = signer.clients();
    let http = clients.http(Some(url)).map_err(Unanswered::Credentials)?;
    // There is no EC2 client in the build: CloudTrail's client sends and signs the request.
    let base = base.to_builder().endpoint_url(url).build();
    let config = Builder::from(&base)
        .http_client(http)
        .retry_config(RetryConfig::standard().with_max_attempts(clients.attempts))
        .identity_cache(IdentityCache::no_cache())
        .credentials_provider(signer::provider(Arc::clone(signer)))
        .interceptor(clients.user_agent())
        .build();
    let client = aws_sdk_cloudtrail::Client::from_conf(config);
    let name = SigningName::from_static("ec2");
    let Answer {
        http_status, body, ..
    } = lookup_events::send(&client, Some(name), put).await?;
    if http_status != 200 {
        return Err(Unanswered::Request(format!(
            "EC2 answered DescribeRegions with HTTP {http_status}"
        )));
    }
    Ok(read(&String::from_utf8_lossy(&body)))
}

/// The endpoint of EC2 in `region`.
pub(super) fn url(region: &str) -> String {
    let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
    format!("https://ec2.{region}.amazonaws.com{suffix}")
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

/// The names with the status `not-opted-in` in the response.
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
