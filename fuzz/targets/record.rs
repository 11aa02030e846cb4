//! Checks that the built-in rules give the same result for a record each time, and refuse no JSON
//! object.

#![no_main]

use std::sync::LazyLock;

use ct_rules::{DocumentKind, Evaluator, RuleSet, Variables, areas};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

static RULES: LazyLock<RuleSet> =
    LazyLock::new(|| RuleSet::load(areas(), &Variables::default()).expect("the pack compiles"));
static EVALUATOR: LazyLock<Evaluator> =
    LazyLock::new(|| Evaluator::new(&RULES, DocumentKind::Records));

fuzz_target!(|bytes: &[u8]| {
    let Ok(record) = std::str::from_utf8(bytes) else {
        return;
    };
    let mut worker = EVALUATOR.worker();
    let mut hits = || {
        worker
            .record(record)
            .ok()
            .map(|outcome| outcome.hits.to_vec())
    };
    let (first, second) = (hits(), hits());
    assert_eq!(first, second);
    // serde_json may refuse an object that the rules accept, because it limits the depth and
    // refuses lone surrogates.
    if serde_json::from_str::<Map<String, Value>>(record).is_ok() {
        assert!(first.is_some(), "{record}");
    }
});
