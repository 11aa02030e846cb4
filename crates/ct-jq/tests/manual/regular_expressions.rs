//! Examples for regular expressions.

use super::{jq, jq_error};

#[test]
fn test_is_true_if_any_part_matches() {
    assert_eq!(
        jq(
            r#"test("CONSOLE"), test("CONSOLE"; "i")"#,
            r#""ConsoleLogin""#
        ),
        ["false", "true"]
    );
}

#[test]
fn match_gives_offsets_in_characters() {
    assert_eq!(
        jq(
            r#"match("é(?<n>b)?") | .offset, .length, .captures[0].string"#,
            r#""aéc""#
        ),
        ["1", "1", "null"]
    );
}

#[test]
fn a_group_without_a_match_has_offset_minus_one() {
    assert_eq!(
        jq(r#"match("(x)?a").captures"#, r#""a""#),
        [r#"[{"offset":-1,"string":null,"length":0,"name":null}]"#]
    );
}

#[test]
fn the_g_flag_finds_all() {
    assert_eq!(
        jq(r#"[match("a"; "g").offset]"#, r#""banana""#),
        ["[1,3,5]"]
    );
}

#[test]
fn capture_outputs_named_groups() {
    assert_eq!(
        jq(
            r#"capture("(?<service>[^:]+):(?<action>.+)")"#,
            r#""iam:CreateUser""#
        ),
        [r#"{"service":"iam","action":"CreateUser"}"#]
    );
}

#[test]
fn scan_gives_matches_or_their_groups() {
    assert_eq!(
        jq(
            r#"[scan("[0-9]+")], [scan("([a-z])([0-9])")]"#,
            r#""a1b22""#
        ),
        [r#"["1","22"]"#, r#"[["a","1"],["b","2"]]"#]
    );
}

#[test]
fn split_with_flags_takes_an_expression() {
    assert_eq!(
        jq(r#"split(", *"; null), [splits("B"; "i")]"#, r#""a, b,c""#),
        [r#"["a","b","c"]"#, r#"["a, ",",c"]"#]
    );
}

#[test]
fn sub_replaces_the_first_and_gsub_all() {
    assert_eq!(
        jq(r#"sub("a"; "A"), gsub("a"; "A")"#, r#""banana""#),
        [r#""bAnana""#, r#""bAnAnA""#]
    );
}

#[test]
fn a_replacement_sees_named_groups() {
    assert_eq!(
        jq(r#"gsub("(?<d>[0-9])"; "<\(.d)>")"#, r#""a1b2""#),
        [r#""a<1>b<2>""#]
    );
}

#[test]
fn several_replacements_give_several_results() {
    assert_eq!(
        jq(r#"[gsub("a"; "x", "y")]"#, r#""aba""#),
        [r#"["xbx","yby"]"#]
    );
}

#[test]
fn an_empty_expression_matches_between_characters() {
    assert_eq!(jq(r#"gsub(""; "-")"#, r#""ab""#), [r#""-a-b-""#]);
}

#[test]
fn look_around_and_back_references_work() {
    assert_eq!(
        jq(
            r#"[match("(?<=:)\\d{12}(?=:)").string], test("(\\w)\\1")"#,
            r#""arn:aws:iam::123456789012:user/bobby""#
        ),
        [r#"["123456789012"]"#, "true"]
    );
}

#[test]
fn a_caret_matches_only_at_the_start_of_the_text() {
    assert_eq!(
        jq(r#"test("^b"), test("a.b"; "p")"#, r#""a\nb""#),
        ["false", "true"]
    );
}

#[test]
fn an_unknown_flag_is_an_error() {
    assert_eq!(
        jq_error(r#"test("a"; "q")"#, r#""a""#),
        "q is not a valid modifier string"
    );
}

#[test]
fn a_broken_expression_is_an_error() {
    assert_eq!(
        jq_error(r#"test("(")"#, r#""a""#),
        "Regex failure: end pattern with unmatched parenthesis"
    );
}

#[test]
fn only_a_string_is_matched() {
    assert_eq!(
        jq_error(r#"test("a")"#, "5"),
        "number (5) cannot be matched, as it is not a string"
    );
}

#[test]
fn matching_stops_after_too_many_retries() {
    assert_eq!(
        jq(
            r#"try test("^(a+)+$") catch "given up""#,
            r#""aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!""#
        ),
        [r#""given up""#]
    );
}
