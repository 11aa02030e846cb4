//! The report itself: what every format shows, and the JSON form field by field.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::completeness::{Completeness, State};
use crate::containment;
use crate::created::Tier;
use crate::event::{Event, time_text};
use crate::evidence::Evidence;
use crate::fate::{Fate, Fates};
use crate::lineage::{Grade, Lineage};
use crate::questions::{self, Answer};
use crate::subject::{Selection, Subject};
use crate::symbols::Symbol;

/// The version of the JSON form.
const SCHEMA: u32 = 1;

/// A report; times are UTC in ISO 8601, IDs and names as the records have them.
#[derive(Serialize)]
pub(crate) struct Report {
    /// The version of this form.
    pub(crate) schema: u32,
    /// The answer in a few sentences; the first says whether the input is incomplete.
    pub(crate) verdict: String,
    /// Whether the input is all that was asked for.
    pub(crate) completeness: Completeness,
    /// Whom it is about.
    pub(crate) subject: About,
    /// What was created, in order of time.
    pub(crate) created: Vec<Created>,
    /// Where the keys come from.
    pub(crate) lineage: LineageForm,
    /// The subject's keys, the busiest first.
    pub(crate) keys: Vec<KeySummary>,
    /// The addresses, with the programs used from each, the earliest first.
    pub(crate) addresses: Vec<Address>,
    /// Calls that changed something, were refused, or signed in, in order of time.
    pub(crate) timeline: Vec<Row>,
    /// Calls that changed something, were refused, or signed in, beyond those in `timeline`.
    pub(crate) timeline_omitted: usize,
    /// What a responder asks, in order.
    pub(crate) questions: Vec<Answer>,
    /// What this evidence cannot show.
    pub(crate) limits: Vec<String>,
    /// Commands that would contain the credential, as text.
    pub(crate) containment: Vec<String>,
}

/// The subject and how much of the input is its.
#[derive(Serialize)]
pub(crate) struct About {
    /// Whom it is about.
    #[serde(flatten)]
    pub(crate) subject: Subject,
    /// Records of the subject and of the keys that were followed.
    pub(crate) records: usize,
    /// Records of the input, each once.
    pub(crate) input_records: usize,
    /// Records that came again.
    pub(crate) duplicates: u64,
    /// The first record's time.
    pub(crate) first: Option<String>,
    /// The last record's time.
    pub(crate) last: Option<String>,
}

/// A created resource.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Created {
    /// A `CloudFormation` type, or a name of that form; null where what was created is unknown.
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    /// Its ARN, else its ID, else its name; null where it is unknown.
    pub(crate) id: Option<String>,
    /// Its ARN.
    pub(crate) arn: Option<String>,
    /// Its shortest other name.
    pub(crate) name: Option<String>,
    /// What its name needs to be unique.
    pub(crate) within: Option<String>,
    /// How it was found; null where it was not.
    pub(crate) tier: Option<Tier>,
    /// The creating event.
    #[serde(rename = "eventID")]
    pub(crate) event_id: String,
    /// Its name.
    pub(crate) event_name: String,
    /// When.
    pub(crate) event_time: String,
    /// In which account.
    pub(crate) account: String,
    /// In which region.
    pub(crate) region: String,
    /// By which key; null where a service did it without one.
    pub(crate) access_key_id: Option<String>,
    /// The event that deleted it.
    pub(crate) deleted_by: Option<String>,
    /// When that was.
    pub(crate) deleted_at: Option<String>,
    /// Deletions that were refused.
    pub(crate) refused_deletions: Vec<String>,
    /// Events that gave others access to it.
    pub(crate) shared_by: Vec<String>,
    /// Other events that changed it.
    pub(crate) changed_by: Vec<String>,
    /// The event's index in the evidence.
    #[serde(skip)]
    pub(crate) event: usize,
}

/// Where keys come from.
#[derive(Serialize)]
pub(crate) struct LineageForm {
    /// Keys that were issued or explained, in order of time.
    pub(crate) edges: Vec<Edge>,
    /// Every temporary key that was used, and every other whose issue is on record, by first use.
    pub(crate) keys: Vec<KeyForm>,
}

