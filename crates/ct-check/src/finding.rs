//! A finding: the rule that hit, and who did what, where and when.

use std::cmp::Ordering;
use std::sync::Arc;

use ct_core::json::Paths;
use ct_core::record::derived::Derived;
use ct_core::seal;
use ct_rules::{Rule, Severity, WindowHit};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// The fields that findings are made of, as paths.
const FIELDS: [&[&str]; 13] = [
    &["eventID"],
    &["eventTime"],
    &["eventName"],
    &["recipientAccountId"],
    &["userIdentity", "accountId"],
    &["awsRegion"],
    &["userIdentity", "arn"],
    &["userIdentity", "sessionContext", "sessionIssuer", "arn"],
    &["userIdentity", "principalId"],
    &["userIdentity", "invokedBy"],
    &["userIdentity", "accessKeyId"],
    &["sourceIPAddress"],
    &["resources"],
];

/// A rule's hit and the record's fields. Texts are unescaped: whoever made the call may control
/// them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding {
    /// The rule's ID.
    #[serde(serialize_with = "as_text")]
    pub(crate) rule: Arc<str>,
    /// The origin of the rule.
    #[serde(serialize_with = "as_text")]
    pub(crate) file: Arc<str>,
    #[serde(serialize_with = "as_name")]
    pub(crate) severity: Severity,
    #[serde(serialize_with = "as_text")]
    pub(crate) title: Arc<str>,
    #[serde(rename = "eventID")]
    pub(crate) event_id: Option<String>,
    pub(crate) event_time: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) principal: Option<String>,
    pub(crate) access_key_id: Option<String>,
    #[serde(rename = "sourceIPAddress")]
    pub(crate) source_ip_address: Option<String>,
    pub(crate) resource: Option<String>,
    /// For a correlation, the IDs of its records, by event time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) events: Option<Vec<Option<String>>>,
    /// Whether it is in the baseline.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) known: bool,
    /// The record if requested; for a correlation, the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) record: Option<Box<RawRecord>>,
    /// The name of the call.
    #[serde(skip)]
    pub(crate) event_name: Option<String>,
    /// The principal, or the role of a role session: the same in every session.
    #[serde(skip)]
    pub(crate) identity: Option<String>,
    /// The rule's index.
    #[serde(skip)]
    pub(crate) index: usize,
    /// The exception that accepts it, by index.
    #[serde(skip)]
    pub(crate) exception: Option<usize>,
}

/// A text from the record.
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

/// Creates findings from hits.
#[derive(Debug)]
pub(crate) struct Reader {
    paths: Paths,
    /// By index: findings of a rule share its texts.
    rules: Vec<Named>,
    with_record: bool,
}

/// The rule's part of a finding.
#[derive(Debug)]
struct Named {
    id: Arc<str>,
    file: Arc<str>,
    title: Arc<str>,
    severity: Severity,
}

impl Reader {
    /// Adds the record to each finding if requested.
    pub(crate) fn new(rules: &[Rule], with_record: bool) -> Self {
        let mut paths = Paths::default();
        for path in FIELDS {
            paths.add(path);
        }
        let named = |rule: &Rule| Named {
            id: rule.id.as_str().into(),
            file: rule.file.as_str().into(),
            title: rule.title.as_str().into(),
            severity: rule.severity,
        };
        Self {
            paths,
            rules: rules.iter().map(named).collect(),
            with_record,
        }
    }

    /// The ID of a record's event.
    pub(crate) fn event_id(&self, record: &str) -> Option<String> {
        let mut found = [None; FIELDS.len()];
        self.paths.read(record, &mut found);
        text(found[0])
    }

    /// The hit of the rule at `index` on a record.
    pub(crate) fn hit(&self, index: usize, record: &str) -> Finding {
        let rule = &self.rules[index];
        let mut found = [None; FIELDS.len()];
        self.paths.read(record, &mut found);
        let [
            id,
            time,
            name,
            recipient,
            owner,
            region,
            arn,
            issuer,
            principal,
            service,
            key,
            address,
            resources,
        ] = found;
        let principal = text(arn)
            .or_else(|| text(principal))
            .or_else(|| text(service));
        let raw = || RawValue::from_string(record.to_owned()).ok();
        Finding {
            rule: rule.id.clone(),
            file: rule.file.clone(),
            severity: rule.severity,
            title: rule.title.clone(),
            event_id: text(id),
            event_time: text(time),
            account: text(recipient).or_else(|| text(owner)),
            region: text(region),
            identity: text(issuer).or_else(|| principal.clone()),
            principal,
            access_key_id: text(key),
            source_ip_address: text(address),
            resource: resource(resources, record),
            events: None,
            known: false,
            record: self
                .with_record
                .then(raw)
                .flatten()
                .map(|raw| Box::new(RawRecord(raw))),
            event_name: text(name),
            index,
            exception: None,
        }
    }

