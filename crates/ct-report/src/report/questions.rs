//! Answers the standard questions about a key leak, or states why the records cannot answer a
//! question.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ct_core::terminal;
use foldhash::HashSet;
use serde::Serialize;

use crate::completeness::State;
use crate::evidence::event::Event;
use crate::report::{Basis, Report, count};
use crate::symbols::Symbol;

mod calls;
mod effects;
mod limits;
mod reached;
mod words;

pub(crate) use calls::ON_INSTANCES;
pub(crate) use effects::logging;
use effects::{by_calls, changed, created, data, refused};
pub(crate) use limits::limits;
use reached::reached;
use words::listed;

impl Basis<'_> {
    /// The kinds of data events that the input contains, and the kinds that the input lacks.
    fn data_events(&self) -> (Vec<&'static str>, Vec<&'static str>) {
        let kinds = calls::DATA_EVENTS.iter();
        let (found, missing): (Vec<_>, Vec<_>) = kinds.partition(|(_, source, names)| {
            let is_one = self.evidence.is_one_of(names);
            let mut events = self.evidence.events.iter();
            self.evidence
                .symbols
                .find(source)
                .is_some_and(|source| events.any(|event| event.source == source && is_one(event)))
        });
        let names = |kinds: Vec<&(&'static str, &str, &[&str])>| {
            kinds.into_iter().map(|(name, ..)| *name).collect()
        };
        (names(found), names(missing))
    }
}

/// The answer to one question.
#[derive(Serialize)]
pub(crate) struct Answer {
    /// The number of the question, starting at 1.
    pub(crate) number: usize,
    /// The question.
    pub(crate) question: &'static str,
    /// The topic of the question, in one or two words.
    #[serde(skip)]
    pub(crate) subject: &'static str,
    /// The answer to the question. Null if the evidence cannot answer the question.
    #[serde(rename = "answer")]
    pub(crate) said: Option<String>,
    /// The reason why this evidence cannot answer the question. Null if there is an answer.
    pub(crate) because: Option<String>,
    /// The IDs of the first hundred supporting events, in order of time.
    pub(crate) events: Vec<String>,
}

/// The reason why a report without a subject does not answer a question about its subject.
const EVERYBODY: &str = "the report covers all credentials: select one with --key";

/// The maximum number of events per answer.
const EVENTS: usize = 100;
/// The first value is an answer or, as `Err`, the reason why the evidence cannot answer the
/// question. The second value is the events that support the answer.
type AnswerAndEvents<'e> = (Result<String, String>, Vec<&'e Event>);

