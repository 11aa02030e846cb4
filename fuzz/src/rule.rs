//! Runs rules of one language on a few records that contain every kind of value.

use ct_rules::{Documents, Evaluator, History, RuleSet, Variables};

/// The records: together they contain strings, numbers, lists, nulls and absent fields.
const RECORDS: [&str; 3] = [
    r#"{"eventVersion":"1.08","eventTime":"2026-08-01T00:00:00Z","eventType":"AwsApiCall","eventSource":"iam.amazonaws.com","eventName":"CreateUser","sourceIPAddress":"192.0.2.1","userIdentity":{"type":"Root","accessKeyId":null},"requestParameters":{"a":[{"b":1},{"b":"x"}],"n":-1.5e3},"resources":[{"ARN":"arn:aws:s3:::a"}],"readOnly":false}"#,
    r#"{"eventName":7,"eventSource":["s3.amazonaws.com"],"eventTime":"no time"}"#,
    "{}",
];

/// Compiles `text` as a rule file with the name `name`, whose extension selects the language. If
/// the rules compile, evaluates them on every record.
///
/// # Panics
/// If the evaluator refuses a record.
pub fn evaluate(text: &[u8], name: &str) {
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let Ok(rules) = RuleSet::read(text, name, &Variables::default()) else {
        return;
    };
    for documents in [Documents::Records, Documents::Verbatim] {
        let evaluator = Evaluator::new(&rules, documents);
        let mut worker = evaluator.worker();
        for record in RECORDS {
            assert!(worker.record(record).is_ok(), "{record}");
        }
        let mut history = History::default();
        evaluator.finish(&[worker.into_collected()], Some(&mut history));
    }
}
