//! Tests that no rule text and no record makes the library panic.

use std::fs;

use ct_rules::{DocumentKind, Evaluator, RuleSet, Variables};
use proptest::prelude::*;
use proptest::sample::Index;

const SIGMA: &str = "title: t\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  s: {a.b|contains: ['x*', 1]}\n  condition: not 1 of s* or s\n---\ntitle: w\ncorrelation: {type: value_count, rules: [t], group-by: [g], timespan: 10m, condition: {field: f, gte: 2}}\n";

const TEXTS: [(&str, &str); 4] = [
    ("yml", SIGMA),
    (
        "jq",
        "# id: x\n# events: A\nselect(.a.b? | strings | test(\"x\"))",
    ),
    (
        "json",
        r#"{"detail":{"a":[{"prefix":"x"},{"numeric":[">",1]},{"cidr":"10.0.0.0/8"}],"$or":[{"b":[1]},{"c":[null]}]}}"#,
    ),
    (
        "json",
        r#"{"filterPattern":"{ ($.a[0].b = \"x*\") && ($.c != 1 || $.d NOT EXISTS) && $.e = %x.*% }"}"#,
    ),
];

/// Inserts special characters into a text, and removes parts of it.
fn mutated(text: &str, cuts: &[(Index, u8, String)]) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for (at, gone, added) in cuts {
        let at = at.index(letters.len() + 1);
        let end = (at + usize::from(*gone)).min(letters.len());
        letters.splice(at..end, added.chars());
    }
    letters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_mutated_rule_is_compiled_or_refused_and_runs_on_any_record(
        format in 0..TEXTS.len(),
        cuts in prop::collection::vec((any::<Index>(), 0..6_u8, r#"[\{\}\[\]:,\|\*"'$%&\\.x0-9\n -]{0,4}"#), 1..6),
        record in r#"\{("(a|b|eventName|eventTime)":(1|"x"|null|\[\{"b":"x"\}\]|\{"b":\["xy",2\]\}),){0,4}"z":0\}"#,
    ) {
        let (end, text) = TEXTS[format];
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join(format!("r.{end}"));
        fs::write(&file, mutated(text, &cuts)).expect("a temporary file");
        if let Ok(rules) = RuleSet::load([file.to_string_lossy()], &Variables::default()) {
            for documents in [DocumentKind::Records, DocumentKind::Verbatim] {
                let evaluator = Evaluator::new(&rules, documents);
                let mut worker = evaluator.worker();
                prop_assert!(worker.record(&record).is_ok());
                evaluator.finish(&[worker.into_collected()], None);
            }
        }
    }
}
