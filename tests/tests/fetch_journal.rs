//! Runs that share files with an earlier run, with another one, or with what is no file at all.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in tests, but not in what they share"
)]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use ct_core::exit::status;
use ct_sim::{Events, Sim};
use ct_tests::{Sandbox, outcome};

/// A window that does not move, into a file.
const FIXED: [&str; 4] = ["--until", "2020-10-02", "-o", "out"];

const LOCKED: &str = "another run is writing it: wait until it ends, or name another file\n";

/// A folder with a finished run of 120 events.
fn finished() -> (Sandbox, String) {
    let sim = Sim::start(Events::count(120));
    let sandbox = Sandbox::beside(&sim);
    assert_eq!(outcome(&sandbox, &FIXED).2, status::OK);
    let whole = read(&sandbox, "out");
    assert_eq!(whole.lines().count(), 120);
    (sandbox, whole)
}

fn read(sandbox: &Sandbox, name: &str) -> String {
    fs::read_to_string(sandbox.folder().join(name)).unwrap()
}

/// The command under way.
fn begun(sandbox: &Sandbox, arguments: &[&str]) -> Child {
    let mut command = sandbox.process("ct-fetch");
    let command = command.args(["--rate", "1000"]).args(arguments);
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::null());
    piped.stdin(Stdio::null()).spawn().unwrap()
}

fn kill(mut run: Child) {
    run.kill().unwrap();
    run.wait().unwrap();
}

/// A CloudTrail that answers the first requests, and the next one never.
fn hanging(from: usize) -> Sim {
    Sim::start(Events::count(120).fault(format!("hang@{from}..").parse().unwrap()))
}

fn wait(sim: &Sim, requests: usize) {
    assert!(sim.wait_for(requests, Duration::from_secs(30)));
}

/// Nothing on stdout, and one line on stderr.
fn refused(sandbox: &Sandbox, arguments: &[&str], message: &str, status: u8) {
    let expected = (String::new(), format!("ct-fetch: {message}\n"), status);
    assert_eq!(outcome(sandbox, arguments), expected, "{arguments:?}");
}

#[test]
fn a_run_that_cannot_begin_leaves_the_output_as_it_was() {
    let (sandbox, whole) = finished();
    let sandbox = sandbox.with("AWS_ENDPOINT_URL", "notaurl");
    let again = [&FIXED[..], &["--restart"]].concat();
    assert_eq!(outcome(&sandbox, &again).2, status::CONFIGURATION);
    assert_eq!(read(&sandbox, "out"), whole);
}

#[test]
fn a_restart_that_is_killed_before_the_first_answer_has_changed_nothing() {
    let (sandbox, whole) = finished();
    let sim = hanging(1);
    let sandbox = sandbox.with("AWS_ENDPOINT_URL", sim.url());
    let run = begun(&sandbox, &[&FIXED[..], &["--restart"]].concat());
    wait(&sim, 1);
    kill(run);
    let message = "all of it was fetched before: pass --restart to fetch it anew";
    refused(&sandbox, &FIXED, message, status::OK);
    assert_eq!(read(&sandbox, "out"), whole);
}

#[test]
fn a_restart_that_is_killed_after_it_has_cut_the_output_goes_on_to_the_same_bytes() {
    let (sandbox, whole) = finished();
    let sim = hanging(2);
    let sandbox = sandbox.with("AWS_ENDPOINT_URL", sim.url());
    let run = begun(&sandbox, &[&FIXED[..], &["--restart"]].concat());
    while read(&sandbox, "out") == whole {
        assert!(!sim.wait_for(usize::MAX, Duration::from_millis(5)));
    }
    kill(run);
    let sim = Sim::start(Events::count(120));
    let sandbox = sandbox.with("AWS_ENDPOINT_URL", sim.url());
    assert_eq!(outcome(&sandbox, &FIXED).2, status::OK);
    assert_eq!(read(&sandbox, "out"), whole);
}

#[test]
fn a_finished_run_whose_output_is_not_what_it_was_is_refused() {
    let (sandbox, whole) = finished();
    let (out, bytes) = (sandbox.folder().join("out"), whole.len());
    let refused = |length: usize| {
        let message = format!(
            "cannot go on with out: it has {length} bytes and had {bytes}: pass --restart to begin anew"
        );
        refused(&sandbox, &FIXED, &message, status::OTHER);
    };
    fs::write(&out, &whole[..1000]).unwrap();
    refused(1000);
    fs::write(&out, format!("{whole}{{}}\n")).unwrap();
    refused(bytes + 3);
    fs::remove_file(&out).unwrap();
    refused(0);
}

