//! Tests programs whose outputs depend on the order of evaluation or on ignored errors.

use crate::cases::check;
use crate::run::jq;

#[test]
fn an_update_without_output_does_not_create_an_absent_path() {
    check(&[
        (".a.b.c |= empty", r#"{"k":1}"#, r#"{"k":1}"#),
        (".a[3] |= select(. != null)", r#"{"k":1}"#, r#"{"k":1}"#),
        (r#".a["x"]? |= empty"#, r#"{"k":1}"#, r#"{"k":1}"#),
        (".a[2:] |= empty", r#"{"a":[1,2,3]}"#, r#"{"a":[1,2]}"#),
        (
            ".[].x.y |= (numbers | . + 1)",
            r#"[{"x":{"y":1}},{}]"#,
            r#"[{"x":{"y":2}},{}]"#,
        ),
        (".a[-2]? |= empty", "{}", "{}"),
        (
            "(.a, .b.c) |= (select(. == 1) | 7)",
            r#"{"a":1}"#,
            r#"{"a":7}"#,
        ),
        (".a[] |= empty", r#"{"a":[1,2]}"#, r#"{"a":[]}"#),
        (".a? // .b |= empty", r#"{"b":[0]}"#, "{}"),
    ]);
}

#[test]
fn an_update_of_the_identity_takes_the_first_output() {
    check(&[
        (". |= empty", "[1]", "null"),
        (". |= (3, 4)", "[1]", "3"),
        (". |= .[]", "[5,6]", "5"),
        (r#"try (. |= error("x")) catch ."#, "0", r#""x""#),
        (". += 1", "4", "5"),
        (". //= 3", "null", "3"),
    ]);
}

#[test]
fn a_path_expression_requires_a_part_of_its_input() {
    check(&[
        (
            r#"try path("s" | .k?) catch ."#,
            "{}",
            r#""Invalid path expression near attempt to access element \"k\" of \"s\"""#,
        ),
        (
            "try path(7 | .[]?) catch .",
            "{}",
            r#""Invalid path expression near attempt to iterate through 7""#,
        ),
        (
            "try path(reduce (0, 1) as $i (.; .k)) catch .",
            r#"{"k":{"k":1}}"#,
            r#""Invalid path expression near attempt to access element \"k\" of {\"k\":1}""#,
        ),
        (
            "try [path(foreach (0, 1) as $i (.; .k; .))] catch .",
            r#"{"k":{"k":1}}"#,
            r#""Invalid path expression near attempt to access element \"k\" of {\"k\":1}""#,
        ),
        (
            "try path(.k or .j) catch .",
            r#"{"k":false}"#,
            r#""Invalid path expression near attempt to access element \"j\" of {\"k\":false}""#,
        ),
        (
            "try path(.k = 2) catch .",
            r#"{"k":1}"#,
            r#""Invalid path expression with result {\"k\":2}""#,
        ),
        (
            "try path(last(.k, .j)) catch .",
            r#"{"k":1,"j":2}"#,
            r#""Invalid path expression with result 2""#,
        ),
        (
            "try path(to_entries) catch .",
            r#"{"k":1}"#,
            r#""Invalid path expression with result [{\"key\":\"k\",\"value\":1}]""#,
        ),
        (
            "try path(map(.k)) catch .",
            r#"[{"k":1}]"#,
            r#""Invalid path expression with result [1]""#,
        ),
        (
            "try path(from_entries) catch .",
            r#"[{"key":"k"}]"#,
            r#""Invalid path expression near attempt to iterate through [{\"k\":null}]""#,
        ),
        ("try path(first(.k, .j)) catch .", r#"{"k":1}"#, r#"["k"]"#),
        ("[path(limit(2; .[]))]", "[5,6,7]", "[[0],[1]]"),
        (
            r#"[path(getpath(["a","b"]) | .c)]"#,
            "{}",
            r#"[["a","b","c"]]"#,
        ),
        ("[path(.. | numbers)]", "[1,[2]]", "[[0],[1,0]]"),
        (
            "try path(.a | tojson | fromjson) catch .",
            r#"{"a":[1]}"#,
            r#""Invalid path expression with result [1]""#,
        ),
        ("[paths(. == 2)]", "[1,[2]]", "[[1,0]]"),
        (
            "try path(3) catch .",
            "3",
            r#""Invalid path expression with result 3""#,
        ),
        ("path(null)", "null", "[]"),
        (
            "try (to_entries[0].key = 1) catch .",
            r#"{"a":1}"#,
            r#""Invalid path expression near attempt to access element 0 of [{\"key\":\"a\",\"value\":1}]""#,
        ),
    ]);
}

#[test]
fn a_path_expression_recognises_an_earlier_value() {
    check(&[
        (". as $x | [path($x)]", "[1]", "[[]]"),
        (".[:2] as $x | [path($x[1])]", "[1,2]", "[[1]]"),
        (
            ".a as $x | [.a | path($x | .b)]",
            r#"{"a":{"b":1}}"#,
            r#"[["b"]]"#,
        ),
        (
            "[path(.a | (., .b) as $v | .b)]",
            r#"{"a":{"b":1}}"#,
            r#"[["a","b"],["a","b"]]"#,
        ),
    ]);
}

#[test]
fn the_operand_evaluated_first_fails_first() {
    check(&[
        (
            "try .[1 - null][{} | -.] catch .",
            "[]",
            r#""object ({}) cannot be negated""#,
        ),
        (
            r#"try "\(error("left")) \(error("right"))" catch ."#,
            "0",
            r#""right""#,
        ),
        (
            r#"try @csv "\(1) \(2)" catch ."#,
            "0",
            r#""number (2) cannot be csv-formatted, only array""#,
        ),
        (
            r#"try (@sh "\([[1]]) \({})") catch ."#,
            "0",
            r#""object ({}) can not be escaped for shell""#,
        ),
        ("[limit({}; empty)]", "0", "[]"),
        (r#"[skip("s"; empty)]"#, "0", "[]"),
        (
            "try [limit(-1; 1)] catch .",
            "0",
            r#""limit doesn't support negative count""#,
        ),
        (r#"[limit(2; 1, 2, error("no"))]"#, "0", "[1,2]"),
        (
            "try [nth(-1; 1)] catch .",
            "0",
            r#""nth doesn't support negative indices""#,
        ),
        ("[first(range(5; 0; -1))]", "0", "[5]"),
        ("reduce (1 | debug) as $x (empty; .)", "0", ""),
        ("[foreach (1, 2) as $x (0, 10; . + $x)]", "0", "[1,3,11,13]"),
        ("[reduce .[] as $x (0; . + $x, . * $x)]", "[1,2]", "[0]"),
        ("[.[] as [$a] ?// $a | $a]", "[[1],2]", "[1,2]"),
        (
            r#"[.[] | . as [$a] ?// $a | if $a == 1 then error("x") else $a end]"#,
            "[[1],[2]]",
            "[[1],2]",
        ),
    ]);
}

#[test]
fn a_second_start_of_reduce_evaluates_the_source_on_null() {
    check(&[
        ("[reduce . as $x (1, 2; . + $x)]", "5", "[6,2]"),
        (
            "try [reduce .[] as $x (0, 1; . + $x)] catch .",
            "[3]",
            r#""Cannot iterate over null (null)""#,
        ),
    ]);
}

#[test]
fn a_break_is_an_error_that_may_be_caught() {
    check(&[
        ("[label $a | try break $a catch type]", "0", r#"["object"]"#),
        ("[label $a | (1, break $a, 2)]", "0", "[1]"),
        ("[label $a | label $b | 1, break $a, 2]", "0", "[1]"),
        (
            "[range(3) as $i | label $l | range(5) | if . > $i then break $l else . end]",
            "0",
            "[0,0,1,0,1,2]",
        ),
        (r#"[try (label $f | error("x")) catch .]"#, "0", r#"["x"]"#),
    ]);
}

#[test]
fn range_keeps_the_literal_it_starts_with() {
    check(&[
        ("[range(1.0; 3)]", "0", "[1.0,2]"),
        ("[range(.; 12)]", "1.0e1", "[10,11]"),
        ("[limit(3; range(nan; 0))]", "0", "[null,null,null]"),
        ("[range(0, 1; 3, 4)]", "0", "[0,1,2,0,1,2,3,1,2,1,2,3]"),
        ("[range(1; 4; 1.5), range(3; 0; -2)]", "0", "[1,2.5,3,1]"),
        (
            r#"try [range("a"; 2)] catch ."#,
            "0",
            r#""Range bounds must be numeric""#,
        ),
    ]);
}

#[test]
fn the_break_of_first_counts_as_an_error_for_an_alternative_pattern() {
    check(&[("[first(. as [$x] ?// $x | $x)]", "[[1],2]", "[[1],[[1],2]]")]);
}

#[test]
fn calls_may_nest_a_million_deep() {
    let count = "def f: if . == 0 then 0 else (. - 1 | f) + 1 end; 1000000 | f";
    let closures = "def f(g): if . < 1000000 then . + 1 | f(g | .) else g end; 0 | f(.)";
    for program in [count, closures] {
        assert_eq!(jq(["-n", program]).stdout(), "1000000\n");
    }
}
