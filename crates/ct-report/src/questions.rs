//! Answers what a responder asks after a key leak, or says why these records cannot.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;

use crate::evidence::event::Event;
use crate::intake::completeness::State;
use crate::report::{Basis, Report, count};

mod calls;
mod limits;
mod words;

pub(crate) use limits::limits;
use words::{frequent, listed, objects};

/// The answer to one question.
#[derive(Serialize)]
pub(crate) struct Answer {
    /// From 1.
    pub(crate) number: usize,
    /// The question.
    pub(crate) question: &'static str,
    /// What it is about, in a word or two.
    #[serde(skip)]
    pub(crate) subject: &'static str,
    /// The answer; null where the evidence has none.
    #[serde(rename = "answer")]
    pub(crate) said: Option<String>,
    /// Why it cannot be shown by this evidence; null where there is an answer.
    pub(crate) because: Option<String>,
    /// The events it is taken from, the first hundred in order of time.
    pub(crate) events: Vec<String>,
}

/// Most events that an answer lists.
const EVENTS: usize = 100;
/// What an answer says, or why there is none, and the events.
type Said<'e> = (Result<String, String>, Vec<&'e Event>);

/// The twelve answers.
pub(crate) fn answers(basis: &Basis<'_>, report: &Report) -> Vec<Answer> {
    let escalation = by_calls(basis, &calls::ESCALATION, "no call that would");
    let persistence = by_calls(basis, &calls::PERSISTENCE, "no call that would");
    let limits = (Ok(report.limits.join(" ")), Vec::new());
    let said: [(&str, &str, Said<'_>); 12] = [
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
            "What did it create, and does that still exist?",
            created(basis, report),
        ),
        (
            "changed",
            "What did it change or delete, logging included?",
            changed(basis),
        ),
        (
            "persistence",
            "What would let it come back (persistence)?",
            persistence,
        ),
        (
            "escalation",
            "Did it raise its rights (escalation)?",
            escalation,
        ),
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
        ("refused", "What was it refused?", refused(basis)),
        (
            "neighbours",
            "Who else came from the same addresses?",
            neighbours(basis),
        ),
        ("limits", "What can this evidence not show?", limits),
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
        because: said.as_ref().err().cloned(),
        said: said.ok(),
    });
    answers.collect()
}

fn whose<'e>(basis: &Basis<'e>) -> Said<'e> {
    if basis.subject.is_everybody() {
        return (
            Err("the report is about all credentials: name one with --key".to_owned()),
            Vec::new(),
        );
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
    if owners.is_empty() {
        let identities: BTreeSet<&str> = basis
            .events()
            .filter_map(|event| event.identity.some())
            .map(|identity| basis.text(identity))
            .collect();
        let said = match identities.len() {
            0 => Err("the credential does not occur in these records".to_owned()),
            _ => Ok(format!(
                "the records are of {}",
                listed(identities.into_iter().map(str::to_owned).collect())
            )),
        };
        return (said, Vec::new());
    }
    let owners = owners
        .into_keys()
        .map(|(key, identity)| format!("{key} is used by {identity}"));
    let mut text = listed(owners.collect());
    let own = |key| matches!(basis.selection.keys.get(&key), Some(None));
    let issues: Vec<_> = basis
        .lineage
        .issues
        .iter()
        .filter(|issue| own(issue.issued))
        .collect();
    let mut events = Vec::new();
    for issue in &issues {
        let event = &basis.evidence.events[issue.event];
        append(
            &mut text,
            format_args!(
                "; issued to {} at {} by {}",
                basis.text(issue.issued),
                event.time_text(),
                basis.text(event.identity)
            ),
        );
        events.push(event);
    }
    if issues.is_empty() {
        text.push_str("; who issued it, and when, cannot be shown by this evidence, because the issuing call is not among these records");
    }
    (Ok(text), events)
}

fn addresses<'e>(basis: &Basis<'e>, report: &Report) -> Said<'e> {
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

fn created<'e>(basis: &Basis<'e>, report: &Report) -> Said<'e> {
    if report.created.is_empty() {
        return nothing(basis, "nothing was created");
    }
    let known = || {
        report
            .created
            .iter()
            .filter_map(|row| Some((row, row.id.as_deref()?)))
    };
    let remaining = known().filter(|(row, _)| row.deleted_by.is_none());
    let remaining: Vec<String> = remaining
        .map(|(row, id)| format!("{} {id}", row.kind.as_deref().unwrap_or(&row.event_name)))
        .collect();
    let (all, unnamed) = (known().count(), report.created.len() - known().count());
    let mut text = format!(
        "{} created, {} deleted since",
        count(all, "resource"),
        all - remaining.len()
    );
    if !remaining.is_empty() {
        append(
            &mut text,
            format_args!("; not seen deleted: {}", listed(remaining)),
        );
    }
    if unnamed > 0 {
        let calls = count(unnamed, "call");
        append(
            &mut text,
            format_args!("; {calls} may have created something that the record does not name"),
        );
    }
    (
        Ok(text),
        report
            .created
            .iter()
            .map(|row| &basis.evidence.events[row.event])
            .collect(),
    )
}

