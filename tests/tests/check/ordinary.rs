//! Tests how many findings the built-in rules report in the traffic of an ordinary account.

use std::collections::BTreeMap;

use ct_sim::{Events, Sim, Traffic};
use ct_tests::Sandbox;
use serde_json::Value;

const RECORDS: usize = 10_000;

#[test]
fn at_most_one_record_in_a_thousand_of_ordinary_traffic_is_a_high_finding() {
    let sim = Sim::start(Events::generated(Traffic::plain(RECORDS)));
    let sandbox = Sandbox::beside(&sim);
    let mut command = sandbox.command("ct-check");
    let window = ["--since", "2020-09-01", "--until", "2020-10-02T00:00:00Z"];
    let output = command
        .args(["--format", "json", "--", "--rate", "100000"])
        .args(window)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{said}");
    let mut severe: BTreeMap<String, usize> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let finding: Value = serde_json::from_str(line).unwrap();
        if matches!(finding["severity"].as_str(), Some("high" | "critical")) {
            *severe.entry(finding["rule"].to_string()).or_default() += 1;
        }
    }
    let findings: usize = severe.values().sum();
    assert!(1000 * findings <= RECORDS, "{findings}: {severe:?}");
}
