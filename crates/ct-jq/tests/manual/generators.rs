//! Examples for filters with any number of outputs.

use super::{jq, jq_error};

#[test]
fn range_excludes_its_end() {
    assert_eq!(
        jq("[range(3)], [range(1;3)], [range(5;0;-2)]", "null"),
        ["[0,1,2]", "[1,2]", "[5,3,1]"]
    );
}

#[test]
fn range_without_a_step_forward_is_empty() {
    assert_eq!(jq("[range(0;3;0)]", "null"), ["[]"]);
}

#[test]
fn range_requires_numbers() {
    assert_eq!(
        jq_error(r#"range("a")"#, "null"),
        "Range bounds must be numeric"
    );
}

#[test]
fn limit_takes_no_more_than_it_needs() {
    assert_eq!(jq("[limit(2; 1, 2, error)]", "null"), ["[1,2]"]);
}

#[test]
fn limit_counts_down_in_whole_steps_from_any_number() {
    assert_eq!(jq("[limit(1.5; 1, 2, 3)]", "null"), ["[1,2]"]);
    assert_eq!(jq("[limit(1, 2; 1, 2, 3)]", "null"), ["[1,1,2]"]);
    assert_eq!(jq("[limit(2; limit(3; range(5)), 7)]", "null"), ["[0,1]"]);
    assert_eq!(
        jq("[(1, 2) as $n | limit($n; range($n; 9))]", "null"),
        ["[1,2,3]"]
    );
    assert_eq!(
        jq_error("limit(\"x\"; 1)", "null"),
        "string (\"x\") and number (1) cannot be subtracted"
    );
}

#[test]
fn limit_keeps_paths_and_stops_the_generator() {
    assert_eq!(jq("path(limit(1; .a, .b))", "{}"), [r#"["a"]"#]);
    assert_eq!(
        jq(
            "def f: if . < 3 then ., (. + 1 | f) else . end; [limit(3; 0 | f)]",
            "null"
        ),
        ["[0,1,2]"]
    );
    assert_eq!(
        jq(
            "[label $out | limit(3; 1, 2, 3) | ., if . == 2 then break $out else empty end]",
            "null"
        ),
        ["[1,2]"]
    );
}

#[test]
fn limit_refuses_a_negative_count() {
    assert_eq!(
        jq_error("limit(-1; 1)", "null"),
        "limit doesn't support negative count"
    );
}

#[test]
fn skip_drops_the_first_outputs() {
    assert_eq!(jq("[skip(1; .[])]", "[1,2,3]"), ["[2,3]"]);
}

#[test]
fn first_last_and_nth_select_one_output_of_a_generator() {
    assert_eq!(
        jq("[first(.[]), last(.[]), nth(1; .[])]", "[1,2,3]"),
        ["[1,3,2]"]
    );
}

#[test]
fn first_and_last_of_an_empty_generator_have_no_output() {
    assert_eq!(
        jq("[first(empty), last(empty), nth(0; empty)]", "null"),
        ["[]"]
    );
}

#[test]
fn until_and_while_stop_by_a_condition() {
    assert_eq!(
        jq("[while(. < 10; . * 2)], until(. > 10; . * 2)", "1"),
        ["[1,2,4,8]", "16"]
    );
}

#[test]
fn repeat_outputs_forever() {
    assert_eq!(jq("[limit(3; repeat(. + 1))]", "1"), ["[2,2,2]"]);
}

#[test]
fn recurse_takes_a_filter_and_a_condition() {
    assert_eq!(jq("[recurse(. * .; . < 20)]", "2"), ["[2,4,16]"]);
}

#[test]
fn isempty_evaluates_one_output() {
    assert_eq!(
        jq("isempty(empty), isempty(1, error)", "null"),
        ["true", "false"]
    );
}

#[test]
fn error_is_caught_with_its_value() {
    assert_eq!(jq(r#"try error({"code":1}) catch .code"#, "null"), ["1"]);
}

#[test]
fn an_error_with_the_value_null_is_caught() {
    assert_eq!(jq("try error(null) catch .", "1"), ["null"]);
}

#[test]
fn input_and_inputs_read_the_next_inputs() {
    assert_eq!(jq("[., input], [inputs]", "1 2 3 4"), ["[1,2]", "[3,4]"]);
}

#[test]
fn the_sides_of_an_operator_multiply_right_side_first() {
    assert_eq!(jq("[(1,2) + (10,20)]", "null"), ["[11,12,21,22]"]);
}