/// A link from one credential to another.
#[derive(Serialize)]
pub(crate) struct Edge {
    /// A key, a service, a session, an instance or a principal.
    pub(crate) issuer: String,
    /// The key that comes from it.
    pub(crate) issued: String,
    /// The event that shows it.
    #[serde(rename = "eventID")]
    pub(crate) event_id: String,
    /// How sure it is.
    pub(crate) grade: Grade,
    /// The role that was assumed, or the user that the key is for.
    pub(crate) issued_for: Option<String>,
    /// Whether the new key was used in this input.
    pub(crate) used: bool,
}

/// Where a key comes from.
#[derive(Serialize)]
pub(crate) struct KeyForm {
    /// The key.
    pub(crate) key: String,
    /// How sure its explanation is.
    pub(crate) grade: Grade,
    /// The issuing event, a key, a session, an instance or a principal.
    pub(crate) from: Option<String>,
    /// Whether the report follows it.
    pub(crate) followed: bool,
}

/// What a key did.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeySummary {
    /// The key.
    pub(crate) key: String,
    /// Its records.
    pub(crate) records: usize,
    /// The first one's time.
    pub(crate) first: Option<String>,
    /// The last one's time.
    pub(crate) last: Option<String>,
    /// Addresses it was used from, sorted.
    #[serde(rename = "sourceIPs")]
    pub(crate) source_ips: Vec<String>,
    /// How many addresses.
    #[serde(rename = "sourceIPCount")]
    pub(crate) source_ip_count: usize,
    /// How many different user agents.
    pub(crate) user_agent_count: usize,
    /// Regions, sorted.
    pub(crate) regions: Vec<String>,
    /// Records with an error code.
    pub(crate) failures: usize,
    /// The five most frequent calls with their counts, ties by name.
    pub(crate) top_events: Vec<(String, u64)>,
    /// IDs of what it created, in order of time.
    pub(crate) created: Vec<String>,
    /// How many.
    pub(crate) created_count: usize,
    /// Keys that it was answered, sorted.
    pub(crate) issued: Vec<String>,
}

/// An address and what was used from it.
#[derive(Serialize)]
pub(crate) struct Address {
    /// The address, or a service's name.
    #[serde(rename = "address")]
    pub(crate) source: String,
    /// The user agent.
    pub(crate) agent: String,
    /// Records.
    pub(crate) records: usize,
    /// The first one's time.
    pub(crate) first: String,
    /// The last one's time.
    pub(crate) last: String,
}

/// A call in the timeline.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    /// When.
    pub(crate) event_time: String,
    /// The event.
    #[serde(rename = "eventID")]
    pub(crate) event_id: String,
    /// The call.
    pub(crate) event_name: String,
    /// The service.
    pub(crate) event_source: String,
    /// The region.
    pub(crate) region: String,
    /// The key.
    pub(crate) access_key_id: String,
    /// The address.
    #[serde(rename = "sourceIPAddress")]
    pub(crate) address: String,
    /// The error code; null where it was carried out.
    pub(crate) error_code: Option<String>,
    /// The event's index in the evidence.
    #[serde(skip)]
    pub(crate) event: usize,
}

/// Most rows of a timeline.
const TIMELINE_ROWS: usize = 1000;

/// What a report is made of.
pub(crate) struct Basis<'e> {
    pub(crate) evidence: &'e Evidence,
    pub(crate) lineage: &'e Lineage,
    pub(crate) subject: &'e Subject,
    pub(crate) selection: &'e Selection,
}

impl<'e> Basis<'e> {
    /// The events that the report is about, in order of time.
    pub(crate) fn events(&self) -> impl Iterator<Item = &'e Event> + Clone {
        let events = &self.evidence.events;
        self.selection
            .events
            .iter()
            .map(move |&index| &events[index])
    }

    /// The text of a symbol.
    pub(crate) fn text(&self, symbol: Symbol) -> &'e str {
        self.evidence.text(symbol)
    }

    fn owned(&self, symbol: Symbol) -> Option<String> {
        symbol.some().map(|symbol| self.text(symbol).to_owned())
    }

    fn id(&self, index: usize) -> String {
        self.evidence.id(&self.evidence.events[index])
    }
}

