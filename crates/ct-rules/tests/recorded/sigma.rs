//! Compares the hits of Sigma rules on real records with the recorded hits of an independent
//! engine.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use ct_rules::{DocumentKind, Evaluator, Format, RuleSet, Variables};
use serde_json::Value;

use super::{SHARED, real_records};

#[test]
#[ignore = "needs the recordings beside the project: cargo xtask shared"]
fn recorded_records_hit_the_same_rules_as_in_another_engine() {
    let folder = format!("{SHARED}/rules/sigma/rules");
    let rules = RuleSet::load([&folder], &Variables::default()).unwrap();
    let evaluator = Evaluator::new(&rules, DocumentKind::Records);
    let mut worker = evaluator.worker();
    let mut expected: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in fs::read_to_string(format!("{SHARED}/rules/sigma/matches.ndjson"))
        .unwrap()
        .lines()
    {
        let line: Value = serde_json::from_str(line).unwrap();
        let hits = line["hits"].as_array().unwrap().iter();
        let hits = hits.map(|hit| hit.as_str().unwrap().to_owned()).collect();
        expected.insert(line["eventID"].as_str().unwrap().to_owned(), hits);
    }
    let mut got: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for record in ["attacks.ndjson", "trail"]
        .into_iter()
        .flat_map(real_records)
    {
        let outcome = worker.record(&record).unwrap();
        assert_eq!(outcome.errors, []);
        let detections = outcome
            .hits
            .iter()
            .filter(|&&hit| rules.rules[hit].format == Format::Sigma);
        let files: BTreeSet<String> = detections
            .map(|&hit| {
                let file = Path::new(&rules.rules[hit].file).file_name().unwrap();
                file.to_str().unwrap().to_owned()
            })
            .collect();
        if !files.is_empty() {
            let record: Value = serde_json::from_str(&record).unwrap();
            got.insert(record["eventID"].as_str().unwrap().to_owned(), files);
        }
    }
    assert_eq!(got, expected);
}
