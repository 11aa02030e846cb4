//! Writes the timeline of the page: a chart of calls over time, and a table of the same calls.

use std::fmt::Write as _;

use super::{heading, put as put_line, table, text, when};
use crate::report::Report;

/// The number of columns of the chart.
const COLUMNS: usize = 120;
const WIDTH: usize = 1200;
const HEIGHT: usize = 130;

/// Writes the chart and the table.
pub(super) fn append(html: &mut String, report: &Report) {
    heading(html, "timeline", "Timeline");
    let times = report
        .timeline
        .iter()
        .filter_map(|row| row.event_time.parse::<jiff::Timestamp>().ok());
    let times: Vec<i64> = times.map(jiff::Timestamp::as_second).collect();
    if let (Some(&first), Some(&last)) = (times.first(), times.last()) {
        let span = (last - first).max(1);
        let mut columns = vec![(0_usize, 0_usize); COLUMNS];
        for (row, time) in report.timeline.iter().zip(&times) {
            let last_column = i64::try_from(COLUMNS - 1).unwrap_or(i64::MAX);
            let column = usize::try_from((time - first) * last_column / span).unwrap_or_default();
            let (succeeded, failed) = &mut columns[column.min(COLUMNS - 1)];
            *(if row.error_code.is_some() {
                failed
            } else {
                succeeded
            }) += 1;
        }
        drawing(html, report, &columns);
    }
    if report.timeline_omitted > 0 {
        put_line(
            html,
            &format!(
                "<p>And {} later calls: see --format csv.</p>",
                report.timeline_omitted
            ),
        );
    }
    let rows = report.timeline.iter().map(|row| {
        [
            when(&row.event_time),
            text(&row.event_name),
            text(row.error_code.as_deref().unwrap_or("succeeded")),
            text(&row.access_key_id),
            text(&row.region),
            text(&row.address),
            format!("<code>{}</code>", text(&row.event_id)),
        ]
    });
    table(
        html,
        "Timeline",
        [
            "when", "call", "outcome", "key", "region", "address", "event",
        ],
        rows,
    );
}

fn drawing(html: &mut String, report: &Report, columns: &[(usize, usize)]) {
    let most = columns
        .iter()
        .map(|(succeeded, failed)| succeeded + failed)
        .max()
        .unwrap_or(1)
        .max(1);
    let floor = HEIGHT - 1;
    let step = WIDTH / COLUMNS;
    let mut svg = format!(
        "<svg role=\"img\" aria-labelledby=\"drawing-title drawing-text\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\"><title id=\"drawing-title\">Calls over time</title>"
    );
    let failed: usize = columns.iter().map(|(_, failed)| failed).sum();
    let all: usize = columns
        .iter()
        .map(|(succeeded, failed)| succeeded + failed)
        .sum();
    let ends = [report.timeline.first(), report.timeline.last()]
        .map(|row| row.map_or("", |row| row.event_time.as_str()));
    let [first, last] = ends.map(text);
    let mut draw = |part: &str| svg.push_str(part);
    draw(&format!(
        "<desc id=\"drawing-text\">{all} calls from {first} to {last}, {failed} of them denied or \
        failed; the table below has each.</desc>"
    ));
    draw(&format!(
        "<line class=\"axis\" x1=\"0\" x2=\"{WIDTH}\" y1=\"{floor}\" y2=\"{floor}\"/>"
    ));
    for (index, (succeeded, failed)) in columns.iter().enumerate() {
        let mut base = floor;
        for (class, count) in [("ok", *succeeded), ("failed", *failed)] {
            let height = (count * (floor - 10)).div_ceil(most);
            base = base.saturating_sub(height);
            if count > 0 {
                let mut bar = String::new();
                write!(bar, "<rect class=\"{class}\" x=\"{}\" y=\"{base}\" width=\"{}\" height=\"{height}\"/>", index * step, step - 2)
                    .expect("writing to a string cannot fail");
                draw(&bar);
            }
        }
    }
    draw("</svg>");
    put_line(html, &svg);
    put_line(
        html,
        &format!(
            "<p class=\"ends\"><span>{first}</span><span class=\"succeeded\">■ succeeded</span><span \
            class=\"denied\">■ denied or failed</span><span>{last}</span></p>"
        ),
    );
}
