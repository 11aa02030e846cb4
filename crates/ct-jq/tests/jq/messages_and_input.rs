//! Tests messages, and inputs that are not plain JSON.

use crate::cases::check;
use crate::run::jq;

#[test]
fn messages_are_those_of_jq() {
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
fn a_message_ends_at_a_nul() {
    let ran = jq(["-n", r#"error("a\u0000b")"#]).run();
    assert_eq!(ran.stderr, "jq: error (at <unknown>): a\n");
}

#[test]
fn after_a_caught_parse_error_only_the_rest_of_the_line_is_dropped() {
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
fn in_a_long_line_only_the_piece_with_the_error_is_dropped() {
    let line = format!("]{}7", " ".repeat(5000));
    let run = jq(["-nc", "[limit(2; repeat(try input catch \"bad\"))]"]).input(line);
    assert_eq!(run.stdout(), "[\"bad\",7]\n");
}

#[test]
fn keys_that_are_equal_after_utf8_repair_are_one_key() {
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