fn changed<'e>(basis: &Basis<'e>) -> Said<'e> {
    let changing = basis.events().filter(|event| {
        let creates = event
            .detail
            .as_ref()
            .is_some_and(|detail| detail.creates || !detail.issued.is_none());
        !event.is_read_only && event.succeeded() && !creates
    });
    let events: Vec<&Event> = changing.collect();
    if events.is_empty() {
        return nothing(basis, "nothing was changed or deleted");
    }
    let logging = logging(basis);
    let mut text = frequent(basis, &events);
    if logging.is_empty() {
        text.push_str("; logging was not touched");
    } else {
        append(
            &mut text,
            format_args!(
                "; LOGGING WAS TOUCHED: {}",
                listed(logging.into_iter().map(str::to_owned).collect())
            ),
        );
    }
    (Ok(text), events)
}

/// The calls that stopped, narrowed or removed records of what happens.
pub(crate) fn logging<'e>(basis: &Basis<'e>) -> BTreeSet<&'e str> {
    let calls = basis.events().filter(|event| event.succeeded());
    let names = calls.map(|event| basis.text(event.name));
    names.filter(|name| calls::LOGGING.contains(name)).collect()
}

fn by_calls<'e>(basis: &Basis<'e>, names: &[&str], none: &str) -> Said<'e> {
    let called = basis.events().filter(|event| event.succeeded());
    let called = called.filter(|event| names.contains(&calls::stem(basis.text(event.name))));
    let events: Vec<&Event> = called.collect();
    if events.is_empty() {
        return nothing(basis, none);
    }
    (Ok(objects(basis, &events)), events)
}

fn data<'e>(basis: &Basis<'e>) -> Said<'e> {
    let (said, events) = by_calls(basis, &calls::DATA, "no call that reads secrets or data");
    let has_data_events = basis
        .evidence
        .events
        .iter()
        .any(|event| calls::DATA_EVENTS.contains(&basis.text(event.name)));
    let note = "; what was read of objects and items cannot be shown by this evidence, because it has no data events";
    let said = said.map(|text| if has_data_events { text } else { text + note });
    (said, events)
}

fn reached<'e>(basis: &Basis<'e>) -> Said<'e> {
    let assumed = basis.events().filter_map(|event| {
        let detail = event
            .detail
            .as_ref()
            .filter(|detail| !detail.issued.is_none())?;
        Some((event, detail.issued_for.some()?))
    });
    let assumed: Vec<_> = assumed.collect();
    let roles: BTreeSet<&str> = assumed.iter().map(|(_, role)| basis.text(*role)).collect();
    let accounts: BTreeSet<&str> = basis
        .events()
        .map(|event| basis.text(event.account))
        .filter(|account| !account.is_empty())
        .collect();
    if accounts.is_empty() {
        return nothing(basis, "it does not occur");
    }
    let accounts = listed(accounts.into_iter().map(str::to_owned).collect());
    let roles = if roles.is_empty() {
        "no role was assumed".to_owned()
    } else {
        format!(
            "issued for {}",
            listed(roles.into_iter().map(str::to_owned).collect())
        )
    };
    (
        Ok(format!("{roles}; accounts: {accounts}")),
        assumed.into_iter().map(|(event, _)| event).collect(),
    )
}

fn refused<'e>(basis: &Basis<'e>) -> Said<'e> {
    let events: Vec<&Event> = basis.events().filter(|event| !event.succeeded()).collect();
    if events.is_empty() {
        return nothing(basis, "no call was refused or failed");
    }
    let errors = basis
        .evidence
        .counts(events.iter().copied(), |event| event.error);
    let errors = errors
        .into_iter()
        .map(|(error, count)| format!("{error} ({count})"));
    let text = format!(
        "{}: {}; {}",
        count(events.len(), "call"),
        frequent(basis, &events),
        listed(errors.collect())
    );
    (Ok(text), events)
}

fn neighbours<'e>(basis: &Basis<'e>) -> Said<'e> {
    if basis.subject.is_everybody() {
        return (
            Err("the report is about all credentials: name one with --key".to_owned()),
            Vec::new(),
        );
    }
    let is_address = |text: &str| text.parse::<std::net::IpAddr>().is_ok();
    let own: BTreeSet<_> = basis
        .events()
        .map(|event| event.address)
        .filter(|&address| is_address(basis.text(address)))
        .collect();
    let principals: BTreeSet<_> = basis.events().map(|event| event.identity).collect();
    let others = basis
        .evidence
        .events
        .iter()
        .filter(|event| own.contains(&event.address) && !principals.contains(&event.identity));
    let others: Vec<&Event> = others.collect();
    if others.is_empty() {
        return nothing(basis, "no other principal came from its addresses");
    }
    let names = basis
        .evidence
        .counts(others.iter().copied(), |event| event.identity);
    (
        Ok(listed(
            names
                .into_iter()
                .map(|(name, count)| format!("{name} ({count})"))
                .collect(),
        )),
        others,
    )
}

fn containment<'e>(report: &Report) -> Said<'e> {
    if report.containment.is_empty() {
        return (
            Err("no user key and no role of the subject is known".to_owned()),
            Vec::new(),
        );
    }
    (Ok(report.containment.join("\n")), Vec::new())
}

/// The answer that nothing was found: an answer only where the input is complete.
fn nothing<'e>(basis: &Basis<'e>, none: &str) -> Said<'e> {
    match basis.evidence.completeness.state {
        State::Incomplete => (
            Err(format!("{none} in these records, and they are incomplete")),
            Vec::new(),
        ),
        State::Unknown => (
            Ok(format!(
                "{none} in these records, whose completeness is unknown"
            )),
            Vec::new(),
        ),
        State::Complete => (Ok(format!("{none} in these records")), Vec::new()),
    }
}

/// Adds to an answer.
fn append(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more).expect("a String takes every write");
}
