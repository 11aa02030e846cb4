//! The content of a report, which all formats share. The JSON format of a report has the same
//! fields as the type [`Report`].

use std::collections::BTreeSet;

use ct_core::terminal;
use jiff::Timestamp;
use serde::Serialize;

use crate::completeness::Completeness;
use crate::created::Tier;
use crate::evidence::Evidence;
use crate::evidence::event::{Event, time_text};
use crate::lineage::{Grade, Lineage};
use crate::subject::{Selection, Subject};
use crate::symbols::Symbol;
use questions::Answer;

pub(crate) mod containment;
pub(crate) mod questions;
mod rows;
mod verdict;

/// The version of the JSON format.
const SCHEMA: u32 = 1;

/// The content of a report. Times are in UTC and in ISO 8601 format; IDs and names are the same as
/// in the records.
#[derive(Serialize)]
pub(crate) struct Report {
    /// The version of the JSON format.
    pub(crate) schema: u32,
    /// The summary in a few sentences. The first sentence says whether the input is complete.
    pub(crate) verdict: String,
    /// Whether the input is complete, and the reasons if it is not.
    pub(crate) completeness: Completeness,
    /// The subject.
    pub(crate) subject: SubjectSummary,
    /// The created resources, in order of time.
    pub(crate) created: Vec<Created>,
    /// The links between credentials, and the origins of the keys.
    pub(crate) lineage: LineageForm,
    /// The keys of the subject. The key with the most records is first.
    pub(crate) keys: Vec<KeySummary>,
    /// The pairs of an address and a user agent in the subject's records. The pair that occurs
    /// first in time is first.
    pub(crate) addresses: Vec<AddressAndAgent>,
    /// Calls that changed something, failed, or signed in, in order of time.
    pub(crate) timeline: Vec<Row>,
    /// The number of calls that are not in `timeline` because `timeline` has reached its maximum
    /// size.
    pub(crate) timeline_omitted: usize,
    /// The standard questions of an investigation with their answers, in order.
    pub(crate) questions: Vec<Answer>,
    /// The facts that these records cannot show, one sentence each.
    pub(crate) limits: Vec<String>,
    /// AWS CLI commands that stop the credential and undo its effects (containment). ct-report does
    /// not run the commands.
    pub(crate) containment: Vec<String>,
}

/// The subject of the report, and the number of its records in the input.
#[derive(Serialize)]
pub(crate) struct SubjectSummary {
    /// The subject.
    #[serde(flatten)]
    pub(crate) subject: Subject,
    /// The number of records of the subject, and of the keys that come from it (followed keys).
    pub(crate) records: usize,
    /// The number of distinct records in the input.
    pub(crate) input_records: usize,
    /// The number of duplicate records.
    pub(crate) duplicates: u64,
    /// The time of the first record in the input. Null if the input contains no records.
    pub(crate) first: Option<String>,
    /// The time of the last record in the input. Null if the input contains no records.
    pub(crate) last: Option<String>,
}

/// A created resource.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Created {
    /// A `CloudFormation` type, or a name in the same format. Null if the type is unknown.
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    /// The best identifier of the resource that is known: its ARN, otherwise its ID, otherwise its
    /// name. Null if none of the three is known.
    pub(crate) id: Option<String>,
    /// The ARN of the resource. Null if the record contains no ARN.
    pub(crate) arn: Option<String>,
    /// The last identifier of the resource, not counting ARNs: usually its name. Null if there is
    /// no such identifier.
    pub(crate) name: Option<String>,
    /// The additional identifier that makes the name unique, such as the role of an inline policy.
    /// Null if the name alone is unique.
    pub(crate) within: Option<String>,
    /// How the resource was identified. Null if the call created a resource that cannot be
    /// identified.
    pub(crate) tier: Option<Tier>,
    /// The ID of the event that created the resource.
    #[serde(rename = "eventID")]
    pub(crate) event_id: String,
    /// The name of the event that created the resource.
    pub(crate) event_name: String,
    /// The time of the event that created the resource.
    pub(crate) event_time: String,
    /// The ID of the account that contains the resource.
    pub(crate) account: String,
    /// The region.
    pub(crate) region: String,
    /// The access key of the call that created the resource. Null if a service made the call
    /// without a key.
    pub(crate) access_key_id: Option<String>,
    /// The ID of the event that deleted the resource. Null if no deletion was found.
    pub(crate) deleted_by: Option<String>,
    /// The time of the deletion. Null if no deletion was found.
    pub(crate) deleted_at: Option<String>,
    /// The IDs of deletions in the same second as a creation of the resource. Records do not show
    /// the order within a second, so the resource may still exist.
    pub(crate) undecided_deletions: Vec<String>,
    /// The IDs of failed attempts to delete the resource.
    pub(crate) refused_deletions: Vec<String>,
    /// The IDs of events that granted others access to the resource.
    pub(crate) shared_by: Vec<String>,
    /// The IDs of other events that changed the resource.
    pub(crate) changed_by: Vec<String>,
    /// The index in the evidence of the event that created the resource.
    #[serde(skip)]
    pub(crate) event: usize,
}

