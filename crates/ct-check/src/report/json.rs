//! JSON, one finding per line; findings that an exception accepts are omitted.

use super::{Report, escape};

/// One line for each finding, those of the baseline with `"known":true`.
pub(super) fn render(report: &Report<'_>) -> String {
    let mut text = String::new();
    let findings = report.findings.iter();
    for finding in findings.filter(|finding| finding.exception.is_none()) {
        let line = serde_json::to_string(finding).expect("a finding is JSON");
        text += &escape::json(&line);
        text.push('\n');
    }
    text
}
