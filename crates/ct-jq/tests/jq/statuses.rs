//! Tests exit statuses.

use crate::run::jq;

fn status(words: &[&str], input: &str) -> Option<i32> {
    jq(words).input(input).run().status
}

#[test]
fn the_last_output_decides_with_exit_status() {
    assert_eq!(status(&["-e", "."], "1 false"), Some(1));
    assert_eq!(status(&["-e", "."], "null 2"), Some(0));
    assert_eq!(status(&["-e", "empty"], "1"), Some(4));
}

#[test]
fn only_an_error_in_the_last_input_ends_with_status_5() {
    assert_eq!(status(&[".a"], "[] {}"), Some(0));
    assert_eq!(status(&[".a"], "{} []"), Some(5));
}

#[test]
fn a_wrong_option_ends_with_status_2_and_a_wrong_program_with_3() {
    assert_eq!(status(&["--no-such", "."], ""), Some(2));
    assert_eq!(status(&["("], ""), Some(3));
}

#[test]
fn a_missing_file_ends_with_status_2_after_one_more_value() {
    let ran = jq(["-c", ".", "missing", "a.json"])
        .file("a.json", "1 2")
        .run();
    assert_eq!((ran.stdout.as_str(), ran.status), ("1\n", Some(2)));
    assert_eq!(
        ran.stderr,
        "jq: error: Could not open file missing: No such file or directory\n"
    );
}

#[test]
fn halt_error_sets_the_status_and_prints_its_value() {
    let ran = jq(["-n", r#"1, ({"a": 2} | halt_error(7)), 3"#]).run();
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str(), ran.status),
        ("1\n", "{\"a\":2}\n", Some(7))
    );
}

#[test]
fn invalid_json_ends_with_status_5_after_earlier_outputs() {
    let ran = jq(["."]).input("1\n{x}\n3").run();
    assert_eq!((ran.stdout.as_str(), ran.status), ("1\n", Some(5)));
    assert_eq!(
        ran.stderr,
        "jq: parse error: Invalid numeric literal at line 2, column 3\n"
    );
}
