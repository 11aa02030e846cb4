//! The format `gitlab`: GitLab's code quality report.

use crate::finding::SharedText;
use std::collections::BTreeMap;

use ct_core::seal;
use ct_rules::Severity;
use serde_json::{Value, json};

use super::{Report, escape, sarif};

/// Renders an issue for each unaccepted finding, and an issue for each reason why the run is
/// undecided.
pub(super) fn render(report: &Report<'_>) -> String {
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    let doubts = report.verdict.doubts().map(|doubt| {
        issue(
            ("ct-check.undecided", "blocker", "cloudtrail"),
            &format!("undecided: {doubt}"),
            &seal::sha256(doubt.as_bytes()),
        )
    });
    let mut issues: Vec<Value> = doubts.collect();
    for finding in report.new_findings() {
        // GitLab requires distinct fingerprints for the issues in a report, but findings may have
        // the same fingerprint.
        let fingerprint = finding.fingerprint();
        let number = seen.entry(fingerprint.clone()).or_default();
        *number += 1;
        let fingerprint = match number {
            1 => fingerprint,
            number => seal::sha256(format!("{fingerprint} {number}").as_bytes()),
        };
        let field = |field: &Option<SharedText>| field.as_deref().unwrap_or("-").to_owned();
        let description = format!(
            "{}: {} by {}, event {}",
            finding.rule.title,
            field(&finding.event.event_name),
            field(&finding.event.principal),
            field(&finding.event.event_id)
        );
        let place = sarif::location(finding);
        issues.push(issue(
            (&finding.rule.id, severity(finding.rule.severity), &place),
            &description,
            &fingerprint,
        ));
    }
    let text = serde_json::to_string_pretty(&issues).expect("the value can be written as JSON");
    escape::json(&text) + "\n"
}

fn issue(
    (rule, severity, path): (&str, &str, &str),
    description: &str,
    fingerprint: &str,
) -> Value {
    json!({
        "description": escape::line(description),
        "check_name": rule,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": path, "lines": {"begin": 1}},
    })
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "major",
        Severity::Medium | Severity::Low => "minor",
        Severity::Informational => "info",
    }
}
