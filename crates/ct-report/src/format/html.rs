//! The report as one HTML file: no network access, readable without scripts, every field escaped.

use std::fmt::Write as _;

use base64::Engine as _;
use ct_core::exit::Failure;
use sha2::{Digest as _, Sha256};

use crate::completeness::State;
use crate::format::text::grade;
use crate::format::{FormatInput, shown};
use crate::report::{Created, Report, count};

mod records;
mod timeline;
mod tree;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// The maximum number of rows of a table in the page.
const ROWS: usize = 1000;

/// Returns the whole page.
///
/// # Errors
/// If the records cannot be read again.
pub(super) fn written(input: &mut FormatInput<'_>) -> Result<String, Failure> {
    let report = input.report;
    let mut html = String::new();
    head(&mut html, report);
    html.push_str("<main>\n");
    created(&mut html, report);
    lineage(&mut html, report);
    timeline::append(&mut html, report);
    refusals(&mut html, report);
    keys(&mut html, report);
    questions(&mut html, report);
    limits(&mut html, report);
    records::append(&mut html, input)?;
    html.push_str("</main>\n<footer><p class=\"dim\">Times are UTC. Made by ct-report from CloudTrail records.</p></footer>\n");
    write!(html, "<script>{SCRIPT}</script>\n</body>\n</html>\n")
        .expect("writing to a string cannot fail");
    Ok(html)
}

/// A field escaped for HTML.
fn text(field: &str) -> String {
    escaped(&shown(field))
}

/// A time as HTML that a browser does not wrap.
fn when(time: &str) -> String {
    format!("<time>{}</time>", text(time))
}

/// Escapes text for HTML. The text must already be safe for a terminal.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(character),
        }
    }
    html
}

fn put(html: &mut String, line: &str) {
    html.push_str(line);
    html.push('\n');
}

/// The source expression for a Content-Security-Policy that allows only this inline script or
/// style, by its hash.
fn source(inline: &str) -> String {
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(inline.as_bytes()));
    format!("'sha256-{hash}'")
}

fn head(html: &mut String, report: &Report) {
    let title = format!("What {} did", text(&report.subject_text()));
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        source(STYLE),
        source(SCRIPT)
    );
    put(
        html,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">",
    );
    put(
        html,
        &format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">"),
    );
    put(
        html,
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
    );
    put(
        html,
        &format!(
            "<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>"
        ),
    );
    let class = if report.completeness.state == State::Incomplete {
        "verdict incomplete"
    } else {
        "verdict"
    };
    let verdict = escaped(&ct_core::terminal::escape(&report.verdict));
    put(html, &format!("<p class=\"{class}\">{verdict}</p>"));
    put(
        html,
        "<nav aria-label=\"Sections\"><a href=\"#created\">Created</a><a href=\"#lineage\">Credentials</a><a href=\"#timeline\">Timeline</a><a href=\"#refusals\">Refusals</a><a href=\"#keys\">Keys</a><a href=\"#questions\">Questions</a><a href=\"#limits\">Limits</a><a href=\"#records\">Records</a></nav>",
    );
    put(
        html,
        "<div class=\"search\" hidden><label for=\"search\">Search (/)</label><input id=\"search\" type=\"search\"><span id=\"count\" role=\"status\" class=\"dim\"></span></div>\n</header>",
    );
}

fn table<const N: usize>(
    html: &mut String,
    name: &str,
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) {
    let rows: Vec<[String; N]> = rows.collect();
    if rows.is_empty() {
        put(html, "<p>None in these records.</p>");
        return;
    }
    put(
        html,
        &format!(
            "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{name}\"><table><thead><tr>"
        ),
    );
    for cell in header {
        put(html, &format!("<th scope=\"col\">{cell}</th>"));
    }
    put(html, "</tr></thead><tbody>");
    for row in rows.iter().take(ROWS) {
        put(
            html,
            &format!("<tr><td>{}</td></tr>", row.join("</td><td>")),
        );
    }
    put(html, "</tbody></table></div>");
    if rows.len() > ROWS {
        put(
            html,
            &format!("<p>And {} more: see --format csv.</p>", rows.len() - ROWS),
        );
    }
}

fn heading(html: &mut String, id: &str, title: &str) {
    put(html, &format!("<h2 id=\"{id}\">{title}</h2>"));
}

fn created(html: &mut String, report: &Report) {
    heading(html, "created", "Created resources");
    let rows = report.created.iter().map(|row| {
        [
            when(&row.event_time),
            text(row.kind.as_deref().unwrap_or("unknown")),
            resource(row),
            fate(row),
            text(row.access_key_id.as_deref().unwrap_or("no key")),
            text(&format!("{} {}", row.account, row.region)),
            row.tier.map_or_else(
                || "unknown".to_owned(),
                |tier| format!("{tier:?}").to_lowercase(),
            ),
        ]
    });
    table(
        html,
        "Created resources",
        [
            "when",
            "type",
            "resource",
            "since",
            "by",
            "account, region",
            "found by",
        ],
        rows,
    );
}

