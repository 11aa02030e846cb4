//! Tests options, alone and combined.

use crate::run::{RunResult, jq};

#[test]
fn short_options_may_be_combined() {
    assert_eq!(jq(["-ncr", "[1], \"a\""]).stdout(), "[1]\na\n");
}

#[test]
fn options_may_follow_the_program_and_the_files() {
    assert_eq!(
        jq([".x + $n", "f", "--argjson", "n", "2", "-c"])
            .file("f", r#"{"x":1}"#)
            .stdout(),
        "3\n"
    );
}

#[test]
fn the_first_of_a_repeated_arg_wins() {
    assert_eq!(
        jq(["-n", "--arg", "a", "1", "--arg", "a", "2", "$a"]).stdout(),
        "\"1\"\n"
    );
}

#[test]
fn positional_values_are_strings_or_json_as_the_last_option_says() {
    let words = [
        "-nc",
        "$ARGS.positional",
        "--args",
        "a",
        "--jsonargs",
        "1",
        "{}",
        "--args",
        "2",
    ];
    assert_eq!(jq(words).stdout(), "[\"a\",1,{},\"2\"]\n");
}

#[test]
fn rawfile_and_slurpfile_set_variables_to_the_content_of_files() {
    let words = [
        "-nc",
        "--rawfile",
        "r",
        "f",
        "--slurpfile",
        "s",
        "f",
        "$r, $s, ($ARGS.named | keys)",
    ];
    assert_eq!(
        jq(words).file("f", "1 [2]").stdout(),
        "\"1 [2]\"\n[1,[2]]\n[\"r\",\"s\"]\n"
    );
}

#[test]
fn an_invalid_json_argument_is_refused() {
    let ran = jq(["-n", "--argjson", "a", "{", "1"]).run();
    let message = "jq: invalid JSON text passed to --argjson\nUse jq --help for help with command-line options,\nor see the jq manpage, or online docs at https://jqlang.org\n";
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(2), message));
}

#[test]
fn the_program_may_be_in_a_file_named_before_or_after() {
    for words in [["-f", "p", "in"], ["p", "-f", "in"], ["p", "in", "-f"]] {
        assert_eq!(
            jq(words)
                .file("p", "# adds one\n. + 1\n")
                .file("in", "2")
                .stdout(),
            "3\n"
        );
    }
}

#[test]
fn indentation_is_spaces_tabs_or_none() {
    assert_eq!(jq(["-n", "--indent", "1", "[1]"]).stdout(), "[\n 1\n]\n");
    assert_eq!(jq(["-n", "--tab", "[1]"]).stdout(), "[\n\t1\n]\n");
    assert_eq!(jq(["-n", "--tab", "-c", "[1]"]).stdout(), "[1]\n");
}

