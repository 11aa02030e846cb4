//! Tests the built-in rules on the test records of equivalent Panther rules.
//!
//! Each line of `panther.txt` lists a Panther rule and its equivalent built-in rules. At least one
//! of the built-in rules must hit where the Panther rule does.

use std::collections::BTreeMap;
use std::fs;

use ct_rules::{DocumentKind, Evaluator, RuleSet, Variables};
use serde_json::Value;

use super::SHARED;

/// The Panther tests for which the built-in rules give a different result, each with the reason.
const DIFFERENT: [(&str, &str); 15] = [
    (
        "AWS.Console.LoginWithoutMFA: No MFA Login - New User",
        "Panther knows from outside that the user is new",
    ),
    (
        "AWS.EC2.LaunchUnusualEC2Instances: Successful Unusual EC2",
        "Auto Scaling launched the instance; the rule is about calls by a person",
    ),
    (
        "AWS.EC2.NetworkACLModified: Error Modifying Network ACL",
        "the call was refused; CIS's patterns count refused calls as well",
    ),
    (
        "AWS.EC2.RouteTableModified: Error Modifying Route Table",
        "the call was refused; CIS's patterns count refused calls as well",
    ),
    (
        "AWS.EC2.SecurityGroupModified: Error Mofidying Security Group",
        "the call was refused; CIS's patterns count refused calls as well",
    ),
    (
        "AWS.EC2.VPCModified: Error Modifying VPC",
        "the call was refused; CIS's patterns count refused calls as well",
    ),
    (
        "AWS.IAM.Backdoor.User.Keys: user1 create keys for user2",
        "CloudFormation or another service made the call; the rule is about calls by a person",
    ),
    (
        "AWS.IAM.Backdoor.User.Keys: jack create keys for jackson",
        "CloudFormation or another service made the call; the rule is about calls by a person",
    ),
    (
        "AWS.Root.Activity: Root Activity - CreateServiceLinkedRole",
        "CIS's pattern has no exceptions by call",
    ),
    (
        "AWS.Root.Activity: Root User Failed Activity",
        "CIS's pattern counts refused calls as well",
    ),
    (
        "AWS.Root.Activity: Root Read-Only Enumeration",
        "CIS's pattern counts reads as well",
    ),
    (
        "AWS.Suspicious.SAML.Activity: DeleteSAMLProvider",
        "CloudFormation or another service made the call; the rule is about calls by a person",
    ),
    (
        "AWS.SecretsManager.BatchRetrieveSecretsCatchAll: BatchGetSecretValue Catch-All with other filters",
        "every read in bulk counts, whatever its filters",
    ),
    (
        "AWS.SSM.DistributedCommand: Single Command Send, No Cached IDs",
        "every command counts; Panther's counts instances over time",
    ),
    (
        "AWS.CloudTrail.UnauthorizedAPICall: Unauthorized API Call from Within AWS (FQDN)",
        "CIS's pattern leaves out one service only",
    ),
];

#[test]
#[ignore = "needs the recordings beside the project: cargo xtask shared"]
fn equivalent_rules_agree_except_for_listed_differences() {
    let counterparts: BTreeMap<&str, Vec<&str>> = include_str!("panther.txt")
        .lines()
        .map(|line| {
            let mut words = line.split(' ');
            (words.next().unwrap(), words.collect())
        })
        .collect();
    // The event times in these records are not from CloudTrail, so the rules of the area `window`
    // are left out.
    let areas = ["cis", "trail", "iam", "exposure", "compute", "data"];
    let rules = RuleSet::load(areas, &Variables::default()).unwrap();
    for id in counterparts.values().flatten() {
        assert!(rules.rules.iter().any(|rule| rule.id == *id), "{id}");
    }
    let evaluator = Evaluator::new(&rules, DocumentKind::Records);
    let mut worker = evaluator.worker();
    let (mut judged, mut different) = (0, Vec::new());
    for line in fs::read_to_string(format!("{SHARED}/rules/panther.ndjson"))
        .unwrap()
        .lines()
    {
        let case: Value = serde_json::from_str(line).unwrap();
        let Some(ids) = counterparts.get(case["rule"].as_str().unwrap()) else {
            continue;
        };
        let outcome = worker.record(&case["record"].to_string()).unwrap();
        assert_eq!(outcome.errors, [], "{line}");
        let hits = outcome
            .hits
            .iter()
            .any(|&hit| ids.contains(&rules.rules[hit].id.as_str()));
        judged += 1;
        if case["want"] != hits {
            different.push(format!(
                "{}: {}",
                case["rule"].as_str().unwrap(),
                case["test"].as_str().unwrap()
            ));
        }
    }
    let listed: Vec<&str> = DIFFERENT.iter().map(|(test, _)| *test).collect();
    assert_eq!(different, listed);
    assert!(
        counterparts.len() >= 60 && different.len() * 5 <= judged,
        "{judged}"
    );
}
