//! Writes the report for a terminal: a summary that fits on one screen, then the details.

use foldhash::HashSet;

use crate::format::shown;
use crate::lineage::Grade;
use crate::report::{Created, Report, count};

/// The maximum number of rows of each list on the first screen.
const SCREEN_ROWS: usize = 8;

/// The maximum number of keys with an unknown origin in the details.
const ORPHANS: usize = 1000;

/// The report as text.
pub(super) fn written(report: &Report) -> String {
    let mut text = String::new();
    put(&mut text, &report.verdict);
    screen(report, &mut text);
    details(report, &mut text);
    text
}

fn put(text: &mut String, line: &str) {
    for line in line.lines() {
        text.push_str(line);
        text.push('\n');
    }
}

fn screen(report: &Report, text: &mut String) {
    put(text, "\nCREATED");
    let remaining = report.created.iter().filter(|row| row.deleted_by.is_none());
    let deleted = report.created.iter().filter(|row| row.deleted_by.is_some());
    let rows: Vec<&Created> = remaining.chain(deleted).collect();
    for row in rows.iter().take(SCREEN_ROWS) {
        put(text, &created(row));
    }
    more(text, rows.len(), "nothing in these records");
    put(text, "\nCREDENTIALS");
    let followed = report.lineage.keys.iter().filter(|key| key.followed);
    let followed: HashSet<&str> = followed.map(|key| key.key.as_str()).collect();
    let mut edges = report.own_edges();
    edges.retain(|edge| edge.grade == Grade::Exact || followed.contains(edge.issued.as_str()));
    for edge in edges.iter().take(SCREEN_ROWS) {
        let whom = edge
            .issued_for
            .as_deref()
            .map(|whom| format!(" for {}", shown(whom)))
            .unwrap_or_default();
        let unused = if edge.used {
            ""
        } else {
            ", not used in this input"
        };
        put(
            text,
            &format!(
                "  {} -> {}{whom} ({}{unused})",
                shown(&edge.issuer),
                shown(&edge.issued),
                grade(edge.grade)
            ),
        );
    }
    more(text, edges.len(), "none in these records");
    put(text, "\nADDRESSES");
    for line in addresses(report).iter().take(SCREEN_ROWS / 2) {
        put(text, line);
    }
    put(text, "\nNOTABLE ACTIVITY");
    for answer in report
        .questions
        .iter()
        .filter(|answer| STANDS_OUT.contains(&answer.number))
    {
        if let Some(said) = answer.said.as_deref().filter(|_| !answer.events.is_empty()) {
            put(text, &format!("  {}: {}", answer.subject, shown(said)));
        }
    }
    put(text, "\nLIMITS OF THESE RECORDS");
    for limit in report.limits.iter().take(SCREEN_ROWS) {
        put(text, &format!("  {}", shown(limit)));
    }
    more(text, report.limits.len(), "nothing is known to be missing");
}

/// The numbers of the questions on the first screen: changes, persistence, escalation, data, roles,
/// failures.
const STANDS_OUT: [usize; 6] = [4, 5, 6, 7, 8, 9];

/// One line for each address: its number of records and its number of user agents. The earliest
/// address is first.
fn addresses(report: &Report) -> Vec<String> {
    let mut lines: Vec<(&str, usize, usize, &str)> = Vec::new();
    for row in &report.addresses {
        match lines
            .iter_mut()
            .find(|(address, ..)| *address == row.source)
        {
            Some(line) => (line.1, line.2) = (line.1 + row.records, line.2 + 1),
            None => lines.push((&row.source, row.records, 1, &row.first)),
        }
    }
    let lines = lines
        .into_iter()
        .map(|(address, records, programs, first)| {
            format!(
                "  {first}  {}  {}, {}",
                shown(address),
                count(records, "record"),
                count(programs, "program")
            )
        });
    lines.collect()
}

fn more(text: &mut String, rows: usize, none: &str) {
    if rows == 0 {
        put(text, &format!("  {none}"));
    } else if rows > SCREEN_ROWS {
        put(text, &format!("  and {} more below", rows - SCREEN_ROWS));
    }
}

