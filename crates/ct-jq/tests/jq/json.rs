//! Tests how JSON is read and printed: numbers, text, keys, null and updates.

use crate::run::{answer, jq};
use std::fmt::Write as _;

/// The standard output of a run without errors, which is the same on the fast path and on the
/// engine.
fn shown(program: &str, input: impl AsRef<[u8]>) -> String {
    let fast = jq(["-c", program]).input(&input).run();
    let engine = jq(["-c", "--engine", program]).input(&input).run();
    assert_eq!(fast, engine, "{program}");
    assert_eq!((fast.stderr.as_str(), fast.status), ("", Some(0)));
    fast.stdout
}

/// The standard error of a run with status 5, which is the same on the fast path and on the engine.
fn refused(program: &str, input: impl AsRef<[u8]>) -> String {
    let fast = jq(["-c", program]).input(&input).run();
    let engine = jq(["-c", "--engine", program]).input(&input).run();
    assert_eq!(fast, engine, "{program}");
    assert_eq!(fast.status, Some(5));
    fast.stderr
}

#[test]
fn numbers_that_json_forbids_are_read() {
    assert_eq!(shown(".", "01 +1 .5 5. nan"), "1\n1\n0.5\n5\nnull\n");
}

#[test]
fn comments_other_keys_and_control_characters_are_invalid() {
    for (input, reason) in [
        ("# c\n1", "Invalid numeric literal at line 1, column 2"),
        ("{1:2}", "Object keys must be strings at line 1, column 3"),
        (
            r#""\ud800""#,
            r"Invalid \uXXXX\uXXXX surrogate pair escape at line 1, column 8",
        ),
    ] {
        assert_eq!(refused(".", input), format!("jq: parse error: {reason}\n"));
    }
    assert!(refused(".", "\"a\u{1}\"").starts_with("jq: parse error: "));
}

#[test]
fn invalid_utf8_is_replaced_and_del_is_escaped() {
    assert_eq!(shown(".", r#""\udc00""#), "\"\u{fffd}\"\n");
    assert_eq!(shown(".", b"\"\xff\x7f\""), "\"\u{fffd}\\u007f\"\n");
}

#[test]
fn the_last_of_repeated_keys_wins_at_the_first_position() {
    let input = r#"{"a":1,"b":2,"\u0061":3}"#;
    assert_eq!(shown(".", input), "{\"a\":3,\"b\":2}\n");
    assert_eq!(shown(".a", input), "3\n");
}

#[test]
fn deletion_keeps_the_order_of_the_rest() {
    assert_eq!(
        shown("del(.b)", r#"{"c":1,"b":2,"a":3}"#),
        "{\"c\":1,\"a\":3}\n"
    );
}

#[test]
fn a_literal_is_printed_as_written_until_arithmetic_uses_it() {
    let input = "1e2 1.000 100000000000000000001";
    let expected = "[1E+2,100]\n[1.000,1]\n[100000000000000000001,1e+20]\n";
    assert_eq!(shown("[., .+0]", input), expected);
}

#[test]
fn a_computed_number_is_a_double() {
    let program = "[1e26+., 1e-7+., 10/2, nan, infinite, -infinite]";
    let expected = "[1e+26,1e-07,5,null,1.7976931348623157e+308,-1.7976931348623157e+308]\n";
    assert_eq!(shown(program, "0"), expected);
}

#[test]
fn large_literals_are_compared_digit_by_digit() {
    let input = "[100000000000000000001,100000000000000000002]";
    assert_eq!(
        shown("[.[0] == .[1], .[0] < .[1]]", input),
        "[false,true]\n"
    );
}

#[test]
fn null_takes_paths_and_slices() {
    assert_eq!(
        shown(r#""x" as $x | .c[$x].n += 1"#, "null"),
        "{\"c\":{\"x\":{\"n\":1}}}\n"
    );
    assert_eq!(shown(".[1:2]", "null"), "null\n");
}

#[test]
fn an_index_is_rounded_down_and_nan_finds_nothing() {
    assert_eq!(shown(".[1.7], .[nan]", "[1,2,3]"), "2\nnull\n");
}

#[test]
fn the_first_few_outputs_of_a_path_can_be_updated() {
    let program = "(first(.[]) |= 9), (limit(2; .[]) |= 0), (try .[0] |= 5)";
    assert_eq!(shown(program, "[1,2,3]"), "[9,2,3]\n[0,0,3]\n[5,2,3]\n");
}

#[test]
fn an_error_shows_the_whole_value_if_only_a_part_was_read() {
    let items: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    let input = format!("{{\"a\":{{\"x\":[{}]}}}}\n", items.join(","));
    assert_eq!(
        refused(".a + 1", input),
        "jq: error (at <stdin>:1): object ({\"x\":[0,1,2,3,4,5,6,7,8,9...}) and number (1) cannot be added\n"
    );
}

#[test]
fn nothing_is_printed_after_a_halt_on_any_number_of_threads() {
    let mut input = String::new();
    for n in 0..200_000 {
        writeln!(input, "{{\"n\":{n}}}").unwrap();
    }
    for (program, stderr, status) in [
        ("if .n == 150000 then halt else empty end", "", 0),
        (
            r#"if .n == 150000 then "over\n" | halt_error else empty end"#,
            "over\n",
            5,
        ),
    ] {
        let program = format!("(select(.n > 149998) | .n), ({program})");
        let ran = jq(["--threads", "4", &program]).input(&input).run();
        assert_eq!(
            (ran.stdout.as_str(), ran.stderr.as_str(), ran.status),
            ("149999\n150000\n", stderr, Some(status))
        );
    }
}

#[test]
fn a_long_literal_is_rounded_to_17_digits_before_it_is_a_double() {
    assert_eq!(
        answer(
            "[.[] + 0]",
            "[6712329807340431854,0.1107955980934907161,123456789012345685]"
        ),
        "[6712329807340432000,0.11079559809349072,123456789012345680]\n"
    );
}
