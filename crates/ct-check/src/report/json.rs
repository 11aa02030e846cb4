//! The format `json`: one finding per line. Findings that an exception accepts are omitted.

use serde::Serialize;

use super::{Report, escape};
use crate::finding::Finding;

/// A finding, and the filters that ct-fetch applied to the inputs, if there are any. Records that a
/// filter left out were not checked.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingLine<'f> {
    #[serde(flatten)]
    finding: &'f Finding,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    input_filters: &'f [String],
}

/// Renders one line for each finding. Findings in the baseline contain `"known":true`.
pub(super) fn render(report: &Report<'_>) -> String {
    let mut text = String::new();
    let findings = report.findings.iter();
    for finding in findings.filter(|finding| finding.exception.is_none()) {
        let line = FindingLine {
            finding,
            input_filters: &report.filters,
        };
        let line = serde_json::to_string(&line).expect("a finding can be written as JSON");
        text += &escape::json(&line);
        text.push('\n');
    }
    text
}