/// The links between credentials, and the origins of keys.
#[derive(Serialize)]
pub(crate) struct LineageForm {
    /// The links from credentials to the keys that come from them, in order of time.
    pub(crate) edges: Vec<Edge>,
    /// The keys that were used in the records and that are temporary or were issued in these
    /// records, in order of first use.
    pub(crate) keys: Vec<KeyForm>,
    /// The number of links that are omitted from `edges`. Of the links that do not concern the
    /// subject, `edges` contains only a limited number.
    pub(crate) edges_omitted: usize,
    /// The number of keys that are omitted from `keys`. Of the keys that do not belong to the
    /// subject, `keys` contains only a limited number.
    pub(crate) keys_omitted: usize,
}

/// A link from one credential to another.
#[derive(Serialize)]
pub(crate) struct Edge {
    /// The credential from which the key comes: a key, a service, a session, an instance or a
    /// principal.
    pub(crate) issuer: String,
    /// The key that comes from `issuer`.
    pub(crate) issued: String,
    /// The ID of the event that shows the link.
    #[serde(rename = "eventID")]
    pub(crate) event_id: String,
    /// The confidence that the key comes from `issuer`.
    pub(crate) grade: Grade,
    /// The role or the user for which the key was issued. Null if it is unknown.
    pub(crate) issued_for: Option<String>,
    /// Whether the new key was used in this input.
    pub(crate) used: bool,
}

/// The origin of a key.
#[derive(Serialize)]
pub(crate) struct KeyForm {
    /// The key.
    pub(crate) key: String,
    /// The confidence in the origin.
    pub(crate) grade: Grade,
    /// The origin: an event, a key, a session, an instance, a function or a principal. Null if it
    /// is unknown.
    pub(crate) from: Option<String>,
    /// Whether the report covers the records of the key, because the key comes from the subject.
    pub(crate) followed: bool,
}

/// The activity of one access key in the records.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeySummary {
    /// The key.
    pub(crate) key: String,
    /// The number of records that contain the key as the caller's key.
    pub(crate) records: usize,
    /// The time of the first record with the key. Null if no record contains the key.
    pub(crate) first: Option<String>,
    /// The time of the last record with the key. Null if no record contains the key.
    pub(crate) last: Option<String>,
    /// The addresses from which the key was used, in sorted order.
    #[serde(rename = "sourceIPs")]
    pub(crate) source_ips: Vec<String>,
    /// The number of addresses from which the key was used.
    #[serde(rename = "sourceIPCount")]
    pub(crate) source_ip_count: usize,
    /// The number of distinct user agents that used the key.
    pub(crate) user_agent_count: usize,
    /// The regions in which the key was used, in sorted order.
    pub(crate) regions: Vec<String>,
    /// The number of failed calls with the key.
    pub(crate) failures: usize,
    /// The names of the five most frequent calls with the key, and their counts. Names with equal
    /// counts are sorted alphabetically.
    pub(crate) top_events: Vec<(String, u64)>,
    /// The IDs of the resources that the key created, in order of time.
    pub(crate) created: Vec<String>,
    /// The number of resources that the key created.
    pub(crate) created_count: usize,
    /// The keys that calls with this key issued, in sorted order.
    pub(crate) issued: Vec<String>,
}

