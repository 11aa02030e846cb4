//! JSON, one finding per line; findings that an exception accepts are omitted.

use serde::Serialize;

use super::{Report, escape};
use crate::finding::Finding;

/// A finding, and the filters of the input if it has any: other records were not checked.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'f> {
    #[serde(flatten)]
    finding: &'f Finding,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    input_filters: &'f [String],
}

/// One line for each finding, those of the baseline with `"known":true`.
pub(super) fn render(report: &Report<'_>) -> String {
    let mut text = String::new();
    let findings = report.findings.iter();
    for finding in findings.filter(|finding| finding.exception.is_none()) {
        let line = Line {
            finding,
            input_filters: &report.filters,
        };
        let line = serde_json::to_string(&line).expect("a finding is JSON");
        text += &escape::json(&line);
        text.push('\n');
    }
    text
}
