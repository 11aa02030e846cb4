//! A finding: which rule hit (matched an event), and who did what, where and when.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use ct_core::seal;
use ct_rules::Severity;
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Value, json};

pub(crate) use event_fields::EventFields;
pub(crate) use reader::FindingReader;
pub(crate) use text::SharedText;

mod event_fields;
pub(crate) mod merge;
mod reader;
mod text;

/// A hit of a rule on an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The rule's ID, file, title and severity, shared by all findings of the rule.
    pub(crate) rule: Arc<RuleFields>,
    /// The index of the rule in the rule set.
    pub(crate) index: usize,
    /// The fields of the record, shared by all findings on the record. The finding of a correlation
    /// (a rule over the hits of other rules) has several records. It has the fields of the last
    /// record or, if the correlation found a new value, of the first. A field such as the principal
    /// is absent if it differs between the records.
    pub(crate) event: Arc<EventFields>,
    /// The event IDs, the group and the new value of a correlation, or `None` if the rule is not a
    /// correlation.
    pub(crate) window: Option<Box<CorrelationFields>>,
    /// Whether the baseline accepts the finding.
    pub(crate) known: bool,
    /// The index of the exception that accepts the finding, or `None` if no exception accepts it.
    pub(crate) exception: Option<usize>,
}

/// The values of a finding that come from its rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleFields {
    pub(crate) id: String,
    /// The rule file, or `builtin` for a built-in rule.
    pub(crate) file: String,
    pub(crate) title: String,
    pub(crate) severity: Severity,
}

/// The values that only the finding of a correlation has.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CorrelationFields {
    /// The event IDs of the records, sorted by event time.
    pub(crate) events: Vec<Option<SharedText>>,
    /// The group: the values of the group-by fields, or `None` for a field that the records lack.
    pub(crate) group: Vec<Option<String>>,
    /// The value that was not in the history, or `None` if the correlation does not detect new
    /// values.
    pub(crate) value: Option<String>,
}

/// Writes a finding as one JSON object. Fields that the record lacks are null.
impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (rule, event) = (&*self.rule, &*self.event);
        let mut object = serializer.serialize_map(None)?;
        for (name, text) in [
            ("rule", rule.id.as_str()),
            ("file", &rule.file),
            ("severity", rule.severity.name()),
            ("title", &rule.title),
        ] {
            object.serialize_entry(name, text)?;
        }
        for (name, text) in [
            ("eventID", &event.event_id),
            ("eventTime", &event.event_time),
            ("account", &event.account),
            ("region", &event.region),
            ("principal", &event.principal),
            ("accessKeyId", &event.access_key_id),
            ("sourceIPAddress", &event.source_ip_address),
            ("resource", &event.resource),
        ] {
            object.serialize_entry(name, text)?;
        }
        if let Some(window) = &self.window {
            object.serialize_entry("events", &window.events)?;
        }
        if self.known {
            object.serialize_entry("known", &true)?;
        }
        if let Some(record) = &event.record {
            object.serialize_entry("record", record)?;
        }
        object.end()
    }
}

impl Finding {
    /// Returns the fingerprint: a hash of the rule ID, the caller's identity, the resources, the
    /// account and the region. The hash also includes the group and the new value of a correlation,
    /// and the request parameters of a record without resources.
    pub(crate) fn fingerprint(&self) -> String {
        let mut parts = self.parts().to_vec();
        let mut resources: Vec<&str> = self.event.resources().collect();
        resources.sort_unstable();
        resources.dedup();
        if let [first, more @ ..] = &resources[..] {
            parts[2] = Some(first);
            parts.extend(more.iter().map(|resource| Some(*resource)));
        }
        parts.extend(self.window_parts());
        let parameters = self.event.parameters.as_deref().and_then(sorted);
        parts.extend(parameters.as_deref().map(Some));
        let text = serde_json::to_vec(&parts).expect("strings can be written as JSON");
        seal::sha256(&text)
    }

    /// The values of the group-by fields, followed by the new value; no values if the rule is not a
    /// correlation.
    pub(crate) fn window_parts(&self) -> impl Iterator<Item = Option<&str>> {
        let parts = self.window.iter().flat_map(|window| {
            let value = window.value.iter().map(|value| Some(value.as_str()));
            window.group.iter().map(Option::as_deref).chain(value)
        });
        parts.into_iter()
    }

    /// The values from which every fingerprint is computed: the rule ID, the caller's identity, the
    /// first resource, the account and the region.
    fn parts(&self) -> [Option<&str>; 5] {
        [
            Some(&self.rule.id),
            self.event.identity.as_deref(),
            self.event.resource.as_deref(),
            self.event.account.as_deref(),
            self.event.region.as_deref(),
        ]
    }

