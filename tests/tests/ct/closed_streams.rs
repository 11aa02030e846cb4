//! Tests that every tool fails if standard input or output is closed, instead of succeeding without
//! data.

use ct_sim::{Events, Sim};
use ct_tests::Sandbox;

/// Runs a shell command, and returns its exit status and its messages.
fn ended(sandbox: &Sandbox, line: &str) -> (i32, String) {
    let output = sandbox.shell(line).output().expect("bash runs");
    assert_eq!(output.stdout, b"", "{line}");
    let said = String::from_utf8(output.stderr).expect("messages are UTF-8");
    (output.status.code().expect("no signal ended it"), said)
}

#[test]
fn ct_jq_ends_with_status_2_and_jqs_message_if_standard_output_is_closed() {
    let lost = "jq: error: writing output failed: Bad file descriptor\n".to_owned();
    let sandbox = Sandbox::new();
    for line in [
        "echo 1 | ct-jq . >&-",
        "echo 1 | ct-jq --engine . >&-",
        "echo 1 | ct-jq empty >&-",
        "ct-jq -n '[range(100000)]' >&-",
        "ct-jq --version >&-",
    ] {
        assert_eq!(ended(&sandbox, line), (2, lost.clone()), "{line}");
    }
}

#[test]
fn ct_jq_ends_with_status_2_and_jqs_message_if_standard_input_is_closed() {
    let unread = "jq: error: Bad file descriptor\n".to_owned();
    let sandbox = Sandbox::new();
    for line in [
        "ct-jq . <&-",
        "ct-jq -R . <&-",
        "ct-jq .a <&-",
        "ct-jq -s empty <&-",
    ] {
        assert_eq!(ended(&sandbox, line), (2, unread.clone()), "{line}");
    }
    assert_eq!(ended(&sandbox, "ct-jq -n empty <&-"), (0, String::new()));
}

#[test]
fn the_other_tools_end_with_status_255_if_standard_output_is_closed() {
    let sim = Sim::start(Events::count(3));
    let sandbox = Sandbox::beside(&sim);
    for (tool, line) in [
        ("ct", "ct --list >&-"),
        ("ct", "ct shim aws >&-"),
        ("ct-sim", "ct-sim --generate 3 >&-"),
        ("ct-fetch", "ct-fetch --quiet >&-"),
        ("ct-fetch", "ct-fetch --help >&-"),
    ] {
        let lost = format!(
            "{tool}: cannot write standard output: Bad file descriptor (os error 9): check where the output goes\n"
        );
        assert_eq!(ended(&sandbox, line), (255, lost), "{line}");
    }
    let (status, _) = ended(&sandbox, "ct-fetch lookup-events >&-");
    assert_eq!(status, 255);
}

#[test]
fn output_to_dev_null_is_not_an_error_however_it_is_opened() {
    let sim = Sim::start(Events::count(3));
    let sandbox = Sandbox::beside(&sim);
    for line in [
        "echo 1 | ct-jq . 1<>/dev/null",
        "ct --list >/dev/null",
        "ct-fetch --quiet 1<>/dev/null",
        "ct-fetch --quiet -o events.ndjson >&-",
    ] {
        assert_eq!(ended(&sandbox, line), (0, String::new()), "{line}");
    }
}
