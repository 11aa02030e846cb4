//! The format `tap`: TAP 14 with a test point for each rule, and one for the completeness of the
//! input.

use super::{Report, escape};
use crate::finding::Finding;

/// Renders a rule as `not ok` if it is undecided or has findings at or above the threshold.
pub(super) fn render(report: &Report<'_>) -> String {
    let mut points = String::new();
    let mut number = 0;
    for (index, rule) in report.reported() {
        number += 1;
        let failing: Vec<&Finding> = report
            .failing()
            .filter(|finding| finding.index == index)
            .collect();
        let doubt = report.doubt(index);
        let ok = if failing.is_empty() && doubt.is_none() {
            "ok"
        } else {
            "not ok"
        };
        let (id, title) = (escape::tap(&rule.id), escape::tap(&rule.title));
        points += &format!("{ok} {number} - {id}: {title}\n");
        if failing.is_empty() && doubt.is_none() {
            continue;
        }
        points += "  ---\n";
        if failing.is_empty() {
            points += &format!("  undecided: {}\n", quoted(doubt.as_deref()));
        } else {
            points += "  findings:\n";
        }
        for finding in failing {
            points += &format!(
                "    - {{eventID: {}, eventTime: {}, principal: {}, account: {}, region: {}, resource: {}}}\n",
                quoted(finding.event.event_id.as_deref()),
                quoted(finding.event.event_time.as_deref()),
                quoted(finding.event.principal.as_deref()),
                quoted(finding.event.account.as_deref()),
                quoted(finding.event.region.as_deref()),
                quoted(finding.event.resource.as_deref()),
            );
        }
        points += "  ...\n";
    }
    number += 1;
    let doubts: Vec<&String> = report.verdict.doubts().collect();
    let ok = if doubts.is_empty() { "ok" } else { "not ok" };
    points += &format!("{ok} {number} - completeness\n");
    if !doubts.is_empty() {
        points += "  ---\n  undecided:\n";
        for doubt in doubts {
            points += &format!("    - {}\n", quoted(Some(doubt)));
        }
        points += "  ...\n";
    }
    let scope = report.scope.iter();
    let scope = scope.map(|scope| format!("# checked {}\n", escape::tap(scope)));
    let scope: String = scope.collect();
    format!("TAP version 14\n1..{number}\n{scope}{points}")
}

/// Returns `text` as a JSON string, which is also valid YAML, or `null` if `text` is `None`.
fn quoted(text: Option<&str>) -> String {
    escape::json(&serde_json::to_string(&text).expect("a string can be written as JSON"))
}
