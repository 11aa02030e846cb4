//! The report for a ticket, as Markdown.

use std::fmt::Write as _;

use crate::format::shown;
use crate::format::text::grade;
use crate::report::Report;

/// Rows of a table.
const ROWS: usize = 200;

/// The report as Markdown.
pub(super) fn written(report: &Report) -> String {
    let mut text = format!(
        "# What {} did\n\n{}\n",
        safe(&report.subject_text()),
        safe(&report.verdict)
    );
    let created = report.created.iter().map(|row| {
        [
            row.event_time.clone(),
            row.kind.clone().unwrap_or_else(|| "unknown".to_owned()),
            row.id.clone().unwrap_or_else(|| row.event_name.clone()),
            row.access_key_id.clone().unwrap_or_default(),
            row.deleted_at
                .clone()
                .unwrap_or_else(|| "not seen".to_owned()),
        ]
    });
    table(
        &mut text,
        "Created",
        ["when", "type", "resource", "by", "deleted"],
        created,
    );
    let edges = report.lineage.edges.iter().map(|edge| {
        let whom = edge.issued_for.clone().unwrap_or_default();
        [
            edge.issuer.clone(),
            edge.issued.clone(),
            whom,
            grade(edge.grade).to_owned(),
            edge.event_id.clone(),
        ]
    });
    table(
        &mut text,
        "Credentials",
        ["from", "key", "for", "grade", "event"],
        edges,
    );
    text.push_str("\n## Questions\n");
    for answer in &report.questions {
        let said = answer.said.clone().unwrap_or_else(|| {
            format!(
                "Cannot be shown by this evidence, because {}",
                answer.because.as_deref().unwrap_or_default()
            )
        });
        let lines: Vec<String> = said.lines().map(safe).collect();
        write!(
            text,
            "\n**{}. {}**\n\n{}\n",
            answer.number,
            answer.question,
            lines.join("  \n")
        )
        .expect("a String takes every write");
    }
    text
}

fn table<const N: usize>(
    text: &mut String,
    title: &str,
    header: [&str; N],
    rows: impl ExactSizeIterator<Item = [String; N]>,
) {
    let omitted = rows.len().saturating_sub(ROWS);
    write!(
        text,
        "\n## {title}\n\n| {} |\n|{}\n",
        header.join(" | "),
        "---|".repeat(N)
    )
    .expect("a String takes every write");
    for row in rows.take(ROWS) {
        let cells = row.map(|cell| safe(&cell));
        writeln!(text, "| {} |", cells.join(" | ")).expect("a String takes every write");
    }
    if omitted > 0 {
        writeln!(text, "\nand {omitted} more").expect("a String takes every write");
    }
}

/// A field as text of Markdown: none of its characters mean anything.
fn safe(field: &str) -> String {
    let mut text = String::new();
    for character in shown(field).chars() {
        match character {
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '&' => text.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '!' | '~' | '@' => {
                text.push('\\');
                text.push(character);
            }
            _ => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_field_is_text() {
        assert_eq!(safe("a|<b>[x](y)`\n"), "a\\|&lt;b&gt;\\[x\\](y)\\`\\\\n");
    }
}
