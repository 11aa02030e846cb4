//! Examples for the `@` formats.

use super::{jq, jq_error};

#[test]
fn the_text_format_is_the_output_of_tostring() {
    assert_eq!(jq("@text", r#"[1,"a"]"#), [r#""[1,\"a\"]""#]);
}

#[test]
fn csv_quotes_only_strings() {
    assert_eq!(
        jq("@csv", r#"[1,"a\"b",null,true,1.50]"#),
        [r#""1,\"a\"\"b\",,true,1.50""#]
    );
}

#[test]
fn csv_takes_only_rows_of_scalars() {
    assert_eq!(
        jq_error("@csv", "[[1]]"),
        "array ([1]) is not valid in a csv row"
    );
}

#[test]
fn csv_takes_only_an_array() {
    assert_eq!(
        jq_error("@csv", "5"),
        "number (5) cannot be csv-formatted, only array"
    );
}

#[test]
fn tsv_escapes_tabs_line_ends_and_backslashes() {
    assert_eq!(
        jq("@tsv", r#"["a\tb","c\\d\n"]"#),
        [r#""a\\tb\tc\\\\d\\n""#]
    );
}

#[test]
fn html_escapes_five_characters() {
    assert_eq!(
        jq("@html", r#""<a href='x'>&\"""#),
        [r#""&lt;a href=&apos;x&apos;&gt;&amp;&quot;""#]
    );
}

#[test]
fn uri_encodes_all_but_unreserved_characters() {
    assert_eq!(
        jq("@uri, (@uri | @urid)", r#""a b/ü~""#),
        [r#""a%20b%2F%C3%BC~""#, r#""a b/ü~""#]
    );
}

#[test]
fn urid_refuses_an_incomplete_escape() {
    assert_eq!(
        jq_error("@urid", r#""%e""#),
        r#"string ("%e") is not a valid uri encoding"#
    );
}

#[test]
fn sh_quotes_words_for_a_shell() {
    assert_eq!(jq("@sh", r#"["it's",1,null]"#), [r#""'it'\\''s' 1 null""#]);
}

#[test]
fn sh_takes_no_nested_array() {
    assert_eq!(
        jq_error("@sh", "[[1]]"),
        "array ([1]) can not be escaped for shell"
    );
}

#[test]
fn base64_and_base64d_are_inverse() {
    assert_eq!(
        jq("@base64, (@base64 | @base64d)", r#""AKIAIOSFODNN7EXAMPLE""#),
        [
            r#""QUtJQUlPU0ZPRE5ON0VYQU1QTEU=""#,
            r#""AKIAIOSFODNN7EXAMPLE""#
        ]
    );
}

#[test]
fn base64d_takes_text_without_padding() {
    assert_eq!(jq("@base64d", r#""YWI""#), [r#""ab""#]);
}

#[test]
fn base64d_refuses_other_characters() {
    assert_eq!(
        jq_error("@base64d", r#""a b""#),
        r#"string ("a b") is not valid base64 data"#
    );
}

#[test]
fn a_format_applies_to_interpolations() {
    assert_eq!(
        jq(r#"@uri "?q=\(.)&n=1""#, r#""a b""#),
        [r#""?q=a%20b&n=1""#]
    );
}

#[test]
fn an_unknown_format_is_an_error() {
    assert_eq!(
        jq_error(r#"format("xml")"#, "1"),
        "xml is not a valid format"
    );
}
