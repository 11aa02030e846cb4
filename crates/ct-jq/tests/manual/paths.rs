//! Examples for paths and the values at paths.

use super::{jq, jq_error};

#[test]
fn path_outputs_the_path_of_each_output() {
    assert_eq!(
        jq("path(.a[0,1].b?)", r#"{"a":[{},{}]}"#),
        [r#"["a",0,"b"]"#, r#"["a",1,"b"]"#]
    );
}

#[test]
fn a_path_need_not_exist() {
    assert_eq!(jq("path(.x[3].y)", "null"), [r#"["x",3,"y"]"#]);
}

#[test]
fn paths_visits_every_part() {
    assert_eq!(
        jq(r#"[paths], [paths(type == "number")]"#, r#"{"a":[1]}"#),
        [r#"[["a"],["a",0]]"#, r#"[["a",0]]"#]
    );
}

#[test]
fn getpath_of_a_missing_path_is_null() {
    assert_eq!(jq(r#"getpath(["a",0,"b"])"#, "{}"), ["null"]);
}

#[test]
fn getpath_works_inside_a_path() {
    assert_eq!(jq(r#"path(getpath(["a","b"]))"#, "null"), [r#"["a","b"]"#]);
}

#[test]
fn setpath_creates_missing_parts() {
    assert_eq!(jq(r#"setpath(["a",1]; 5)"#, "null"), [r#"{"a":[null,5]}"#]);
}

#[test]
fn delpaths_resolves_all_paths_before_deleting() {
    assert_eq!(jq("delpaths([[0],[1]])", "[1,2,3]"), ["[3]"]);
}

#[test]
fn del_takes_slices_and_negative_indices() {
    assert_eq!(jq("del(.[0], .[-1], .[1:2])", "[0,1,2,3]"), ["[2]"]);
}

#[test]
fn pick_keeps_only_the_named_paths() {
    assert_eq!(
        jq("pick(.a[1], .c.d)", r#"{"a":[1,2],"b":3}"#),
        [r#"{"a":[null,2],"c":{"d":null}}"#]
    );
}

#[test]
fn a_path_may_go_through_recursion() {
    assert_eq!(
        jq("[path(..)]", r#"{"a":{"b":1}}"#),
        [r#"[[],["a"],["a","b"]]"#]
    );
}

#[test]
fn a_computed_value_has_no_path() {
    assert_eq!(
        jq_error("path(map(.))", "[1]"),
        "Invalid path expression with result [1]"
    );
}

#[test]
fn a_part_of_a_computed_value_has_no_path() {
    let complaint = |program| {
        let error = jq_error(program, r#"{"a":null}"#);
        let complaint = error.strip_prefix("Invalid path expression near attempt to ");
        complaint.unwrap_or(&error).to_owned()
    };
    let complaints = [
        ("{}[] = 1", "iterate through {}"),
        ("[7,8][0] |= 1", "access element 0 of [7,8]"),
        ("path({x:1} | .x)", r#"access element "x" of {"x":1}"#),
        ("del(1 | .a)", r#"access element "a" of 1"#),
        ("path((.a = 1) | .b)", r#"access element "b" of {"a":1}"#),
        ("path(.a | tojson | .b)", r#"access element "b" of "null""#),
        ("[1] as $x | path($x[0])", "access element 0 of [1]"),
    ];
    assert_eq!(
        complaints.map(|(program, _)| complaint(program)),
        complaints.map(|(_, complaint)| complaint.to_owned())
    );
}

#[test]
fn an_unchanged_value_keeps_its_path() {
    assert_eq!(
        jq("path(.a | null | .b)", r#"{"a":null}"#),
        [r#"["a","b"]"#]
    );
    assert_eq!(
        jq("(.a | tostring) |= ascii_upcase", r#"{"a":"x"}"#),
        [r#"{"a":"X"}"#]
    );
}

#[test]
fn each_output_of_an_update_has_its_path() {
    assert_eq!(
        jq("[path(foreach 1 as $x (.; .a, .b; .c))]", "{}"),
        [r#"[["a","c"],["b","c"]]"#]
    );
}

#[test]
fn a_condition_may_use_computed_values() {
    assert_eq!(
        jq(
            r#"[path(.[] | select((.t | map(.k) | .[0]) == "x"))]"#,
            r#"[{"t":[{"k":"x"}]},{"t":[]}]"#
        ),
        ["[[0]]"]
    );
}

#[test]
fn the_error_of_a_wrong_key_names_value_and_key() {
    assert_eq!(
        jq_error(".[0]", "{}"),
        "Cannot index object with number (0)"
    );
}

#[test]
fn indexing_a_string_names_the_key_and_not_the_value() {
    assert_eq!(
        jq_error(".a", r#""0123456789012345678901234567890""#),
        r#"Cannot index string with string ("a")"#
    );
}

#[test]
fn a_path_of_ten_thousand_keys_is_the_longest() {
    assert_eq!(
        jq("try getpath([range(10001) | 0]) catch .", "null"),
        [r#""Path too deep""#]
    );
}
