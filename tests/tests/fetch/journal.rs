//! Tests when a run with a journal continues, overwrites or refuses an existing output file, and
//! that a run locks its files.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows unwrap in tests, but not in their helper functions"
)]

mod kills;
mod query;
mod resume;
mod state;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use ct_core::exit::status;
use ct_sim::{Events, Sim};
use ct_tests::relay::Relay;
use ct_tests::{Sandbox, outcome};

/// The arguments of a run with a fixed window and an output file.
const FIXED: [&str; 4] = ["--until", "2020-10-02", "-o", "out"];

const LOCKED: &str = "another run is writing it: wait until it ends, or use a different file\n";

/// A simulated CloudTrail that another one can replace at the same address.
struct Endpoint {
    sim: Sim,
    relay: Relay,
}

impl Endpoint {
    fn start(sim: Sim) -> Self {
        let relay = Relay::to(&sim);
        Self { sim, relay }
    }

    fn turn(&mut self, sim: Sim) {
        self.relay.turn(&sim);
        self.sim = sim;
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::beside(&self.sim).with("AWS_ENDPOINT_URL", self.relay.url())
    }
}

/// An endpoint, a sandbox with a finished run of 120 events, and the output of the run.
fn finished() -> (Endpoint, Sandbox, String) {
    let endpoint = Endpoint::start(Sim::start(Events::count(120)));
    let sandbox = endpoint.sandbox();
    assert_eq!(outcome(&sandbox, &FIXED).2, status::OK);
    let whole = read(&sandbox, "out");
    assert_eq!(whole.lines().count(), 120);
    (endpoint, sandbox, whole)
}

fn read(sandbox: &Sandbox, name: &str) -> String {
    fs::read_to_string(sandbox.folder().join(name)).unwrap()
}

/// Starts `ct-fetch`, and returns the running process.
fn begun(sandbox: &Sandbox, arguments: &[&str]) -> Child {
    // If the tests run under nohup, SIGHUP is ignored. `env` restores the default, because ct-fetch
    // would inherit the ignored SIGHUP.
    let mut command = sandbox.process("env");
    let command = command.args(["--default-signal=HUP", "ct-fetch", "--rate", "1000"]);
    let command = command.args(arguments);
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    piped.stdin(Stdio::null()).spawn().unwrap()
}

fn kill(mut run: Child) {
    run.kill().unwrap();
    run.wait().unwrap();
}

/// A simulated CloudTrail that responds to the first `from - 1` requests, and never to later ones.
fn hanging(from: usize) -> Sim {
    Sim::start(Events::count(120).fault(format!("hang@{from}..").parse().unwrap()))
}

fn wait(sim: &Sim, requests: usize) {
    assert!(sim.wait_for(requests, Duration::from_secs(30)));
}

/// Runs `ct-fetch`, and expects nothing on stdout and one line on stderr.
fn refused(sandbox: &Sandbox, arguments: &[&str], message: &str, status: u8) {
    let expected = (String::new(), format!("ct-fetch: {message}\n"), status);
    assert_eq!(outcome(sandbox, arguments), expected, "{arguments:?}");
}

#[test]
fn a_run_that_cannot_start_leaves_the_output_unchanged() {
    let (_endpoint, sandbox, whole) = finished();
    let sandbox = sandbox.with("AWS_ENDPOINT_URL", "notaurl");
    let again = [&FIXED[..], &["--restart"]].concat();
    assert_eq!(outcome(&sandbox, &again).2, status::CONFIGURATION);
    assert_eq!(read(&sandbox, "out"), whole);
}

#[test]
fn a_restart_that_is_killed_before_the_first_response_changes_nothing() {
    let (mut endpoint, sandbox, whole) = finished();
    endpoint.turn(hanging(1));
    let run = begun(&sandbox, &[&FIXED[..], &["--restart"]].concat());
    wait(&endpoint.sim, 2);
    kill(run);
    let message = "the output is already complete: to fetch it again, pass --restart";
    refused(&sandbox, &FIXED, message, status::OK);
    assert_eq!(read(&sandbox, "out"), whole);
}

#[test]
fn a_restart_that_is_killed_after_truncating_the_output_continues_to_the_same_bytes() {
    let (mut endpoint, sandbox, whole) = finished();
    endpoint.turn(hanging(2));
    let run = begun(&sandbox, &[&FIXED[..], &["--restart"]].concat());
    while read(&sandbox, "out") == whole {
        assert!(!endpoint.sim.wait_for(usize::MAX, Duration::from_millis(5)));
    }
    kill(run);
    endpoint.turn(Sim::start(Events::count(120)));
    assert_eq!(outcome(&sandbox, &FIXED).2, status::OK);
    assert_eq!(read(&sandbox, "out"), whole);
}

