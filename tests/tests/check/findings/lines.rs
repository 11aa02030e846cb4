//! Tests that a file without a seal gives the same result as a pipe. Several threads check such a
//! file, and one thread reads a pipe in order. A seal is a last line that contains the number and
//! the hash of the records.

use ct_tests::Sandbox;

use super::STOPPED;

/// Runs ct-check on `input` twice, as a file and on standard input. Returns the output, the
/// messages and the exit status of both runs.
fn both(sandbox: &Sandbox, input: &[u8]) -> [(String, String, i32); 2] {
    sandbox.write("rule.jq", ".eventName == \"StopLogging\"");
    sandbox.write("input", input);
    let options = [
        "--allow-unsealed",
        "--rules",
        "rule.jq",
        "--format",
        "json",
        "--with-record",
    ];
    let file = sandbox.run("ct-check", &[&options[..], &["input"]].concat());
    let mut command = sandbox.command("ct-check");
    let pipe = command
        .args(options)
        .write_stdin(input)
        .output()
        .expect("ct-check runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let said = text(pipe.stderr).replace("standard input", "input");
    let pipe = (
        text(pipe.stdout),
        said,
        pipe.status.code().expect("ct-check has an exit status"),
    );
    [file, pipe]
}

#[test]
fn lines_of_any_content_give_the_same_findings_and_messages_in_a_file_as_in_a_pipe() {
    let sandbox = Sandbox::new();
    let other = STOPPED.replace("00000001", "00000002");
    let indented = other
        .replace("\"eventSource\"", "\n  \"eventSource\"")
        .replace('{', "{\n");
    let torn = &other[..other.len() - 9];
    let escaped = serde_json::to_string(&other).unwrap();
    for (line, findings, status) in [
        (String::new(), 2, 1),
        (other.clone(), 3, 1),
        (format!("{other}\r"), 3, 1),
        (
            format!("{other}{}", STOPPED.replace("00000001", "00000003")),
            4,
            1,
        ),
        (format!("[{other}]"), 3, 1),
        (format!("{{\"Records\":[{other}]}}"), 3, 1),
        (format!("{{\"Records\":[{other}"), 3, 1),
        (
            format!("{{\"Events\":[{{\"CloudTrailEvent\":{escaped}}}]}}"),
            3,
            1,
        ),
        (format!("{{\"CloudTrailEvent\":{escaped}}}"), 3, 1),
        (
            format!("{{\"detail-type\":\"AWS API Call via CloudTrail\",\"detail\":{other}}}"),
            3,
            1,
        ),
        (format!("2020-10-01T00:00:00.000Z {other}"), 3, 1),
        (indented, 3, 1),
        (torn.to_owned(), 2, 1),
        (format!("{torn}}}"), 2, 1),
        ("{\"a\":1}".to_owned(), 2, 1),
        ("{\"a\":\"\u{fffd}}".to_owned(), 2, 1),
        ("some text".to_owned(), 2, 1),
        ("{\"Events\":[],\"NextToken\":\"x\"}".to_owned(), 2, 1),
        ("{\"ctSeal\":1,\"records\":1}".to_owned(), 2, 1),
    ] {
        let last = STOPPED.replace("00000001", "00000009");
        for (before, after) in [(STOPPED, last.as_str()), ("", STOPPED)] {
            let findings = findings - usize::from(before.is_empty());
            let input = [before, &line, after, ""].join("\n");
            let [file, pipe] = both(&sandbox, input.as_bytes());
            assert_eq!(file, pipe, "{input}");
            assert_eq!(
                (file.0.lines().count(), file.2),
                (findings, status),
                "{input}"
            );
        }
    }
    // Without a finding, the unreadable line determines the exit status.
    let harmless = STOPPED.replace("StopLogging", "DescribeTrails");
    for line in [
        torn,
        "{\"a\":1}",
        "{\"ctSeal\":1}",
        "{\"Records\":[{}",
        "{\"a\":\"\u{0}\"}",
        &format!("{harmless}\u{c}"),
    ] {
        let input = [&harmless, line, &harmless, ""].join("\n");
        let [file, pipe] = both(&sandbox, input.as_bytes());
        assert_eq!(file, pipe, "{input}");
        assert_eq!((file.0.as_str(), file.2), ("", 3), "{input}");
    }
    let bytes = [
        harmless.as_bytes(),
        b"\n{\"a\":\"\xff\"}\n",
        harmless.as_bytes(),
        b"\n",
    ]
    .concat();
    let [file, pipe] = both(&sandbox, &bytes);
    assert_eq!(file, pipe);
    assert_eq!(file.2, 3);
}

#[test]
fn a_seal_before_the_last_line_does_not_cover_later_records() {
    let sandbox = Sandbox::new();
    let harmless = STOPPED.replace("StopLogging", "DescribeTrails");
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let seal = format!(
        r#"{{"ctSeal":1,"records":0,"sha256":"{empty}","window":{{"since":"2020-10-01T00:00:00Z","until":"2020-10-02T00:00:00Z"}},"targets":[],"gaps":[],"complete":true}}"#
    );
    // ct-check searches for a seal only in the last 64 KiB, so more than 64 KiB follow the seal
    // here.
    let empty = "{\"Records\":[]}\n".repeat(5000);
    sandbox.write("input", format!("{harmless}\n{seal}\n{empty}"));
    let (_, said, status) = sandbox.run("ct-check", &["input"]);
    assert_eq!(status, 3, "{said}");
    assert!(said.contains("input does not end with its seal"), "{said}");
}
