//! Writes the summary of the report in a few sentences.

use std::collections::BTreeSet;

use super::{Basis, Report, count};
use crate::completeness::State;
use crate::evidence::event::{Event, time_text};
use crate::report::questions;
use crate::symbols::Symbol;

/// The summary of the report. The first sentence says whether the input is complete.
pub(super) fn verdict(basis: &Basis<'_>, report: &Report) -> String {
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
        State::Unknown => sentences.push(
            "It is not known whether the input is complete (completeness \
                unknown)."
                .to_owned(),
        ),
        State::Complete => {
            let place = place(&report.completeness.targets);
            sentences.push(match &report.completeness.settled {
                None => format!("The input is complete for its window{place}."),
                Some(settled) => format!("The input is complete{place} up to {settled}; events after that may be missing, since they take up to 15 minutes to arrive."),
            });
        }
    }
    let only = report.completeness.only();
    if let Some(only) = &only {
        sentences.push(format!(
            "It contains {only}, so other calls cannot be shown by this evidence."
        ));
    }
    let subject = report.subject_text();
    if report.subject.records == 0 {
        sentences.push(unused(basis, report));
        return sentences.join(" ");
    }
    let failures = basis.events().filter(|event| !event.succeeded()).count();
    let known = report.created.iter().filter(|row| row.id.is_some());
    let remaining = known.clone().filter(|row| row.deleted_by.is_none());
    let known = known.count();
    let unknown = report.created.len() - known;
    let shared = report
        .created
        .iter()
        .filter(|row| !row.shared_by.is_empty())
        .count();
    let times = || basis.events().map(Event::time);
    let first = times().min().map(time_text).unwrap_or_default();
    let last = times().max().map(time_text).unwrap_or_default();
    let owner = owner(basis)
        .map(|owner| format!(" of {owner}"))
        .unwrap_or_default();
    sentences.push(format!(
        "{subject}{owner}: {} from {first} to {last}, {failures} of them denied or failed.",
        count(report.subject.records, "record"),
    ));
    let created = count(known, "resource");
    let shared = if shared == 0 {
        String::new()
    } else {
        format!(", {shared} of them shared with others")
    };
    let unknown = match unknown {
        0 => String::new(),
        _ => count(unknown, "call") + " may have created resources that the records do not name",
    };
    let were = if known == 1 { "was" } else { "were" };
    sentences.push(match (known, unknown.is_empty()) {
        (0, true) => "These records show no creation of a resource.".to_owned(),
        (0, false) => format!("{unknown}."),
        (_, is_all) => {
            let unknown = if is_all {
                unknown
            } else {
                format!("; {unknown}")
            };
            format!(
                "{created} {were} created{shared}; no deletion was seen for {}{unknown}.",
                remaining.count()
            )
        }
    });
    let logging: Vec<&str> = questions::logging(basis).into_iter().collect();
    if !logging.is_empty() {
        sentences.push(format!("Logging was changed: {}.", logging.join(", ")));
    }
    let followed = basis.selection.keys.values().flatten().count();
    if followed > 0 && !report.subject.subject.is_everybody() {
        sentences.push(format!(
            "The report also covers {} that the subject obtained.",
            count(followed, "key")
        ));
    }
    sentences.join(" ")
}

/// A sentence which states that the input contains no records of the subject.
fn unused(basis: &Basis<'_>, report: &Report) -> String {
    let records = count(report.subject.input_records, "record");
    let mut issues = basis.lineage.issues.iter();
    let issue = issues.find(|issue| basis.selection.keys.contains_key(&issue.issued));
    let Some(issue) = issue else {
        let subject = report.subject_text();
        return format!("{subject} does not occur in the {records} of the input.");
    };
    let event = &basis.evidence.events[issue.event as usize];
    format!(
        "{} was issued at {} by {}, but is not used in the {records} of the input.",
        basis.text(issue.issued),
        event.time_text(),
        basis.text(event.identity)
    )
}

/// The regions in the seals, as the part ` in REGIONS` of a sentence. An empty string for an
/// archive, whose seal (the last line of ct-fetch's output) names no regions.
fn place(targets: &[String]) -> String {
    match targets {
        [] => String::new(),
        few if few.len() <= REGIONS => format!(" in {}", few.join(", ")),
        many => format!(" in {}", count(many.len(), "region")),
    }
}

/// The maximum number of regions that the verdict lists.
const REGIONS: usize = 3;

/// The identity that used the subject's own keys, or `None` if no identity or several identities
/// used them.
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