#[test]
fn a_finished_run_whose_output_has_changed_is_refused() {
    let (_endpoint, sandbox, whole) = finished();
    let (out, bytes) = (sandbox.folder().join("out"), whole.len());
    let refused = |length: usize| {
        let message = format!(
            "cannot continue out: it has {length} bytes, but ct-fetch had written {bytes}: restore its content, or pass --restart to start again"
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
fn a_truncated_or_unsupported_journal_is_refused() {
    let (_endpoint, sandbox, whole) = finished();
    let journal = read(&sandbox, "out.journal");
    for (text, reason) in [
        (&journal[..journal.len() - 5], "the journal is truncated"),
        (
            &journal.replacen("journal 5", "journal 4", 1),
            "the journal is from a different version",
        ),
    ] {
        sandbox.write("out.journal", text);
        let message = format!(
            "cannot continue from out.journal: {reason}: pass --restart to start again, or use a \
             different file"
        );
        refused(&sandbox, &FIXED, &message, status::OTHER);
        assert_eq!(read(&sandbox, "out"), whole);
    }
}

#[test]
fn a_run_that_is_killed_after_its_first_record_can_be_continued() {
    let mut endpoint = Endpoint::start(hanging(2));
    let sandbox = endpoint.sandbox();
    let arguments = ["--journal", "journal"];
    let mut run = begun(&sandbox, &arguments);
    let mut first = String::new();
    let mut reader = BufReader::new(run.stdout.take().unwrap());
    reader.read_line(&mut first).unwrap();
    kill(run);
    endpoint.turn(Sim::start(Events::count(120)));
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
fn a_journal_at_the_output_path_is_a_usage_error() {
    let sim = Sim::start(Events::count(1));
    let sandbox = Sandbox::beside(&sim);
    let message = "./out is the output file: use a different file for --journal";
    let arguments = ["-o", "out", "--journal", "./out"];
    refused(&sandbox, &arguments, message, status::USAGE);
}

#[test]
fn two_runs_never_write_the_same_file() {
    let mut endpoint = Endpoint::start(hanging(1));
    let sandbox = endpoint.sandbox();
    let run = begun(&sandbox, &FIXED);
    wait(&endpoint.sim, 1);
    let message = format!("ct-fetch: cannot write out: {LOCKED}");
    let expected = (String::new(), message, status::OTHER);
    assert_eq!(outcome(&sandbox, &FIXED), expected);
    kill(run);
    // The system releases the lock of a killed run, so the next run succeeds.
    endpoint.turn(Sim::start(Events::count(120)));
    assert_eq!(outcome(&sandbox, &FIXED).2, status::OK);
}

#[test]
fn two_runs_never_use_the_same_journal() {
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
fn a_named_pipe_is_written_like_standard_output() {
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
fn a_dash_is_not_a_file_name() {
    let message = "invalid value '-' for '-o <FILE>': `-` is not a file: for standard output, \
        remove -o: see ct-fetch --help";
    refused(&Sandbox::new(), &["-o", "-"], message, status::USAGE);
}

#[test]
fn a_non_empty_file_without_a_journal_is_kept_unless_restart_is_given() {
    let sim = Sim::start(Events::count(120));
    let sandbox = Sandbox::beside(&sim);
    sandbox.write("out", "precious\n");
    let message = "out already has 9 bytes, but there is no journal to show that ct-fetch wrote them: use \
        a different file, or pass --restart to overwrite it";
    for _ in 0..2 {
        refused(&sandbox, &FIXED, message, status::USAGE);
        assert_eq!(read(&sandbox, "out"), "precious\n");
        assert!(!sandbox.folder().join("out.journal").exists());
    }
    let restart = [&FIXED[..], &["--restart"]].concat();
    assert_eq!(outcome(&sandbox, &restart).2, status::OK);
    assert_eq!(read(&sandbox, "out").lines().count(), 120);
    // An empty file without a journal is overwritten, because it has no content to lose.
    sandbox.write("new", "");
    let empty = ["--until", "2020-10-02", "-o", "new"];
    assert_eq!(outcome(&sandbox, &empty).2, status::OK);
}

/// A sandbox in which a run was killed after a part of its output was committed, an endpoint that
/// now has all events, and the complete output.
fn killed() -> (Endpoint, Sandbox, String) {
    let (mut endpoint, _, whole) = finished();
    endpoint.turn(hanging(2));
    let sandbox = endpoint.sandbox();
    let run = begun(&sandbox, &FIXED);
    while !fs::read_to_string(sandbox.folder().join("out.journal"))
        .is_ok_and(|journal| journal.contains("\nrest "))
    {
        assert!(!endpoint.sim.wait_for(usize::MAX, Duration::from_millis(5)));
    }
    kill(run);
    endpoint.turn(Sim::start(Events::count(120)));
    (endpoint, sandbox, whole)
}