/// The answers to the twelve questions, in order.
pub(crate) fn answers(basis: &Basis<'_>, report: &Report) -> Vec<Answer> {
    let escalation = by_calls(
        basis,
        &calls::ESCALATION,
        "no call that is known to escalate privileges was found",
    );
    let persistence = by_calls(
        basis,
        &calls::PERSISTENCE,
        "no call that is known to establish persistence was found",
    );
    let limits = (Ok(report.limits.join(" ")), Vec::new());
    let said: [(&str, &str, AnswerAndEvents<'_>); 12] = [
        (
            "owner",
            "Whose credential is it, and when and by whom was it issued?",
            whose(basis),
        ),
        (
            "addresses",
            "From which addresses and programs was it used?",
            addresses(basis, report),
        ),
        (
            "created",
            "What did it create, and does it still exist?",
            created(basis, report),
        ),
        (
            "changed",
            "What did it change or delete, including logging?",
            changed(basis),
        ),
        (
            "persistence",
            "How could the attacker regain access (persistence)?",
            persistence,
        ),
        ("escalation", "Did it escalate its privileges?", escalation),
        (
            "data read",
            "Which secrets and data did it read?",
            data(basis),
        ),
        (
            "reached",
            "Which roles and accounts did it reach?",
            reached(basis),
        ),
        (
            "refused",
            "Which of its calls were denied or failed?",
            refused(basis),
        ),
        (
            "neighbours",
            "Who else used the same addresses?",
            neighbours(basis),
        ),
        ("limits", "What can these records not show?", limits),
        ("containment", "How is it contained?", containment(report)),
    ];
    let answers = said.into_iter().enumerate();
    let answers = answers.map(|(index, (subject, question, (said, events)))| Answer {
        number: index + 1,
        question,
        subject,
        events: events
            .into_iter()
            .take(EVENTS)
            .map(|event| basis.evidence.id(event))
            .collect(),
        because: said.as_ref().err().map(|because| one_line(because)),
        // Containment commands must keep their line ends, and the values in them are already
        // quoted.
        said: said.ok().map(|said| match subject {
            "containment" => said,
            _ => one_line(&said),
        }),
    });
    answers.collect()
}

/// Escapes a sentence that contains fields of records, so that it stays on one line.
fn one_line(sentence: &str) -> String {
    terminal::escape(sentence).into_owned()
}

fn whose<'e>(basis: &Basis<'e>) -> AnswerAndEvents<'e> {
    if basis.subject.is_everybody() {
        return (Err(EVERYBODY.to_owned()), Vec::new());
    }
    let mut owners: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for event in basis
        .events()
        .filter(|event| matches!(basis.selection.keys.get(&event.key), Some(None)))
    {
        *owners
            .entry((basis.text(event.key), basis.text(event.identity)))
            .or_default() += 1;
    }
    let own = |key| matches!(basis.selection.keys.get(&key), Some(None));
    let issues = basis.lineage.issues.iter();
    let issues: Vec<_> = issues.filter(|issue| own(issue.issued)).collect();
    if owners.is_empty() && issues.is_empty() {
        let identities: BTreeSet<&str> = basis
            .events()
            .filter_map(|event| event.identity.some())
            .map(|identity| basis.text(identity))
            .collect();
        let said = match identities.len() {
            0 => Err("the credential does not occur in these records".to_owned()),
            _ => Ok(format!(
                "the records are from {}",
                listed(identities.into_iter().map(str::to_owned).collect())
            )),
        };
        return (said, Vec::new());
    }
    let owners = owners
        .into_keys()
        .map(|(key, identity)| format!("{key} is used by {identity}"));
    let mut text = match owners.len() {
        0 => "it is not used in these records".to_owned(),
        _ => listed(owners.collect()),
    };
    let mut events = Vec::new();
    for issue in &issues {
        let event = &basis.evidence.events[issue.event as usize];
        append(
            &mut text,
            format_args!(
                "; {} was issued at {} by {}{}",
                basis.text(issue.issued),
                event.time_text(),
                basis.text(event.identity),
                whom(basis, event)
            ),
        );
        events.push(event);
    }
    if issues.is_empty() {
        let starts: BTreeSet<&str> = basis
            .events()
            .filter(|event| own(event.key))
            .filter_map(|event| event.session_start.some())
            .map(|start| basis.text(start))
            .collect();
        if !starts.is_empty() {
            let starts = listed(starts.into_iter().map(str::to_owned).collect());
            append(&mut text, format_args!("; its session began at {starts}"));
        }
        text.push_str("; who issued it, and when, cannot be shown by this evidence, because the issuing call is not among these records");
    }
    (Ok(text), events)
}

/// The role or user for whom a call issued a key, as the part ` for NAME` of a sentence. An empty
/// string if nobody is known.
fn whom(basis: &Basis<'_>, event: &Event) -> String {
    let whom = event.issued().and_then(|(_, whom)| whom.some());
    whom.map_or(String::new(), |whom| format!(" for {}", basis.text(whom)))
}

fn addresses<'e>(basis: &Basis<'e>, report: &Report) -> AnswerAndEvents<'e> {
    let mut by_address: BTreeMap<&str, (usize, &str, usize)> = BTreeMap::new();
    for row in &report.addresses {
        let entry = by_address.entry(&row.source).or_insert((0, &row.first, 0));
        entry.0 += row.records;
        entry.1 = entry.1.min(row.first.as_str());
        entry.2 += 1;
    }
    let rows = by_address
        .into_iter()
        .map(|(address, (records, first, agents))| {
            format!(
                "{address} ({} with {}, first at {first})",
                count(records, "record"),
                count(agents, "program")
            )
        });
    let rows: Vec<String> = rows.collect();
    if rows.is_empty() {
        return nothing(basis, "it does not occur");
    }
    (Ok(listed(rows)), Vec::new())
}

