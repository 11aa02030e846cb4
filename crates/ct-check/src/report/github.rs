//! The format `github`: workflow commands of GitHub Actions, which become annotations.

use ct_rules::Severity;

use super::{LIMITS, Report, escape};
use crate::finding::{Finding, SharedText};

/// The maximum number of annotations per level that GitHub shows for a step.
///
/// Source: GitHub documentation, "Workflow commands": 10 warnings, 10 errors and 10 notices per step.
const MAX_ANNOTATIONS: usize = 10;

/// The maximum number of findings in a GitHub job summary, whose size GitHub limits to 1 MiB.
pub(super) const MAX_ROWS: usize = 500;

/// Renders one workflow command per line: first the reasons why the run is undecided, then the
/// findings, because GitHub shows only the first commands of a step.
pub(super) fn render(report: &Report<'_>) -> String {
    let mut text = String::new();
    let mut errors = 0;
    for doubt in report.verdict.doubts().take(MAX_ANNOTATIONS / 2) {
        errors += 1;
        text += &command("error", "ct-check: undecided", doubt);
    }
    let level = |finding: &Finding| match (report.is_failing(finding), finding.rule.severity) {
        (true, _) => "error",
        (false, Severity::Critical | Severity::High | Severity::Medium) => "warning",
        (false, _) => "notice",
    };
    for wanted in ["error", "warning", "notice"] {
        let findings: Vec<&Finding> = report
            .new_findings()
            .filter(|finding| level(finding) == wanted)
            .collect();
        let most = MAX_ANNOTATIONS - 1 - if wanted == "error" { errors } else { 0 };
        for finding in findings.iter().take(most) {
            let field = |field: &Option<SharedText>| field.as_deref().unwrap_or("-").to_owned();
            let message = format!(
                "{} by {} in {} {}, event {}",
                field(&finding.event.event_name),
                field(&finding.event.principal),
                field(&finding.event.account),
                field(&finding.event.region),
                field(&finding.event.event_id)
            );
            let title = format!("{}: {}", finding.rule.id, finding.rule.title);
            text += &command(wanted, &title, &message);
        }
        if findings.len() > most {
            let more = format!(
                "{} more findings: see the job summary",
                findings.len() - most
            );
            text += &command(wanted, "ct-check", &more);
        }
    }
    if text.is_empty() {
        let scope = match &report.scope[..] {
            [] => String::new(),
            scope => format!("; checked {}", scope.join("; ")),
        };
        text += &command(
            "notice",
            "ct-check: clean",
            &format!("{}{scope}. {LIMITS}", report.summary_line()),
        );
    }
    text
}

fn command(level: &str, title: &str, message: &str) -> String {
    format!(
        "::{level} title={}::{}\n",
        escape::github_property(title),
        escape::github(message)
    )
}
