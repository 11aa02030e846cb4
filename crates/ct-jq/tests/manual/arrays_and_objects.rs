//! Examples for filters on arrays and objects.

use super::{jq, jq_error};

#[test]
fn the_length_of_null_is_zero_and_of_a_number_its_absolute_value() {
    assert_eq!(
        jq("map(length)", r#"[null,-3,"añb",[1,2],{"a":1}]"#),
        ["[0,3,3,2,1]"]
    );
}

#[test]
fn a_boolean_has_no_length() {
    assert_eq!(jq_error("length", "true"), "boolean (true) has no length");
}

#[test]
fn keys_are_sorted_and_keys_unsorted_are_not() {
    assert_eq!(
        jq("keys, keys_unsorted", r#"{"eventName":1,"awsRegion":2}"#),
        [
            r#"["awsRegion","eventName"]"#,
            r#"["eventName","awsRegion"]"#
        ]
    );
}

#[test]
fn has_tests_whether_an_index_is_in_the_array() {
    assert_eq!(
        jq("[has(0), has(1), has(-1)]", r#"["us-east-1"]"#),
        ["[true,false,false]"]
    );
}

#[test]
fn an_object_has_no_numbered_key() {
    assert_eq!(
        jq_error("has(0)", "{}"),
        "Cannot check whether object has a number key"
    );
}

#[test]
fn in_is_has_with_its_arguments_exchanged() {
    assert_eq!(
        jq(
            r#".[] | in({"eu-west-1":0})"#,
            r#"["eu-west-1","eu-west-2"]"#
        ),
        ["true", "false"]
    );
}

#[test]
fn contains_looks_for_parts_at_every_level() {
    assert_eq!(
        jq(
            r#"contains({"a":["Admin"]}), contains({"a":["Root"]})"#,
            r#"{"a":["AdministratorAccess",7],"b":1}"#
        ),
        ["true", "false"]
    );
}

#[test]
fn values_of_two_kinds_cannot_contain_each_other() {
    assert_eq!(
        jq_error(r#"contains("5")"#, "5"),
        r#"number (5) and string ("5") cannot have their containment checked"#
    );
}

#[test]
fn inside_is_contains_with_its_arguments_exchanged() {
    assert_eq!(jq(r#"inside("CreateAccessKey")"#, r#""Access""#), ["true"]);
}

#[test]
fn add_concatenates_arrays() {
    assert_eq!(jq("add", "[[1],[2,3]]"), ["[1,2,3]"]);
}

#[test]
fn add_of_an_empty_array_is_null() {
    assert_eq!(
        jq("add, add(empty), add(.[]?)", "[]"),
        ["null", "null", "null"]
    );
}

#[test]
fn add_takes_a_generator() {
    assert_eq!(jq("add(.[].n)", r#"[{"n":1},{"n":2}]"#), ["3"]);
}

#[test]
fn any_and_all_of_an_empty_array_differ() {
    assert_eq!(jq("any, all", "[]"), ["false", "true"]);
}

#[test]
fn any_stops_at_the_first_true() {
    assert_eq!(jq("any(1, error; . == 1)", "null"), ["true"]);
}

#[test]
fn flatten_stops_at_the_given_depth() {
    assert_eq!(
        jq("flatten, flatten(1)", "[1,[2,[3]]]"),
        ["[1,2,3]", "[1,2,[3]]"]
    );
}

#[test]
fn flatten_refuses_a_negative_depth() {
    assert_eq!(
        jq_error("flatten(-1)", "[]"),
        "flatten depth must not be negative"
    );
}

#[test]
fn reverse_takes_an_array_or_null() {
    assert_eq!(jq("reverse, (null | reverse)", "[1,2]"), ["[2,1]", "[]"]);
    assert_eq!(
        jq_error("reverse", "-0.5"),
        "Cannot index number with number (-0.5)"
    );
}

#[test]
fn to_entries_and_from_entries_are_inverse() {
    assert_eq!(
        jq(
            "to_entries, (to_entries | from_entries)",
            r#"{"b":1,"a":2}"#
        ),
        [
            r#"[{"key":"b","value":1},{"key":"a","value":2}]"#,
            r#"{"b":1,"a":2}"#
        ]
    );
}

#[test]
fn from_entries_takes_capitals_and_names() {
    assert_eq!(
        jq(
            "from_entries",
            r#"[{"Key":"a","Value":1},{"name":"b","value":false},{"key":"c"}]"#
        ),
        [r#"{"a":1,"b":false,"c":null}"#]
    );
}

#[test]
fn from_entries_refuses_a_key_that_is_not_a_string() {
    assert_eq!(
        jq_error("from_entries", r#"[{"key":5}]"#),
        "Cannot use number (5) as object key"
    );
}

#[test]
fn with_entries_renames_keys() {
    assert_eq!(
        jq("with_entries(.key |= ascii_downcase)", r#"{"Alice":1}"#),
        [r#"{"alice":1}"#]
    );
}

#[test]
fn map_values_drops_what_has_no_output() {
    assert_eq!(
        jq("map_values(select(. > 1))", r#"{"a":1,"b":2}"#),
        [r#"{"b":2}"#]
    );
}

#[test]
fn transpose_pads_with_null() {
    assert_eq!(jq("transpose", "[[1,2],[3]]"), ["[[1,3],[2,null]]"]);
}

#[test]
fn walk_visits_leaves_first() {
    assert_eq!(
        jq(
            r#"walk(if type == "array" then add else . end)"#,
            r#"{"a":[1,[2,3]]}"#
        ),
        [r#"{"a":6}"#]
    );
}

#[test]
fn walk_keeps_every_output_of_an_element() {
    assert_eq!(
        jq(
            r#"[walk(if type == "number" then ., -. else . end)]"#,
            "[1,2]"
        ),
        ["[[1,-1,2,-2]]"]
    );
}

#[test]
fn combinations_are_taken_in_order() {
    assert_eq!(
        jq("[combinations]", "[[1,2],[3,4]]"),
        ["[[1,3],[1,4],[2,3],[2,4]]"]
    );
}

#[test]
fn combinations_fail_where_an_element_cannot_be_iterated_over() {
    assert_eq!(jq("[combinations]", "[[],3]"), ["[]"]);
    assert_eq!(
        jq("try combinations catch .", "[[1],3]"),
        [r#""Cannot iterate over number (3)""#]
    );
    assert_eq!(
        jq("try combinations catch .", r#"{"a":1}"#),
        [r#""Cannot index object with number (0)""#]
    );
}

#[test]
fn there_is_one_combination_of_an_empty_array() {
    for nothing in ["[]", "null", "{}", "0", r#""""#] {
        assert_eq!(jq("combinations", nothing), ["[]"], "{nothing}");
    }
    assert_eq!(jq("[combinations]", "[[1,2],[]]"), ["[]"]);
}

#[test]
fn combinations_with_a_number_repeat_the_same_array() {
    assert_eq!(
        jq("[combinations(2)]", r#"["a","b"]"#),
        [r#"[["a","a"],["a","b"],["b","a"],["b","b"]]"#]
    );
}

#[test]
fn deleting_keeps_the_order_of_the_rest() {
    assert_eq!(
        jq("del(.b) | .b = 9", r#"{"a":1,"b":2,"c":3}"#),
        [r#"{"a":1,"c":3,"b":9}"#]
    );
}

#[test]
fn the_last_of_repeated_keys_stands_at_the_first_place() {
    assert_eq!(jq(".", r#"{"a":1,"b":2,"a":3}"#), [r#"{"a":3,"b":2}"#]);
}

#[test]
fn merging_is_recursive() {
    assert_eq!(
        jq(r#". * {"a":{"c":2}}"#, r#"{"a":{"b":1},"d":0}"#),
        [r#"{"a":{"b":1,"c":2},"d":0}"#]
    );
}

#[test]
fn keys_of_a_large_object_are_found() {
    assert_eq!(
        jq(
            r#"[range(100) | {key: tostring, value: .}] | from_entries | .["7"], .["99"], length, (del(.["7"]) | length)"#,
            "null"
        ),
        ["7", "99", "100", "99"]
    );
}
