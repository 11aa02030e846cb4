//! The format `markdown`: the verdict, the reasons why the run is undecided, and a table of
//! findings.

use super::{LIMITS, Report, escape};
use crate::finding::{Finding, SharedText};

/// Renders at most `rows` findings, and the number of findings that are left out.
pub(super) fn render(report: &Report<'_>, rows: usize) -> String {
    let mut text = format!(
        "## ct-check: {}\n\n{}.\n\n",
        report.headline(),
        report.summary_line()
    );
    for doubt in report.verdict.doubts() {
        text += &format!("- undecided: {}\n", escape::markdown(doubt));
    }
    for scope in report.scope.iter().take(rows) {
        text += &format!("- checked {}\n", escape::markdown(scope));
    }
    for remark in &report.remarks {
        text += &format!("- {}\n", escape::markdown(remark));
    }
    for line in report.deployed.iter().flat_map(super::deployed::lines) {
        text += &format!("- {}\n", escape::markdown(&line));
    }
    if !text.ends_with("\n\n") {
        text.push('\n');
    }
    let findings: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| finding.exception.is_none())
        .collect();
    if findings.is_empty() {
        return text + LIMITS + "\n";
    }
    text += "| severity | rule | what | who | where | when |\n|---|---|---|---|---|---|\n";
    for finding in findings.iter().take(rows) {
        let cell = |fields: &[&Option<SharedText>]| {
            let fields: Vec<&str> = fields.iter().filter_map(|field| field.as_deref()).collect();
            escape::markdown(&fields.join(" "))
        };
        let known = if finding.known {
            " (in the baseline)"
        } else {
            ""
        };
        text += &format!(
            "| {}{known} | {} | {} | {} | {} | {} |\n",
            finding.rule.severity,
            escape::markdown(&finding.rule.id),
            cell(&[&finding.event.event_name, &finding.event.resource]),
            cell(&[&finding.event.principal, &finding.event.source_ip_address]),
            cell(&[&finding.event.account, &finding.event.region]),
            cell(&[&finding.event.event_time, &finding.event.event_id]),
        );
    }
    if findings.len() > rows {
        text += &format!("\n{} more findings are not shown.\n", findings.len() - rows);
    }
    text
}
