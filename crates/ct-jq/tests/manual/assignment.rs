//! Examples for assignments to paths.

use super::{jq, jq_error};

#[test]
fn an_update_sees_the_old_value() {
    assert_eq!(jq(".a |= . + 1", r#"{"a":1}"#), [r#"{"a":2}"#]);
}

#[test]
fn an_assignment_sees_the_whole_input() {
    assert_eq!(jq(".a = .b", r#"{"a":1,"b":2}"#), [r#"{"a":2,"b":2}"#]);
}

#[test]
fn an_assignment_has_an_output_for_each_value() {
    assert_eq!(jq(".a = (1,2)", "{}"), [r#"{"a":1}"#, r#"{"a":2}"#]);
}

#[test]
fn null_becomes_the_container_that_a_path_needs() {
    assert_eq!(jq(".a[2].b = 1", "null"), [r#"{"a":[null,null,{"b":1}]}"#]);
}

#[test]
fn an_arithmetic_update_takes_its_right_side_from_the_input() {
    assert_eq!(jq(".[] += .[0]", "[1,2]"), ["[2,3]"]);
}

#[test]
fn the_alternative_update_replaces_null_and_false() {
    assert_eq!(
        jq(".a //= 3 | .b //= 3", r#"{"a":false,"b":1}"#),
        [r#"{"a":3,"b":1}"#]
    );
}

#[test]
fn an_update_without_output_deletes() {
    assert_eq!(jq("(.[] | select(. > 1)) |= empty", "[1,5,0,7]"), ["[1,0]"]);
}

#[test]
fn all_paths_of_one_update_are_deleted_together() {
    assert_eq!(jq(".[1,3] |= empty", "[0,1,2,3]"), ["[0,2]"]);
}

#[test]
fn only_the_first_output_of_an_update_counts() {
    assert_eq!(jq(".a |= (5,6)", "{}"), [r#"{"a":5}"#]);
}

#[test]
fn an_update_may_choose_its_paths_by_any_filter() {
    assert_eq!(
        jq(
            "first(.[] | select(.n > 1)).n |= 0",
            r#"[{"n":1},{"n":2},{"n":3}]"#
        ),
        [r#"[{"n":1},{"n":0},{"n":3}]"#]
    );
}

#[test]
fn an_assignment_replaces_a_whole_slice() {
    assert_eq!(jq(r#".[1:3] = ["x"]"#, "[0,1,2,3]"), [r#"[0,"x",3]"#]);
}

#[test]
fn a_slice_takes_only_an_array() {
    assert_eq!(
        jq_error(".[1:] = 5", "[1,2]"),
        "A slice of an array can only be assigned another array"
    );
}

#[test]
fn a_string_cannot_be_changed_in_part() {
    assert_eq!(
        jq_error(r#".[0:1] = "x""#, r#""abc""#),
        "Cannot update string slices"
    );
}

#[test]
fn an_index_before_the_start_is_refused() {
    assert_eq!(
        jq_error(".[-3] = 0", "[1,2]"),
        "Out of bounds negative array index"
    );
}

#[test]
fn an_index_that_is_too_large_is_refused() {
    assert_eq!(jq_error(".[1e10] = 0", "null"), "Array index too large");
}

#[test]
fn a_computed_value_cannot_be_assigned_to() {
    assert_eq!(
        jq_error("(map(.))[0] = 1", "[5]"),
        "Invalid path expression near attempt to access element 0 of [5]"
    );
}
