//! Tests that a killed or disturbed run, when it is continued, produces the same bytes as an
//! uninterrupted run.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows unwrap in tests, but not in their helper functions"
)]

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use ct_core::exit::status;
use ct_sim::{Events, Sim};
use ct_tests::{Sandbox, outcome};

use super::{Endpoint, FIXED, begun, finished, hanging, killed, read, refused, wait};

/// The number of written bytes according to the journal.
fn written(sandbox: &Sandbox) -> usize {
    let journal = read(sandbox, "out.journal");
    let written = journal
        .lines()
        .find_map(|line| line.strip_prefix("written "));
    let (bytes, _) = written.unwrap().split_once(' ').unwrap();
    bytes.parse().unwrap()
}

#[test]
fn a_killed_run_continues_to_the_same_bytes_after_any_partial_record() {
    let (_endpoint, sandbox, whole) = killed();
    let part = read(&sandbox, "out");
    let bytes = written(&sandbox);
    assert!(bytes > 0 && bytes <= part.len() && part.len() < whole.len());
    let more = &whole[..whole.len() - 20];
    sandbox.write("out", more);
    assert_eq!(outcome(&sandbox, &FIXED).2, status::OK);
    assert_eq!(read(&sandbox, "out"), whole);
}

#[test]
fn an_output_that_changed_after_a_kill_is_refused_with_the_difference() {
    let (_endpoint, sandbox, _) = killed();
    let part = read(&sandbox, "out");
    let bytes = written(&sandbox);
    let first = part.find('\n').unwrap() + 1;
    let edited = format!("X{}", &part[1..]);
    let swapped = format!("{} {}", &part[..bytes - 1], &part[bytes..]);
    for (text, difference) in [
        (
            part[first..].to_owned(),
            format!(
                "it has {} bytes, but ct-fetch had written {bytes}",
                part.len() - first
            ),
        ),
        (
            "\0".repeat(part.len()),
            format!("its first {bytes} bytes do not end with a newline"),
        ),
        (
            swapped,
            format!("its first {bytes} bytes do not end with a newline"),
        ),
        (edited, format!("its first {bytes} bytes have changed")),
        (
            format!("{part}notes\n"),
            format!("this run did not write the content after its first {bytes} bytes"),
        ),
    ] {
        sandbox.write("out", &text);
        let message = format!(
            "cannot continue out: {difference}: restore its content, or pass --restart to start again"
        );
        refused(&sandbox, &FIXED, &message, status::OTHER);
        assert_eq!(read(&sandbox, "out"), text);
    }
}

#[test]
fn an_output_that_is_truncated_deleted_or_replaced_during_the_run_is_an_error() {
    for (change, reason) in [
        (
            "truncate -s 10 out",
            "it has 10 bytes, but ct-fetch has written ",
        ),
        ("rm out", "it was deleted while it was written"),
        (
            "mv out old; cp old out",
            "another file took its place while it was written",
        ),
    ] {
        let sim = hanging(2);
        let sandbox = Sandbox::beside(&sim);
        let run = begun(&sandbox, &FIXED);
        while !fs::read(sandbox.folder().join("out")).is_ok_and(|out| !out.is_empty()) {
            assert!(!sim.wait_for(usize::MAX, Duration::from_millis(5)));
        }
        sandbox.shell(change).assert().success();
        let pid = run.id().to_string();
        sandbox
            .command("kill")
            .args(["-INT", &pid])
            .assert()
            .success();
        let output = run.wait_with_output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(255), "{change}: {told}");
        let expected = format!("ct-fetch: another program changed out: {reason}");
        assert!(told.contains(&expected), "{change}: {told}");
        assert!(
            !read(&sandbox, "out.journal").contains("finished"),
            "{change}"
        );
    }
}

