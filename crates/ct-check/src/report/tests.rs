//! Tests of each report format with hostile fields and with each verdict.

mod readers;

use serde_json::Value;

use super::*;
use crate::finding::tests::finding;
use ct_rules::{RuleSet, Variables};

const HOSTILE: &str =
    "\u{1b}]0;x\u{7}\n::set-output name=x::y\r##[error]z</failure><script>|`[a](b)";

/// The line of a report with the time window, targets and filters of a sealed input.
const SCOPE: &str = "ct-fetch: 2026-11-25T00:00:00Z to 2026-11-26T00:00:00Z; eu-west-1; only records with x\u{1b}=<y>";

fn rules() -> RuleSet {
    let mut rules = RuleSet::load(["trail"], &Variables::default()).unwrap();
    rules.enable_only(|rule| rule.id == "ct.trail.logging-stopped");
    rules
}

fn hostile(rules: &RuleSet) -> Finding {
    let mut finding = finding("ct.trail.logging-stopped");
    finding.index = rules.enabled().next().unwrap();
    let text = || Some(HOSTILE.into());
    finding.event_mut().principal = text();
    finding.event_mut().event_name = text();
    finding.event_mut().event_id = text();
    finding.event_mut().event_time = text();
    finding.event_mut().resource = text();
    finding.event_mut().region = text();
    finding.event_mut().source_ip_address = text();
    finding
}

fn rendered(format: Format, findings: &[Finding], undecided: &[&str]) -> String {
    let rules = rules();
    let failing = findings.iter().filter(|finding| finding.is_new()).count();
    let report = Report {
        rules: &rules,
        with_base: false,
        findings,
        failed_rules: &BTreeMap::new(),
        exceptions: &Exceptions::default(),
        verdict: Verdict {
            failing,
            refused: Vec::new(),
            undecided: undecided.iter().map(ToString::to_string).collect(),
        },
        remarks: Vec::new(),
        deployed: None,
        scope: vec![SCOPE.to_owned()],
        filters: Vec::new(),
        records: 1,
        repeated: 0,
        fail_on: Severity::High,
        is_colored: false,
        summary: None,
    };
    String::from_utf8(report.render(format, false)).unwrap()
}

#[test]
fn hostile_fields_have_no_effect_in_any_format() {
    let findings = [hostile(&rules())];
    for (name, format) in FORMATS {
        let text = rendered(format, &findings, &[HOSTILE]);
        let controls = text.chars().filter(|one| one.is_control() && *one != '\n');
        assert_eq!(controls.count(), 0, "{name}: {text}");
        assert!(!text.contains("##["), "{name}: {text}");
        let commands = text
            .lines()
            .filter(|line| line.trim_start().starts_with("::"));
        let expected = if format == Format::Github {
            text.lines().count()
        } else {
            0
        };
        assert_eq!(commands.count(), expected, "{name}: {text}");
        assert!(
            text.lines().all(|line| !line.starts_with("::set-output")),
            "{name}"
        );
    }
}

#[test]
fn markup_in_fields_is_text() {
    let findings = [hostile(&rules())];
    for format in [Format::Junit, Format::Markdown] {
        let text = rendered(format, &findings, &[]);
        let outside: String = text.split("``").step_by(2).collect();
        let text = if format == Format::Markdown {
            outside
        } else {
            text
        };
        assert!(!text.contains("<script>"), "{format:?}: {text}");
    }
}

#[test]
fn an_undecided_run_is_not_a_success_in_any_format() {
    let reason = "standard input is empty";
    let seen = |format| rendered(format, &[], &[reason]);
    assert!(seen(Format::Text).contains("\nundecided: 0 findings"));
    assert_eq!(seen(Format::Json), "");
    let sarif: Value = serde_json::from_str(&seen(Format::Sarif)).unwrap();
    let invocation = &sarif["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(
        invocation["toolExecutionNotifications"][0]["message"]["text"],
        reason
    );
    assert!(seen(Format::Junit).contains(r#"tests="2" failures="0" errors="2""#));
    assert_eq!(
        seen(Format::Github),
        "::error title=ct-check%3A undecided::standard input is empty\n"
    );
    let gitlab: Value = serde_json::from_str(&seen(Format::Gitlab)).unwrap();
    assert_eq!(gitlab[0]["severity"], "blocker");
    assert!(seen(Format::Markdown).starts_with("## ct-check: undecided\n"));
    assert!(!seen(Format::Tap).lines().any(|line| line.starts_with("ok")));
}

#[test]
fn a_clean_run_states_what_it_does_not_prove() {
    for format in [
        Format::Text,
        Format::Sarif,
        Format::Github,
        Format::Markdown,
    ] {
        assert!(
            rendered(format, &[], &[]).contains("does not prove that monitoring exists"),
            "{format:?}"
        );
    }
    assert!(rendered(Format::Junit, &[], &[]).contains(r#"tests="2" failures="0" errors="0""#));
    assert_eq!(rendered(Format::Gitlab, &[], &[]), "[]\n");
}

#[test]
fn the_coverage_is_stated_in_reports_for_people() {
    for format in [
        Format::Text,
        Format::Sarif,
        Format::Junit,
        Format::Markdown,
        Format::Github,
        Format::Tap,
    ] {
        let text = rendered(format, &[], &[]);
        assert!(
            text.contains("2026-11-26T00:00:00Z; eu-west-1; only records with x"),
            "{format:?}: {text}"
        );
    }
}

#[test]
fn a_finding_is_a_failure_in_every_format() {
    let mut one = hostile(&rules());
    one.event_mut().principal = Some("alice".into());
    one.event_mut().region = Some("eu-west-1".into());
    let one = [one];
    assert!(rendered(Format::Text, &one, &[]).starts_with("HIGH ct.trail.logging-stopped"));
    assert_eq!(rendered(Format::Json, &one, &[]).lines().count(), 1);
    let sarif: Value = serde_json::from_str(&rendered(Format::Sarif, &one, &[])).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "ct.trail.logging-stopped");
    assert_eq!(result["ruleIndex"], 0);
    assert_eq!(
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "cloudtrail/111122223333/eu-west-1"
    );
    assert!(rendered(Format::Junit, &one, &[]).contains(r#"tests="2" failures="1" errors="0""#));
    assert!(rendered(Format::Github, &one, &[]).starts_with("::error title=ct.trail"));
    let gitlab: Value = serde_json::from_str(&rendered(Format::Gitlab, &one, &[])).unwrap();
    assert_eq!(gitlab[0]["severity"], "major");
    assert!(rendered(Format::Markdown, &one, &[]).contains("| high |"));
    assert!(rendered(Format::Tap, &one, &[]).contains("not ok 1 - ct.trail.logging-stopped"));
}

#[test]
fn a_list_of_annotations_is_limited_and_says_so() {
    let many: Vec<Finding> = std::iter::repeat_with(|| hostile(&rules()))
        .take(30)
        .collect();
    let text = rendered(Format::Github, &many, &[]);
    assert_eq!(text.lines().count(), 10);
    assert!(text.ends_with("::error title=ct-check::21 more findings: see the job summary\n"));
}

#[test]
fn a_format_is_named_with_or_without_a_file() {
    let sarif = "sarif=out.sarif".parse::<Destination>().unwrap();
    assert_eq!(sarif.path, Some("out.sarif".into()));
    assert_eq!("text".parse::<Destination>().unwrap().path, None);
    assert!("text=".parse::<Destination>().is_err() && "pdf".parse::<Destination>().is_err());
}
