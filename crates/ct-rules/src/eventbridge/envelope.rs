//! Builds the events that EventBridge receives for a CloudTrail record.

use serde_json::{Value, json};

/// The suffix of a record's `eventSource`. EventBridge removes this suffix in the field `source` of
/// its event.
pub(super) const DOMAIN: &str = ".amazonaws.com";

/// Returns EventBridge's `detail-type` values for a record's `eventType`. For console sign-ins,
/// `detail-type` has two spellings.
///
/// Source: Amazon EventBridge user guide, "AWS service events delivered via AWS CloudTrail"; AWS
/// sign-in user guide.
fn detail_types(event_type: &str) -> &'static [&'static str] {
    match event_type {
        "AwsApiCall" => &["AWS API Call via CloudTrail"],
        "AwsServiceEvent" => &["AWS Service Event via CloudTrail"],
        "AwsConsoleSignIn" => &[
            "AWS Console Sign In via CloudTrail",
            "AWS Console Signin via CloudTrail",
        ],
        "AwsConsoleAction" => &["AWS Console Action via CloudTrail"],
        "AwsCloudTrailInsight" => &["AWS Insight via CloudTrail"],
        _ => &[],
    }
}

/// Returns the record in EventBridge's envelope, once for each spelling of its detail type.
///
/// For a record whose event type has no detail type, EventBridge receives no event.
pub(crate) fn envelopes(record: &Value) -> Vec<Value> {
    let text = |name: &str| record[name].as_str().unwrap_or_default();
    let source = text("eventSource");
    let source = format!("aws.{}", source.strip_suffix(DOMAIN).unwrap_or(source));
    let envelope = |detail_type: &str| {
        json!({
            "version": "0",
            "id": record["eventID"],
            "detail-type": detail_type,
            "source": source,
            "account": record["recipientAccountId"],
            "time": record["eventTime"],
            "region": record["awsRegion"],
            "resources": [],
            "detail": record,
        })
    };
    let types = detail_types(text("eventType"));
    types
        .iter()
        .map(|detail_type| envelope(detail_type))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_the_detail_of_an_event_of_its_service() {
        let record = json!({
            "eventType": "AwsApiCall", "eventSource": "iam.amazonaws.com", "eventID": "1",
            "recipientAccountId": "111111111111", "awsRegion": "us-east-1",
            "eventTime": "2026-08-01T00:00:00Z",
        });
        let expected = json!({
            "version": "0", "id": "1", "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.iam", "account": "111111111111", "time": "2026-08-01T00:00:00Z",
            "region": "us-east-1", "resources": [], "detail": record,
        });
        assert_eq!(envelopes(&record), [expected]);
    }

    #[test]
    fn a_console_sign_in_is_seen_in_both_spellings() {
        let events = envelopes(&json!({"eventType": "AwsConsoleSignIn"}));
        let types: Vec<&Value> = events.iter().map(|event| &event["detail-type"]).collect();
        assert_eq!(
            types,
            [
                "AWS Console Sign In via CloudTrail",
                "AWS Console Signin via CloudTrail"
            ]
        );
        assert_eq!(
            envelopes(&json!({"eventType": "AwsVpceEvent"})),
            [] as [Value; 0]
        );
    }
}
