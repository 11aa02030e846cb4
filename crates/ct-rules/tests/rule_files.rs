//! Tests of rule files in every format, and of refused rules.

use std::fs;

use ct_rules::{DocumentKind, Evaluator, RuleSet, Severity, Variables};

fn load(files: &[(&str, &str)], variables: &Variables) -> Result<RuleSet, Vec<String>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a temporary file");
    }
    let rules = RuleSet::load([folder.path().to_string_lossy()], variables);
    rules.map_err(|errors| {
        let errors = errors
            .iter()
            .map(|error| format!("{}: {}", error.rule, error.refused));
        errors.collect()
    })
}

/// Returns the IDs of the rules that hit a record, and the errors of rules.
fn hits(rules: &RuleSet, record: &str) -> Vec<String> {
    let evaluator = Evaluator::new(rules, DocumentKind::Records);
    let mut worker = evaluator.worker();
    let outcome = worker.record(record).expect("an object");
    let ids = outcome.hits.iter().map(|&hit| rules.rules[hit].id.clone());
    let errors = outcome
        .errors
        .iter()
        .map(|(rule, error)| format!("{}: {error}", rules.rules[*rule].id));
    ids.chain(errors).collect()
}

fn sigma(detection: &str) -> String {
    format!("title: t\nlogsource: {{product: aws, service: cloudtrail}}\ndetection:\n{detection}\n")
}

/// Whether the Sigma detection item `item` hits a record.
fn item(item: &str, record: &str) -> bool {
    let text = sigma(&format!("  s: {{{item}}}\n  condition: s"));
    let rules = load(&[("t.yml", &text)], &Variables::default()).expect("the rule compiles");
    !hits(&rules, record).is_empty()
}

#[test]
fn each_format_is_recognized_by_the_files_name_and_content() {
    let record = r#"{"eventVersion":"1.08","eventType":"AwsApiCall","eventSource":"iam.amazonaws.com","eventName":"CreateUser"}"#;
    let files = [
        (
            "a.jq",
            "# id: from-jq\n# severity: low\n.eventName == \"CreateUser\"",
        ),
        (
            "b.yml",
            &sigma("  s: {eventName: CreateUser}\n  condition: s"),
        ),
        (
            "c.json",
            r#"{"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventName":["CreateUser"]}}"#,
        ),
        (
            "d.json",
            r#"{"filterName":"f","filterPattern":"{ $.eventName = CreateUser }"}"#,
        ),
        (
            "e.json",
            r#"{"metricFilters":[{"filterName":"g","filterPattern":"{ $.eventName = Create* }"}]}"#,
        ),
        (
            "f.json",
            r#"{"Rules":[{"Name":"h","State":"ENABLED","EventPattern":"{\"source\":[\"aws.iam\"]}"}]}"#,
        ),
    ];
    let files = files.map(|(name, text)| (name, text.to_owned()));
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let rules = load(&files, &Variables::default()).expect("the rules compile");
    assert_eq!(hits(&rules, record), ["from-jq", "b", "c", "f", "g", "h"]);
    assert_eq!(rules.rules[0].severity, Severity::Low);
    assert_eq!(
        rules.rules[1].severity,
        Severity::High,
        "a rule without a severity is high"
    );
}

#[test]
fn rules_that_cannot_be_evaluated_exactly_are_refused_by_rule_and_construct() {
    let cases = [
        ("a.jq", ".a |".to_owned(), "a: `program`:"),
        (
            "a.yml",
            sigma("  s: {f|fuzzy: x}\n  condition: s"),
            "a: `f|fuzzy`: the modifier `fuzzy` is not supported",
        ),
        (
            "a.yml",
            sigma("  s: {f|re: '(?=x)'}\n  condition: s"),
            "a: `f|re`: `(?=x)` is not supported",
        ),
        (
            "a.yml",
            sigma("  s: {f|expand: 'a%b%'}\n  condition: s"),
            "a: `f|expand`: with `expand`, the whole value must be",
        ),
        (
            "a.yml",
            sigma("  s: {f: x}\n  condition: s | count() > 3"),
            "a: `condition: s | count() > 3`",
        ),
        (
            "a.yml",
            sigma("  s: {f: []}\n  condition: s"),
            "a: `f`: the list is empty",
        ),
        (
            "a.json",
            r#"{"filterPattern":"[ip, user]"}"#.to_owned(),
            "a: `[ip, user]`",
        ),
        (
            "a.json",
            r#"{"detail":{"x":[{"fuzzy":1}]}}"#.to_owned(),
            "a: `detail.x`",
        ),
        ("a.json", "{".to_owned(), "a: `file`: not JSON"),
    ];
    for (name, text, expected) in cases {
        let errors = load(&[(name, &text)], &Variables::default()).expect_err(&text);
        assert!(
            errors.len() == 1 && errors[0].starts_with(expected),
            "{errors:?}"
        );
    }
}

