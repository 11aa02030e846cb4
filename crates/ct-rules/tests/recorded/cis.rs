//! Tests the metric filters of the CIS benchmarks. The records show where the filters as printed
//! and the filters as corrected give different results.

use std::collections::BTreeMap;
use std::fs;

use ct_rules::{DocumentKind, Evaluator, RuleSet, Variables};
use serde_json::Value;

use super::SHARED;

/// The built-in rule that corresponds to a check in the recording.
fn rule_of(check: &str) -> &'static str {
    match check {
        "cis_1" => "ct.cis.unauthorized-calls",
        "cis_2" => "ct.cis-printed.login-without-mfa",
        "cis_2_iam" => "ct.cis-printed.iam-user-login-without-mfa",
        "cis_2_fixed" => "ct.cis.login-without-mfa",
        "cis_3" => "ct.cis.root-used",
        "cis_4" => "ct.cis-printed.iam-policy-changed",
        "cis_4_fixed" => "ct.cis.iam-policy-changed",
        "cis_5" => "ct.cis-printed.trail-changed",
        "cis_6" => "ct.cis.login-failed",
        "cis_7" => "ct.cis.key-disabled",
        "cis_8" => "ct.cis-printed.bucket-policy-changed",
        "cis_8_fixed" => "ct.cis.bucket-policy-changed",
        "cis_9" => "ct.cis.config-changed",
        "cis_10" => "ct.cis.security-group-changed",
        "cis_11" => "ct.cis.network-acl-changed",
        "cis_12" => "ct.cis.gateway-changed",
        "cis_13" => "ct.cis.route-changed",
        "cis_14" => "ct.cis.vpc-changed",
        "cis_15" => "ct.cis.organization-changed",
        other => panic!("no rule for {other}"),
    }
}

#[test]
#[ignore = "needs the recordings beside the project: cargo xtask shared"]
fn recorded_records_match_the_checks_as_printed_and_as_corrected() {
    let rules = RuleSet::load(["cis", "cis-printed"], &Variables::default()).unwrap();
    let evaluator = Evaluator::new(&rules, DocumentKind::Records);
    let mut worker = evaluator.worker();
    let mut different = Vec::new();
    for line in fs::read_to_string(format!("{SHARED}/rules/cis.ndjson"))
        .unwrap()
        .lines()
    {
        let case: Value = serde_json::from_str(line).unwrap();
        let outcome = worker.record(&case["record"].to_string()).unwrap();
        let hits: Vec<&str> = outcome
            .hits
            .iter()
            .map(|&hit| rules.rules[hit].id.as_str())
            .collect();
        let wanted: BTreeMap<String, bool> = serde_json::from_value(case["want"].clone()).unwrap();
        for (check, want) in wanted {
            if hits.contains(&rule_of(&check)) != want {
                different.push(format!("{}: {check}", case["case"]));
            }
        }
    }
    assert_eq!(different, [] as [String; 0]);
}