fn neighbours<'e>(basis: &Basis<'e>) -> AnswerAndEvents<'e> {
    if basis.subject.is_everybody() {
        return (Err(EVERYBODY.to_owned()), Vec::new());
    }
    let is_address = |text: &str| text.parse::<std::net::IpAddr>().is_ok();
    let addresses: HashSet<_> = basis.events().map(|event| event.address).collect();
    let own = addresses.into_iter();
    let own: HashSet<_> = own
        .filter(|&address| is_address(basis.text(address)))
        .collect();
    if own.is_empty() {
        let because = "none of the subject's records has an IP address";
        return (Err(because.to_owned()), Vec::new());
    }
    // If the subject is an address, the answer lists all principals that used the address.
    let subject = basis
        .events()
        .filter(|_| basis.subject.addresses.is_empty());
    let principals: HashSet<_> = subject.map(|event| principal(basis, event)).collect();
    let others = basis
        .evidence
        .events
        .iter()
        .filter(|event| own.contains(&event.address))
        .filter(|event| !principals.contains(&principal(basis, event)));
    let names = basis
        .evidence
        .counts(others.clone(), |event| principal(basis, event));
    if others.clone().next().is_none() {
        return nothing(basis, "no other principal used its addresses");
    }
    if names.is_empty() {
        let text = format!(
            "{} without a principal",
            count(others.clone().count(), "call")
        );
        return (Ok(text), others.take(EVENTS).collect());
    }
    let names = names
        .into_iter()
        .map(|(name, count)| format!("{name} ({count})"));
    (Ok(listed(names.collect())), others.take(EVENTS).collect())
}

/// The ARN of the caller; without an ARN, the principal ID; without a principal ID, the type of the
/// identity. Callers from different accounts may have the same type, but not the same principal ID.
fn principal(basis: &Basis<'_>, event: &Event) -> Symbol {
    if basis.text(event.identity).starts_with("arn:") {
        return event.identity;
    }
    event.principal.some().unwrap_or(event.identity)
}

fn containment<'e>(report: &Report) -> AnswerAndEvents<'e> {
    if report.subject.subject.is_everybody() {
        return (Err(EVERYBODY.to_owned()), Vec::new());
    }
    if report.containment.is_empty() {
        return (
            Err("no user key or role of the subject is known".to_owned()),
            Vec::new(),
        );
    }
    (Ok(report.containment.join("\n")), Vec::new())
}

/// The result of [`absence`] as an answer without supporting events.
fn nothing<'e>(basis: &Basis<'e>, none: &str) -> AnswerAndEvents<'e> {
    (absence(basis, none), Vec::new())
}

/// Returns a sentence that begins with `none`, which states that nothing was found. If the records
/// cannot prove this, returns the reason as `Err`.
fn absence(basis: &Basis<'_>, none: &str) -> Result<String, String> {
    if let Some(only) = basis.evidence.completeness.only() {
        return Err(format!(
            "{none} in these records, and the input contains {only}"
        ));
    }
    match basis.evidence.completeness.state {
        State::Incomplete => Err(format!("{none} in these records, and they are incomplete")),
        State::Unknown => Ok(format!(
            "{none} in these records, whose completeness is unknown"
        )),
        State::Complete => Ok(format!("{none} in these records")),
    }
}

/// The result of [`absence`] as a part of an answer. If the result is an error, the text says that
/// the evidence cannot show whether the statement `whether` is true.
fn absence_of(basis: &Basis<'_>, whether: &str, none: &str) -> String {
    absence(basis, none).unwrap_or_else(|because| {
        format!("whether {whether} cannot be shown by this evidence, because {because}")
    })
}

/// Appends text to an answer.
fn append(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more)
        .expect("writing to a string cannot fail");
}
