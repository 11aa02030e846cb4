//! Creates findings from the hits of rules and the fields of records.

use std::borrow::Cow;
use std::sync::Arc;

use ct_core::input::{RECORD_KEYS, is_record_with};
use ct_core::json::{self, Paths, walk_array};
use ct_core::record::derived;
use ct_rules::{RecordValues, Rule, RuleSet, WindowHit};

use super::event_fields::{EventFields, RawRecord};
use super::text::{SharedText, SharedTexts};
use super::{CorrelationFields, Finding, RuleFields};

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

/// The record fields that a [`FindingReader`] reads, as indices in the rule set's list of fields.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReaderPaths {
    fields: [usize; FIELDS.len()],
    record_keys: [usize; RECORD_KEYS.len()],
}

/// Creates findings from the hits of rules. Each thread has its own reader, so that threads do not
/// compete for the reference counts of shared strings.
#[derive(Debug)]
pub(crate) struct FindingReader {
    paths: ReaderPaths,
    /// The ID, file, title and severity of each rule, by the rule's index.
    rules: Vec<Arc<RuleFields>>,
    with_record: bool,
    texts: SharedTexts,
}

impl FindingReader {
    /// Adds the record fields that findings show to the fields that the rules read, and returns the
    /// indices of the added fields.
    pub(crate) fn paths(rules: &mut RuleSet) -> ReaderPaths {
        ReaderPaths {
            fields: FIELDS.map(|path| rules.add_path(path)),
            record_keys: RECORD_KEYS.map(|name| rules.add_path(&[name])),
        }
    }

    /// Creates a reader. If `with_record` is true, each finding contains the whole record.
    pub(crate) fn new(rules: &RuleSet, paths: ReaderPaths, with_record: bool) -> Self {
        let fields = |rule: &Rule| {
            Arc::new(RuleFields {
                id: rule.id.clone(),
                file: rule.file.clone(),
                title: rule.title.clone(),
                severity: rule.severity,
            })
        };
        Self {
            paths,
            rules: rules.rules.iter().map(fields).collect(),
            with_record,
            texts: SharedTexts::default(),
        }
    }

    /// Whether a JSON object is a CloudTrail record.
    pub(crate) fn is_record(&self, values: &RecordValues<'_>) -> bool {
        is_record_with(self.paths.record_keys.map(|path| values.get(path)))
    }

    /// Returns the event ID of a record, or `None` if it has none.
    pub(crate) fn event_id<'a>(&self, values: &RecordValues<'a>) -> Option<Cow<'a, str>> {
        text(values.get(self.paths.fields[0]))
    }

    /// Returns the finding for a hit of the rule at `index` on the record whose fields are `event`.
    pub(crate) fn finding(&self, index: usize, event: Arc<EventFields>) -> Finding {
        Finding {
            rule: self.rules[index].clone(),
            index,
            event,
            window: None,
            known: false,
            exception: None,
        }
    }

    /// Returns the fields that a finding on this record shows.
    pub(crate) fn event(&mut self, values: &RecordValues<'_>) -> EventFields {
        let texts = &mut self.texts;
        let found = self.paths.fields.map(|path| values.get(path));
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
        let resources = resource_names(resources, parameters, source);
        let has_parameters = |json: &&str| json.starts_with('{');
        let parameters = parameters.filter(|json| resources.is_empty() && has_parameters(json));
        EventFields {
            account: first(&[recipient, owner]),
            region: first(&[region]),
            identity: first(&[issuer]).or_else(|| principal.clone()),
            principal,
            access_key_id: first(&[key]),
            source_ip_address: first(&[address]),
            event_name: first(&[name]),
            resource: resources.first().map(|name| texts.shared(name)),
            more_resources: resources
                .iter()
                .skip(1)
                .map(|name| texts.shared(name))
                .collect(),
            parameters: parameters.map(Into::into),
            // `texts` avoids storing equal strings twice. Event IDs and times rarely repeat, so
            // they are not stored in `texts`.
            event_id: text(id).map(|id| SharedText::from(&*id)),
            event_time: text(time).map(|time| SharedText::from(&*time)),
            record: self
                .with_record
                .then(|| RawRecord::new(values.record()))
                .flatten(),
        }
    }

    /// Returns the finding for a hit of a correlation (a rule over the hits of other rules), or
    /// `None` if none of the records in the hit can be read.
    pub(crate) fn window(&mut self, rules: &RuleSet, hit: &WindowHit) -> Option<Finding> {
        let records = hit.records.iter();
        let each: Vec<EventFields> = records
            .filter_map(|record| Some(self.event(&rules.values(record)?)))
            .collect();
        // A finding for a new value shows the record in which the value first occurred.
        let shown = match hit.value {
            Some(_) => each.first(),
            None => each.last(),
        };
        let mut shown = shown?.clone();
        shown.parameters = None;
        for other in &each {
            if shown.more_resources != other.more_resources {
                shown.resource = None;
            }
            for (kept, other) in [
                (&mut shown.account, &other.account),
                (&mut shown.region, &other.region),
                (&mut shown.principal, &other.principal),
                (&mut shown.identity, &other.identity),
                (&mut shown.access_key_id, &other.access_key_id),
                (&mut shown.source_ip_address, &other.source_ip_address),
                (&mut shown.resource, &other.resource),
            ] {
                kept.take_if(|kept| Some(&*kept) != other.as_ref());
            }
        }
        if shown.resource.is_none() {
            shown.more_resources = Box::default();
        }
        let mut finding = self.finding(hit.rule, shown.into());
        let group = hit.group.iter().map(|(_, value)| value.clone());
        finding.window = Some(Box::new(CorrelationFields {
            events: each.into_iter().map(|event| event.event_id).collect(),
            group: group.collect(),
            value: hit.value.clone(),
        }));
        Some(finding)
    }
}

/// Returns the content of a JSON string, or `None` for any other JSON value.
fn text(json: Option<&str>) -> Option<Cow<'_, str>> {
    json.and_then(json::content)
}

/// Returns the ARNs of the record's resources, or, if there are no ARNs, the resource names in the
/// request parameters.
fn resource_names<'r>(
    resources: Option<&'r str>,
    parameters: Option<&'r str>,
    source: Option<&str>,
) -> Vec<Cow<'r, str>> {
    let arns = resources.map(arns).unwrap_or_default();
    if !arns.is_empty() {
        return arns;
    }
    let named =
        parameters.map(|parameters| derived::named_resources(parameters, text(source).as_deref()));
    named.unwrap_or_default()
}

/// Returns the ARNs of the objects in a JSON array, or nothing if the array contains a value that
/// is not an object.
fn arns(resources: &str) -> Vec<Cow<'_, str>> {
    let mut paths = Paths::default();
    let names = ["ARN", "arn"].map(|name| paths.add([name]));
    let mut arns = Vec::new();
    let end = walk_array(resources.as_bytes(), 0, |at| {
        let end = json::value(resources.as_bytes(), at)?;
        let mut found = [None; 2];
        if paths.read(&resources[at..end], &mut found) {
            arns.extend(names.iter().find_map(|name| text(found[*name])));
        }
        Some(end)
    });
    if end.is_none() {
        arns.clear();
    }
    arns
}
