//! Compares the report on real records with a manual analysis.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::program::run;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared")
}

fn truth(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder().join("report").join(name)).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn report() -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_ct-report"))
        .args(["--format", "json"])
        .args([
            folder().join("events/attacks.ndjson"),
            folder().join("events/trail"),
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
#[ignore = "needs the recordings beside the project: cargo xtask shared"]
fn every_created_resource_is_found_with_its_type_and_none_is_invented() {
    let report = report();
    let rows = report["created"].as_array().unwrap();
    let found: BTreeSet<(String, String)> = rows
        .iter()
        .map(|row| (text(&row["eventID"]), text(&row["id"])))
        .collect();
    let types: BTreeMap<String, String> = rows
        .iter()
        .map(|row| (text(&row["eventID"]), text(&row["type"])))
        .collect();
    let (mut required, mut allowed) = (BTreeSet::new(), BTreeSet::new());
    for row in truth("created.ndjson") {
        for resource in row["resources"].as_array().unwrap() {
            required.insert((text(&row["eventID"]), text(&resource["id"])));
            let fair = resource["typeAccept"]
                .as_array()
                .into_iter()
                .flatten()
                .chain([&resource["type"]]);
            let fair: Vec<String> = fair.map(text).collect();
            assert!(fair.contains(&types[&text(&row["eventID"])]), "{row}");
        }
    }
    for row in truth("created.optional.ndjson") {
        allowed.insert(text(&row["eventID"]));
    }
    let missing: Vec<_> = required.difference(&found).collect();
    let invented: Vec<_> = found
        .difference(&required)
        .filter(|(event, _)| !allowed.contains(event))
        .collect();
    assert_eq!((missing, invented), (Vec::new(), Vec::new()));
}

#[test]
#[ignore = "needs the recordings beside the project: cargo xtask shared"]
fn every_deletion_is_found_and_no_other() {
    let report = report();
    let rows = report["created"].as_array().unwrap();
    let deleted = rows.iter().filter(|row| !row["deletedBy"].is_null());
    let found: BTreeSet<(String, String)> = deleted
        .map(|row| (text(&row["eventID"]), text(&row["deletedBy"])))
        .collect();
    let expected = truth("deleted.ndjson");
    let expected: BTreeSet<_> = expected
        .iter()
        .map(|row| (text(&row["createdBy"]), text(&row["deletedBy"])))
        .collect();
    assert_eq!(found, expected);
}

#[test]
#[ignore = "needs the recordings beside the project: cargo xtask shared"]
fn every_exact_link_is_found_none_is_wrong_and_every_key_has_its_grade() {
    let report = report();
    let lineage = &report["lineage"];
    let edges = lineage["edges"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|edge| edge["grade"] == "exact");
    let edges: BTreeSet<_> = edges
        .map(|edge| {
            [
                text(&edge["issuer"]),
                text(&edge["issued"]),
                text(&edge["eventID"]),
            ]
        })
        .collect();
    let keys = lineage["keys"].as_array().unwrap().iter();
    let keys: BTreeSet<_> = keys
        .map(|key| [text(&key["key"]), text(&key["grade"]), text(&key["from"])])
        .collect();
    let (mut true_edges, mut true_keys) = (BTreeSet::new(), BTreeSet::new());
    for row in truth("lineage.ndjson") {
        if row["kind"] == "edge" {
            true_edges.insert([
                text(&row["issuer"]),
                text(&row["issued"]),
                text(&row["event"]),
            ]);
        } else {
            true_keys.insert([text(&row["key"]), text(&row["grade"]), text(&row["from"])]);
        }
    }
    assert_eq!(edges, true_edges);
    assert_eq!(keys, true_keys);
}

#[test]
#[ignore = "needs the recordings beside the project: cargo xtask shared"]
fn every_fact_about_the_busiest_keys_is_correct() {
    let report = report();
    let questions = fs::read_to_string(folder().join("report/questions.json")).unwrap();
    let questions: Value = serde_json::from_str(&questions).unwrap();
    for expected in questions["shared"].as_array().unwrap() {
        let keys = report["keys"].as_array().unwrap();
        let found = keys
            .iter()
            .find(|key| key["key"] == expected["key"])
            .unwrap();
        let fields = expected.as_object().unwrap().keys();
        let found: serde_json::Map<String, Value> = fields
            .map(|field| (field.clone(), found[field].clone()))
            .collect();
        assert_eq!(json!(found), *expected);
    }
}

#[test]
#[ignore = "needs the recordings beside the project: cargo xtask shared"]
fn the_order_of_the_input_does_not_affect_keys_creations_and_lineage() {
    let lines = Command::new(env!("CARGO_BIN_EXE_ct-report"))
        .args(["--format", "timesketch"])
        .args([
            folder().join("events/attacks.ndjson"),
            folder().join("events/trail"),
        ])
        .output()
        .unwrap();
    let lines = String::from_utf8(lines.stdout).unwrap();
    let records = lines
        .lines()
        .map(|line| text(&serde_json::from_str::<Value>(line).unwrap()["cloud_trail_event"]));
    let mut records: Vec<String> = records.collect();
    assert_eq!(records.len(), 1465);
    // Steps of 677 visit each record once, because 677 and the number of records have no common
    // factor. Records that were adjacent are then far apart.
    let count = records.len();
    records = (0..count)
        .map(|at| records[at * 677 % count].clone())
        .collect();
    let shuffled = run(&["--format", "json"], &(records.join("\n") + "\n"));
    let shuffled: Value = serde_json::from_slice(&shuffled.stdout).unwrap();
    let report = report();
    for member in ["created", "lineage", "keys"] {
        assert_eq!(shuffled[member], report[member], "{member}");
    }
}
