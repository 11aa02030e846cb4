//! Tests of correlations: windows over event times.

use std::fs;

use ct_rules::{DocumentKind, Evaluator, History, RuleSet, Variables, WindowHit, Windows};

/// Loads a correlation over calls with the event names `A` and `B`.
fn rules(correlation: &str) -> RuleSet {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("rules.yml");
    let base = |name: &str| {
        format!(
            "---\ntitle: {name}\nlogsource: {{product: aws, service: cloudtrail}}\nid: {name}\n\
             detection: {{c: {{eventName: {name}}}, condition: c}}\n"
        )
    };
    let window = format!("title: w\nid: w\ncorrelation:\n{correlation}\n");
    let text = [window, base("A"), base("B")].concat();
    fs::write(&file, text).expect("a temporary file");
    RuleSet::load([file.to_string_lossy()], &Variables::default()).expect("the rules compile")
}

/// Creates records from events of the form `(seconds, event name, group, value)`.
fn records(events: &[(u32, &str, &str, &str)]) -> Vec<String> {
    let record = |&(seconds, name, group, value): &(u32, &str, &str, &str)| {
        format!(
            r#"{{"eventTime":"2026-08-01T00:{:02}:{:02}Z","eventName":"{name}","g":"{group}","v":"{value}"}}"#,
            seconds / 60,
            seconds % 60
        )
    };
    events.iter().map(record).collect()
}

fn windows<'r>(rules: &RuleSet, parts: impl IntoIterator<Item = &'r [String]>) -> Windows {
    let evaluator = Evaluator::new(rules, DocumentKind::Records);
    let collected = parts.into_iter().map(|part| {
        let mut worker = evaluator.worker();
        for record in part {
            let outcome = worker.record(record).expect("an object");
            assert_eq!(outcome.errors, []);
        }
        worker.into_collected()
    });
    let collected: Vec<_> = collected.collect();
    evaluator.finish(&collected, None)
}

/// Returns, for each hit, the group, the count, and the times of the records in seconds.
fn told(hits: &[WindowHit]) -> Vec<(String, u64, Vec<u32>)> {
    let seconds = |record: &str| {
        let at = record.find("T00:").map_or(0, |at| at + 4);
        let number = |range: std::ops::Range<usize>| record[range].parse::<u32>().unwrap_or(0);
        number(at..at + 2) * 60 + number(at + 3..at + 5)
    };
    let told = hits.iter().map(|hit| {
        let group = hit.group.iter().filter_map(|(_, value)| value.clone());
        let records = hit.records.iter().map(|record| seconds(record)).collect();
        (group.collect(), hit.count, records)
    });
    told.collect()
}

fn of(correlation: &str, events: &[(u32, &str, &str, &str)]) -> Vec<(String, u64, Vec<u32>)> {
    let rules = rules(correlation);
    let records = records(events);
    let windows = windows(&rules, [records.as_slice()]);
    assert_eq!(windows.errors, []);
    told(&windows.hits)
}

const COUNT: &str =
    "  {type: event_count, rules: [A], group-by: [g], timespan: 10s, condition: {gte: 3}}";

#[test]
fn a_window_contains_records_up_to_its_span() {
    let at = |seconds: [u32; 3]| of(COUNT, &seconds.map(|second| (second, "A", "x", "")));
    assert_eq!(at([0, 5, 10]), [("x".to_owned(), 3, vec![0, 5, 10])]);
    assert_eq!(at([0, 5, 11]), []);
}

#[test]
fn windows_slide_so_that_no_boundary_hides_a_burst() {
    let events = [8, 9, 11, 12].map(|second| (second, "A", "x", ""));
    assert_eq!(
        of(COUNT, &events),
        [("x".to_owned(), 4, vec![8, 9, 11, 12])]
    );
}

#[test]
fn consecutive_windows_are_one_hit_and_a_gap_starts_another() {
    let events = [0, 1, 2, 3, 100, 101, 102].map(|second| (second, "A", "x", ""));
    assert_eq!(
        of(COUNT, &events),
        [
            ("x".to_owned(), 4, vec![0, 1, 2, 3]),
            ("x".to_owned(), 3, vec![100, 101, 102])
        ]
    );
}

#[test]
fn groups_are_counted_separately() {
    let events = [
        (0, "A", "x", ""),
        (1, "A", "y", ""),
        (2, "A", "x", ""),
        (3, "A", "x", ""),
    ];
    assert_eq!(of(COUNT, &events), [("x".to_owned(), 3, vec![0, 2, 3])]);
}

#[test]
fn distinct_values_are_counted_once() {
    let correlation = "  {type: value_count, rules: [A], group-by: [g], timespan: 10s, \
                       condition: {field: v, gt: 1}}";
    let same = [(0, "A", "x", "1"), (1, "A", "x", "1")];
    assert_eq!(of(correlation, &same), []);
    let different = [(0, "A", "x", "1"), (1, "A", "x", "1"), (2, "A", "x", "2")];
    assert_eq!(
        of(correlation, &different),
        [("x".to_owned(), 2, vec![0, 1, 2])]
    );
}

