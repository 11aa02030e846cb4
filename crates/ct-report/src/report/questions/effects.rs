//! Answers the questions about the subject's effects: created resources, changes, data that was
//! read, and failed calls.

use std::collections::BTreeSet;

use super::words::{NAMES, frequent, listed, objects};
use super::{AnswerAndEvents, absence_of, append, calls, nothing};
use crate::evidence::event::Event;
use crate::report::{Basis, Report, count};
use crate::symbols::Symbol;

pub(super) fn created<'e>(basis: &Basis<'e>, report: &Report) -> AnswerAndEvents<'e> {
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
            format_args!("; no deletion seen: {}", listed(remaining)),
        );
    }
    if unnamed > 0 {
        let calls = count(unnamed, "call");
        append(
            &mut text,
            format_args!("; {calls} may have created resources that the records do not name"),
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

pub(super) fn changed<'e>(basis: &Basis<'e>) -> AnswerAndEvents<'e> {
    let changing = basis.events().filter(|event| {
        if is_logging(basis, event) {
            return true;
        }
        let creates = event.creates() || event.issued().is_some();
        let is_sign_in = calls::SIGN_IN.contains(&basis.text(event.name));
        !event.is_read_only && event.succeeded() && !creates && !is_sign_in
    });
    let events: Vec<&Event> = changing.collect();
    if events.is_empty() {
        return nothing(basis, "nothing was changed or deleted");
    }
    let logging = logging(basis);
    let mut text = if names(&events) <= NAMES {
        objects(basis, &events)
    } else {
        frequent(basis, &events, |event| event.name)
    };
    if logging.is_empty() {
        let none = "no call that is known to stop or restrict logging was found";
        let logging = absence_of(basis, "logging was changed", none);
        append(&mut text, format_args!("; {logging}"));
    } else {
        // The calls that changed logging come first, because the summary screen shortens long
        // lines.
        let calls = listed(logging.into_iter().map(str::to_owned).collect());
        text = format!("LOGGING WAS CHANGED: {calls}; {text}");
    }
    (Ok(text), events)
}

/// The number of different event names in `events`.
fn names(events: &[&Event]) -> usize {
    let names: BTreeSet<Symbol> = events.iter().map(|event| event.name).collect();
    names.len()
}

/// The names of the calls that stopped, restricted or deleted logging.
pub(crate) fn logging<'e>(basis: &Basis<'e>) -> BTreeSet<&'e str> {
    let calls = basis.events().filter(|event| is_logging(basis, event));
    calls.map(|event| basis.text(event.name)).collect()
}

/// Whether a call stopped, restricted or deleted logging.
fn is_logging(basis: &Basis<'_>, event: &Event) -> bool {
    let [name, source] = [event.name, event.source].map(|text| basis.text(text));
    if !event.succeeded() || !calls::LOGGING.contains(&name) {
        return false;
    }
    let services = calls::LOGGING_IN.iter().find(|(other, _)| *other == name);
    services.is_none_or(|(_, services)| services.contains(&source))
        && (name != calls::HIDING || may_hide(basis, event))
}

/// Whether a call creates a filter that may hide security findings. Also true if the request of the
/// call was not read, because the filter is then unknown.
fn may_hide(basis: &Basis<'_>, event: &Event) -> bool {
    let mut fields = event.fields().iter();
    let is_unread = event.has_detail() && event.detail().is_none();
    is_unread
        || fields.any(|&(field, value)| {
            basis.text(field) == "action" && calls::HIDING_ACTIONS.contains(&basis.text(value))
        })
}

pub(super) fn by_calls<'e>(basis: &Basis<'e>, names: &[&str], none: &str) -> AnswerAndEvents<'e> {
    let called = basis.events().filter(|event| event.succeeded());
    let called = called.filter(|event| names.contains(&calls::stem(basis.text(event.name))));
    let events: Vec<&Event> = called.collect();
    if events.is_empty() {
        return nothing(basis, none);
    }
    (Ok(objects(basis, &events)), events)
}

pub(super) fn data<'e>(basis: &Basis<'e>) -> AnswerAndEvents<'e> {
    let (said, events) = by_calls(
        basis,
        &calls::DATA,
        "no call that is known to read secrets or data was found",
    );
    let (_, missing) = basis.data_events();
    if missing.is_empty() {
        return (said, events);
    }
    let missing = missing.join(", ");
    let note = format!(
        "; reads of {missing} cannot be shown by this evidence, because it contains no data \
        events for them"
    );
    (said.map(|text| text + &note), events)
}

pub(super) fn refused<'e>(basis: &Basis<'e>) -> AnswerAndEvents<'e> {
    let events: Vec<&Event> = basis.events().filter(|event| !event.succeeded()).collect();
    if events.is_empty() {
        return nothing(basis, "no call was denied or failed");
    }
    let text = format!(
        "{}: {}; {}",
        count(events.len(), "call"),
        frequent(basis, &events, |event| event.name),
        frequent(basis, &events, |event| event.error)
    );
    (Ok(text), events)
}