impl Report {
    /// Makes the report about the selected events.
    pub(crate) fn new(basis: &Basis<'_>) -> Self {
        let created = created(basis);
        let keys = keys(basis, &created);
        let (timeline, timeline_omitted) = timeline(basis);
        let evidence = basis.evidence;
        let span = evidence.span();
        let mut report = Self {
            schema: SCHEMA,
            verdict: String::new(),
            completeness: evidence.completeness.clone(),
            subject: About {
                subject: basis.subject.clone(),
                records: basis.selection.events.len(),
                input_records: evidence.events.len(),
                duplicates: evidence.duplicates,
                first: span.map(|(first, _)| time_text(first)),
                last: span.map(|(_, last)| time_text(last)),
            },
            created,
            lineage: lineage(basis),
            keys,
            addresses: addresses(basis),
            timeline,
            timeline_omitted,
            questions: Vec::new(),
            limits: Vec::new(),
            containment: containment::commands(basis),
        };
        report.limits = questions::limits(basis, &report);
        report.questions = questions::answers(basis, &report);
        report.verdict = verdict(basis, &report);
        report
    }

    /// The name of the subject for people.
    pub(crate) fn subject_text(&self) -> String {
        let Subject {
            keys,
            principals,
            addresses,
            sessions,
            ..
        } = &self.subject.subject;
        let all: Vec<&str> = [keys, principals, addresses, sessions]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        if all.is_empty() {
            "all credentials".to_owned()
        } else {
            all.join(", ")
        }
    }
}

fn created(basis: &Basis<'_>) -> Vec<Created> {
    let fates = Fates::new(basis.evidence);
    let mut rows = Vec::new();
    for &index in &basis.selection.events {
        let event = &basis.evidence.events[index];
        let Some(detail) = event.detail.as_ref().filter(|detail| detail.creates) else {
            continue;
        };
        let row = |kind, names: &[Symbol], within, tier, fate: Fate| {
            let names: Vec<&str> = names.iter().map(|&name| basis.text(name)).collect();
            let arn = names.iter().find(|name| name.starts_with("arn:"));
            let name = names.iter().rev().find(|name| !name.starts_with("arn:"));
            let ids = |events: &[usize]| events.iter().map(|&event| basis.id(event)).collect();
            Created {
                kind,
                id: names.first().map(|&id| id.to_owned()),
                arn: arn.map(|&arn| arn.to_owned()),
                name: name.map(|&name| name.to_owned()),
                within,
                tier,
                event_id: basis.id(index),
                event_name: basis.text(event.name).to_owned(),
                event_time: event.time_text(),
                account: basis.text(event.account).to_owned(),
                region: basis.text(event.region).to_owned(),
                access_key_id: basis.owned(event.key),
                deleted_by: fate.deleted.map(|event| basis.id(event)),
                deleted_at: fate
                    .deleted
                    .map(|event| basis.evidence.events[event].time_text()),
                refused_deletions: ids(&fate.refused_deletions),
                shared_by: ids(&fate.shared),
                changed_by: ids(&fate.changed),
                event: index,
            }
        };
        for resource in &detail.resources {
            let kind = Some(basis.text(resource.kind).to_owned());
            let within = basis.owned(resource.within);
            let fate = fates.of(index, resource);
            rows.push(row(
                kind,
                &resource.names,
                within,
                Some(resource.tier),
                fate,
            ));
        }
        if detail.resources.is_empty() {
            rows.push(row(None, &[], None, None, Fate::default()));
        }
    }
    rows
}

