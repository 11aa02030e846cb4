//! The report for a ticket, as Markdown.

use std::fmt::Write as _;

use ct_core::terminal;

use crate::format::shown;
use crate::format::text::grade;
use crate::report::Report;

/// The maximum number of rows of a Markdown table.
const ROWS: usize = 200;

/// The report as Markdown.
pub(super) fn written(report: &Report) -> String {
    let mut text = format!(
        "# What {} did\n\n{}\n",
        cell(&report.subject_text()),
        safe(&report.verdict)
    );
    let created = report.created.iter().map(|row| {
        [
            row.event_time.clone(),
            row.kind.clone().unwrap_or_else(|| "unknown".to_owned()),
            row.id.clone().unwrap_or_else(|| row.event_name.clone()),
            row.access_key_id.clone().unwrap_or_default(),
            match &row.deleted_at {
                Some(at) => at.clone(),
                None if row.undecided_deletions.is_empty() => "not seen".to_owned(),
                None => "in the same second".to_owned(),
            },
        ]
    });
    table(
        &mut text,
        "Created",
        ["when", "type", "resource", "by", "deleted"],
        created,
    );
    let edges = report.own_edges().into_iter().map(|edge| {
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
        let said = match &answer.said {
            Some(commands) if answer.subject == "containment" => code(commands),
            _ => said.lines().map(safe).collect::<Vec<_>>().join("  \n"),
        };
        write!(
            text,
            "\n**{}. {}**\n\n{said}\n",
            answer.number, answer.question,
        )
        .expect("writing to a string cannot fail");
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
    .expect("writing to a string cannot fail");
    for row in rows.take(ROWS) {
        let cells = row.map(|field| cell(&field));
        writeln!(text, "| {} |", cells.join(" | ")).expect("writing to a string cannot fail");
    }
    if omitted > 0 {
        writeln!(text, "\nand {omitted} more").expect("writing to a string cannot fail");
    }
}

/// Formats commands as a code block, with a fence that no command can close.
fn code(commands: &str) -> String {
    let runs = commands.split(|character| character != '`');
    let longest = runs.map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let lines: Vec<_> = commands.lines().map(terminal::escape).collect();
    format!("{fence}\n{}\n{fence}", lines.join("\n"))
}

/// Formats a field for a table cell, and shortens a long field.
fn cell(field: &str) -> String {
    escaped(&shown(field))
}

/// Escapes a line of the report, which may contain fields of records.
fn safe(line: &str) -> String {
    escaped(&terminal::escape(line))
}

/// Escapes all characters that have a special meaning in Markdown, and prevents links.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '!' | '~' | '@' => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
    }
    escaped
        .replace("://", "&#58;//")
        .replace("www.", "&#119;ww.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_verbatim_and_cannot_close_their_block() {
        assert_eq!(code("aws a_b '*'"), "```\naws a_b '*'\n```");
        assert_eq!(code("'````'\nb"), "`````\n'````'\nb\n`````");
    }

    #[test]
    fn an_address_in_a_field_does_not_become_a_link() {
        assert_eq!(safe("https://a www.b"), "https&#58;//a &#119;ww.b");
    }

    #[test]
    fn markup_in_a_field_is_escaped() {
        assert_eq!(safe("a|<b>[x](y)`\n"), "a\\|&lt;b&gt;\\[x\\](y)\\`\\\\n");
    }
}
