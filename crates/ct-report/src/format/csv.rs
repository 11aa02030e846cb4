//! The report as comma-separated values (RFC 4180), with formulas and control characters escaped.

use ct_core::exit::Failure;
use ct_core::output::Output;
use ct_core::terminal;

use crate::format::text::grade;
use crate::format::{FormatInput, Table};

/// Writes a table with its header.
pub(super) fn write(
    table: Table,
    input: &FormatInput<'_>,
    out: &mut Output,
) -> Result<(), Failure> {
    match table {
        Table::Events => events(input, out),
        Table::Created => created(input, out),
        Table::Lineage => lineage(input, out),
        Table::Addresses => addresses(input, out),
    }
}

fn row(out: &mut Output, cells: &[&str]) -> Result<(), Failure> {
    let cells: Vec<String> = cells.iter().map(|cell| written(cell)).collect();
    out.bytes(cells.join(",").as_bytes())?;
    out.bytes(b"\r\n")
}

/// Escapes the control characters in a cell, and adds an apostrophe before a value that a
/// spreadsheet would treat as a formula.
fn written(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let cell = terminal::escape(cell);
    let cell = if is_formula {
        format!("'{cell}")
    } else {
        cell.into_owned()
    };
    if cell.contains([',', '"']) {
        return format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell
}

fn events(input: &FormatInput<'_>, out: &mut Output) -> Result<(), Failure> {
    row(
        out,
        &[
            "eventTime",
            "eventID",
            "eventName",
            "eventSource",
            "awsRegion",
            "account",
            "accessKeyId",
            "identity",
            "sourceIPAddress",
            "userAgent",
            "errorCode",
            "readOnly",
            "invokedBy",
        ],
    )?;
    for event in input.basis.events() {
        let text = |symbol| input.basis.text(symbol);
        row(
            out,
            &[
                &event.time_text(),
                &input.basis.evidence.id(event),
                text(event.name),
                text(event.source),
                text(event.region),
                text(event.account),
                text(event.key),
                text(event.identity),
                text(event.address),
                text(event.agent),
                text(event.error),
                if event.is_read_only { "true" } else { "false" },
                text(event.invoked_by),
            ],
        )?;
    }
    Ok(())
}

fn created(input: &FormatInput<'_>, out: &mut Output) -> Result<(), Failure> {
    row(
        out,
        &[
            "eventTime",
            "type",
            "id",
            "within",
            "tier",
            "account",
            "region",
            "accessKeyId",
            "eventName",
            "eventID",
            "deletedAt",
            "deletedBy",
            "sharedBy",
            "changedBy",
            "undecidedDeletions",
        ],
    )?;
    for created in &input.report.created {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let tier = created.tier.map_or("unknown".to_owned(), |tier| {
            format!("{tier:?}").to_lowercase()
        });
        row(
            out,
            &[
                &created.event_time,
                &text(&created.kind),
                &text(&created.id),
                &text(&created.within),
                &tier,
                &created.account,
                &created.region,
                &text(&created.access_key_id),
                &created.event_name,
                &created.event_id,
                &text(&created.deleted_at),
                &text(&created.deleted_by),
                &created.shared_by.join(" "),
                &created.changed_by.join(" "),
                &created.undecided_deletions.join(" "),
            ],
        )?;
    }
    Ok(())
}

fn lineage(input: &FormatInput<'_>, out: &mut Output) -> Result<(), Failure> {
    row(
        out,
        &["issuer", "issued", "grade", "issuedFor", "used", "eventID"],
    )?;
    for edge in &input.report.lineage.edges {
        let used = if edge.used { "true" } else { "false" };
        let whom = edge.issued_for.as_deref().unwrap_or_default();
        row(
            out,
            &[
                &edge.issuer,
                &edge.issued,
                grade(edge.grade),
                whom,
                used,
                &edge.event_id,
            ],
        )?;
    }
    Ok(())
}

fn addresses(input: &FormatInput<'_>, out: &mut Output) -> Result<(), Failure> {
    row(
        out,
        &["sourceIPAddress", "userAgent", "records", "first", "last"],
    )?;
    for address in &input.report.addresses {
        let records = address.records.to_string();
        row(
            out,
            &[
                &address.source,
                &address.agent,
                &records,
                &address.first,
                &address.last,
            ],
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_a_spreadsheet_would_evaluate_is_escaped() {
        assert_eq!(written("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(written("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(written("a,b"), "\"a,b\"");
        assert_eq!(written("plain"), "plain");
    }

    #[test]
    fn control_characters_and_line_ends_are_escaped() {
        assert_eq!(written("a\0b\u{1b}[2J"), "a\\u{0}b\\u{1b}[2J");
        assert_eq!(written("a\r\nb"), "a\\r\\nb");
        assert_eq!(written("\t=1"), "'\\t=1");
    }
}
