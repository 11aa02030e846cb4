//! Tests the order of outputs and of errors.

use crate::run::{answer, jq};

#[test]
fn an_operator_varies_its_left_side_fastest() {
    assert_eq!(answer("[(1,2) * (10,100)]", "null"), "[10,20,100,200]\n");
}

#[test]
fn a_string_varies_its_first_interpolation_fastest() {
    assert_eq!(
        answer(r#"["\(1,2)-\(3,4)"]"#, "null"),
        "[\"1-3\",\"2-3\",\"1-4\",\"2-4\"]\n"
    );
}

#[test]
fn an_object_varies_its_last_member_fastest() {
    assert_eq!(
        answer("[{a: (1,2), b: (3,4)} | [.a,.b]]", "null"),
        "[[1,3],[1,4],[2,3],[2,4]]\n"
    );
}

#[test]
fn the_last_of_several_indices_varies_slowest() {
    assert_eq!(answer("[.[0,1][0,1]]", "[[5,6],[7,8]]"), "[5,7,6,8]\n");
}

#[test]
fn the_right_side_fails_first() {
    let ran = jq(["-n", r#"error("left") + error("right")"#]).run();
    assert_eq!(ran.stderr, "jq: error (at <unknown>): right\n");
}

#[test]
fn the_last_element_of_a_pattern_is_taken_first() {
    let ran = jq(["-n", "5 as [$a, $b] | 1"]).run();
    assert_eq!(
        ran.stderr,
        "jq: error (at <unknown>): Cannot index number with number (1)\n"
    );
}

#[test]
fn a_name_bound_twice_takes_the_later_element_or_the_earlier_key() {
    assert_eq!(answer("[1,2] as [$x,$x] | $x", "null"), "2\n");
    assert_eq!(
        answer(". as {a: $x, b: $x} | $x", r#"{"a":1,"b":2}"#),
        "1\n"
    );
}

#[test]
fn a_reduction_continues_with_the_last_output() {
    assert_eq!(
        answer("reduce (3,4) as $x (0; . + $x, . * 10)", "null"),
        "0\n"
    );
    assert_eq!(answer("reduce (3,4) as $x (0; empty)", "null"), "null\n");
}

#[test]
fn foreach_continues_with_the_last_output() {
    assert_eq!(
        answer("[foreach (1,2) as $x (1; . + $x, . * 10)]", "null"),
        "[2,10,12,100]\n"
    );
}

#[test]
fn alternatives_bind_every_variable_and_continue_after_an_error() {
    let program = r#"[.[] as [$a] ?// {$b} | if $a == 1 then error("one") else [$a, $b] end]"#;
    let ran = jq(["-c", program]).input(r#"[[2], {"b": 3}]"#).run();
    assert_eq!(ran.stdout, "[[2,null],[null,3]]\n");
}

#[test]
fn a_variable_parameter_is_a_filter_too() {
    assert_eq!(
        answer("def f($x): [$x, x]; f(1, 2)", "null"),
        "[1,1,2]\n[2,1,2]\n"
    );
}

#[test]
fn an_alternative_does_not_hide_errors() {
    let ran = jq(["-n", r#"error("seen") // 1"#]).run();
    assert_eq!(ran.stderr, "jq: error (at <unknown>): seen\n");
}

#[test]
fn foreach_outputs_the_results_of_an_update_before_its_error() {
    let program =
        "[label $out | foreach .[] as $x (0; if $x > 2 then ., break $out else . + $x end)]";
    assert_eq!(answer(program, "[1,2,3,4]"), "[1,3,3]\n");
}

#[test]
fn an_error_in_an_object_precedes_a_later_empty_member() {
    let ran = jq(["-n", r#"{a: error("seen"), b: empty}"#]).run();
    assert_eq!(ran.stderr, "jq: error (at <unknown>): seen\n");
}