    /// The finding of a correlation: the fields of its last record, except those that differ
    /// between the records.
    pub(crate) fn window(&self, hit: &WindowHit) -> Option<Finding> {
        let each = hit.records.iter().map(|record| self.hit(hit.rule, record));
        let each: Vec<Finding> = each.collect();
        let mut finding = each.last()?.clone();
        for other in &each {
            for (kept, other) in [
                (&mut finding.account, &other.account),
                (&mut finding.region, &other.region),
                (&mut finding.principal, &other.principal),
                (&mut finding.identity, &other.identity),
                (&mut finding.access_key_id, &other.access_key_id),
                (&mut finding.source_ip_address, &other.source_ip_address),
                (&mut finding.resource, &other.resource),
            ] {
                kept.take_if(|kept| Some(&*kept) != other.as_ref());
            }
        }
        finding.events = Some(each.into_iter().map(|one| one.event_id).collect());
        Some(finding)
    }
}

impl Finding {
    /// The same for every hit of the rule by this identity on this resource in this account and
    /// region.
    pub(crate) fn fingerprint(&self) -> String {
        let text = serde_json::to_vec(&self.parts()).expect("texts are JSON");
        seal::sha256(&text)
    }

    /// The parts of a fingerprint.
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
            .then_with(|| self.event_time.cmp(&other.event_time))
            .then_with(|| self.event_id.cmp(&other.event_id))
            .then_with(|| self.parts().cmp(&other.parts()))
            .then_with(|| self.events.cmp(&other.events))
    }

    /// Whether neither an exception nor the baseline accepts it.
    pub(crate) fn is_new(&self) -> bool {
        !self.known && self.exception.is_none()
    }
}

/// The value of a JSON string; `None` for other values.
fn text(json: Option<&str>) -> Option<String> {
    let json = json.filter(|json| json.starts_with('"'))?;
    // Rust cannot represent a lone surrogate: such a value is shown in its JSON form.
    let text = serde_json::from_str(json);
    Some(text.unwrap_or_else(|_| json.trim_matches('"').to_owned()))
}

/// The ARN of the first resource with one; else the first resource name in the record.
fn resource(resources: Option<&str>, record: &str) -> Option<String> {
    let listed = resources.and_then(|json| serde_json::from_str::<Vec<Value>>(json).ok());
    let mut listed = listed.iter().flatten();
    let arn = listed.find_map(|resource| {
        let arn = resource.get("ARN").or_else(|| resource.get("arn"));
        arn.and_then(Value::as_str).map(str::to_owned)
    });
    arn.or_else(|| {
        let derived = Derived::new(record).ok()?;
        let first = derived.resources.into_iter().next()?;
        Some(first.resource_name.into_owned())
    })
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
            event_id: Some("e1".to_owned()),
            event_time: Some("2026-11-26T00:00:00Z".to_owned()),
            account: Some("111122223333".to_owned()),
            region: Some("eu-west-1".to_owned()),
            principal: Some("arn:aws:iam::111122223333:user/alice".to_owned()),
            access_key_id: Some("AKIAIOSFODNN7EXAMPLE".to_owned()),
            source_ip_address: Some("192.0.2.1".to_owned()),
            resource: None,
            events: None,
            known: false,
            record: None,
            event_name: Some("StopLogging".to_owned()),
            identity: Some("arn:aws:iam::111122223333:user/alice".to_owned()),
            index: 0,
            exception: None,
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
        other.event_id = Some("e2".to_owned());
        assert_eq!(one.fingerprint(), other.fingerprint());
        other.region = None;
        assert_ne!(one.fingerprint(), other.fingerprint());
    }
}
