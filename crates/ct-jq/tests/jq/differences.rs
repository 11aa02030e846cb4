//! Programs whose outputs depend on what jq evaluates first, forgives, or takes from the C library.
//!
//! Each case is a program, an input, and what jq 1.8.2 prints. The engine and the fast path must print the same.

use crate::run::jq;

/// A program, its input, and its outputs.
type Case = (&'static str, &'static str, &'static str);

#[track_caller]
fn check(cases: &[Case]) {
    for (program, input, outputs) in cases {
        for way in [&["-c"][..], &["-c", "--engine"], &["-c", "--threads", "2"]] {
            let words = way.iter().chain([program]);
            let printed = jq(words).env("TZ", "UTC").input(input).stdout();
            assert_eq!(
                printed.lines().collect::<Vec<_>>().join(" "),
                *outputs,
                "{way:?} {program} of {input}"
            );
        }
    }
}

#[test]
fn an_update_without_output_leaves_no_trace_of_an_absent_path() {
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
fn a_lone_identity_takes_the_first_output_of_an_update() {
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
fn a_path_expression_refuses_what_is_not_a_part_of_its_input() {
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
fn a_path_expression_knows_a_value_it_has_met_again() {
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
fn what_is_evaluated_first_fails_first() {
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
fn the_source_of_a_reduction_is_null_for_a_second_start() {
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
fn a_double_half_way_between_two_texts_ends_in_an_even_digit() {
    check(&[
        (". / 4", "6816658580493823", "1704164645123455.8"),
        (". + 0.75", "1704164645123456", "1704164645123456.8"),
        (
            "add / length",
            "[1700000000123457,1700000000123456,1700000000123456,1700000000123456]",
            "1700000000123456.2",
        ),
        (". * 0.125", "11258999068426241", "1407374883553280"),
        (
            "map(. + 0)",
            "[1e17,123456789012345678,0.1,1e-7,5e-324,9007199254740993]",
            "[1e+17,123456789012345680,0.1,1e-07,5e-324,9007199254740992]",
        ),
    ]);
}

#[test]
fn formats_write_nul_as_a_backslash_and_a_zero() {
    check(&[
        (
            "@csv, @tsv, (.[0] | @html, @sh, @uri, @json, @text, @base64)",
            r#"["a\u0000\"b"]"#,
            r#""\"a\\0\"\"b\"" "a\\0\"b" "a\\0&quot;b" "'a\\0\"b'" "a%00%22b" "\"a\\u0000\\\"b\"" "a\u0000\"b" "YQAiYg==""#,
        ),
        (r#"@html "<\(.[0])>""#, r#"["\u0000&"]"#, r#""<\\0&amp;>""#),
        ("map(@sh)", r#"["\u0000\u0027"]"#, r#"["'\\0'\\'''"]"#),
    ]);
}

#[test]
fn regular_expressions_take_all_of_jqs_flags() {
    check(&[
        (
            r#"[match("b.d"; "m").offset, test("B"; "mi")]"#,
            r#""ab\nd""#,
            "[1,true]",
        ),
        (
            r#"try test("a"; "gq") catch ."#,
            r#""a""#,
            r#""gq is not a valid modifier string""#,
        ),
        (
            r#"try [scan("a"; 1)] catch ."#,
            r#""a""#,
            r#""string (\"g\") and number (1) cannot be added""#,
        ),
        (
            r#"try [splits("a"; {})] catch ."#,
            r#""a""#,
            r#""object ({}) and string (\"g\") cannot be added""#,
        ),
        (
            r#"try sub("a"; "b"; "?") catch ."#,
            r#""a""#,
            r#""? is not a valid modifier string""#,
        ),
        (
            r#"try gsub("a"; "b"; []) catch ."#,
            r#""a""#,
            r#""array ([]) and string (\"g\") cannot be added""#,
        ),
        (r#"[scan("[A-Z]"; "i")]"#, r#""aB1""#, r#"["a","B"]"#),
        (
            r#"gsub("(?<l>[a-z])"; "<\(.l)>", "-")"#,
            r#""ab""#,
            r#""<a><b>" "--""#,
        ),
        (
            r#"sub("$"; "!"), gsub(""; "-"), [splits(", *"; null)]"#,
            r#""a, b""#,
            r#""a, b!" "-a-,- -b-" ["a","b"]"#,
        ),
        (
            r#"capture("(?<a>.)(?<n>z)?")"#,
            r#""q""#,
            r#"{"a":"q","n":null}"#,
        ),
    ]);
}

#[test]
fn dates_are_the_c_librarys() {
    check(&[
        (
            "try (. | mktime) catch .",
            "[1969,11,31,23,59,59,3,364]",
            r#""invalid gmtime representation""#,
        ),
        (
            "try fromdate catch .",
            r#""1969-12-31T23:59:58Z""#,
            r#""mktime not supported on this platform""#,
        ),
        (
            "[.[] | fromdate]",
            r#"["1969-12-31T23:59:57Z","1901-01-01T00:00:00Z"]"#,
            "[-3,-2177452800]",
        ),
        (
            r#"[.[] | strptime("%Y-%j")]"#,
            r#"["2001-366","2000-366","2000-001"]"#,
            "[[2001,24,31,0,0,0,2,365],[2000,11,31,0,0,0,0,365],[2000,0,1,0,0,0,6,0]]",
        ),
        (
            r#"try strptime("%Od %Oy") catch ."#,
            r#""12 15""#,
            r#""date \"12 15\" does not match format \"%Od %Oy\"""#,
        ),
        (
            r#"try strptime("%OY") catch ."#,
            r#""2015""#,
            r#""date \"2015\" does not match format \"%OY\"""#,
        ),
        (
            r#"[strftime("%Ey|%OY|%_d|%-m|%^a|%#c|%P")]"#,
            "1425599507",
            r#"["15|%OY| 5|3|THU|Thu Mar  5 23:51:47 2015|pm"]"#,
        ),
        (
            r#"try strftime("%c%c%c%c%c%c%c") catch ."#,
            "0",
            r#""strftime/1: unknown system failure""#,
        ),
        (
            "gmtime, todate",
            "-1.5",
            r#"[1969,11,31,23,59,59.5,3,364] "1969-12-31T23:59:59Z""#,
        ),
        (
            r#"[.[] | strptime("%U %w %Y")]"#,
            r#"["53 2 1999","00 0 1999"]"#,
            "[[1999,25,3,0,0,0,2,368],[1999,-1,-4,0,0,0,0,-5]]",
        ),
    ]);
}

#[test]
fn mathematical_functions_have_the_domains_and_digits_of_the_c_library() {
    check(&[
        (
            "map(acosh)",
            "[0.5,-3,1,1.5,30]",
            "[null,null,0,0.9624236501192069,4.0940666686320855]",
        ),
        (
            "map(asinh)",
            "[-6.373185582151812,29.10399736257581,1e-30,1e300]",
            "[-2.551345539005862,4.064317725655189,1e-30,691.4686750787736]",
        ),
        (
            "map(cbrt)",
            "[64,-0.001,2,1e-300,0]",
            "[4,-0.1,1.2599210498948734,1e-100,0]",
        ),
        (
            "[scalb(3; 1.5), scalb(3; 2), scalb(1; infinite), scalb(0; -infinite)]",
            "0",
            "[null,12,1.7976931348623157e+308,0]",
        ),
        (
            "[ldexp(1; 1e99), ldexp(1; nan), ldexp(3; -1), scalbln(1; -1e99), scalbln(1; 1e18)]",
            "0",
            "[0,0,1.5,0,1.7976931348623157e+308]",
        ),
        (
            "[pow(2; 0.5), (9 | significand), (10 | logb)]",
            "0",
            "[1.4142135623730951,1.125,3]",
        ),
    ]);
}

#[test]
fn messages_name_what_jq_names() {
    check(&[
        (
            r#"try delpaths([[0], 1, "s"]) catch ."#,
            "[]",
            r#""Path must be specified as array, not number""#,
        ),
        (
            "try delpaths(1) catch .",
            "[]",
            r#""Paths must be specified as an array""#,
        ),
        (
            "try fromstream([0, 1]) catch .",
            "0",
            r#""array ([\"x\"]) and number (0) cannot be added""#,
        ),
        ("try ([1] | implode) catch .", "0", r#""\u0001""#),
        (
            "try ({} | .[0]) catch .",
            "0",
            r#""Cannot index object with number (0)""#,
        ),
        (
            r#"try (ltrimstr("a"), 1) catch ."#,
            "5",
            r#""startswith() requires string inputs""#,
        ),
        (
            "try join(1) catch .",
            r#"["a","b"]"#,
            r#""string (\"a\") and number (1) cannot be added""#,
        ),
        (
            "try flatten(-1) catch .",
            "[]",
            r#""flatten depth must not be negative""#,
        ),
        (
            "try from_entries catch .",
            "[1]",
            r#""Cannot index number with string (\"key\")""#,
        ),
        ("try ([] | first(.[] | error)) catch .", "0", ""),
        (
            r#"try ("a" | test(1)) catch ."#,
            "0",
            r#""number not a string or array""#,
        ),
        (
            r#"try getpath(["a", 0]) catch ."#,
            r#"{"a":"s"}"#,
            r#""Cannot index string with number (0)""#,
        ),
        (
            r#"try with_entries(error("e")) catch ."#,
            r#"{"a":1}"#,
            r#""e""#,
        ),
    ]);
}

#[test]
fn the_break_of_first_is_an_error_to_an_alternative_pattern() {
    check(&[("[first(. as [$x] ?// $x | $x)]", "[[1],2]", "[[1],[[1],2]]")]);
}

#[test]
fn a_message_ends_at_a_nul() {
    let ran = jq(["-n", r#"error("a\u0000b")"#]).run();
    assert_eq!(ran.stderr, "jq: error (at <unknown>): a\n");
}

#[test]
fn after_a_caught_parse_error_only_the_rest_of_the_line_is_gone() {
    let program = "[limit(6; repeat(try input catch \"bad\"))]";
    let run = jq(["-nc", program, "a", "b"])
        .file("a", "1 ] 2\n3\n]")
        .file("b", "4");
    assert_eq!(run.stdout(), "[1,\"bad\",3,\"bad\",4,\"bad\"]\n");
    let run = jq(["-c", "--stream-errors", ".", "a", "b"])
        .file("a", "]")
        .file("b", "[4]");
    let message = "Unmatched ']' at the top-level at line 1, column 1";
    assert_eq!(
        run.stdout(),
        format!("[\"{message}\",[]]\n[[0],4]\n[[0]]\n")
    );
}

#[test]
fn of_a_long_line_only_the_piece_with_the_error_is_gone() {
    let line = format!("]{}7", " ".repeat(5000));
    let run = jq(["-nc", "[limit(2; repeat(try input catch \"bad\"))]"]).input(line);
    assert_eq!(run.stdout(), "[\"bad\",7]\n");
}

#[test]
fn names_that_are_the_same_once_repaired_are_one() {
    for way in ["-c", "-cM"] {
        let run = jq([way, "., length", "a"]).file("a", b"{\"\xff\":1,\"\xfe\":2}");
        assert_eq!(run.stdout(), "{\"\u{fffd}\":2}\n1\n");
    }
}

#[test]
fn a_line_that_ends_after_a_large_value_is_counted_with_it() {
    let head = "{\"Records\":[{\"a\":\"s\"}";
    let space = " ".repeat((64 << 10) - 1 - head.len() - 2);
    let text = format!("{head}{space}]}}{{\"Records\":[\n{{\"a\":5}}]}}\n");
    let ran = jq(["-c", ".Records[] | .a.b", "f"]).file("f", text).run();
    assert_eq!(
        ran.stderr,
        "jq: error (at f:1): Cannot index string with string (\"b\")\n\
         jq: error (at f:2): Cannot index number with string (\"b\")\n"
    );
}

#[test]
fn summer_time_is_not_what_strftime_takes_a_time_for() {
    let run = jq([
        "-n",
        r#"1.5e9, 1.48e9 | strftime("%s"), strflocaltime("%s")"#,
    ])
    .env("TZ", "America/New_York");
    assert_eq!(
        run.stdout(),
        "\"1500018000\"\n\"1500000000\"\n\"1480018000\"\n\"1480000000\"\n"
    );
}

#[test]
fn calls_may_nest_a_million_deep() {
    let count = "def f: if . == 0 then 0 else (. - 1 | f) + 1 end; 1000000 | f";
    let closures = "def f(g): if . < 1000000 then . + 1 | f(g | .) else g end; 0 | f(.)";
    for program in [count, closures] {
        assert_eq!(jq(["-n", program]).stdout(), "1000000\n");
    }
}
