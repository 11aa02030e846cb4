//! Examples for SQL-style operators.

use super::jq;

#[test]
fn index_maps_each_key_to_its_row() {
    assert_eq!(
        jq("INDEX(.id)", r#"[{"id":"a","n":1},{"id":"b","n":2}]"#),
        [r#"{"a":{"id":"a","n":1},"b":{"id":"b","n":2}}"#]
    );
}

#[test]
fn an_index_key_becomes_a_string() {
    assert_eq!(jq("INDEX(range(2); . * 10)", "null"), [r#"{"0":0,"10":1}"#]);
}

#[test]
fn a_join_pairs_rows_with_the_index() {
    assert_eq!(
        jq(r#"[JOIN({"a":1}; .[]; .)]"#, r#"["a","b"]"#),
        [r#"[["a",1],["b",null]]"#]
    );
}

#[test]
fn a_join_may_merge_its_pairs() {
    assert_eq!(
        jq(r#"[JOIN({"a":{"x":1}}; .[]; .k; add)]"#, r#"[{"k":"a"}]"#),
        [r#"[{"k":"a","x":1}]"#]
    );
}

#[test]
fn in_tests_whether_a_value_is_among_others() {
    assert_eq!(jq("IN(1, 2), IN(.; 3, 4)", "1"), ["true", "false"]);
}
