//! Tests of the built-in rules.

use ct_rules::{DocumentKind, Evaluator, RuleSet, Variables, areas};

fn pack() -> RuleSet {
    RuleSet::load(areas(), &Variables::default()).expect("the pack compiles")
}

#[test]
fn every_rule_gives_the_documented_result_for_its_examples() {
    let rules = pack();
    let mut failed = Vec::new();
    for (index, rule) in rules.rules.iter().enumerate() {
        match rules.failed_examples(index) {
            Ok(examples) if examples.is_empty() => {}
            Ok(examples) => failed.push(format!("{}: {examples:?}", rule.id)),
            Err(error) => failed.push(format!("{}: {error}", rule.id)),
        }
    }
    assert_eq!(failed, [] as [String; 0]);
}

#[test]
fn every_rule_explains_itself_and_has_positive_and_negative_examples() {
    let mut incomplete = Vec::new();
    for rule in pack().rules {
        let sides =
            [true, false].map(|hits| rule.examples.iter().any(|example| example.hits == hits));
        let needs_a_history = rule.id.starts_with("ct.first-seen.");
        let is_complete = !rule.description.is_empty()
            && !rule.response.is_empty()
            && !rule.tags.is_empty()
            && (sides == [true, true] || needs_a_history);
        if !is_complete && !rule.is_base {
            incomplete.push(rule.id);
        }
    }
    assert_eq!(incomplete, [] as [String; 0]);
}

#[test]
fn the_areas_and_builtin_contain_the_rules_by_their_ids() {
    for area in areas() {
        let rules = RuleSet::load([area], &Variables::default()).unwrap();
        for rule in &rules.rules {
            assert!(
                rule.id.starts_with(&format!("ct.{area}.")),
                "{area}: {}",
                rule.id
            );
            assert_eq!(rule.file, "builtin");
        }
    }
    let all = RuleSet::load(["builtin"], &Variables::default()).unwrap();
    assert!(all.rules.len() > 100 && all.not_run.is_empty());
    assert!(
        all.rules
            .iter()
            .all(|rule| !rule.id.starts_with("ct.cis-printed."))
    );
}

#[test]
fn hostile_records_raise_no_error() {
    let rules = pack();
    let evaluator = Evaluator::new(&rules, DocumentKind::Records);
    let mut worker = evaluator.worker();
    for value in ["null", "7", "\"x\"", "[]", "[{}]", "{}", "[[1]]", "true"] {
        for name in [
            "PutBucketPolicy",
            "UpdateAssumeRolePolicy",
            "AuthorizeSecurityGroupIngress",
        ] {
            for field in [
                "requestParameters",
                "userIdentity",
                "errorCode",
                "recipientAccountId",
            ] {
                let record = format!(
                    r#"{{"eventTime":"2026-08-01T00:00:00Z","eventName":"{name}","{field}":{value}}}"#
                );
                let outcome = worker.record(&record).unwrap();
                assert_eq!(outcome.errors, [], "{record}");
            }
            for field in [
                "bucketPolicy",
                "policy",
                "policyDocument",
                "ipPermissions",
                "cidrIp",
                "fromPort",
                "attributes",
                "ModifySecurityGroupRulesRequest",
            ] {
                let record = format!(
                    r#"{{"eventTime":"2026-08-01T00:00:00Z","eventName":"{name}","requestParameters":{{"{field}":{value}}}}}"#
                );
                let outcome = worker.record(&record).unwrap();
                assert_eq!(outcome.errors, [], "{record}");
            }
        }
    }
}