#[test]
fn keys_are_sorted_and_text_escaped_on_request() {
    assert_eq!(
        jq(["-ncSa", r#"{"b":"é","a":{"d":1,"c":2}}"#]).stdout(),
        "{\"a\":{\"c\":2,\"d\":1},\"b\":\"\\u00e9\"}\n"
    );
}

#[test]
fn outputs_are_joined_or_ended_by_nul() {
    assert_eq!(jq(["-nj", r#""a", 1, "b""#]).stdout(), "a1b");
    assert_eq!(
        jq(["-n", "--raw-output0", r#""a", 1"#]).stdout(),
        "a\u{0}1\u{0}"
    );
}

#[test]
fn colours_are_printed_on_request_and_can_be_set() {
    assert_eq!(jq(["-nCc", "null"]).stdout(), "\u{1b}[0;90mnull\u{1b}[0m\n");
    assert_eq!(
        jq(["-nCc", "null"]).env("JQ_COLORS", "4;31").stdout(),
        "\u{1b}[4;31mnull\u{1b}[0m\n"
    );
    assert_eq!(jq(["-nCMc", "null"]).stdout(), "null\n");
    assert_eq!(
        jq(["-nCc", "nan"]).env("JQ_COLORS", ":1:2:3").stdout(),
        "\u{1b}[3m\u{1b}[mnull\u{1b}[0m\u{1b}[0m\n"
    );
}

#[test]
fn everything_is_one_value_when_slurped() {
    assert_eq!(jq(["-cs", "."]).input("1 2\n3").stdout(), "[1,2,3]\n");
    assert_eq!(jq(["-Rs", "."]).input("a\nb").stdout(), "\"a\\nb\"\n");
    assert_eq!(jq(["-cs", "."]).stdout(), "[]\n");
    let lines = jq(["-Rs", "input_line_number"]).input("a\nb\n").stdout();
    assert_eq!(lines, "2\n");
}

#[test]
fn values_are_events_when_streamed() {
    let events = "[[\"a\",0],1]\n[[\"a\",0]]\n[[\"a\"]]\n";
    assert_eq!(
        jq(["-c", "--stream", "."]).input(r#"{"a":[1]}"#).stdout(),
        events
    );
}

#[test]
fn streaming_names_a_comma_before_the_wrong_bracket() {
    for (input, says) in [
        (
            "[1,}",
            "Expected another key:value pair at line 1, column 4",
        ),
        (
            "{\"a\":1,]",
            "Expected another array element at line 1, column 8",
        ),
    ] {
        let run = jq(["-c", "--stream", "."]).input(input).run();
        assert_eq!(run.stderr, format!("jq: parse error: {says}\n"));
    }
}

#[test]
fn records_are_separated_by_rs_in_sequences() {
    assert_eq!(
        jq(["-c", "--seq", "."])
            .input("\u{1e}[1]\n\u{1e}2\n")
            .stdout(),
        "\u{1e}[1]\n\u{1e}2\n"
    );
}

#[test]
fn a_partial_byte_order_mark_is_ignored_in_a_sequence() {
    let input = b"\xef\xbb\x1e{\"a\":1}\x1e2\n3\n";
    assert_eq!(
        jq(["-c", "--seq", "."]).input(input).run(),
        RunResult {
            stdout: "\u{1e}{\"a\":1}\n\u{1e}2\n\u{1e}3\n".to_owned(),
            stderr: String::new(),
            status: Some(0),
        }
    );
}

#[test]
fn the_version_is_that_of_jq_and_the_build_that_of_ct_jq() {
    assert_eq!(jq(["--version"]).stdout(), "jq-1.8.2\n");
    assert!(jq(["--build-configuration"]).stdout().starts_with("ct-jq "));
    assert!(jq(["--help"]).stdout().starts_with("Runs a jq filter "));
}

#[test]
fn a_sandboxed_program_sees_no_environment_no_home_and_no_modules() {
    let secret = jq(["-nc", "--sandbox", "[env, $ENV]"]).env("AWS_SECRET_ACCESS_KEY", "made-up");
    assert_eq!(secret.stdout(), "[{},{}]\n");
    let home = jq(["-n", "--sandbox", "fromhome"]).file(".jq", "def fromhome: 1;");
    assert_eq!(home.run().status, Some(3));
    let module = jq(["-n", "--sandbox", "import \"m\" as m; m::f"]).file("m.jq", "def f: 1;");
    assert_eq!(module.run().status, Some(3));
    let given =
        jq(["-n", "--sandbox", "-L", ".", "import \"m\" as m; m::f"]).file("m.jq", "def f: 1;");
    assert_eq!(given.stdout(), "1\n");
}

#[test]
fn env_may_be_a_shorthand_member() {
    let kind = jq(["-nc", "{$ENV} | map_values(type)"]);
    assert_eq!(kind.stdout(), "{\"ENV\":\"object\"}\n");
}

#[test]
fn a_streamed_sequence_keeps_values_that_a_separator_ends() {
    let run = jq(["-c", "--seq", "--stream-errors", "."])
        .input("\u{1e}1\u{1e}[2,3\n\u{1e}4\n")
        .run();
    assert_eq!(
        run,
        RunResult {
            stdout: "\u{1e}[[],1]\n\u{1e}[[0],2]\n\u{1e}[\"Truncated value at line 2, column 1\",[1]]\n\u{1e}[[],4]\n".to_owned(),
            stderr: String::new(),
            status: Some(0),
        }
    );
}

#[test]
fn a_sequence_without_a_record_is_reported() {
    assert_eq!(
        jq(["--seq", "."]).run().stderr,
        "jq: ignoring parse error: Unfinished abandoned text at EOF at line 1, column 0\n"
    );
}

#[test]
fn a_program_that_runs_too_long_is_ended_with_one_message() {
    for program in [
        "def f: f; f",
        "last(range(1e15))",
        "[limit(3; repeat(1))] | until(false; .)",
    ] {
        assert_eq!(
            jq(["-n", "--sandbox", "--max-time", "50ms", program]).run(),
            RunResult {
                stdout: String::new(),
                stderr:
                    "ct-jq: the filter ran longer than 50ms: raise --max-time or reduce the input\n"
                        .to_owned(),
                status: Some(124),
            },
            "{program}"
        );
    }
}

#[test]
fn a_program_that_holds_too_much_memory_is_ended_with_one_message() {
    for program in [
        "[range(1e9)]",
        "[range(1e5)] | until(false; . + .)",
        "\"x\" * 1e9",
    ] {
        assert_eq!(
            jq(["-n", "--max-memory", "64M", program]).run(),
            RunResult {
                stdout: String::new(),
                stderr: "ct-jq: the filter used more memory than 64M: raise --max-memory or reduce the input\n".to_owned(),
                status: Some(124),
            },
            "{program}"
        );
    }
}

#[test]
fn a_program_within_its_limits_runs_normally() {
    let limits = ["--max-memory", "1G", "--max-time", "1h", "-c", ".a"];
    assert_eq!(jq(limits).input(r#"{"a":1}"#).stdout(), "1\n");
    for (option, wrong, what) in [
        ("--max-memory", "much", "a size such as 256M"),
        ("--max-time", "10", "a duration such as 10s"),
    ] {
        let ran = jq([option, wrong, "."]).run();
        assert_eq!(ran.status, Some(2));
        assert_eq!(
            ran.stderr.lines().next(),
            Some(format!("jq: {option} takes {what}").as_str())
        );
    }
}