#[test]
fn a_pipe_in_place_of_the_new_journal_is_refused_without_waiting() {
    let sim = Sim::start(Events::count(120));
    let sandbox = Sandbox::beside(&sim);
    sandbox.shell("mkfifo out.journal.new").assert().success();
    let message = "cannot save out.journal: the temporary file out.journal.new already exists: remove it, or use a different file for --journal";
    refused(&sandbox, &FIXED, message, status::USAGE);
}

#[test]
fn after_a_full_disk_a_run_has_complete_records_and_continues_to_the_same_bytes() {
    let (endpoint, _, whole) = finished();
    let sandbox = endpoint.sandbox();
    // A limit on the file size, in blocks of 1,024 bytes, simulates a full disk.
    let limited = "trap '' XFSZ; ulimit -f 20; ct-fetch --rate 1000 --until 2020-10-02 -o out";
    let output = sandbox.shell(limited).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(255), "{told}");
    assert!(told.contains("ct-fetch: cannot write out: "), "{told}");
    let part = read(&sandbox, "out");
    assert!(whole.starts_with(&part) && part.len() < whole.len());
    assert!(part.is_empty() || part.ends_with('\n'));
    assert_eq!(outcome(&sandbox, &FIXED).2, status::OK);
    assert_eq!(read(&sandbox, "out"), whole);
}

#[test]
fn with_standard_output_to_a_file_a_killed_run_repeats_at_most_one_page() {
    let mut endpoint = Endpoint::start(hanging(3));
    let sandbox = endpoint.sandbox();
    let script = "exec ct-fetch --rate 1000 --journal journal >>out";
    let mut run = sandbox
        .process("bash")
        .args(["-c", script])
        .spawn()
        .unwrap();
    let lines = || {
        fs::read_to_string(sandbox.folder().join("out"))
            .unwrap_or_default()
            .lines()
            .count()
    };
    while lines() < 50 {
        assert!(!endpoint.sim.wait_for(usize::MAX, Duration::from_millis(5)));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    endpoint.turn(Sim::start(Events::count(120)));
    assert_eq!(
        sandbox.shell(script).output().unwrap().status.code(),
        Some(0)
    );
    let records = read(&sandbox, "out");
    let all: Vec<&str> = records.lines().collect();
    let distinct: std::collections::HashSet<&str> = all.iter().copied().collect();
    assert_eq!(distinct.len(), 120);
    assert!(all.len() <= 170, "{}", all.len());
}

#[test]
fn a_signal_ends_a_run_with_its_status_and_the_same_command_continues() {
    for (signal, status) in [("HUP", 129), ("INT", 130), ("TERM", 143)] {
        let mut endpoint = Endpoint::start(hanging(2));
        let sandbox = endpoint.sandbox();
        let run = begun(&sandbox, &FIXED);
        wait(&endpoint.sim, 3);
        let (flag, pid) = (format!("-{signal}"), run.id().to_string());
        let kill = sandbox.command("kill").args([&flag, &pid]).assert();
        kill.success();
        let output = run.wait_with_output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{signal}: {told}");
        let lines: Vec<&str> = told.lines().collect();
        assert!(lines[0].contains(": incomplete, reached "), "{told}");
        assert_eq!(
            lines[1..],
            ["ct-fetch: to continue, run the same command again"]
        );
        endpoint.turn(Sim::start(Events::count(120)));
        assert_eq!(outcome(&sandbox, &FIXED).2, status::OK);
        assert_eq!(read(&sandbox, "out").lines().count(), 120);
    }
}

#[test]
fn a_run_under_nohup_survives_a_hang_up() {
    let endpoint = Endpoint::start(hanging(2));
    let sandbox = endpoint.sandbox();
    let mut command = sandbox.process("nohup");
    let command = command.args(["ct-fetch", "--rate", "1000"]).args(FIXED);
    let run = command.stderr(Stdio::piped()).spawn().unwrap();
    wait(&endpoint.sim, 3);
    let pid = run.id().to_string();
    for signal in ["-HUP", "-TERM"] {
        let kill = sandbox.command("kill").args([signal, &pid]).assert();
        kill.success();
    }
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143));
}
