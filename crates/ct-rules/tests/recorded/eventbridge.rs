//! Compares results on event patterns with EventBridge's own recorded results.

use ct_rules::{DocumentKind, Evaluator, RuleSet, Variables};
use serde_json::Value;

use super::SHARED;

/// The only recorded case in which this crate and EventBridge give different results. EventBridge
/// limits the complexity of wildcards, and refuses more patterns than it documents.
const SERVICE_LIMIT: &str = "content_wildcard_complex_EXC";

#[test]
#[ignore = "needs the recordings beside the project: cargo xtask shared"]
fn recorded_patterns_match_as_in_eventbridge() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pattern.json");
    let cases = std::fs::read_to_string(format!("{SHARED}/rules/eventbridge.ndjson")).unwrap();
    let mut different = Vec::new();
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        std::fs::write(&file, case["pattern"].to_string()).unwrap();
        let judged = match RuleSet::load([file.to_str().unwrap()], &Variables::default()) {
            Err(_) => "reject",
            Ok(rules) => {
                let evaluator = Evaluator::new(&rules, DocumentKind::Verbatim);
                let mut worker = evaluator.worker();
                let outcome = worker.record(&case["event"].to_string()).unwrap();
                assert!(outcome.errors.is_empty(), "{line}");
                if outcome.hits.is_empty() { "no" } else { "yes" }
            }
        };
        if case["want"] != judged {
            different.push(case["name"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(different, [SERVICE_LIMIT]);
}