#[test]
fn a_journal_that_is_cut_short_or_of_another_version_is_refused() {
    let (sandbox, whole) = finished();
    let journal = read(&sandbox, "out.journal");
    for (text, reason) in [
        (
            &journal[..journal.len() - 5],
            "it is a journal that was cut short",
        ),
        (
            &journal.replacen("journal 2", "journal 1", 1),
            "it is a journal of another version",
        ),
    ] {
        sandbox.write("out.journal", text);
        let message =
            format!("cannot go on from out.journal: {reason}: pass --restart to begin anew");
        refused(&sandbox, &FIXED, &message, status::OTHER);
        assert_eq!(read(&sandbox, "out"), whole);
    }
}

#[test]
fn a_run_that_is_killed_after_its_first_record_can_be_gone_on_with() {
    let sim = hanging(2);
    let sandbox = Sandbox::beside(&sim);
    let arguments = ["--journal", "journal"];
    let mut run = begun(&sandbox, &arguments);
    let mut first = String::new();
    let mut reader = BufReader::new(run.stdout.take().unwrap());
    reader.read_line(&mut first).unwrap();
    kill(run);
    let sim = Sim::start(Events::count(120));
    let sandbox = sandbox.with("AWS_ENDPOINT_URL", sim.url());
    let resumed = [&arguments[..], &["--resume"]].concat();
    let (records, told, status) = outcome(&sandbox, &resumed);
    assert_eq!(
        (records.lines().count(), status),
        (120, status::OK),
        "{told}"
    );
    assert!(records.starts_with(&first));
}

#[test]
fn a_journal_where_the_records_go_is_wrong_usage() {
    let sim = Sim::start(Events::count(1));
    let sandbox = Sandbox::beside(&sim);
    let message = "the journal ./out is where the records go: name another file with --journal";
    let arguments = ["-o", "out", "--journal", "./out"];
    refused(&sandbox, &arguments, message, status::USAGE);
}

#[test]
fn two_runs_never_write_the_same_file() {
    let sim = hanging(1);
    let sandbox = Sandbox::beside(&sim);
    let run = begun(&sandbox, &FIXED);
    wait(&sim, 1);
    let message = format!("ct-fetch: cannot write out: {LOCKED}");
    let expected = (String::new(), message, status::OTHER);
    assert_eq!(outcome(&sandbox, &FIXED), expected);
    kill(run);
    // What a killed run kept is free.
    let sim = Sim::start(Events::count(120));
    let sandbox = sandbox.with("AWS_ENDPOINT_URL", sim.url());
    assert_eq!(outcome(&sandbox, &FIXED).2, status::OK);
}

#[test]
fn two_runs_never_keep_the_same_journal() {
    let sim = hanging(1);
    let sandbox = Sandbox::beside(&sim);
    let run = begun(&sandbox, &["--journal", "journal"]);
    wait(&sim, 1);
    let message = format!("ct-fetch: cannot write journal: {LOCKED}");
    let expected = (String::new(), message, status::OTHER);
    assert_eq!(outcome(&sandbox, &["--journal", "journal"]), expected);
    kill(run);
}

#[test]
fn a_device_is_written_to_without_a_journal() {
    let sim = Sim::start(Events::count(120));
    let sandbox = Sandbox::beside(&sim);
    let (_, told, status) = outcome(&sandbox, &["-o", "/dev/null", "--quiet"]);
    assert_eq!((told.as_str(), status), ("", status::OK));
    assert!(!fs::exists("/dev/null.journal").unwrap());
}

#[test]
fn a_named_pipe_is_written_to_as_standard_output_is() {
    let sim = Sim::start(Events::count(120));
    let sandbox = Sandbox::beside(&sim);
    let script = "mkfifo pipe; cat pipe & ct-fetch --quiet --rate 1000 -o pipe && wait";
    let output = sandbox.shell(script).output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    let records = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        (records.lines().count(), output.status.code()),
        (120, Some(0))
    );
}

#[test]
fn a_dash_is_no_file() {
    let message = "invalid value '-' for '-o <FILE>': `-` is no file: leave -o out for standard output: see ct-fetch --help";
    refused(&Sandbox::new(), &["-o", "-"], message, status::USAGE);
}

#[test]
fn flags_that_change_nothing_in_what_is_fetched_are_no_other_query() {
    let (sandbox, _) = finished();
    for flags in [&["-qv"][..], &["-vq"], &["-q", "--verbose"], &["--resume"]] {
        let again = [&FIXED[..], flags].concat();
        assert_eq!(outcome(&sandbox, &again).2, status::OK, "{flags:?}");
    }
    let grouped = ["--until", "2020-10-02", "-qoout"];
    let (_, told, _) = outcome(&sandbox, &grouped);
    assert!(
        told.contains("not of `--rate 1000 --until 2020-10-02 -oout`"),
        "{told}"
    );
}
