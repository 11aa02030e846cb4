//! A finding: the rule that hit, and who did what, where and when.

use std::cmp::Ordering;
use std::sync::Arc;

use ct_core::seal;
use ct_rules::Severity;
use serde::Serialize;
use serde_json::value::RawValue;

pub(crate) use reader::Reader;
pub(crate) use text::Text;

pub(crate) mod merge;
mod reader;
mod text;

/// A hit of a rule, with fields of the record. The values are not escaped, and the caller of the API may control
/// them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding {
    /// The rule's ID.
    #[serde(serialize_with = "as_text")]
    pub(crate) rule: Arc<str>,
    /// The rule file, or `builtin` for a built-in rule.
    #[serde(serialize_with = "as_text")]
    pub(crate) file: Arc<str>,
    #[serde(serialize_with = "as_name")]
    pub(crate) severity: Severity,
    #[serde(serialize_with = "as_text")]
    pub(crate) title: Arc<str>,
    #[serde(rename = "eventID")]
    pub(crate) event_id: Option<Text>,
    pub(crate) event_time: Option<Text>,
    pub(crate) account: Option<Text>,
    pub(crate) region: Option<Text>,
    pub(crate) principal: Option<Text>,
    pub(crate) access_key_id: Option<Text>,
    #[serde(rename = "sourceIPAddress")]
    pub(crate) source_ip_address: Option<Text>,
    pub(crate) resource: Option<Text>,
    /// For a correlation, the event IDs of its records, sorted by event time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) events: Option<Box<[Option<Text>]>>,
    /// Whether the finding is in the baseline.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) known: bool,
    /// The record, if requested. For a correlation, the last record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) record: Option<Box<RawRecord>>,
    /// The name of the call.
    #[serde(skip)]
    pub(crate) event_name: Option<Text>,
    /// The principal or, for a role session, the role, which is the same in every session.
    #[serde(skip)]
    pub(crate) identity: Option<Text>,
    /// The index of the rule.
    #[serde(skip)]
    pub(crate) index: usize,
    /// The index of the exception that accepts the finding, or `None` if there is none.
    #[serde(skip)]
    pub(crate) exception: Option<usize>,
    /// The group and the new value of a correlation, or `None` for other rules.
    #[serde(skip)]
    pub(crate) window: Option<Box<Window>>,
}

/// The group of a correlation's records, and the new value.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Window {
    /// The values of the group-by fields.
    pub(crate) group: Vec<Option<String>>,
    /// The value that was not in the history, or `None` for other types of correlations.
    pub(crate) value: Option<String>,
}

/// The JSON text of a record.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct RawRecord(Box<RawValue>);

impl PartialEq for RawRecord {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

impl Eq for RawRecord {}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn as_name<S: serde::Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(severity.name())
}

fn as_text<S: serde::Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

impl Finding {
    /// The fingerprint, which is the same for all hits of a rule with the same identity, resource, account and
    /// region. For a correlation, the group and the new value must be the same as well.
    pub(crate) fn fingerprint(&self) -> String {
        let mut parts = self.parts().to_vec();
        parts.extend(self.window_parts());
        let text = serde_json::to_vec(&parts).expect("texts are JSON");
        seal::sha256(&text)
    }

    /// The values of the group-by fields, followed by the new value. Empty for rules that are not correlations.
    pub(crate) fn window_parts(&self) -> impl Iterator<Item = Option<&str>> {
        let parts = self.window.iter().flat_map(|window| {
            let value = window.value.iter().map(|value| Some(value.as_str()));
            window.group.iter().map(Option::as_deref).chain(value)
        });
        parts.into_iter()
    }

    /// The values from which the fingerprint is computed.
    fn parts(&self) -> [Option<&str>; 5] {
        [
            Some(&self.rule),
            self.identity.as_deref(),
            self.resource.as_deref(),
            self.account.as_deref(),
            self.region.as_deref(),
        ]
    }

    /// The report order: highest severity first, then by rule, time and event.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let severity = other.severity.cmp(&self.severity);
        severity
            .then_with(|| self.rule.cmp(&other.rule))
            .then_with(|| self.order_in_rule(other))
    }

    /// The order of the findings of one rule.
    pub(crate) fn order_in_rule(&self, other: &Self) -> Ordering {
        let time = self.event_time.cmp(&other.event_time);
        time.then_with(|| self.event_id.cmp(&other.event_id))
            .then_with(|| self.parts().cmp(&other.parts()))
            .then_with(|| self.events.cmp(&other.events))
            .then_with(|| self.window.cmp(&other.window))
    }

    /// Whether `other` is a finding of the same rule on the same event. Inputs may contain an event more than once.
    pub(crate) fn repeats(&self, other: &Self) -> bool {
        self.index == other.index
            && self.event_id.is_some()
            && self.order_in_rule(other) == Ordering::Equal
    }

    /// Whether neither an exception nor the baseline accepts the finding.
    pub(crate) fn is_new(&self) -> bool {
        !self.known && self.exception.is_none()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A finding of a rule, by a made-up principal.
    pub(crate) fn finding(rule: &str) -> Finding {
        Finding {
            rule: rule.into(),
            file: "builtin".into(),
            severity: Severity::High,
            title: "A title".into(),
            event_id: Some("e1".into()),
            event_time: Some("2026-11-26T00:00:00Z".into()),
            account: Some("111122223333".into()),
            region: Some("eu-west-1".into()),
            principal: Some("arn:aws:iam::111122223333:user/alice".into()),
            access_key_id: Some("AKIAIOSFODNN7EXAMPLE".into()),
            source_ip_address: Some("192.0.2.1".into()),
            resource: None,
            events: None,
            known: false,
            record: None,
            event_name: Some("StopLogging".into()),
            identity: Some("arn:aws:iam::111122223333:user/alice".into()),
            index: 0,
            exception: None,
            window: None,
        }
    }

    #[test]
    fn fields_that_a_record_lacks_are_null() {
        let mut bare = finding("r");
        bare.resource = None;
        bare.access_key_id = None;
        assert_eq!(
            serde_json::to_string(&bare).unwrap(),
            concat!(
                r#"{"rule":"r","file":"builtin","severity":"high","title":"A title","eventID":"e1","#,
                r#""eventTime":"2026-11-26T00:00:00Z","account":"111122223333","region":"eu-west-1","#,
                r#""principal":"arn:aws:iam::111122223333:user/alice","accessKeyId":null,"#,
                r#""sourceIPAddress":"192.0.2.1","resource":null}"#
            )
        );
    }

    #[test]
    fn a_fingerprint_does_not_depend_on_the_event() {
        let (one, mut other) = (finding("r"), finding("r"));
        other.event_id = Some("e2".into());
        assert_eq!(one.fingerprint(), other.fingerprint());
        other.region = None;
        assert_ne!(one.fingerprint(), other.fingerprint());
        let of_group = |name: &str| {
            let mut finding = finding("r");
            finding.window = Some(Box::new(Window {
                group: vec![Some(name.to_owned()), None],
                value: None,
            }));
            finding.fingerprint()
        };
        assert_eq!(of_group("a"), of_group("a"));
        assert_ne!(of_group("a"), of_group("b"));
    }
}