#[test]
fn names_without_rules_are_errors() {
    assert!(load(&[], &Variables::default()).is_err(), "an empty folder");
    assert!(RuleSet::load(["no/such/file.yml"], &Variables::default()).is_err());
    let same = sigma("  s: {f: x}\n  condition: s\nid: same");
    assert!(load(&[("a.yml", &same), ("b.yml", &same)], &Variables::default()).is_err());
}

#[test]
fn rules_that_do_not_run_are_listed_with_the_reason() {
    let other = "title: t\nlogsource: {product: windows}\ndetection: {s: {f: x}, condition: s}\n";
    let unset = sigma("  s: {awsRegion|expand: '%allowed%'}\n  condition: s");
    let files = [
        ("a.yml", other),
        ("b.yml", unset.as_str()),
        ("c.jq", "# variables: allowed\n.awsRegion == $allowed"),
        (
            "d.json",
            r#"{"Name":"d","ScheduleExpression":"rate(1 day)"}"#,
        ),
        (
            "e.json",
            r#"{"Name":"e","State":"DISABLED","EventPattern":"{\"source\":[\"aws.iam\"]}"}"#,
        ),
    ];
    let rules = load(&files, &Variables::default()).expect("no rule is refused");
    let not_run: Vec<String> = rules
        .not_run
        .iter()
        .map(|rule| format!("{}: {}", rule.rule, rule.reason))
        .collect();
    assert_eq!(
        not_run,
        [
            "a: its log source is not CloudTrail",
            "b: its variable `allowed` is not set",
            "c: its variable `allowed` is not set",
            "d: it runs on a schedule, not on events",
            "e: it is disabled",
        ]
    );
    let mut variables = Variables::default();
    variables.set("allowed", "us-east-1,eu-west-1");
    let rules = load(&files, &variables).expect("no rule is refused");
    assert_eq!(rules.not_run.len(), 3);
    assert_eq!(hits(&rules, r#"{"awsRegion":"eu-west-1"}"#), ["b"]);
}

#[test]
fn a_jq_rule_that_raises_an_error_is_named_with_it() {
    let rules =
        load(&[("a.jq", ".eventName | error")], &Variables::default()).expect("the rules compile");
    assert_eq!(hits(&rules, r#"{"eventName":"x"}"#), ["a: x"]);
}

#[test]
fn absent_and_null_fields_do_not_exist() {
    assert!(item("f: null", r#"{"a":1}"#) && item("f: null", r#"{"f":null}"#));
    assert!(item("f: [x, null]", r#"{"a":1}"#) && !item("f: null", r#"{"f":""}"#));
    assert!(item("f|exists: false", r#"{"f":null}"#) && item("f|exists: true", r#"{"f":""}"#));
    assert!(!item("f|neq: x", r#"{"a":1}"#) && item("f|neq: x", r#"{"f":"y"}"#));
}

#[test]
fn any_element_of_an_array_may_match_unless_all_is_given() {
    assert!(item("a.b: x", r#"{"a":[{"b":"y"},{"b":["z","X"]}]}"#));
    assert!(item("a|contains|all: [x, y]", r#"{"a":"y and x"}"#));
    assert!(!item("a|contains|all: [x, y]", r#"{"a":"x"}"#));
    assert!(!item("a|neq: x", r#"{"a":["x","y"]}"#));
}

#[test]
fn modifiers_compare_as_the_specification_says() {
    assert!(
        item("f|cidr: 10.0.0.0/8", r#"{"f":"10.1.2.3"}"#)
            && !item("f|cidr: 10.0.0.0/8", r#"{"f":"11.0.0.0"}"#)
    );
    assert!(
        item("f|gte: 5", r#"{"f":5}"#)
            && item("f|lt: 5", r#"{"f":"4.5"}"#)
            && !item("f|gt: 5", r#"{"f":5}"#)
    );
    assert!(
        item("f|fieldref: g", r#"{"f":"x","g":"X"}"#) && !item("f|fieldref: g", r#"{"f":"x"}"#)
    );
    assert!(item("f|re: '^a.c$'", r#"{"f":"abc"}"#) && !item("f|re: '^a.c$'", r#"{"f":"ABC"}"#));
    assert!(item("f|re|i: '^a.c$'", r#"{"f":"ABC"}"#));
    assert!(item("f|cased: Abc", r#"{"f":"Abc"}"#) && !item("f|cased: Abc", r#"{"f":"abc"}"#));
    assert!(item("t|hour|gte: 22", r#"{"t":"2026-08-01T22:00:00Z"}"#));
    assert!(
        item("f: 5", r#"{"f":5}"#)
            && item("f: true", r#"{"f":true}"#)
            && item("f: 'true'", r#"{"f":true}"#)
    );
}

#[test]
fn keywords_are_searched_in_every_string() {
    let text = sigma("  k: [needle]\n  condition: k");
    let rules = load(&[("k.yml", &text)], &Variables::default()).expect("the rules compile");
    assert_eq!(hits(&rules, r#"{"a":[{"b":"a Needle here"}]}"#), ["k"]);
    assert_eq!(hits(&rules, r#"{"needle":1}"#), [] as [&str; 0]);
}

#[test]
fn a_filter_removes_hits_of_the_rules_it_names() {
    let rule = sigma("  s: {eventName: X}\n  condition: s\nid: r");
    let filter = "title: f\nlogsource: {product: aws, service: cloudtrail}\n\
                  filter: {rules: [r], ours: {userAgent: us}, condition: not ours}\n";
    let rules = load(
        &[("a.yml", &rule), ("b.yml", filter)],
        &Variables::default(),
    )
    .expect("the rules compile");
    assert_eq!(
        hits(&rules, r#"{"eventName":"X","userAgent":"them"}"#),
        ["r"]
    );
    assert_eq!(
        hits(&rules, r#"{"eventName":"X","userAgent":"us"}"#),
        [] as [&str; 0]
    );
}

#[test]
fn disabled_rules_still_feed_enabled_correlations() {
    let text = format!(
        "title: w\nid: w\ncorrelation: {{type: event_count, rules: [r], timespan: 1m, condition: {{gte: 1}}}}\n---\n{}",
        sigma("  s: {eventName: X}\n  condition: s\nid: r")
    );
    let mut rules = load(&[("a.yml", &text)], &Variables::default()).expect("the rules compile");
    rules.enable_only(|rule| rule.id == "w");
    let evaluator = Evaluator::new(&rules, DocumentKind::Records);
    let mut worker = evaluator.worker();
    let record = r#"{"eventTime":"2026-08-01T00:00:00Z","eventName":"X"}"#;
    assert!(worker.record(record).expect("an object").hits.is_empty());
    let windows = evaluator.finish(&[worker.into_collected()], None);
    assert_eq!(windows.hits.len(), 1);
}

#[test]
fn dispatch_by_event_name_never_hides_a_hit() {
    let text = sigma("  s: {eventName: CreateUser}\n  condition: s");
    let rules = load(&[("a.yml", &text)], &Variables::default()).expect("the rules compile");
    for record in [
        r#"{"eventName":"createuser"}"#,
        r#"{"eventName":["x","CreateUser"]}"#,
        r#"{"eventName":"Create\u0055ser"}"#,
        r#"{"event\u004eame":"CreateUser"}"#,
        r#"{"eventName":"x","eventName":"CreateUser"}"#,
    ] {
        assert_eq!(hits(&rules, record), ["a"], "{record}");
    }
}

#[test]
fn a_rule_file_without_a_rule_is_refused() {
    for text in ["", "# nothing\n", "---\n---\n"] {
        assert_eq!(
            load(&[("empty.yml", text)], &Variables::default()).unwrap_err(),
            ["empty: `file`: the file contains no rule"],
            "{text:?}"
        );
    }
}

#[test]
fn a_filter_for_any_rule_does_not_apply_to_built_in_rules() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("filter.yml");
    let filter = "title: f\nlogsource: {product: aws, service: cloudtrail}\nfilter:\n  rules: any\n  none: {eventName: X}\n  condition: none\n";
    fs::write(&file, filter).unwrap();
    let own = folder.path().join("own.yml");
    let rule = "id: own\nlogsource: {product: aws, service: cloudtrail}\ndetection: {a: {eventName: StopLogging}, condition: a}\n";
    fs::write(&own, rule).unwrap();
    let [file, own] = [file, own].map(|file| file.to_string_lossy().into_owned());
    let rules = RuleSet::load(["trail", &file, &own], &Variables::default()).unwrap();
    let record = r#"{"eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging"}"#;
    assert_eq!(hits(&rules, record), ["ct.trail.logging-stopped"]);
    let errors = RuleSet::load(["trail", &file], &Variables::default()).unwrap_err();
    assert_eq!(
        errors[0].refused.to_string(),
        "`filter`: the filter applies to no rule: load the rules that it restricts as well"
    );
}
