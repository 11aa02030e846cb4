//! Examples for strings.

use super::{jq, jq_error};

#[test]
fn a_slice_counts_characters() {
    assert_eq!(jq(".[1:3], .[-1:]", r#""añbü""#), [r#""ñb""#, r#""ü""#]);
}

#[test]
fn prefixes_and_suffixes_are_tested_and_cut() {
    assert_eq!(
        jq(
            r#"startswith("arn:"), ltrimstr("arn:"), rtrimstr(":root"), trimstr("x")"#,
            r#""arn:aws:iam::root""#
        ),
        [
            "true",
            r#""aws:iam::root""#,
            r#""arn:aws:iam:""#,
            r#""arn:aws:iam::root""#
        ]
    );
}

#[test]
fn a_prefix_test_requires_strings() {
    assert_eq!(
        jq_error(r#"ltrimstr("a")"#, "5"),
        "startswith() requires string inputs"
    );
}

#[test]
fn trim_removes_unicode_white_space() {
    assert_eq!(
        jq("trim, ltrim, rtrim", r#""\u00a0 a \t""#),
        [r#""a""#, r#""a \t""#, r#""  a""#]
    );
}

#[test]
fn case_conversion_changes_only_ascii_letters() {
    assert_eq!(
        jq("ascii_upcase, ascii_downcase", r#""aÉß""#),
        [r#""AÉß""#, r#""aÉß""#]
    );
}

#[test]
fn explode_and_implode_are_inverse() {
    assert_eq!(
        jq("explode, (explode | implode)", r#""aü😀""#),
        ["[97,252,128512]", r#""aü😀""#]
    );
}

#[test]
fn implode_replaces_invalid_code_points() {
    assert_eq!(jq("implode", "[55296,65.9]"), [r#""�A""#]);
}

#[test]
fn split_of_an_empty_string_is_empty() {
    assert_eq!(
        jq(
            r#"split(","), ("" | split(",")), ("ab" | split(""))"#,
            r#""a,b,""#
        ),
        [r#"["a","b",""]"#, "[]", r#"["a","b"]"#]
    );
}

#[test]
fn join_takes_scalars() {
    assert_eq!(
        jq(r#"join("-")"#, r#"["a",1,null,true]"#),
        [r#""a-1--true""#]
    );
}

#[test]
fn join_refuses_an_array() {
    assert_eq!(
        jq_error(r#"join(",")"#, "[[1]]"),
        r#"string ("") and array ([1]) cannot be added"#
    );
}

#[test]
fn indices_count_characters_and_overlap() {
    assert_eq!(
        jq(r#"indices("aa"), index("a"), rindex("a")"#, r#""üaaa""#),
        ["[1,2]", "1", "3"]
    );
}

#[test]
fn indices_of_an_array_finds_runs() {
    assert_eq!(
        jq("indices(1), indices([1,2])", "[0,1,2,1,2]"),
        ["[1,3]", "[1,3]"]
    );
}

#[test]
fn a_string_is_repeated_or_divided() {
    assert_eq!(
        jq(r#". * 2, . * 0, . / ",""#, r#""a,b""#),
        [r#""a,ba,b""#, r#""""#, r#"["a","b"]"#]
    );
}

#[test]
fn tojson_and_fromjson_are_inverse() {
    assert_eq!(
        jq("tojson, (tojson | fromjson)", r#"{"a":[1.0,"\u007f"]}"#),
        [r#""{\"a\":[1.0,\"\\u007f\"]}""#, r#"{"a":[1.0,"\u007f"]}"#]
    );
}

#[test]
fn fromjson_names_the_error_and_its_position() {
    assert_eq!(
        jq_error("fromjson", r#""[1,}""#),
        "Unmatched '}' at line 1, column 4 (while parsing '[1,}')"
    );
}

#[test]
fn toboolean_takes_the_two_words() {
    assert_eq!(
        jq(
            r#"map(try toboolean catch "no")"#,
            r#"["true",false,"yes"]"#
        ),
        [r#"[true,false,"no"]"#]
    );
}

#[test]
fn utf8bytelength_counts_bytes() {
    assert_eq!(jq("utf8bytelength", r#""aü😀""#), ["7"]);
}

#[test]
fn ltrimstr_of_a_number_argument_is_an_error() {
    assert_eq!(
        jq_error("ltrimstr(1)", r#""1""#),
        "startswith() requires string inputs"
    );
}
