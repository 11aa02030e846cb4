//! Tests of the program `ct-sim` in a shell.

use std::fs;
use std::io::Read as _;
use std::process::{Command, Output, Stdio};

fn ct_sim(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ct-sim"));
    command.args(arguments).output().unwrap()
}

/// Runs `ct-sim`, which must fail, and returns its message and its exit status.
pub(crate) fn failed(arguments: &[&str]) -> (String, Option<i32>) {
    let output = ct_sim(arguments);
    assert_eq!(output.stdout, b"");
    let said = String::from_utf8(output.stderr).unwrap();
    (said, output.status.code())
}

#[test]
fn a_shell_evaluates_the_export_lines_sends_a_request_and_stops_ct_sim() {
    let script = r#"
        set -e
        eval "$("$CT_SIM" --generate 3 --region eu-west-3 --seed 5 &)"
        echo "$AWS_REGION $AWS_DEFAULT_REGION $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY"
        address=${AWS_ENDPOINT_URL#http://127.0.0.1:}
        exec 3<>"/dev/tcp/127.0.0.1/$address"
        printf 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >&3
        head -1 <&3
        kill "$CT_SIM_PID"
    "#;
    let mut bash = Command::new("bash");
    bash.args(["-c", script]);
    let output = bash.env("CT_SIM", env!("CARGO_BIN_EXE_ct-sim")).output();
    assert_eq!(
        String::from_utf8(output.unwrap().stdout).unwrap(),
        "eu-west-3 eu-west-3 AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\nHTTP/1.1 404 Not Found\r\n"
    );
}

#[test]
fn no_record_and_no_argument_can_inject_shell_code() {
    let folder = tempfile::tempdir().unwrap();
    let region = "us-east-1 X=$(touch${IFS}gotcha)";
    let record = format!(
        r#"{{"eventVersion":"1.08","eventID":"a","eventTime":"2020-10-01T00:00:00Z","awsRegion":"{region}"}}"#
    );
    fs::write(folder.path().join("e.ndjson"), record).unwrap();
    let script = r#"
        eval "$("$CT_SIM" --events e.ndjson &)"
        printf '%s\n' "$AWS_REGION" "${X-unset}" *
        kill "$CT_SIM_PID"
    "#;
    let mut bash = Command::new("bash");
    bash.args(["-c", script]).current_dir(folder.path());
    let output = bash.env("CT_SIM", env!("CARGO_BIN_EXE_ct-sim")).output();
    assert_eq!(
        String::from_utf8(output.unwrap().stdout).unwrap(),
        "us-east-1\nunset\ne.ndjson\n"
    );
}

#[test]
fn ct_sim_closes_standard_output_after_two_lines_and_a_signal_ends_it_with_status_0() {
    for signal in ["INT", "TERM"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ct-sim"));
        command.args(["--generate", "3"]).stdout(Stdio::piped());
        let mut sim = command.spawn().unwrap();
        let mut lines = String::new();
        let mut stdout = sim.stdout.take().unwrap();
        stdout.read_to_string(&mut lines).unwrap();
        assert_eq!(lines.lines().count(), 2);
        let pid = sim.id().to_string();
        let mut kill = Command::new("kill");
        assert!(kill.args(["-s", signal, &pid]).status().unwrap().success());
        assert_eq!(sim.wait().unwrap().code(), Some(0), "{signal}");
    }
}

#[test]
fn a_run_without_records_is_refused() {
    assert_eq!(
        failed(&[]),
        (
            "ct-sim: no records to serve: give --generate 1000, --events FILE or --bucket NAME=FOLDER\n".to_owned(),
            Some(252)
        )
    );
}

#[test]
fn a_missing_file_is_reported_by_name() {
    assert_eq!(
        failed(&["--events", "nowhere.ndjson"]),
        (
            "ct-sim: cannot read nowhere.ndjson: No such file or directory (os error 2)\n"
                .to_owned(),
            Some(255)
        )
    );
}

#[test]
fn an_option_without_effect_is_refused() {
    let cases: [(&[&str], &str); 3] = [
        (&["--generate", "1", "--burst", "3"], "--quota <RATE>"),
        (
            &["--events", "x", "--accounts", "111122223333"],
            "--generate <N>",
        ),
        (&["--events", "x", "--leak-key", "AKIA"], "--generate <N>"),
    ];
    for (words, missing) in cases {
        let expected = format!(
            "ct-sim: the following required arguments were not provided: {missing}: see ct-sim --help\n"
        );
        assert_eq!(failed(words), (expected, Some(252)));
    }
}

#[test]
fn a_folder_without_records_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("day")).unwrap();
    fs::write(folder.path().join("day/notes.txt"), "").unwrap();
    let path = folder.path().to_str().unwrap();
    let expected = format!(
        "ct-sim: {path} contains no *.json, *.jsonl or *.ndjson files, compressed or not: use a different folder, or a file\n"
    );
    assert_eq!(failed(&["--events", path]), (expected, Some(252)));
}

#[test]
fn an_invalid_value_is_refused_with_a_suggestion() {
    let cases = [
        (
            ["--latency", "fast"],
            "invalid value 'fast' for '--latency <DURATION>': `fast` is not a duration: try 300ms, 2s, 15m, 24h or 7d",
        ),
        (
            ["--fault", "boom"],
            "invalid value 'boom' for '--fault <FAULT>': `boom` is not a fault: see --help for the list, such as 500@3 or drop@10%",
        ),
        (
            ["--region", "a b;touch x"],
            "invalid value 'a b;touch x' for '--region <REGION>': `a b;touch x` is not a region: try us-east-1",
        ),
        (
            ["--region", ""],
            "invalid value '' for '--region <REGION>': `` is not a region: try us-east-1",
        ),
        (
            ["--regions", "x y"],
            "invalid value 'x y' for '--regions <REGION[=N]>': `x y` is not a region: try us-east-1 or us-east-1=3",
        ),
        (
            ["--page-sizes", "0,51"],
            "invalid value '51' for '--page-sizes <N,N…>': `51` is not the size of a page: try 0 to 50",
        ),
        (
            ["--fault", "500@0"],
            "invalid value '500@0' for '--fault <FAULT>': `0` does not say when the fault occurs: try 3, 3..5, 3,7, /4, 10%, a region or an account",
        ),
        (
            ["--quota", "0"],
            "invalid value '0' for '--quota <RATE>': `0` is not a number above 0: try 2",
        ),
    ];
    for (words, message) in cases {
        let words = [&["--generate", "1"], &words[..]].concat();
        let expected = format!("ct-sim: {message}: see ct-sim --help\n");
        assert_eq!(failed(&words), (expected, Some(252)));
    }
    assert_eq!(
        failed(&["--generate", "1", "--until", "tuesdayish"]),
        (
            "ct-sim: `tuesdayish` is not a time: try 7d, 90m, 2026-11-01 or 2026-11-01T10:30:00Z\n"
                .to_owned(),
            Some(252)
        )
    );
}