fn resource(row: &Created) -> String {
    let id = row
        .id
        .as_deref()
        .map_or_else(|| format!("unknown, by {}", row.event_name), str::to_owned);
    let within = row
        .within
        .as_deref()
        .map(|within| format!(" of {within}"))
        .unwrap_or_default();
    format!("<code>{}</code>", text(&(id + &within)))
}

fn fate(row: &Created) -> String {
    let shared = if row.shared_by.is_empty() {
        ""
    } else {
        "shared; "
    };
    let changed = if row.changed_by.is_empty() {
        String::new()
    } else {
        format!("changed {}; ", count(row.changed_by.len(), "time"))
    };
    match &row.deleted_at {
        Some(at) => format!(
            "<span class=\"gone\">{shared}{changed}deleted {}</span>",
            when(at)
        ),
        None if row.undecided_deletions.is_empty() => {
            format!("<span class=\"still\">{shared}{changed}no deletion seen</span>")
        }
        None => {
            format!("<span class=\"still\">{shared}{changed}deletion in the same second</span>")
        }
    }
}

fn lineage(html: &mut String, report: &Report) {
    heading(html, "lineage", "Credentials and where they come from");
    tree::append(html, report);
    let edges = report.own_edges();
    let others = report.lineage.edges.len() - edges.len() + report.lineage.edges_omitted;
    let rows = edges.into_iter().map(|edge| {
        let used = if edge.used {
            "yes"
        } else {
            "not in this input"
        };
        [
            format!("<code>{}</code>", text(&edge.issuer)),
            format!("<code>{}</code>", text(&edge.issued)),
            text(edge.issued_for.as_deref().unwrap_or_default()),
            grade(edge.grade).to_owned(),
            used.to_owned(),
            format!("<code>{}</code>", text(&edge.event_id)),
        ]
    });
    table(
        html,
        "Credentials",
        ["from", "key", "for", "grade", "used", "shown by event"],
        rows,
    );
    if others > 0 {
        let others = count(others, "link");
        let line = format!(
            "<p>{others} between other credentials in the input: see <code>--format \
            json</code>.</p>"
        );
        put(html, &line);
    }
}

fn refusals(html: &mut String, report: &Report) {
    heading(html, "refusals", "Denied and failed calls");
    let rows = report.timeline.iter().filter_map(|row| {
        let error = row.error_code.as_deref()?;
        Some([
            when(&row.event_time),
            text(&row.event_name),
            text(error),
            text(&row.access_key_id),
            text(&row.region),
        ])
    });
    table(
        html,
        "Denied and failed calls",
        ["when", "call", "error", "key", "region"],
        rows,
    );
}

fn keys(html: &mut String, report: &Report) {
    heading(html, "keys", "Keys and addresses");
    let rows = report.keys.iter().map(|key| {
        [
            format!("<code>{}</code>", text(&key.key)),
            key.records.to_string(),
            key.failures.to_string(),
            text(key.first.as_deref().unwrap_or("never")),
            text(key.last.as_deref().unwrap_or("never")),
            text(&key.regions.join(", ")),
        ]
    });
    table(
        html,
        "Keys",
        ["key", "records", "failed", "first", "last", "regions"],
        rows,
    );
    let rows = report.addresses.iter().map(|row| {
        [
            text(&row.source),
            text(&row.agent),
            row.records.to_string(),
            when(&row.first),
            when(&row.last),
        ]
    });
    table(
        html,
        "Addresses and programs",
        ["address", "program", "records", "first", "last"],
        rows,
    );
}

fn questions(html: &mut String, report: &Report) {
    heading(html, "questions", "Questions");
    put(html, "<dl>");
    for answer in &report.questions {
        let said = match (&answer.said, &answer.because) {
            // A separate section lists the limits, so the answer is not repeated here.
            (Some(_), _) if answer.subject == "limits" => {
                "<a href=\"#limits\">What these records cannot show</a>".to_owned()
            }
            (Some(said), _) => said
                .lines()
                .map(|line| escaped(&ct_core::terminal::escape(line)))
                .collect::<Vec<_>>()
                .join("<br>"),
            (None, because) => format!(
                "Cannot be shown by this evidence, because {}.",
                text(because.as_deref().unwrap_or_default())
            ),
        };
        put(
            html,
            &format!(
                "<div><dt>{}. {}</dt><dd>{said}</dd></div>",
                answer.number, answer.question
            ),
        );
    }
    put(html, "</dl>");
}

fn limits(html: &mut String, report: &Report) {
    heading(html, "limits", "What these records cannot show");
    put(html, "<ul>");
    for limit in &report.limits {
        put(
            html,
            &format!("<li>{}</li>", escaped(&ct_core::terminal::escape(limit))),
        );
    }
    put(html, "</ul>");
}