fn keys(basis: &Basis<'_>, created: &[Created]) -> Vec<KeySummary> {
    let mut by_key: BTreeMap<Symbol, Vec<&Event>> = BTreeMap::new();
    for key in basis.selection.keys.keys() {
        by_key.insert(*key, Vec::new());
    }
    for event in basis.events() {
        if let Some(events) = by_key.get_mut(&event.key) {
            events.push(event);
        }
    }
    let mut created_by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in created {
        if let (Some(key), Some(id)) = (&row.access_key_id, &row.id) {
            created_by.entry(key).or_default().push(id);
        }
    }
    let summaries = by_key.into_iter().map(|(key, events)| {
        let each = || events.iter().copied();
        let names = |field: fn(&Event) -> Symbol| -> Vec<String> {
            basis
                .evidence
                .counts(each(), field)
                .into_keys()
                .map(str::to_owned)
                .collect()
        };
        let mut top: Vec<(String, u64)> = basis
            .evidence
            .counts(each(), |event| event.name)
            .into_iter()
            .map(|(name, count)| (name.to_owned(), count))
            .collect();
        top.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        top.truncate(5);
        let issued = each().filter_map(|event| event.detail.as_ref()?.issued.some());
        let issued: BTreeSet<&str> = issued.map(|key| basis.text(key)).collect();
        let source_ips = names(|event| event.address);
        let key = basis.text(key).to_owned();
        let created: Vec<String> = created_by
            .get(key.as_str())
            .into_iter()
            .flatten()
            .map(|&id| id.to_owned())
            .collect();
        KeySummary {
            records: events.len(),
            first: events.first().map(|event| event.time_text()),
            last: events.last().map(|event| event.time_text()),
            source_ip_count: source_ips.len(),
            source_ips,
            user_agent_count: names(|event| event.agent).len(),
            regions: names(|event| event.region),
            failures: each().filter(|event| !event.succeeded()).count(),
            top_events: top,
            created_count: created.len(),
            created,
            issued: issued.into_iter().map(str::to_owned).collect(),
            key,
        }
    });
    let mut summaries: Vec<KeySummary> = summaries.collect();
    summaries.sort_by(|one, other| {
        other
            .records
            .cmp(&one.records)
            .then_with(|| one.key.cmp(&other.key))
    });
    summaries
}

fn lineage(basis: &Basis<'_>) -> LineageForm {
    let used: BTreeSet<Symbol> = basis
        .lineage
        .origins
        .iter()
        .map(|origin| origin.key)
        .collect();
    let exact = basis.lineage.issues.iter().map(|issue| {
        let detail = basis.evidence.events[issue.event].detail.as_ref();
        let edge = Edge {
            issuer: basis.text(issue.issuer).to_owned(),
            issued: basis.text(issue.issued).to_owned(),
            event_id: basis.id(issue.event),
            grade: Grade::Exact,
            issued_for: detail.and_then(|detail| basis.owned(detail.issued_for)),
            used: used.contains(&issue.issued),
        };
        (issue.event, edge)
    });
    let others = basis
        .lineage
        .origins
        .iter()
        .filter(|origin| origin.grade != Grade::Exact);
    let others = others.filter_map(|origin| {
        let proof = origin.proof?;
        let edge = Edge {
            issuer: origin.from.clone()?,
            issued: basis.text(origin.key).to_owned(),
            event_id: basis.id(proof),
            grade: origin.grade,
            issued_for: None,
            used: true,
        };
        Some((proof, edge))
    });
    let mut edges: Vec<(usize, Edge)> = exact.chain(others).collect();
    edges.sort_by_key(|(event, _)| *event);
    let keys = basis.lineage.origins.iter().map(|origin| KeyForm {
        key: basis.text(origin.key).to_owned(),
        grade: origin.grade,
        from: origin.from.clone(),
        followed: basis.selection.keys.contains_key(&origin.key),
    });
    LineageForm {
        edges: edges.into_iter().map(|(_, edge)| edge).collect(),
        keys: keys.collect(),
    }
}

fn addresses(basis: &Basis<'_>) -> Vec<Address> {
    let mut pairs: BTreeMap<(Symbol, Symbol), (usize, i64, i64)> = BTreeMap::new();
    for event in basis.events() {
        let pair = pairs
            .entry((event.address, event.agent))
            .or_insert((0, event.time, event.time));
        pair.0 += 1;
        pair.2 = event.time;
    }
    let mut addresses: Vec<(i64, Address)> = pairs
        .into_iter()
        .map(|((address, agent), (records, first, last))| {
            let row = Address {
                source: basis.text(address).to_owned(),
                agent: basis.text(agent).to_owned(),
                records,
                first: time_text(first),
                last: time_text(last),
            };
            (first, row)
        })
        .collect();
    addresses.sort_by(|(first, one), (other_first, other)| {
        (first, &one.source, &one.agent).cmp(&(other_first, &other.source, &other.agent))
    });
    addresses.into_iter().map(|(_, row)| row).collect()
}

