//! Examples for sorting, grouping and searching.

use super::{jq, jq_error};

#[test]
fn types_have_a_fixed_order() {
    assert_eq!(
        jq("sort", r#"[{},[],"a",1,true,false,null]"#),
        [r#"[null,false,true,1,"a",[],{}]"#]
    );
}

#[test]
fn objects_sort_by_their_keys_first() {
    assert_eq!(
        jq("sort", r#"[{"b":0},{"a":2},{"a":1,"b":0},{"a":1}]"#),
        [r#"[{"a":1},{"a":2},{"a":1,"b":0},{"b":0}]"#]
    );
}

#[test]
fn sort_by_takes_several_keys_and_keeps_equals_in_order() {
    assert_eq!(
        jq(
            "sort_by(.a, .b) | map(.n)",
            r#"[{"a":2,"b":1,"n":1},{"a":1,"b":2,"n":2},{"a":1,"b":2,"n":3},{"a":1,"b":1,"n":4}]"#
        ),
        ["[4,2,3,1]"]
    );
}

#[test]
fn groups_come_in_order_of_their_key() {
    assert_eq!(
        jq(
            "group_by(.r) | map(map(.n))",
            r#"[{"r":"us","n":1},{"r":"eu","n":2},{"r":"us","n":3}]"#
        ),
        ["[[2],[1,3]]"]
    );
}

#[test]
fn unique_by_keeps_the_first_of_each() {
    assert_eq!(
        jq(
            "unique_by(.r) | map(.n)",
            r#"[{"r":"us","n":1},{"r":"eu","n":2},{"r":"us","n":3}]"#
        ),
        ["[2,1]"]
    );
}

#[test]
fn min_takes_the_first_and_max_the_last_of_equal_elements() {
    assert_eq!(
        jq(
            "min_by(.a).n, max_by(.a).n",
            r#"[{"a":1,"n":1},{"a":1,"n":2}]"#
        ),
        ["1", "2"]
    );
}

#[test]
fn min_and_max_of_an_empty_array_are_null() {
    assert_eq!(jq("min, max_by(.a)", "[]"), ["null", "null"]);
}

#[test]
fn only_arrays_are_sorted() {
    assert_eq!(
        jq_error("sort", r#"{"a":1}"#),
        r#"object ({"a":1}) cannot be sorted, as it is not an array"#
    );
}

#[test]
fn bsearch_gives_an_index_or_the_insertion_point() {
    assert_eq!(
        jq("bsearch(2), bsearch(0), bsearch(4)", "[1,2,3]"),
        ["1", "-1", "-4"]
    );
}

#[test]
fn unique_keeps_one_of_equal_numbers() {
    assert_eq!(jq("unique", "[1,1.0,2]"), ["[1,2]"]);
}

#[test]
fn a_container_equals_itself_even_with_nan_in_it() {
    assert_eq!(jq("[nan] | . == ., . == [nan]", "null"), ["true", "false"]);
}

#[test]
fn numeric_keys_keep_the_order_of_equal_elements_and_their_exact_values() {
    let input = "[[2,0],[-0,1],[1,2],[0,3],[1,4]]";
    assert_eq!(
        jq("sort_by(.[0] + 0)", input),
        ["[[-0,1],[0,3],[1,2],[1,4],[2,0]]"]
    );
    let input = "[100000000000000000002,100000000000000000001,3]";
    assert_eq!(
        jq("sort_by(.)", input),
        ["[3,100000000000000000001,100000000000000000002]"]
    );
    assert_eq!(
        jq("sort_by(if . == 3 then nan else . end)", "[2,3,1]"),
        ["[3,1,2]"]
    );
}

#[test]
fn numeric_keys_sort_any_permutation_without_changing_the_input() {
    let input = "[[3,0],[1,1],[2,2],[1,3],[5,4],[0,5],[3,6],[2,7],[1,8]]";
    let sorted = "[[0,5],[1,1],[1,3],[1,8],[2,2],[2,7],[3,0],[3,6],[5,4]]";
    assert_eq!(jq("sort_by(.[0] + 0)", input), [sorted]);
    assert_eq!(
        jq(". as $all | sort_by(.[0] + 0), $all", input),
        [sorted, input]
    );
}
