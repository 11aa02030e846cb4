//! Tests the messages for programs that do not compile.

use crate::run::{answer, jq, refusal};

#[test]
fn an_unexpected_end_is_shown_at_the_last_token() {
    let message = "jq: error: syntax error, unexpected end of file at <top-level>, line 1, column 5:\n    .a | \n        ^\njq: 1 compile error\n";
    assert_eq!(refusal(".a | "), message);
}

#[test]
fn a_message_names_the_expected_tokens_when_they_are_few() {
    let message = "jq: error: syntax error, unexpected IDENT, expecting '}' at <top-level>, line 1, column 4:\n    {x y}\n       ^\njq: 1 compile error\n";
    assert_eq!(refusal("{x y}"), message);
}

#[test]
fn a_group_with_an_error_is_skipped_and_the_rest_still_read() {
    let message = "jq: error: syntax error, unexpected LITERAL, expecting '|' or ',' or ')' at <top-level>, line 1, column 4:\n    (7 8), [9 9]\n       ^\njq: error: syntax error, unexpected LITERAL, expecting '|' or ',' or ']' at <top-level>, line 1, column 11:\n    (7 8), [9 9]\n              ^\njq: 2 compile errors\n";
    assert_eq!(refusal("(7 8), [9 9]"), message);
}

#[test]
fn an_if_without_end_is_reported_too() {
    let message = "jq: error: syntax error, unexpected end of file at <top-level>, line 1, column 11:\n    if 1 then 2\n              ^\njq: error: Possibly unterminated 'if' statement at <top-level>, line 1, column 1:\n    if 1 then 2\n    ^^^^^^^^^^^\njq: 2 compile errors\n";
    assert_eq!(refusal("if 1 then 2"), message);
}

#[test]
fn a_field_that_is_not_ascii_is_refused_with_a_hint() {
    let message = "jq: error: syntax error, unexpected INVALID_CHARACTER at <top-level>, line 1, column 2:\n    .é.b\n     ^\njq: error: try .[\"field\"] instead of .field for unusually named fields at <top-level>, line 1, column 1:\n    .é.b\n    ^^\njq: 2 compile errors\n";
    assert_eq!(refusal(".é.b"), message);
}

#[test]
fn comparisons_do_not_chain() {
    let message = "jq: error: syntax error, unexpected < at <top-level>, line 1, column 7:\n    1 < 2 < 3\n          ^\njq: 1 compile error\n";
    assert_eq!(refusal("1 < 2 < 3").replace("'<'", "<"), message);
}

#[test]
fn an_unknown_filter_is_named_with_its_arity_and_line() {
    let message = "jq: error: nosuch/2 is not defined at <top-level>, line 2, column 3:\n    | nosuch(1; 2)\n      ^^^^^^\njq: 1 compile error\n";
    assert_eq!(refusal(".\n| nosuch(1; 2)"), message);
}

#[test]
fn unknown_names_inside_filters_are_reported_after_those_outside() {
    let message = "jq: error: outer/0 is not defined at <top-level>, line 1, column 13:\n    map(inner), outer\n                ^^^^^\njq: 1 compile error\n";
    assert_eq!(refusal("map(inner), outer"), message);
}

#[test]
fn an_unknown_name_in_an_unused_filter_is_not_an_error() {
    assert_eq!(jq(["-n", "def unused: nosuch; 1"]).stdout(), "1\n");
}

#[test]
fn an_unknown_variable_and_an_unknown_label_are_named() {
    let message = "jq: error: $v is not defined at <top-level>, line 1, column 1:\n    $v, break $w\n    ^^\njq: error: $*label-w is not defined at <top-level>, line 1, column 5:\n    $v, break $w\n        ^^^^^^^^\njq: 2 compile errors\n";
    assert_eq!(refusal("$v, break $w"), message);
}

#[test]
fn a_constant_key_that_is_not_a_string_is_refused() {
    let message = "jq: error: Cannot use number (2) as object key at <top-level>, line 1, column 3:\n    {(1+1): 3}\n      ^^^\njq: 1 compile error\n";
    assert_eq!(refusal("{(1+1): 3}"), message);
}

#[test]
fn a_bad_escape_is_shown_with_the_json_error() {
    let message = "jq: error: Invalid escape at line 1, column 4 (while parsing '\"\\q\"') at <top-level>, line 1, column 3:\n    \"a\\q\"\n      ^^\njq: 1 compile error\n";
    assert_eq!(refusal(r#""a\q""#), message);
}

#[test]
fn an_empty_program_is_refused() {
    let message = "jq: error: Top-level program not given (try \".\")\njq: 1 compile error\n";
    assert_eq!(refusal("# nothing"), message);
}

#[test]
fn a_program_nested_too_deeply_is_an_error() {
    let program = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    let ran = jq(["-n", &program]).run();
    assert_eq!(ran.status, Some(3));
    assert!(
        ran.stderr
            .starts_with("jq: error: memory exhausted at <top-level>")
    );
}

#[test]
fn a_program_of_very_many_terms_is_an_error() {
    let program = format!("0{}", " + .".repeat(200_000));
    let ran = jq(["-n", "-f", "p"]).file("p", program).run();
    assert_eq!(ran.status, Some(3));
}

#[test]
fn infinite_recursion_is_an_error() {
    let ran = jq(["-n", "def f: 1 + f; f"]).run();
    assert_eq!(ran.status, Some(5));
    assert_eq!(
        ran.stderr,
        "jq: error (at <unknown>): Recursion is too deep\n"
    );
}

#[test]
fn a_backslash_continues_a_comment() {
    assert_eq!(answer("1 # one \\\n + 1\n + 2", "null"), "3\n");
}

#[test]
fn keywords_may_be_fields_and_keys() {
    assert_eq!(answer("{if: .and, then: 2} | .if", r#"{"and":7}"#), "7\n");
}