fn created(row: &Created) -> String {
    let kind = row.kind.as_deref().unwrap_or("unknown");
    let id = row
        .id
        .as_deref()
        .map_or_else(|| format!("unknown, by {}", shown(&row.event_name)), shown);
    let within = row
        .within
        .as_deref()
        .map(|within| format!(" of {}", shown(within)))
        .unwrap_or_default();
    let shared = if row.shared_by.is_empty() {
        ""
    } else {
        "SHARED, "
    };
    let fate = match &row.deleted_at {
        Some(at) => format!("deleted {at}"),
        None if row.undecided_deletions.is_empty() => format!("{shared}no deletion seen"),
        None => format!("{shared}deletion in the same second"),
    };
    format!(
        "  {}  {}  {id}{within}  {}  {fate}",
        row.event_time,
        shown(kind),
        shown(&row.region)
    )
}

/// The words for a grade (the confidence in the origin of a key) in the report.
pub(super) fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Exact => "exact",
        Grade::SameRequest => "same request",
        Grade::Instance => "instance",
        Grade::Session => "session",
        Grade::Inferred => "inferred",
        Grade::Weak => "weak",
        Grade::Orphan => "orphan",
    }
}

fn details(report: &Report, text: &mut String) {
    put(text, "\n\nQUESTIONS");
    for answer in &report.questions {
        put(text, &format!("{:2}. {}", answer.number, answer.question));
        let said = match (&answer.said, &answer.because) {
            (Some(said), _) => said.clone(),
            (None, because) => format!(
                "cannot be shown by this evidence, because {}",
                because.as_deref().unwrap_or_default()
            ),
        };
        for line in said.lines() {
            put(text, &format!("    {}", ct_core::terminal::escape(line)));
        }
    }
    put(text, "\nALL CREATED RESOURCES");
    for row in &report.created {
        let key = row.access_key_id.as_deref().unwrap_or("no key");
        put(
            text,
            &format!(
                "{}  by {} in {}, event {}",
                created(row),
                shown(key),
                shown(&row.account),
                shown(&row.event_id)
            ),
        );
    }
    put(text, "\nKEYS");
    for key in &report.keys {
        let first = key.first.as_deref().unwrap_or("never");
        let last = key.last.as_deref().unwrap_or("never");
        put(
            text,
            &format!(
                "  {}  {} records  {first} to {last}  {} failed",
                shown(&key.key),
                key.records,
                key.failures
            ),
        );
    }
    put(text, "\nADDRESSES AND PROGRAMS");
    for row in &report.addresses {
        put(
            text,
            &format!(
                "  {}  {}  {} records  {}",
                row.first,
                shown(&row.source),
                row.records,
                shown(&row.agent)
            ),
        );
    }
    orphans(report, text);
    put(text, "\nTIMELINE");
    for row in &report.timeline {
        let error = row
            .error_code
            .as_deref()
            .map(|error| format!("  {}", shown(error)))
            .unwrap_or_default();
        put(
            text,
            &format!(
                "  {}  {}  {}  {}  {}{error}",
                row.event_time,
                shown(&row.event_name),
                shown(&row.region),
                shown(&row.access_key_id),
                shown(&row.address)
            ),
        );
    }
    if report.timeline_omitted > 0 {
        put(
            text,
            &format!(
                "  and {} later calls: see --format csv",
                report.timeline_omitted
            ),
        );
    }
}

fn orphans(report: &Report, text: &mut String) {
    put(text, "\nKEYS OF UNKNOWN ORIGIN");
    let orphans: Vec<_> = report
        .lineage
        .keys
        .iter()
        .filter(|key| key.grade == Grade::Orphan)
        .collect();
    for key in orphans.iter().take(ORPHANS) {
        put(text, &format!("  {}", shown(&key.key)));
    }
    if orphans.len() > ORPHANS {
        let more = orphans.len() - ORPHANS;
        put(text, &format!("  and {more} more: see --format json"));
    }
    if orphans.is_empty() {
        put(text, "  none");
    }
}
