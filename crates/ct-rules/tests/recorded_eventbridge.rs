//! Event patterns as EventBridge itself judged them.

use ct_rules::eventbridge::{Event, Pattern};
use serde_json::Value;

/// The service counts the states a wildcard may lead to and refuses more than it documents.
const SERVICE_LIMIT: &str = "content_wildcard_complex_EXC";

const RECORDINGS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/rules/eventbridge.ndjson"
);

#[test]
#[ignore = "needs the recordings beside the project: cargo xtask shared"]
fn recorded_patterns_match_as_eventbridge_matched_them() {
    let cases = std::fs::read_to_string(RECORDINGS).unwrap();
    let mut different = Vec::new();
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let judged = match Pattern::new(&case["pattern"]) {
            Err(_) => "reject",
            Ok(pattern) => match pattern.matches(&Event::new(&case["event"])) {
                Ok(true) => "yes",
                Ok(false) => "no",
                Err(_) => "too complex",
            },
        };
        if case["want"] != judged {
            different.push(case["name"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(different, [SERVICE_LIMIT]);
}
