//! Tests programs that do not need every input.

use std::fmt::Write as _;

use super::both::{ODD, assert_same_both_ways, explained};

/// Programs whose result stays the same if repeated inputs are dropped.
const FIRST_OF_EQUAL: &[&str] = &[
    "map(.who.arn) | unique",
    "map(.who.arn) | unique | length",
    "[.[].who.arn] | unique",
    "[.[] | .who | .arn?] | unique",
    "map(.who.arn) | map(length) | unique",
    "map(.who.arn | length) | unique[0]",
    "unique_by(.name) | map([.name, .time])",
    "unique_by(.name | length) | map(.name)",
    "def who: .who.arn; map(who) | unique",
    "map(select(.name) | .name) | min",
    "min_by(.name | length).name",
    "map(.name) | any",
    "all(.name)",
    "any(.name == \"n3\")",
    "map(.time | .x) | unique",
    "map(try (.time | .x) catch .) | unique",
    "map(.name, .who.arn) | unique | map(length)",
    "[.[].name, 1] | unique",
];

/// Programs that need only the first or the last of the inputs in the order of `.time`.
const FIRST_OR_LAST: &[(&str, &str)] = &[
    ("sort_by(.time) | .[-1].name", "last"),
    ("sort_by(.time)[-1]", "last"),
    ("sort_by(.time) | .[0]", "first"),
    ("sort_by(.time) | first | .name", "first"),
    ("sort_by(.time) | last | [.time, .who.arn]", "last"),
    ("sort_by(.time) | reverse | .[0] | .name", "last"),
    ("sort_by(.time) | reverse | last", "first"),
    ("max_by(.time)", "last"),
    ("min_by(.time) | .name, .time", "first"),
    ("map(.time) | max", "last"),
    ("[.[].time] | min", "first"),
    ("[.[] | .time] | sort | .[-1]", "last"),
];

/// Programs that may need all inputs.
const ALL: &[&str] = &[
    "sort_by(.time) | .[-2].name",
    "sort_by(.time) | length, .[0].name",
    "sort_by(.time)[length - 1].name",
    "sort_by(.time, .name) | .[0].name",
    "sort_by(.time | length) | .[0].name",
    "group_by(.name) | map(length)",
    "map(.name) | length",
    "map(.name) | sort | length",
    "[limit(5; .[].name)] | unique",
    "[.[0].name, .[1].name] | unique",
    "[.[] as $r | $r.name] | unique",
    "[.[].name, (.[] | .name)] | length",
    "map(.name) | unique_by(debug) | length",
    "map(.name | stderr) | unique",
    "def unique: length; map(.name) | unique",
    "def sort_by(f): .; sort_by(.time) | .[0].name",
    "map(.name) | max_by(length)",
    "unique_by(.name), length",
];

fn explanation(program: &str) -> String {
    let explained = explained(&["-s"], program);
    explained.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn equal_inputs_are_dropped_if_the_result_does_not_depend_on_them() {
    let is_reduced =
        |program: &&&str| !explanation(program).contains("keeps only the first of equal ones");
    let kept: Vec<_> = FIRST_OF_EQUAL.iter().filter(is_reduced).collect();
    assert_eq!(kept, [&"[.[].name, 1] | unique"]);
}

#[test]
fn all_but_the_first_or_last_input_are_dropped_if_only_that_is_used() {
    for (program, which) in FIRST_OR_LAST {
        let explanation = explanation(program);
        assert!(
            explanation.contains(&format!("keeps only the {which} by .time;")),
            "{program}: {explanation}"
        );
    }
}

#[test]
fn no_input_is_dropped_if_the_program_may_need_it() {
    for program in ALL {
        let explanation = explanation(program);
        assert!(
            !explanation.contains("keeps only"),
            "{program}: {explanation}"
        );
    }
}

#[test]
fn programs_that_need_some_inputs_print_what_the_engine_prints() {
    let programs = FIRST_OR_LAST.iter().map(|(program, _)| program);
    let programs: Vec<_> = programs.chain(FIRST_OF_EQUAL).collect();
    for input in inputs() {
        for program in &programs {
            assert_same_both_ways(&["-s", "-c"], program, input.as_bytes());
        }
    }
}

/// Inputs of several chunks with equal keys, with keys in any order, and with keys of other types.
fn inputs() -> Vec<String> {
    let records = |time: &dyn Fn(u32) -> u32| {
        (0..600).fold(String::new(), |mut text, n| {
            let time = time(n);
            writeln!(
                text,
                r#"{{"time":"{time:05}","name":"n{}","who":{{"arn":"arn:{}"}},"at":{n},"rest":"{:0120}"}}"#,
                n % 7,
                n % 30,
                0
            )
            .expect("writing to a string cannot fail");
            text
        })
    };
    let ascending = records(&|n| n / 3);
    let descending = records(&|n| (9_000 - n) / 2);
    let mixed = records(&|n| n * 7919 % 300);
    let escaped = r#"{"time":"\u0039","name":"n\u0031","who":null,"rest":1}"#;
    let numbers = r#"{"time":7,"name":1.0} {"time":7.0,"name":1} {"time":null} {"who":7}"#;
    vec![
        descending.clone(),
        format!("{mixed}{escaped}\n{mixed}"),
        format!("{ascending}{numbers}\n{descending}"),
        format!("{mixed}{{\"time\":[1],\"name\":{{}}}}\n{mixed}"),
        format!("{mixed}{{\"time\":1,\n\"who\":{{\"arn\":\n\"arn:1\"}}}}\n{mixed}"),
        format!("{mixed}{{\"time\":tru}}\n{mixed}"),
        format!("{}\n{mixed}7\n{mixed}", ODD.join("\n")),
    ]
}
