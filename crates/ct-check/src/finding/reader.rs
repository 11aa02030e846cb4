//! Creates findings from the hits of rules.

use std::borrow::Cow;
use std::sync::Arc;

use ct_core::json::{self, Paths, walk_array};
use ct_core::record::derived;
use ct_rules::{Rule, RuleSet, Severity, Values, WindowHit};
use serde_json::value::RawValue;

use super::text::{Text, Texts};
use super::{Finding, RawRecord, Window};

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
            window: None,
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
        let group = hit.group.iter().map(|(_, value)| value.clone());
        finding.window = Some(Box::new(Window {
            group: group.collect(),
            value: hit.value.clone(),
        }));
        finding.events = Some(each.into_iter().map(|one| one.event_id).collect());
        Some(finding)
    }
}

/// The content of a JSON string, or `None` for any other value.
fn text(json: Option<&str>) -> Option<Cow<'_, str>> {
    json.and_then(json::content)
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
        let end = json::value(resources.as_bytes(), at)?;
        let mut found = [None; 2];
        if first.is_none() && paths.read(&resources[at..end], &mut found) {
            first = names.iter().find_map(|name| text(found[*name]));
        }
        Some(end)
    });
    first.filter(|_| end.is_some())
}
