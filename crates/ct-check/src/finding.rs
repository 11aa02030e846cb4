//! A finding: the rule that hit, and who did what, where and when.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use ct_core::json::{Paths, walk_array};
use ct_core::record::derived;
use ct_core::seal;
use ct_rules::{Rule, RuleSet, Severity, Values, WindowHit};
use serde::Serialize;
use serde_json::value::RawValue;

pub(crate) use text::{Text, Texts};

pub(crate) mod merge;
mod text;

/// The paths of the record fields from which findings are built.
const FIELDS: [&[&str]; 15] = [
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
    &["requestParameters"],
    &["eventSource"],
];

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

/// Creates findings from hits. Each thread has its own reader, so that threads do not compete for the reference
/// counts of shared strings.
#[derive(Debug)]
pub(crate) struct Reader {
    paths: [usize; FIELDS.len()],
    /// The strings of each rule, by index. The findings of a rule share them.
    rules: Vec<Named>,
    with_record: bool,
    texts: Texts,
}

/// The part of a finding that comes from its rule.
#[derive(Debug)]
struct Named {
    id: Arc<str>,
    file: Arc<str>,
    title: Arc<str>,
    severity: Severity,
}

impl Reader {
    /// Adds the paths of the fields to those that the rules read, and returns their indices.
    pub(crate) fn paths(rules: &mut RuleSet) -> [usize; FIELDS.len()] {
        FIELDS.map(|path| rules.add_path(path))
    }

    /// Creates a reader. With `with_record`, each finding contains its record.
    pub(crate) fn new(rules: &RuleSet, paths: [usize; FIELDS.len()], with_record: bool) -> Self {
        let named = |rule: &Rule| Named {
            id: rule.id.as_str().into(),
            file: rule.file.as_str().into(),
            title: rule.title.as_str().into(),
            severity: rule.severity,
        };
        Self {
            paths,
            rules: rules.rules.iter().map(named).collect(),
            with_record,
            texts: Texts::default(),
        }
    }

    /// The event ID of a record.
    pub(crate) fn event_id<'a>(&self, values: &Values<'a>) -> Option<Cow<'a, str>> {
        text(values.get(self.paths[0]))
    }

    /// The finding for a hit of the rule at `index` on a record.
    pub(crate) fn hit(&mut self, index: usize, values: &Values<'_>) -> Finding {
        let Self { rules, texts, .. } = self;
        let rule = &rules[index];
        let found = self.paths.map(|path| values.get(path));
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
            parameters,
            source,
        ] = found;
        let mut first = |fields: &[Option<&str>]| {
            let found = fields.iter().find_map(|field| text(*field));
            found.map(|text| texts.shared(&text))
        };
        let principal = first(&[arn, principal, service]);
        let raw = || RawValue::from_string(values.record().to_owned()).ok();
        Finding {
            rule: rule.id.clone(),
            file: rule.file.clone(),
            severity: rule.severity,
            title: rule.title.clone(),
            account: first(&[recipient, owner]),
            region: first(&[region]),
            identity: first(&[issuer]).or_else(|| principal.clone()),
            principal,
            access_key_id: first(&[key]),
            source_ip_address: first(&[address]),
            event_name: first(&[name]),
            resource: resource(resources, parameters, source).map(|name| texts.shared(&name)),
            // Few events share an ID or a time, so these strings are not shared.
            event_id: text(id).map(|id| Text::from(&*id)),
            event_time: text(time).map(|time| Text::from(&*time)),
            events: None,
            known: false,
            record: self
                .with_record
                .then(raw)
                .flatten()
                .map(|raw| Box::new(RawRecord(raw))),
            index,
            exception: None,
        }
    }

    /// The finding for a hit of a correlation. It has the fields of the last record, except the fields that differ
    /// between the records.
    pub(crate) fn window(&mut self, rules: &RuleSet, hit: &WindowHit) -> Option<Finding> {
        let records = hit.records.iter();
        let each: Vec<Finding> = records
            .filter_map(|record| Some(self.hit(hit.rule, &rules.values(record)?)))
            .collect();
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
    /// The fingerprint, which is the same for all hits of a rule with the same identity, resource, account and
    /// region.
    pub(crate) fn fingerprint(&self) -> String {
        let text = serde_json::to_vec(&self.parts()).expect("texts are JSON");
        seal::sha256(&text)
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

/// The content of a JSON string, or `None` for any other value.
fn text(json: Option<&str>) -> Option<Cow<'_, str>> {
    let json = json.filter(|json| json.starts_with('"'))?;
    let inner = json.get(1..json.len() - 1).unwrap_or_default();
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    // A Rust string cannot contain a lone surrogate. A string with one keeps its JSON escapes.
    let text = serde_json::from_str(json).map(Cow::Owned);
    Some(text.unwrap_or(Cow::Borrowed(inner)))
}

/// The ARN of the first resource that has one, or else the first resource name in the request parameters.
fn resource<'r>(
    resources: Option<&'r str>,
    parameters: Option<&'r str>,
    source: Option<&str>,
) -> Option<Cow<'r, str>> {
    resources
        .and_then(first_arn)
        .or_else(|| derived::named_resource(parameters?, text(source).as_deref()))
}

/// The ARN of the first object in a JSON array that has one.
fn first_arn(resources: &str) -> Option<Cow<'_, str>> {
    let mut paths = Paths::default();
    let names = ["ARN", "arn"].map(|name| paths.add([name]));
    let mut first = None;
    let end = walk_array(resources.as_bytes(), 0, |at| {
        let end = ct_core::json::value(resources.as_bytes(), at)?;
        let mut found = [None; 2];
        if first.is_none() && paths.read(&resources[at..end], &mut found) {
            first = names.iter().find_map(|name| text(found[*name]));
        }
        Some(end)
    });
    first.filter(|_| end.is_some())
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
    }
}