fn timeline(basis: &Basis<'_>) -> (Vec<Row>, usize) {
    let notable = |index: &&usize| {
        let event = &basis.evidence.events[**index];
        let issues = event
            .detail
            .as_ref()
            .is_some_and(|detail| !detail.issued.is_none());
        !event.is_read_only || !event.succeeded() || issues
    };
    let indices: Vec<usize> = basis
        .selection
        .events
        .iter()
        .filter(notable)
        .copied()
        .collect();
    let omitted = indices.len().saturating_sub(TIMELINE_ROWS);
    let rows = indices.into_iter().take(TIMELINE_ROWS).map(|index| {
        let event = &basis.evidence.events[index];
        Row {
            event_time: event.time_text(),
            event_id: basis.id(index),
            event_name: basis.text(event.name).to_owned(),
            event_source: basis.text(event.source).to_owned(),
            region: basis.text(event.region).to_owned(),
            access_key_id: basis.text(event.key).to_owned(),
            address: basis.text(event.address).to_owned(),
            error_code: basis.owned(event.error),
            event: index,
        }
    });
    (rows.collect(), omitted)
}

fn verdict(basis: &Basis<'_>, report: &Report) -> String {
    let mut sentences = Vec::new();
    match report.completeness.state {
        State::Incomplete => {
            let reason = report
                .completeness
                .reasons
                .first()
                .map_or("", String::as_str);
            sentences.push(format!(
                "The input is incomplete, so this report may lack events: {reason}."
            ));
        }
        State::Unknown => sentences
            .push("Whether the input is complete is unknown (completeness unknown).".to_owned()),
        State::Complete => sentences.push("The input is complete for its window.".to_owned()),
    }
    let subject = report.subject_text();
    if report.subject.records == 0 {
        sentences.push(format!(
            "{subject} does not occur in the {} of the input.",
            count(report.subject.input_records, "record")
        ));
        return sentences.join(" ");
    }
    let failures: usize = report.keys.iter().map(|key| key.failures).sum();
    let remaining = report.created.iter().filter(|row| row.deleted_by.is_none());
    let shared = report
        .created
        .iter()
        .filter(|row| !row.shared_by.is_empty())
        .count();
    let times = |time: fn(&KeySummary) -> Option<&str>| report.keys.iter().filter_map(time);
    let first = times(|key| key.first.as_deref()).min().unwrap_or_default();
    let last = times(|key| key.last.as_deref()).max().unwrap_or_default();
    let owner = owner(basis)
        .map(|owner| format!(" of {owner}"))
        .unwrap_or_default();
    sentences.push(format!(
        "{subject}{owner}: {} from {first} to {last}, {failures} of them refused or failed.",
        count(report.subject.records, "record"),
    ));
    let created = count(report.created.len(), "resource");
    let shared = if shared == 0 {
        String::new()
    } else {
        format!(", {shared} shared with others")
    };
    sentences.push(match report.created.len() {
        0 => "Nothing was created.".to_owned(),
        1 => format!(
            "{created} was created{shared}, {} not seen deleted since.",
            remaining.count()
        ),
        _ => format!(
            "{created} were created{shared}, {} not seen deleted since.",
            remaining.count()
        ),
    });
    let logging: Vec<&str> = questions::logging(basis).into_iter().collect();
    if !logging.is_empty() {
        sentences.push(format!("Logging was touched: {}.", logging.join(", ")));
    }
    let followed = report
        .lineage
        .keys
        .iter()
        .filter(|key| key.followed)
        .count();
    if followed > 0 && !report.subject.subject.is_everybody() {
        sentences.push(format!(
            "{} that came from it included.",
            count(followed, "key")
        ));
    }
    sentences.join(" ")
}

/// The one identity that used the subject's own keys; `None` where there are several or none.
fn owner<'e>(basis: &Basis<'e>) -> Option<&'e str> {
    if basis.subject.keys.is_empty() {
        return None;
    }
    let own = basis
        .events()
        .filter(|event| matches!(basis.selection.keys.get(&event.key), Some(None)));
    let owners: BTreeSet<Symbol> = own.map(|event| event.identity).collect();
    let only = owners.first().filter(|_| owners.len() == 1)?;
    only.some().map(|only| basis.text(only))
}

/// A number with its noun.
pub(crate) fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}