    /// Compares two findings in report order: highest severity first, then by rule ID, time and
    /// event ID.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let severity = other.rule.severity.cmp(&self.rule.severity);
        severity
            .then_with(|| self.rule.id.cmp(&other.rule.id))
            .then_with(|| self.order_in_rule(other))
    }

    /// Compares two findings of the same rule. The order is total, so that reports do not depend on
    /// the order of the input.
    pub(crate) fn order_in_rule(&self, other: &Self) -> Ordering {
        self.order_of_events(other)
            .then_with(|| self.event.cmp(&other.event))
    }

    /// Compares two findings of the same rule by the fields that are equal in all copies of an
    /// event.
    fn order_of_events(&self, other: &Self) -> Ordering {
        let time = self.event.event_time.cmp(&other.event.event_time);
        time.then_with(|| self.event.event_id.cmp(&other.event.event_id))
            .then_with(|| self.parts().cmp(&other.parts()))
            .then_with(|| self.window.cmp(&other.window))
    }

    /// Whether `other` is a finding of the same rule on the same event. Inputs may contain several
    /// copies of an event, whose other fields may differ.
    pub(crate) fn repeats(&self, other: &Self) -> bool {
        self.index == other.index
            && self.event.event_id.is_some()
            && self.order_of_events(other) == Ordering::Equal
    }

    /// Whether neither an exception nor the baseline accepts the finding.
    pub(crate) fn is_new(&self) -> bool {
        !self.known && self.exception.is_none()
    }
}

/// Request parameters that are ignored in fingerprints, because they differ in each call.
const TOKENS: [&str; 2] = ["clientToken", "clientRequestToken"];

/// Returns the request parameters as JSON text with sorted keys and without the parameters in
/// [`TOKENS`], or `None` if nothing is left.
fn sorted(parameters: &str) -> Option<String> {
    let mut parameters: BTreeMap<String, Value> = serde_json::from_str(parameters).ok()?;
    parameters.retain(|name, _| !TOKENS.contains(&name.as_str()));
    (!parameters.is_empty()).then(|| json!(parameters).to_string())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    impl Finding {
        /// Returns the record's fields for a change. The change does not affect other findings on
        /// the record.
        pub(crate) fn event_mut(&mut self) -> &mut EventFields {
            Arc::make_mut(&mut self.event)
        }
    }

    /// Returns a finding of the rule with the ID `rule`, by a made-up principal.
    pub(crate) fn finding(rule: &str) -> Finding {
        let rule = RuleFields {
            id: rule.into(),
            file: "builtin".into(),
            title: "A title".into(),
            severity: Severity::High,
        };
        let event = EventFields {
            event_id: Some("e1".into()),
            event_time: Some("2026-11-26T00:00:00Z".into()),
            event_name: Some("StopLogging".into()),
            account: Some("111122223333".into()),
            region: Some("eu-west-1".into()),
            principal: Some("arn:aws:iam::111122223333:user/alice".into()),
            identity: Some("arn:aws:iam::111122223333:user/alice".into()),
            access_key_id: Some("AKIAIOSFODNN7EXAMPLE".into()),
            source_ip_address: Some("192.0.2.1".into()),
            resource: None,
            more_resources: Box::default(),
            parameters: None,
            record: None,
        };
        Finding {
            rule: rule.into(),
            index: 0,
            event: event.into(),
            window: None,
            known: false,
            exception: None,
        }
    }

    #[test]
    fn fields_that_a_record_lacks_are_null() {
        let mut bare = finding("r");
        bare.event_mut().resource = None;
        bare.event_mut().access_key_id = None;
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
        other.event_mut().event_id = Some("e2".into());
        assert_eq!(one.fingerprint(), other.fingerprint());
        other.event_mut().region = None;
        assert_ne!(one.fingerprint(), other.fingerprint());
        let of_group = |name: &str| {
            let mut finding = finding("r");
            finding.window = Some(Box::new(CorrelationFields {
                group: vec![Some(name.to_owned()), None],
                ..CorrelationFields::default()
            }));
            finding.fingerprint()
        };
        assert_eq!(of_group("a"), of_group("a"));
        assert_ne!(of_group("a"), of_group("b"));
    }

    #[test]
    fn a_fingerprint_contains_all_resources_in_any_order() {
        let of = |resources: &[&str]| {
            let mut finding = finding("r");
            let mut resources = resources.iter().map(|name| SharedText::from(*name));
            finding.event_mut().resource = resources.next();
            finding.event_mut().more_resources = resources.collect();
            finding.fingerprint()
        };
        assert_eq!(of(&["a", "b"]), of(&["b", "a"]));
        assert_eq!(of(&["a", "a"]), of(&["a"]));
        for other in [&["a"][..], &["b"], &["a", "c"], &["a", "b", "c"], &[]] {
            assert_ne!(of(&["a", "b"]), of(other), "{other:?}");
        }
    }

    #[test]
    fn a_fingerprint_without_a_resource_contains_the_request_parameters() {
        let of = |parameters: Option<&str>| {
            let mut finding = finding("r");
            finding.event_mut().parameters = parameters.map(Into::into);
            finding.fingerprint()
        };
        let one = of(Some(r#"{"a":1,"b":{"c":2,"d":3},"clientToken":"x"}"#));
        assert_eq!(one, of(Some(r#"{"b":{"d":3,"c":2},"a":1}"#)));
        assert_ne!(one, of(Some(r#"{"b":{"d":3,"c":2},"a":2}"#)));
        assert_eq!(of(None), of(Some(r#"{"clientToken":"x"}"#)));
    }
}