/// One pair of an address and a user agent, and its records.
#[derive(Serialize)]
pub(crate) struct AddressAndAgent {
    /// The source address, or the name of the service that made the calls.
    #[serde(rename = "address")]
    pub(crate) source: String,
    /// The user agent.
    pub(crate) agent: String,
    /// The number of records with this address and user agent.
    pub(crate) records: usize,
    /// The time of the first record with this address and user agent.
    pub(crate) first: String,
    /// The time of the last record with this address and user agent.
    pub(crate) last: String,
}

/// One call in the timeline.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    /// The time of the call.
    pub(crate) event_time: String,
    /// The ID of the call's event.
    #[serde(rename = "eventID")]
    pub(crate) event_id: String,
    /// The name of the call.
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
    /// The error code. Null if the call succeeded.
    pub(crate) error_code: Option<String>,
    /// The index in the evidence of the call's event.
    #[serde(skip)]
    pub(crate) event: usize,
}

/// The data from which a report is created.
pub(crate) struct Basis<'e> {
    pub(crate) evidence: &'e Evidence,
    pub(crate) lineage: &'e Lineage,
    pub(crate) subject: &'e Subject,
    pub(crate) selection: &'e Selection,
    /// The time of the run.
    pub(crate) now: Timestamp,
}

impl<'e> Basis<'e> {
    /// The events that the report covers, in order of time.
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
    /// Creates the report about the events that it covers.
    pub(crate) fn new(basis: &Basis<'_>) -> Self {
        let created = rows::created(basis);
        let keys = rows::keys(basis, &created);
        let (timeline, timeline_omitted) = rows::timeline(basis);
        let evidence = basis.evidence;
        let span = evidence.span();
        let mut report = Self {
            schema: SCHEMA,
            verdict: String::new(),
            completeness: evidence.completeness.clone(),
            subject: SubjectSummary {
                subject: basis.subject.clone(),
                records: basis.selection.events.len(),
                input_records: evidence.events.len(),
                duplicates: evidence.duplicates,
                first: span.map(|(first, _)| time_text(first)),
                last: span.map(|(_, last)| time_text(last)),
            },
            containment: containment::commands(basis, &created),
            created,
            lineage: rows::lineage(basis),
            keys,
            addresses: rows::addresses(basis),
            timeline,
            timeline_omitted,
            questions: Vec::new(),
            limits: Vec::new(),
        };
        let limits = questions::limits(basis, &report).into_iter();
        report.limits = limits
            .map(|limit| terminal::escape(&limit).into_owned())
            .collect();
        report.questions = questions::answers(basis, &report);
        report.verdict = terminal::escape(&verdict::verdict(basis, &report)).into_owned();
        report
    }

    /// The links from and to the keys of the subject, or all links if the report covers all
    /// records.
    pub(crate) fn own_edges(&self) -> Vec<&Edge> {
        let own: BTreeSet<&str> = self.keys.iter().map(|key| key.key.as_str()).collect();
        let is_everybody = self.subject.subject.is_everybody();
        let is_own = |edge: &&Edge| {
            is_everybody || own.contains(edge.issuer.as_str()) || own.contains(edge.issued.as_str())
        };
        self.lineage.edges.iter().filter(is_own).collect()
    }

    /// The name of the subject for display.
    pub(crate) fn subject_text(&self) -> String {
        let Subject {
            keys,
            principals,
            addresses,
            sessions,
            ..
        } = &self.subject.subject;
        let addresses = addresses.iter().map(|address| &address.text);
        let all = keys.iter().chain(principals).chain(addresses);
        let all: Vec<&str> = all.chain(sessions).map(String::as_str).collect();
        if all.is_empty() {
            "all credentials".to_owned()
        } else {
            all.join(", ")
        }
    }
}

/// A number with its noun, singular or plural.
pub(crate) fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}
