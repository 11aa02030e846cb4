//! The report itself: what every format shows, and the JSON form field by field.

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

mod containment;
pub(crate) mod questions;
mod rows;
mod verdict;

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

/// What a report is made of.
pub(crate) struct Basis<'e> {
    pub(crate) evidence: &'e Evidence,
    pub(crate) lineage: &'e Lineage,
    pub(crate) subject: &'e Subject,
    pub(crate) selection: &'e Selection,
    /// The time of the run.
    pub(crate) now: Timestamp,
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
        let created = rows::created(basis);
        let keys = rows::keys(basis, &created);
        let (timeline, timeline_omitted) = rows::timeline(basis);
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
            lineage: rows::lineage(basis),
            keys,
            addresses: rows::addresses(basis),
            timeline,
            timeline_omitted,
            questions: Vec::new(),
            limits: Vec::new(),
            containment: containment::commands(basis),
        };
        report.limits = questions::limits(basis, &report);
        report.questions = questions::answers(basis, &report);
        report.verdict = verdict::verdict(basis, &report);
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

/// A number with its noun.
pub(crate) fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}
