//! An EventBridge rule: a pattern, and the API calls that EventBridge delivers to it.

use std::collections::BTreeSet;

use super::envelope::DOMAIN;
use super::flattened_event::Leaf;
use super::{EventPattern, FlattenedEvent, TooComplex};
use crate::RuleRefusal;

/// Which API calls EventBridge delivers to a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeliveredCalls {
    /// All calls, for a rule in the state `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS` and for a
    /// pattern outside a rule.
    All,
    /// For a rule in the state `ENABLED`: calls whose names do not start with `List`, `Get` or
    /// `Describe`, and the STS calls `GetFederationToken` and `GetSessionToken`.
    ///
    /// Source: Amazon EventBridge user guide, "AWS service events delivered via AWS CloudTrail".
    Changes,
}

/// An event pattern, and which calls EventBridge delivers to it.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) pattern: EventPattern,
    pub(crate) delivery: DeliveredCalls,
}

impl Subscription {
    /// Parses an event pattern from JSON text.
    pub(crate) fn new(pattern: &str, delivery: DeliveredCalls) -> Result<Self, RuleRefusal> {
        let pattern = EventPattern::parse(pattern)?;
        Ok(Self { pattern, delivery })
    }

    /// Whether EventBridge delivers the event and the event matches the pattern.
    pub(crate) fn takes(&self, event: &FlattenedEvent) -> Result<bool, TooComplex> {
        if self.delivery == DeliveredCalls::Changes && is_read(event) {
            return Ok(false);
        }
        self.pattern.matches(event)
    }

    /// Returns the values, in lower case, to which the pattern restricts a field of the record, or
    /// `None` if the field may also have other values.
    pub(crate) fn required(&self, field: &str) -> Option<BTreeSet<String>> {
        let direct = self.pattern.required(&format!("detail.{field}"));
        if direct.is_some() || field != "eventSource" {
            return direct;
        }
        // A source without the prefix `aws.` matches no record. Treating it like any other source
        // is harmless, because this result only selects the records on which the pattern is
        // evaluated.
        let sources = self.pattern.required("source")?;
        Some(
            sources
                .into_iter()
                .flat_map(|source| event_sources(&source))
                .collect(),
        )
    }
}

/// Returns the possible values of `eventSource` in records for which EventBridge's `source` is
/// `source`.
fn event_sources(source: &str) -> Vec<String> {
    let service = source.strip_prefix("aws.").unwrap_or(source);
    vec![service.to_owned(), format!("{service}{DOMAIN}")]
}

fn is_read(event: &FlattenedEvent) -> bool {
    let text = |path: &str| match event.at(path) {
        [(Leaf::Text(text), _)] => text.as_str(),
        _ => "",
    };
    let name = text("detail.eventName");
    let is_read = ["List", "Get", "Describe"]
        .iter()
        .any(|verb| name.starts_with(verb));
    let is_enabled =
        text("source") == "aws.sts" && matches!(name, "GetFederationToken" | "GetSessionToken");
    is_read && !is_enabled && text("detail-type") == "AWS API Call via CloudTrail"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn takes(delivery: DeliveredCalls, name: &str, source: &str) -> bool {
        let pattern = r#"{"detail-type":["AWS API Call via CloudTrail"]}"#;
        let event: Value = json!({
            "detail-type": "AWS API Call via CloudTrail", "source": source,
            "detail": {"eventName": name},
        });
        let subscription = Subscription::new(pattern, delivery).unwrap();
        subscription.takes(&FlattenedEvent::new(&event)).unwrap()
    }

    #[test]
    fn a_rule_in_the_state_enabled_receives_no_reads() {
        assert!(takes(DeliveredCalls::All, "ListBuckets", "aws.s3"));
        assert!(!takes(DeliveredCalls::Changes, "ListBuckets", "aws.s3"));
        assert!(takes(DeliveredCalls::Changes, "CreateBucket", "aws.s3"));
        assert!(takes(DeliveredCalls::Changes, "GetSessionToken", "aws.sts"));
    }

    #[test]
    fn a_pattern_requires_the_event_names_and_sources_that_it_lists() {
        let pattern =
            r#"{"source":["aws.iam"],"detail":{"eventName":["CreateUser","DeleteUser"]}}"#;
        let subscription = Subscription::new(pattern, DeliveredCalls::All).unwrap();
        let set = |texts: &[&str]| Some(texts.iter().map(|&text| text.to_owned()).collect());
        assert_eq!(
            subscription.required("eventName"),
            set(&["createuser", "deleteuser"])
        );
        assert_eq!(
            subscription.required("eventSource"),
            set(&["iam", "iam.amazonaws.com"])
        );
        let open =
            Subscription::new(r#"{"source":[{"prefix":"aws."}]}"#, DeliveredCalls::All).unwrap();
        assert_eq!(open.required("eventSource"), None);
    }
}
