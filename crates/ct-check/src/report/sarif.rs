//! The format `sarif`: SARIF 2.1.0, for code scanning services.

use ct_rules::{Rule, Severity};
use serde_json::{Map, Value, json};

use super::{LIMITS, Report, escape};
use crate::finding::{Finding, SharedText};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json";

/// Renders one SARIF run with a result for each finding. Accepted findings are marked as unchanged
/// or suppressed.
pub(super) fn render(report: &Report<'_>) -> String {
    let rules: Vec<(usize, &Rule)> = report.reported().collect();
    let position = |index: usize| rules.iter().position(|(other, _)| *other == index);
    let results = report.findings.iter();
    let results: Vec<Value> = results
        .map(|finding| result(finding, position(finding.index), report))
        .collect();
    let doubts = report
        .verdict
        .doubts()
        .map(|reason| json!({"level": "error", "message": {"text": escape::sarif(reason)}}));
    let doubts: Vec<Value> = doubts.collect();
    let descriptors: Vec<Value> = rules.iter().map(|(_, rule)| descriptor(rule)).collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "ct-check",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": descriptors,
            }},
            "automationDetails": {"id": "ct-check/", "description": {"text": LIMITS}},
            "invocations": [{
                "executionSuccessful": report.verdict.is_decided(),
                "toolExecutionNotifications": doubts,
            }],
            "results": results,
            "properties": {"checked": report.scope},
        }],
    });
    let text = serde_json::to_string_pretty(&document).expect("the value can be written as JSON");
    escape::json(&text) + "\n"
}

fn descriptor(rule: &Rule) -> Value {
    let title = escape::line(&rule.title);
    let text = |text: &str| match text {
        "" => title.clone(),
        text => text
            .lines()
            .map(escape::line)
            .collect::<Vec<_>>()
            .join("\n"),
    };
    json!({
        "id": rule.id,
        "shortDescription": {"text": title},
        "fullDescription": {"text": text(&rule.description)},
        "help": {"text": text(&rule.response)},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {
            "tags": rule.tags,
            "security-severity": score(rule.severity),
        },
    })
}

fn result(finding: &Finding, rule: Option<usize>, report: &Report<'_>) -> Value {
    let field = |field: &Option<SharedText>| field.as_deref().map_or("-".to_owned(), escape::sarif);
    let message = format!(
        "{}: {} by {} in {} {}",
        escape::sarif(&finding.rule.title),
        field(&finding.event.event_name),
        field(&finding.event.principal),
        field(&finding.event.account),
        field(&finding.event.region),
    );
    let mut result = json!({
        "ruleId": *finding.rule.id,
        "level": level(finding.rule.severity),
        "message": {"text": message},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": location(finding)},
            "region": {"startLine": 1},
        }}],
        "partialFingerprints": {"ctCheck/v1": finding.fingerprint()},
        "properties": properties(finding),
    });
    if let Some(rule) = rule {
        result["ruleIndex"] = json!(rule);
    }
    if finding.known {
        result["baselineState"] = json!("unchanged");
    }
    if let Some(exception) = finding.exception {
        let reason = escape::line(&report.exceptions.get(exception).reason);
        result["suppressions"] = json!([{"kind": "external", "justification": reason}]);
    }
    result
}

/// Returns the location of a finding for services that require a file. A record has no source file,
/// so a path is made up from the account and the region.
pub(super) fn location(finding: &Finding) -> String {
    let part =
        |field: &Option<SharedText>| field.as_deref().map_or("unknown".to_owned(), escape::uri);
    format!(
        "cloudtrail/{}/{}",
        part(&finding.event.account),
        part(&finding.event.region)
    )
}

fn properties(finding: &Finding) -> Map<String, Value> {
    let fields = [
        ("eventID", &finding.event.event_id),
        ("eventName", &finding.event.event_name),
        ("eventTime", &finding.event.event_time),
        ("account", &finding.event.account),
        ("region", &finding.event.region),
        ("principal", &finding.event.principal),
        ("accessKeyId", &finding.event.access_key_id),
        ("sourceIPAddress", &finding.event.source_ip_address),
        ("resource", &finding.event.resource),
    ];
    let known = fields
        .into_iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| (name.to_owned(), json!(value))));
    known.collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Informational => "note",
    }
}

/// Returns the score by which GitHub sorts findings: critical is above 9.0, high starts at 7.0, and
/// medium starts at 4.0.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.0",
        Severity::Low => "2.0",
        Severity::Informational => "0.0",
    }
}
