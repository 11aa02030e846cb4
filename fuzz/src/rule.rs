//! Runs rules in one of the rule languages on a few records that contain every kind of JSON value.

use ct_rules::{DocumentKind, Evaluator, History, RuleSet, Variables};

/// The records: together they contain strings, numbers, lists, nulls and absent fields.
const RECORDS: [&str; 3] = [
    r#"{"eventVersion":"1.08","eventTime":"2026-08-01T00:00:00Z","eventType":"AwsApiCall","eventSource":"iam.amazonaws.com","eventName":"CreateUser","sourceIPAddress":"192.0.2.1","userIdentity":{"type":"Root","accessKeyId":null},"requestParameters":{"a":[{"b":1},{"b":"x"}],"n":-1.5e3},"resources":[{"ARN":"arn:aws:s3:::a"}],"readOnly":false}"#,
    r#"{"eventName":7,"eventSource":["s3.amazonaws.com"],"eventTime":"no time"}"#,
    "{}",
];

/// Compiles `text` as the content of a rule file. The extension of the file name `name` selects the
/// rule language. If the rules compile, evaluates them on every record.
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
    for documents in [DocumentKind::Records, DocumentKind::Verbatim] {
        let evaluator = Evaluator::new(&rules, documents);
        let mut worker = evaluator.worker();
        for record in RECORDS {
            assert!(worker.record(record).is_ok(), "{record}");
        }
        let mut history = History::default();
        evaluator.finish(&[worker.into_collected()], Some(&mut history));
    }
}
