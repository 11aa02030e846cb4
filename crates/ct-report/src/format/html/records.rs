//! Writes the records in the page: each record is collapsed, and shortened if it is long.

use ct_core::exit::Failure;
use ct_core::terminal;

use super::{escaped, heading, put as put_line, text};
use crate::evidence::event::Event;
use crate::evidence::lossy;
use crate::format::FormatInput;

/// The maximum size of one record in the page, and of all records in the page together, in bytes.
const RECORD_BYTES: usize = 32 << 10;
const ALL_BYTES: usize = 3 << 20;

/// Writes the records of the timeline. A record that does not fit into the rest of [`ALL_BYTES`] is
/// omitted and counted.
pub(super) fn append(html: &mut String, input: &mut FormatInput<'_>) -> Result<(), Failure> {
    heading(html, "records", "Records of the timeline");
    let evidence = input.basis.evidence;
    let rows = input.report.timeline.iter();
    let events: Vec<&Event> = rows.map(|row| &evidence.events[row.event]).collect();
    let wanted = evidence.wanted(events.iter().copied());
    let start = html.len();
    let mut omitted = 0;
    input.spool.visit(&wanted, &mut |number, record| {
        let room = ALL_BYTES.saturating_sub(html.len() - start);
        let pretty = pretty(record);
        if pretty.len() > room {
            omitted += 1;
            return Ok(());
        }
        put_line(html, &format!("<details><summary><code>{}</code></summary><pre tabindex=\"0\">{pretty}</pre></details>", text(&evidence.id(events[number]))));
        Ok(())
    })?;
    if omitted > 0 {
        put_line(
            html,
            &format!(
                "<p>{omitted} more records do not fit on this page: to show one, run ct-report \
                event ID.</p>"
            ),
        );
    }
    Ok(())
}

fn pretty(record: &str) -> String {
    let pretty = lossy::value(record).and_then(|value| serde_json::to_string_pretty(&value));
    let pretty = pretty.unwrap_or_else(|_| record.to_owned());
    let mut end = pretty.len().min(RECORD_BYTES);
    while !pretty.is_char_boundary(end) {
        end -= 1;
    }
    let lines = pretty[..end]
        .lines()
        .map(|line| escaped(&terminal::escape(line)));
    let mut text = lines.collect::<Vec<_>>().join("\n");
    if end < pretty.len() {
        text = format!(
            "{text}
… ({} bytes)",
            pretty.len()
        );
    }
    text
}
