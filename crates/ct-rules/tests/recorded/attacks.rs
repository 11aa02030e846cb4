//! Tests the built-in rules on the records of attacks that were carried out in real accounts.

use std::collections::{BTreeMap, BTreeSet};

use ct_rules::{DocumentKind, Evaluator, RuleSet, Variables};
use serde_json::Value;

use super::real_records;

#[test]
#[ignore = "needs the recordings beside the project: cargo xtask shared"]
fn every_recorded_technique_raises_a_finding() {
    let rules = RuleSet::load(["builtin"], &Variables::default()).unwrap();
    let evaluator = Evaluator::new(&rules, DocumentKind::Records);
    let mut worker = evaluator.worker();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for text in real_records("attacks.ndjson") {
        let record: Value = serde_json::from_str(&text).unwrap();
        let outcome = worker.record(&text).unwrap();
        assert_eq!(outcome.errors, []);
        let agent = record["userAgent"].as_str().unwrap_or_default();
        if agent.starts_with("stratus-red-team_") {
            let hits = outcome.hits.iter().map(|&hit| &rules.rules[hit]);
            // The hits of some rules are ignored: base rules and the filters of the CIS benchmarks
            // also hit harmless calls, and `ct.iam.attack-tool` hits every call with the attack
            // tool's user agent.
            let hits = hits.filter(|rule| {
                !rule.is_base && !rule.id.starts_with("ct.cis.") && rule.id != "ct.iam.attack-tool"
            });
            let ids = hits.map(|rule| rule.id.clone());
            found.entry(agent.to_owned()).or_default().extend(ids);
        }
    }
    let silent: Vec<&String> = found
        .iter()
        .filter(|(_, ids)| ids.is_empty())
        .map(|(agent, _)| agent)
        .collect();
    assert_eq!((found.len(), silent), (26, Vec::new()));
}
