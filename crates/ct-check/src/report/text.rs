//! The format `text`: findings grouped by rule, each with who, what and where, and the verdict at
//! the end.

use ct_rules::Severity;

use super::{LIMITS, Report, escape};
use crate::finding::{Finding, SharedText};

/// The maximum number of findings that are shown for a rule.
const MAX_SHOWN: usize = 20;

pub(super) fn render(report: &Report<'_>, is_colored: bool) -> String {
    let paint = |text: &str, code: &str| {
        if is_colored {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    };
    let mut text = String::new();
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.retain(|finding| finding.exception.is_none());
    for group in findings.chunk_by(|one, next| one.index == next.index) {
        let Some(first) = group.first() else {
            continue;
        };
        let severity = first.rule.severity.name().to_uppercase();
        text += &format!(
            "{} {}  {}\n",
            paint(&severity, color(first.rule.severity)),
            paint(&escape::line(&first.rule.id), "1"),
            escape::line(&first.rule.title)
        );
        for finding in group.iter().take(MAX_SHOWN) {
            text += &three_lines(finding);
        }
        if group.len() > MAX_SHOWN {
            let more = group.len() - MAX_SHOWN;
            text += &format!("  and {more} more: see --format json\n");
        }
        text.push('\n');
    }
    for reason in report.verdict.doubts() {
        text += &format!("{}: {}\n", paint("undecided", "33"), escape::line(reason));
    }
    for finding in report.findings {
        if let Some(exception) = finding.exception {
            let reason = &report.exceptions.get(exception).reason;
            let (rule, reason) = (escape::line(&finding.rule.id), escape::line(reason));
            let event = shown(finding.event.event_id.as_ref());
            text += &format!("accepted by exception: {rule}, event {event}: {reason}\n");
        }
    }
    if let Some(deployed) = &report.deployed {
        for line in super::deployed::lines(deployed) {
            text += &format!("{line}\n");
        }
        text.push('\n');
    }
    for scope in report.scope.iter().take(MAX_SHOWN) {
        text += &format!("checked {}\n", escape::line(scope));
    }
    let code = match report.headline() {
        "clean" => "32",
        "undecided" => "33",
        _ => "31",
    };
    text += &format!(
        "{}: {}\n",
        paint(report.headline(), code),
        report.summary_line()
    );
    if report.headline() == "clean" {
        text += &format!("{LIMITS}\n");
    }
    text
}

fn three_lines(finding: &Finding) -> String {
    let who = shown(finding.event.principal.as_ref());
    let key = part(" with ", finding.event.access_key_id.as_ref());
    let address = part(" from ", finding.event.source_ip_address.as_ref());
    let what = shown(finding.event.event_name.as_ref());
    let time = part(" at ", finding.event.event_time.as_ref());
    let resource = part(" on ", finding.event.resource.as_ref());
    let event = part(", event ", finding.event.event_id.as_ref());
    let account = shown(finding.event.account.as_ref());
    let region = part(", ", finding.event.region.as_ref());
    let count = finding.window.as_ref().map_or(String::new(), |window| {
        let which = if window.value.is_some() {
            "first"
        } else {
            "last"
        };
        format!(", the {which} of {} records", window.events.len())
    });
    let known = if finding.known {
        "  (in the baseline)"
    } else {
        ""
    };
    format!(
        "  who    {who}{key}{address}{known}\n  what   {what}{resource}{time}{event}{count}\n  where  {account}{region}\n"
    )
}

fn shown(field: Option<&SharedText>) -> String {
    field.map_or_else(|| "-".to_owned(), |text| escape::line(text))
}

fn part(before: &str, field: Option<&SharedText>) -> String {
    field.map_or_else(String::new, |text| {
        format!("{before}{}", escape::line(text))
    })
}

/// Returns the terminal's code for the colour of a severity.
fn color(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "1;31",
        Severity::High => "31",
        Severity::Medium => "33",
        Severity::Low | Severity::Informational => "36",
    }
}
