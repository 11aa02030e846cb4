//! A rule in each language compiles or is refused, and a rule that compiles ends on every record.

#![no_main]

use ct_rules::{Documents, Evaluator, History, RuleSet, Variables};
use libfuzzer_sys::fuzz_target;

/// Names of rule files. The extension selects the language.
const NAMES: [&str; 3] = ["rule.jq", "rule.json", "rule.yml"];

/// Records with the kinds of values that rules test: strings, numbers, lists, nulls and absent fields.
const RECORDS: [&str; 3] = [
    r#"{"eventVersion":"1.08","eventTime":"2026-08-01T00:00:00Z","eventType":"AwsApiCall","eventSource":"iam.amazonaws.com","eventName":"CreateUser","sourceIPAddress":"192.0.2.1","userIdentity":{"type":"Root","accessKeyId":null},"requestParameters":{"a":[{"b":1},{"b":"x"}],"n":-1.5e3},"resources":[{"ARN":"arn:aws:s3:::a"}],"readOnly":false}"#,
    r#"{"eventName":7,"eventSource":["s3.amazonaws.com"],"eventTime":"no time"}"#,
    "{}",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, rest)) = bytes.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(rest) else {
        return;
    };
    let name = NAMES[usize::from(first) % NAMES.len()];
    let Ok(rules) = RuleSet::read(text, name, &Variables::default()) else {
        return;
    };
    for documents in [Documents::Records, Documents::AsTheyStand] {
        let evaluator = Evaluator::new(&rules, documents);
        let mut worker = evaluator.worker();
        for record in RECORDS {
            assert!(worker.record(record).is_ok(), "{record}");
        }
        let mut history = History::default();
        evaluator.finish([worker.into_collected()], Some(&mut history));
    }
});
