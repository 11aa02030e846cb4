//! Checks whether deployed alarms would have fired: counts the hits of each deployed metric filter
//! or EventBridge rule, and finds the CIS controls for which no filter is deployed.

use std::path::Path;

use ct_core::exit::Failure;
use ct_rules::{DocumentKind, Evaluator, Rule, RuleSet, Variables};
use serde_json::Value;

use crate::finding::{Finding, SharedText};

/// The results of the deployed filters, and the coverage of the CIS controls.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Deployed {
    /// The filters that ran, in the order of their files, followed by the filters that did not run.
    pub(crate) filters: Vec<DeployedRule>,
    /// The CIS controls, in the order of the benchmarks.
    pub(crate) controls: Vec<Control>,
}

/// A metric filter or an `EventBridge` rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DeployedRule {
    pub(crate) id: String,
    pub(crate) state: State,
}

/// Whether a deployed filter ran and matched records.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The filter matched. The values are the number of matching records, and the time and the
    /// event ID of the last matching record.
    Fired(usize, Option<SharedText>, Option<SharedText>),
    /// The filter matched no record.
    Silent,
    /// The filter did not run. The value is the reason, for example that AWS does not run the
    /// filter on CloudTrail events.
    NotRun(String),
}

/// A control of the CIS benchmark that requires a metric filter and an alarm.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Control {
    /// The ID of the built-in rule for the control.
    pub(crate) id: String,
    pub(crate) title: String,
    /// The number of example records for the control. Each is of an event that requires an alarm.
    pub(crate) events: usize,
    /// The event names of the example records that no deployed filter matches.
    pub(crate) missed: Vec<String>,
}

impl Deployed {
    /// Determines from the findings of the run which of the deployed rules in `files` matched.
    ///
    /// # Errors
    /// Never in practice: the built-in rules compile.
    pub(crate) fn new(
        files: &[String],
        rules: &RuleSet,
        findings: &[Finding],
    ) -> Result<Self, Failure> {
        let is_deployed = |file: &str| is_below(file, files);
        let kept = rules.enabled().map(|index| (index, &rules.rules[index]));
        let kept: Vec<(usize, &Rule)> = kept.filter(|(_, rule)| is_deployed(&rule.file)).collect();
        let filters = kept.iter().map(|&(index, rule)| DeployedRule {
            id: rule.id.clone(),
            state: state(index, findings),
        });
        let not_run = rules.not_run.iter().filter(|rule| is_deployed(&rule.file));
        let not_run = not_run.map(|rule| DeployedRule {
            id: rule.rule.clone(),
            state: State::NotRun(rule.reason.clone()),
        });
        Ok(Self {
            filters: filters.chain(not_run).collect(),
            controls: controls(rules, |index| kept.iter().any(|(kept, _)| *kept == index))?,
        })
    }
}

/// Whether the paths in `files` include `file` or a folder above it.
pub(crate) fn is_below(file: &str, files: &[String]) -> bool {
    files.iter().any(|one| Path::new(file).starts_with(one))
}

fn state(index: usize, findings: &[Finding]) -> State {
    let own = findings.iter().filter(|finding| finding.index == index);
    // The findings of a rule are sorted by time, so the last finding is the newest.
    match own.clone().next_back() {
        None => State::Silent,
        Some(last) => State::Fired(
            own.count(),
            last.event.event_time.clone(),
            last.event.event_id.clone(),
        ),
    }
}

/// Determines which CIS controls are covered: runs the deployed filters on an example of each event
/// for which a control requires an alarm.
fn controls(rules: &RuleSet, is_deployed: impl Fn(usize) -> bool) -> Result<Vec<Control>, Failure> {
    let cis = RuleSet::load(["cis"], &Variables::default()).map_err(|errors| {
        let first = errors.first().map(ToString::to_string);
        Failure::Other(anyhow::anyhow!(
            "the built-in rules cannot be read: {}: report this",
            first.unwrap_or_default()
        ))
    })?;
    let evaluator = Evaluator::new(rules, DocumentKind::Records);
    let mut worker = evaluator.worker();
    let mut is_matched = |record: &str| {
        let outcome = worker.record(record);
        outcome.is_ok_and(|outcome| outcome.hits.iter().any(|&hit| is_deployed(hit)))
    };
    let controls = cis.rules.iter().map(|rule| {
        let examples = rule.examples.iter().filter(|example| example.hits);
        let records: Vec<&String> = examples.flat_map(|example| &example.records).collect();
        let missed = records.iter().filter(|record| !is_matched(record));
        Control {
            id: rule.id.clone(),
            title: rule.title.clone(),
            events: records.len(),
            missed: missed.map(|record| event_name(record)).collect(),
        }
    });
    Ok(controls.collect())
}

fn event_name(record: &str) -> String {
    let record: Value = serde_json::from_str(record).unwrap_or_default();
    record["eventName"].as_str().unwrap_or("-").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::tests::finding;
    use std::fs;

    #[test]
    fn each_filter_and_each_control_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deployed.json");
        let pattern = "{ ($.eventName = DisableKey) && ($.eventSource = kms.amazonaws.com) }";
        fs::write(
            &file,
            serde_json::json!({"metricFilters": [
                {"filterName": "keys", "filterPattern": pattern},
                {"filterName": "users", "filterPattern": "{ $.eventName = CreateUser }"},
            ]})
            .to_string(),
        )
        .unwrap();
        let files = [file.display().to_string()];
        let rules = RuleSet::load(&files, &Variables::default()).unwrap();
        let mut found = finding("users");
        found.index = 1;
        let deployed = Deployed::new(&files, &rules, &[found]).unwrap();
        let time = Some("2026-11-26T00:00:00Z".into());
        let states: Vec<(&str, &State)> = deployed
            .filters
            .iter()
            .map(|filter| (filter.id.as_str(), &filter.state))
            .collect();
        assert_eq!(
            states,
            [
                ("keys", &State::Silent),
                ("users", &State::Fired(1, time, Some("e1".into()))),
            ]
        );
        assert_eq!(deployed.controls.len(), 15);
        let covered: Vec<(&str, &[String])> = deployed
            .controls
            .iter()
            .filter(|control| control.missed.len() < control.events)
            .map(|control| (control.id.as_str(), control.missed.as_slice()))
            .collect();
        let missed = ["ScheduleKeyDeletion".to_owned()];
        assert_eq!(covered, [("ct.cis.key-disabled", &missed[..])]);
    }
}