#[test]
fn each_element_of_an_array_is_a_value() {
    let rules =
        rules("  {type: value_count, rules: [A], timespan: 10s, condition: {field: v.n, gte: 3}}");
    let of = |values: &str| {
        let record =
            format!(r#"{{"eventTime":"2026-08-01T00:00:00Z","eventName":"A","v":{values}}}"#);
        windows(&rules, [[record].as_slice()]).hits.len()
    };
    assert_eq!(of(r#"[{"n":"x"},{"n":["y","z",null]}]"#), 1);
    assert_eq!(of(r#"[{"n":"x"},{"n":["x","y",null]}]"#), 0);
    assert_eq!(of(r#"{"n":[1,2,[3]]}"#), 1);
}

#[test]
fn temporal_requires_every_rule_and_temporal_ordered_their_order() {
    let temporal = "  {type: temporal, rules: [A, B], group-by: [g], timespan: 10s}";
    let ordered = "  {type: temporal_ordered, rules: [A, B], group-by: [g], timespan: 10s}";
    let forwards = [(0, "A", "x", ""), (5, "B", "x", "")];
    let backwards = [(0, "B", "x", ""), (5, "A", "x", "")];
    let hit = [("x".to_owned(), 2, vec![0, 5])];
    assert_eq!(of(temporal, &forwards), hit);
    assert_eq!(of(temporal, &backwards), hit);
    assert_eq!(of(ordered, &forwards), hit);
    assert_eq!(of(ordered, &backwards), []);
    assert_eq!(of(ordered, &[(0, "A", "x", ""), (11, "B", "x", "")]), []);
    assert_eq!(
        of(ordered, &[(3, "A", "x", ""), (3, "B", "x", "")]),
        [("x".to_owned(), 2, vec![3, 3])]
    );
}

#[test]
fn the_order_of_the_input_and_the_number_of_workers_do_not_matter() {
    let rules = rules(COUNT);
    let events: Vec<(u32, &str, &str, &str)> = (0..200)
        .map(|at| (at * 37 % 600, "A", if at % 3 == 0 { "x" } else { "y" }, ""))
        .collect();
    let mut records = records(&events);
    let expected = windows(&rules, [records.as_slice()]);
    assert!(expected.hits.len() > 3);
    let mut random = 1_u64;
    for at in (1..records.len()).rev() {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let other = usize::try_from(random >> 33).expect("31 bits") % (at + 1);
        records.swap(at, other);
    }
    let (left, right) = records.split_at(70);
    assert_eq!(windows(&rules, [left, right]), expected);
}

#[test]
fn a_record_without_a_time_leaves_its_windows_undecided() {
    let rules = rules(COUNT);
    let evaluator = Evaluator::new(&rules, DocumentKind::Records);
    let mut worker = evaluator.worker();
    let outcome = worker.record(r#"{"eventName":"A"}"#).expect("an object");
    let window = rules
        .rules
        .iter()
        .position(|rule| rule.id == "w")
        .expect("one rule matched");
    let reason = "the record has no valid eventTime, so it cannot be assigned to a window";
    assert_eq!(outcome.errors, [(window, reason.to_owned())]);
}

#[test]
fn a_value_that_is_not_in_the_history_is_new() {
    let rules = rules("  {type: new_value, rules: [A], group-by: [g], condition: {field: v}}");
    let mut history = History::default();
    let mut run = |events: &[(u32, &str, &str, &str)]| {
        let evaluator = Evaluator::new(&rules, DocumentKind::Records);
        let mut worker = evaluator.worker();
        for record in records(events) {
            worker.record(&record).expect("an object");
        }
        let windows = evaluator.finish(&[worker.into_collected()], Some(&mut history));
        let values = windows.hits.iter().map(|hit| {
            let value = hit.value.clone().unwrap_or_default();
            (value, hit.records.len())
        });
        values.collect::<Vec<_>>()
    };
    let new = |records| vec![("2".to_owned(), records)];
    assert_eq!(run(&[(0, "A", "x", "1")]), [], "the first run learns");
    assert_eq!(
        run(&[(0, "A", "x", "1"), (1, "A", "x", "2"), (2, "A", "x", "2")]),
        new(2),
        "a hit has all records with the value"
    );
    assert_eq!(run(&[(0, "A", "x", "2"), (1, "A", "y", "2")]), new(1));
}

#[test]
fn an_event_that_the_input_contains_twice_counts_once_even_if_its_records_differ() {
    let rules = rules(
        "  {type: event_count, rules: [A], group-by: [g], timespan: 1m, condition: {gte: 1}}",
    );
    let record = |id: &str, agent: &str| {
        format!(
            r#"{{"eventTime":"2026-08-01T00:00:00Z","eventName":"A","g":"x","eventID":{id},"userAgent":"{agent}"}}"#
        )
    };
    let one = [
        record("\"1\"", "a"),
        record("\"1\"", "b"),
        record("\"2\"", "a"),
    ];
    let other: Vec<String> = one.iter().rev().cloned().collect();
    let counted = |records: &[String]| {
        let windows = windows(&rules, [records]);
        (windows.hits, windows.repeated)
    };
    let (hits, repeated) = counted(&one);
    assert_eq!((hits[0].count, repeated), (2, 1));
    assert_eq!(counted(&other), (hits, repeated));
    let without = [record("null", "a"), record("null", "b")];
    let (hits, repeated) = counted(&without);
    assert_eq!((hits[0].count, repeated), (2, 0));
}

#[test]
fn without_a_history_a_new_value_is_undecided() {
    let rules = rules("  {type: new_value, rules: [A], group-by: [g], condition: {field: v}}");
    let records = records(&[(0, "A", "x", "1")]);
    let windows = windows(&rules, [records.as_slice()]);
    assert_eq!(windows.errors.len(), 1);
}
