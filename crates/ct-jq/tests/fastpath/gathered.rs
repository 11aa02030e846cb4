//! Tests programs that reassemble the events of `--stream`.

use super::both::{ODD, RECORD, assert_same_both_ways, explained, run};

/// Programs that only reassemble the events, so that values are read directly.
const GATHERED: &[&str] = &[
    "fromstream(inputs)",
    "[fromstream(inputs)]",
    "fromstream(1|truncate_stream(inputs))",
    "fromstream(2 | truncate_stream(inputs))",
    "[limit(2; fromstream(1|truncate_stream(inputs)))]",
    "range(3) as $i | try first(fromstream(1|truncate_stream(inputs))) catch \"c\\(.)\"",
    "try fromstream(inputs) catch \"c\\(.)\"",
    "reduce fromstream(1|truncate_stream(inputs)) as $x (0; . + ($x | length))",
    "fromstream(1|truncate_stream(inputs)) | error",
    "def all: fromstream(inputs); {a: all}",
];

/// Programs that observe the events, so that values cannot be read directly.
const EVENTS: &[&str] = &[
    "fromstream(inputs | select(.[0][0] == \"a\"))",
    "fromstream(1|truncate_stream(inputs | select(length == 2)))",
    "def inputs: [[],7]; fromstream(inputs)",
    "[fromstream(inputs)], [inputs]",
    "fromstream(inputs) | input_line_number",
    "1 | fromstream(truncate_stream(inputs))",
    "fromstream(-1|truncate_stream(inputs))",
];

/// Inputs with values of several depths, and with incomplete values.
const VALUES: &[&str] = &[
    "",
    "1 \"x\" null",
    "{} [] [[]] {\"a\":{}}",
    r#"{"a":[1,2,{"b":[]}],"c":{"d":{"e":1}}}"#,
    r#"[[1,[2]],[3,{"a":[4]}]]"#,
    r#"{"a":{"b":1},"a":{"c":2}}"#,
    r#"{"a":1,"a":{"b":2}} {"z":{"q":1}}"#,
    r#"{"k":[1,{"a":{"b":1},"a":3}],"l":[7]}"#,
    r#"[{"a":[1,2"#,
    r#"{"a":[1,2],}"#,
    "[[1,2]\n,[3]]\n[[5]]\ntru",
    "[[1,2],,[3]] [[4]]",
    r#"{"a":[1.0,100000000000000000000]}"#,
    "[1 2]",
    r#"{"a":{"b":1}"c":[2]}"#,
    "[[1][2]]",
    "[[1,nan],[NaN]]",
];

#[test]
fn gathered_values_equal_those_of_fromstream() {
    for program in GATHERED.iter().chain(EVENTS) {
        for input in VALUES.iter().chain(ODD).chain(&[RECORD]) {
            assert_same_both_ways(&["-n", "--stream", "-c"], program, input.as_bytes());
        }
    }
}

#[test]
fn values_are_gathered_across_blocks() {
    let document = format!(
        "{{\"Records\":[{}{RECORD}],\"n\":{{\"a\":1}}}}",
        format!("{RECORD},\n").repeat(400)
    );
    for program in GATHERED {
        assert_same_both_ways(&["-n", "--stream", "-c"], program, document.as_bytes());
    }
}

#[test]
fn only_programs_that_reassemble_all_events_read_values() {
    let options = ["-n", "--stream"];
    for program in GATHERED {
        let told = explained(&options, program);
        assert!(told.contains("without their events"), "{program}: {told}");
    }
    for program in EVENTS {
        let told = explained(&options, program);
        assert_eq!(told, "ct-jq: the filter runs on the engine\n", "{program}");
    }
}

#[test]
fn fromstream_takes_an_event_of_any_kind_as_jq_does() {
    let shown = |program: &str| run(&["-n", "-c"], program, b"").0;
    assert_eq!(
        shown("[fromstream([[0],1], [[0]], [[], 5], [null, 3])]"),
        "[[1],5,3]\n"
    );
    for (event, message) in [
        ("true", "boolean (true) has no length"),
        ("[1, 2]", "array ([\"x\"]) and number (1) cannot be added"),
        ("{\"a\": 1}", "Cannot index object with number (0)"),
    ] {
        let program = format!("try fromstream({event}) catch .");
        assert_eq!(
            shown(&program),
            format!("\"{message}\"\n").replace("[\"x\"]", "[\\\"x\\\"]")
        );
    }
}
