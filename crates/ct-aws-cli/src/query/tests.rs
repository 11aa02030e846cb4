//! Tests of queries.

use super::*;
use ct_aws::python::dumps::compact_ascii;
use ct_aws::python::value::parse;

fn asked(expression: &str, json: &str) -> Result<String, String> {
    let value = parse(json).unwrap();
    let query = Query::new(expression)?;
    query.search(&value).map(|answer| compact_ascii(&answer))
}

fn answer(expression: &str, json: &str) -> String {
    asked(expression, json).unwrap()
}

#[test]
fn indices_may_exceed_the_length_of_any_list() {
    let json = r#"{"a1":[1,2,3]}"#;
    for (expression, expected) in [
        ("a1[:99999999999]", "[1,2,3]"),
        ("a1[99999999999]", "null"),
        ("a1[-99999999999:]", "[1,2,3]"),
        ("a1[1:]", "[2,3]"),
        ("{a12345678901: a1[0]}", r#"{"a12345678901":1}"#),
    ] {
        assert_eq!(
            asked(expression, json).as_deref(),
            Ok(expected),
            "{expression}"
        );
    }
}

#[test]
fn the_nesting_depth_is_limited() {
    assert!(Query::new(&"(".repeat(100_000)).is_err());
}

#[test]
fn a_multi_select_hash_after_a_dot_ends_the_projection() {
    let json = r#"{"a":[{"b":1,"c":[1,2]},{"b":2,"c":[3]}]}"#;
    let cases = [
        ("a[].{x:b}[0]", r#"{"x":1}"#),
        ("a[*].{x:b}[-1]", r#"{"x":2}"#),
        ("a[].{x:b}[?x==`2`]", r#"[{"x":2}]"#),
        ("a[].{x:b}[?x==`2`].x", "[2]"),
        ("a[].{x:b}.x", "null"),
        ("a[?b].{x:b}[1]", r#"{"x":2}"#),
        ("a[*].c[*].{x:@}[0]", r#"[{"x":1},{"x":3}]"#),
        ("a[].{x:b}|[0]", r#"{"x":1}"#),
        ("a[].[b,c][0]", "[1,[1,2]]"),
        ("a[0].{x:b}.x", "1"),
    ];
    for (expression, expected) in cases {
        assert_eq!(
            asked(expression, json).as_deref(),
            Ok(expected),
            "{expression}"
        );
    }
}

#[test]
fn a_slice_after_an_index_is_a_list_and_not_a_projection() {
    let json = r#"{"a":[[{"b":1},{"b":2}]]}"#;
    assert_eq!(answer("a[0][0:1].b", json), "null");
    assert_eq!(answer("a[0:1][0].b", json), "[1]");
}

#[test]
fn members_of_a_constructed_object_keep_their_order() {
    assert_eq!(
        answer("E[].{z:B,a:A}", r#"{"E":[{"A":1,"B":"x"},{"A":2}]}"#),
        r#"[{"z":"x","a":1},{"z":null,"a":2}]"#
    );
    assert_eq!(
        answer("`{\"b\":1,\"a\":[2]}`", "null"),
        r#"{"b":1,"a":[2]}"#
    );
}

#[test]
fn an_unquoted_literal_is_a_string() {
    assert_eq!(
        answer(
            "E[?N==`ConsoleLogin`].I | [0]",
            r#"{"E":[{"N":"x","I":1},{"N":"ConsoleLogin","I":2}]}"#
        ),
        "2"
    );
    assert_eq!(
        answer("E[?'`'==N]", r#"{"E":[{"N":"`"}]}"#),
        r#"[{"N":"`"}]"#
    );
}

#[test]
fn strings_are_compared_by_code_point() {
    assert_eq!(
        answer(
            "[?T > '2020-10-01T12']",
            r#"[{"T":"2020-10-01T09"},{"T":"2020-10-02T09"}]"#
        ),
        r#"[{"T":"2020-10-02T09"}]"#
    );
    assert_eq!(
        asked("[0] < [1]", r#"[1,"a"]"#),
        Err("'<' not supported between instances of 'int' and 'str'".to_owned())
    );
}

#[test]
fn numbers_keep_their_type() {
    assert_eq!(answer("length(@)", "[1,2]"), "2");
    assert_eq!(
        answer(
            "[avg(@), sum(@), max(@), ceil(`1.2`), to_number('7')]",
            "[1,2,3]"
        ),
        "[2.0,6,3,2,7]"
    );
}

#[test]
fn functions_sort_map_and_select_elements() {
    let events = r#"[{"T":2,"N":"b"},{"T":1,"N":"a"},{"T":3,"N":"c"}]"#;
    assert_eq!(answer("sort_by(@, &T)[].N", events), r#"["a","b","c"]"#);
    assert_eq!(
        answer("[max_by(@, &T).N, min_by(@, &T).N]", events),
        r#"["c","a"]"#
    );
    assert_eq!(answer("[::-1].N", events), r#"["c","a","b"]"#);
    assert_eq!(answer("map(&N, @)", events), r#"["b","a","c"]"#);
}

#[test]
fn errors_have_pythons_messages() {
    assert_eq!(
        asked("Events[", "null"),
        Err(
            "Invalid jmespath expression: Incomplete expression:\n\"Events[\"\n        ^"
                .to_owned()
        )
    );
    assert_eq!(
        asked("", "null"),
        Err("Invalid JMESPath expression: cannot be empty.".to_owned())
    );
    for (expression, expected) in [
        (
            "Events[].",
            "Expecting: ['quoted_identifier', 'unquoted_identifier', 'lbracket', 'lbrace'], got: eof: Parse error at column 9, token \"\" (EOF), for expression:\n\"Events[].\"\n          ^",
        ),
        (
            "a b",
            "Unexpected token: b: Parse error at column 2, token \"b\" (UNQUOTED_IDENTIFIER), for expression:\n\"a b\"\n   ^",
        ),
        (
            "[0]]",
            "Unexpected token: ]: Parse error at column 3, token \"]\" (RBRACKET), for expression:\n\"[0]]\"\n    ^",
        ),
        (
            "a = b",
            "Bad jmespath expression: Unknown token '=':\na = b\n  ^",
        ),
        ("a#", "Bad jmespath expression: Unknown token #:\na#\n ^"),
        (
            "'a",
            "Bad jmespath expression: Unclosed ' delimiter:\n'a\n^",
        ),
        (
            "a[1:2:3:4]",
            "syntax error: Parse error at column 7, token \":\" (COLON), for expression:\n\"a[1:2:3:4]\"\n        ^",
        ),
        (
            "[0](a)",
            "Invalid function name ']': Parse error at column 2, token \"]\" (RBRACKET), for expression:\n\"[0](a)\"\n   ^",
        ),
    ] {
        assert_eq!(asked(expression, "null"), Err(expected.to_owned()));
    }
    assert_eq!(
        asked("nope(@)", "null"),
        Err("Unknown function: nope()".to_owned())
    );
    assert_eq!(
        asked("length(@, @)", "null"),
        Err("Expected 1 argument for function length(), received 2".to_owned())
    );
    assert_eq!(
        asked("length(@)", "3"),
        Err("In function length(), invalid type for value: 3, expected one of: ['string', 'array', 'object'], received: \"number\"".to_owned())
    );
}
