//! The format `junit`: `JUnit` XML with one test case per rule, and one for the completeness of the
//! input.

use super::{Report, escape};
use crate::finding::Finding;

/// Renders a rule with findings at or above the threshold as a failure, and an undecided rule as an
/// error.
pub(super) fn render(report: &Report<'_>) -> String {
    let (mut cases, mut tests, mut failures, mut errors) = (String::new(), 0, 0, 0);
    for (index, rule) in report.reported() {
        tests += 1;
        let findings: Vec<&Finding> = report
            .findings
            .iter()
            .filter(|finding| finding.index == index && finding.exception.is_none())
            .collect();
        let is_failing = findings.iter().any(|finding| report.is_failing(finding));
        let (id, title) = (escape::xml(&rule.id), escape::xml(&rule.title));
        let mut body = String::new();
        if is_failing {
            failures += 1;
            body += &format!(
                "<failure message=\"{title}\" type=\"{}\">{}</failure>",
                rule.severity,
                lines(&findings)
            );
        } else if let Some(doubt) = report.doubt(index) {
            errors += 1;
            body += &format!(
                "<error message=\"{}\" type=\"undecided\"/>",
                escape::xml(&doubt)
            );
        }
        if !is_failing && !findings.is_empty() {
            body += &format!("<system-out>{}</system-out>", lines(&findings));
        }
        cases += &format!(
            "    <testcase classname=\"ct-check\" name=\"{id}\" time=\"0\">{body}</testcase>\n"
        );
    }
    tests += 1;
    let doubts: Vec<String> = report
        .verdict
        .doubts()
        .map(|doubt| escape::xml(doubt))
        .collect();
    let body = match &doubts[..] {
        [] => String::new(),
        [first, ..] => {
            errors += 1;
            format!(
                "<error message=\"{first}\" type=\"undecided\">{}</error>",
                doubts.join("\n")
            )
        }
    };
    cases += &format!(
        "    <testcase classname=\"ct-check\" name=\"completeness\" time=\"0\">{body}</testcase>\n"
    );
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"");
    let scope = report.scope.iter();
    let scope = scope.map(|scope| {
        let scope = escape::xml(scope);
        format!("      <property name=\"checked\" value=\"{scope}\"/>\n")
    });
    let properties = match scope.collect::<String>().as_str() {
        "" => String::new(),
        scope => format!("    <properties>\n{scope}    </properties>\n"),
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ct-check\" {counts} time=\"0\">\n  <testsuite name=\"ct-check\" {counts} skipped=\"0\" time=\"0\">\n{properties}{cases}  </testsuite>\n</testsuites>\n"
    )
}

/// Renders one line for each finding of a rule.
fn lines(findings: &[&Finding]) -> String {
    let lines = findings.iter().map(|finding| {
        let fields = [
            &finding.event.event_time,
            &finding.event.event_name,
            &finding.event.principal,
            &finding.event.account,
            &finding.event.region,
            &finding.event.resource,
            &finding.event.event_id,
        ];
        let fields = fields.map(|field| escape::xml(field.as_deref().unwrap_or("-")));
        let known = if finding.known {
            " (in the baseline)"
        } else {
            ""
        };
        fields.join(" ") + known
    });
    lines.collect::<Vec<_>>().join("\n")
}
