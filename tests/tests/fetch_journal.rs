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
use ct_tests::relay::Relay;
use ct_tests::{Sandbox, outcome};

/// A window that does not move, into a file.
const FIXED: [&str; 4] = ["--until", "2020-10-02", "-o", "out"];

const LOCKED: &str = "another run is writing it: wait until it ends, or name another file\n";

/// A CloudTrail of 120 events, which another one may follow at the same address.
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

/// A folder with a finished run of 120 events.
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

/// The command under way.
fn begun(sandbox: &Sandbox, arguments: &[&str]) -> Child {
    // Where the tests run under nohup, its ignored signal would be inherited.
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
    let (_endpoint, sandbox, whole) = finished();
    let sandbox = sandbox.with("AWS_ENDPOINT_URL", "notaurl");
    let again = [&FIXED[..], &["--restart"]].concat();
    assert_eq!(outcome(&sandbox, &again).2, status::CONFIGURATION);
    assert_eq!(read(&sandbox, "out"), whole);
}

#[test]
fn a_restart_that_is_killed_before_the_first_answer_has_changed_nothing() {
    let (mut endpoint, sandbox, whole) = finished();
    endpoint.turn(hanging(1));
    let run = begun(&sandbox, &[&FIXED[..], &["--restart"]].concat());
    wait(&endpoint.sim, 2);
    kill(run);
    let message = "all of it was fetched before: pass --restart to fetch it anew";
    refused(&sandbox, &FIXED, message, status::OK);
    assert_eq!(read(&sandbox, "out"), whole);
}

#[test]
fn a_restart_that_is_killed_after_it_has_cut_the_output_goes_on_to_the_same_bytes() {
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
fn a_finished_run_whose_output_is_not_what_it_was_is_refused() {
    let (_endpoint, sandbox, whole) = finished();
    let (out, bytes) = (sandbox.folder().join("out"), whole.len());
    let refused = |length: usize| {
        let message = format!(
            "cannot continue out: it has {length} bytes and had {bytes}: put back what was there, or pass --restart to begin anew"
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
    let (_endpoint, sandbox, whole) = finished();
    let journal = read(&sandbox, "out.journal");
    for (text, reason) in [
        (
            &journal[..journal.len() - 5],
            "it is a journal that was cut short",
        ),
        (
            &journal.replacen("journal 4", "journal 3", 1),
            "it is a journal of another version",
        ),
    ] {
        sandbox.write("out.journal", text);
        let message = format!(
            "cannot continue from out.journal: {reason}: pass --restart to begin anew, or name another file"
        );
        refused(&sandbox, &FIXED, &message, status::OTHER);
        assert_eq!(read(&sandbox, "out"), whole);
    }
}

#[test]
fn a_run_that_is_killed_after_its_first_record_can_be_gone_on_with() {
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
fn a_journal_where_the_records_go_is_wrong_usage() {
    let sim = Sim::start(Events::count(1));
    let sandbox = Sandbox::beside(&sim);
    let message = "./out is where the records go: name another file with --journal";
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
    // What a killed run kept is free.
    endpoint.turn(Sim::start(Events::count(120)));
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
fn what_changes_nothing_in_the_question_is_no_other_run() {
    let (_endpoint, sandbox, _) = finished();
    for arguments in [
        vec!["--until", "2020-10-02", "-qoout"],
        vec!["-o", "./out", "--end-time", "1601596800", "-vq"],
        vec![
            "--resume",
            "--max-attempts",
            "3",
            "--until",
            "2020-10-02T00:00:00Z",
            "-o",
            "out",
        ],
        vec![
            "--region",
            "us-east-1",
            "--until",
            "2020-10-02",
            "-o",
            "out",
        ],
    ] {
        let (records, told, status) = outcome(&sandbox, &arguments);
        assert_eq!((records.as_str(), status), ("", status::OK), "{told}");
    }
}

#[test]
fn another_question_is_refused_with_what_differs() {
    let (_endpoint, sandbox, whole) = finished();
    for (more, difference) in [
        (
            vec!["--username", "alice"],
            "the filter was `none` and is `Username=alice`",
        ),
        (
            vec!["--order", "oldest"],
            "--order was `newest` and is `oldest`",
        ),
        (
            vec!["--max-items", "5"],
            "--max-items was `none` and is `5`",
        ),
        (
            vec!["--since", "2020-01-01"],
            "--since was `none` and is `2020-01-01`",
        ),
        (
            vec!["--keep-duplicates"],
            "--keep-duplicates was `not given` and is `given`",
        ),
        (
            vec!["--event-category", "insight"],
            "--category was `management` and is `insight`",
        ),
        (
            vec!["--region", "eu-west-1"],
            "--region was us-east-1 and is eu-west-1",
        ),
    ] {
        let message = format!(
            "out.journal is of another run: {difference}: change it back, name another file, or pass --restart to begin anew"
        );
        let arguments = [&FIXED[..], &more].concat();
        refused(&sandbox, &arguments, &message, status::USAGE);
        assert_eq!(read(&sandbox, "out"), whole);
    }
}

#[test]
fn a_filter_keeps_its_meaning_in_another_order_and_not_when_its_file_changes() {
    let sim = Sim::start(Events::count(120));
    let sandbox = Sandbox::beside(&sim);
    let lookup = |value: &str| {
        let text = format!("AttributeKey=ReadOnly,AttributeValue={value}\n");
        sandbox.write("lookup", text);
    };
    let names = [
        "--event-name",
        "RunInstances",
        "--event-name",
        "StopInstances",
    ];
    let lookups = ["--lookup-attributes", "file://lookup"];
    lookup("true");
    let arguments = [&FIXED[..], &names, &lookups].concat();
    assert_eq!(outcome(&sandbox, &arguments).2, status::OK);
    let swapped = [&lookups[..], &names[2..], &names[..2], &FIXED].concat();
    let message = "all of it was fetched before: pass --restart to fetch it anew";
    refused(&sandbox, &swapped, message, status::OK);
    lookup("false");
    let message = "out.journal is of another run: \
        the filter was `EventName=RunInstances EventName=StopInstances ReadOnly=true` \
        and is `EventName=RunInstances EventName=StopInstances ReadOnly=false`: \
        change it back, name another file, or pass --restart to begin anew";
    refused(&sandbox, &arguments, message, status::USAGE);
}

#[test]
fn an_endpoint_at_another_address_is_another_run() {
    let (endpoint, sandbox, whole) = finished();
    let other = Sim::start(Events::count(120));
    let message = format!(
        "out.journal is of another run: the endpoint was {} and is {}: \
         change it back, name another file, or pass --restart to begin anew",
        endpoint.relay.url(),
        other.url()
    );
    let sandbox = sandbox.with("AWS_ENDPOINT_URL", other.url());
    refused(&sandbox, &FIXED, &message, status::USAGE);
    assert_eq!(read(&sandbox, "out"), whole);
}

#[test]
fn a_file_with_content_that_no_journal_is_about_is_kept_unless_restart_is_passed() {
    let sim = Sim::start(Events::count(120));
    let sandbox = Sandbox::beside(&sim);
    sandbox.write("out", "precious\n");
    let message = "out has 9 bytes, and no journal says that ct-fetch wrote them: \
        name another file, or pass --restart to overwrite it";
    for _ in 0..2 {
        refused(&sandbox, &FIXED, message, status::USAGE);
        assert_eq!(read(&sandbox, "out"), "precious\n");
        assert!(!sandbox.folder().join("out.journal").exists());
    }
    let restart = [&FIXED[..], &["--restart"]].concat();
    assert_eq!(outcome(&sandbox, &restart).2, status::OK);
    assert_eq!(read(&sandbox, "out").lines().count(), 120);
    // An empty file holds nothing to lose.
    sandbox.write("new", "");
    let empty = ["--until", "2020-10-02", "-o", "new"];
    assert_eq!(outcome(&sandbox, &empty).2, status::OK);
}

/// A run that was killed after it had kept a part of its records, at an address where all come.
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

/// How many bytes the journal says were written.
fn written(sandbox: &Sandbox) -> usize {
    let journal = read(sandbox, "out.journal");
    let written = journal
        .lines()
        .find_map(|line| line.strip_prefix("written "));
    let (bytes, _) = written.unwrap().split_once(' ').unwrap();
    bytes.parse().unwrap()
}

#[test]
fn a_killed_run_continues_to_the_same_bytes_whatever_part_of_a_record_it_left() {
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
fn an_output_that_was_changed_since_the_run_was_killed_is_refused_with_what_differs() {
    let (_endpoint, sandbox, _) = killed();
    let part = read(&sandbox, "out");
    let bytes = written(&sandbox);
    let first = part.find('\n').unwrap() + 1;
    let edited = format!("X{}", &part[1..]);
    let swapped = format!("{} {}", &part[..bytes - 1], &part[bytes..]);
    for (text, difference) in [
        (
            part[first..].to_owned(),
            format!("it has {} bytes and had {bytes}", part.len() - first),
        ),
        (
            "\0".repeat(part.len()),
            format!("its first {bytes} bytes end without a line end"),
        ),
        (
            swapped,
            format!("its first {bytes} bytes end without a line end"),
        ),
        (
            edited,
            format!("its first {bytes} bytes are not those that were written"),
        ),
        (
            format!("{part}notes\n"),
            format!("what follows its first {bytes} bytes is not of the run"),
        ),
    ] {
        sandbox.write("out", &text);
        let message = format!(
            "cannot continue out: {difference}: put back what was there, or pass --restart to begin anew"
        );
        refused(&sandbox, &FIXED, &message, status::OTHER);
        assert_eq!(read(&sandbox, "out"), text);
    }
}

#[test]
fn an_output_that_is_cut_deleted_or_replaced_while_it_is_written_is_no_complete_run() {
    for (change, reason) in [
        ("truncate -s 10 out", "it has 10 bytes after "),
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
        let expected = format!("ct-fetch: out is not what was written: {reason}");
        assert!(told.contains(&expected), "{change}: {told}");
        assert!(
            !read(&sandbox, "out.journal").contains("finished"),
            "{change}"
        );
    }
}

#[test]
fn a_pipe_where_the_next_journal_is_written_is_refused_without_waiting() {
    let sim = Sim::start(Events::count(120));
    let sandbox = Sandbox::beside(&sim);
    sandbox.shell("mkfifo out.journal.new").assert().success();
    let message = "cannot keep out.journal: out.journal.new stands where its next text is written: \
        remove it, or name another file with --journal";
    refused(&sandbox, &FIXED, message, status::USAGE);
}

#[test]
fn a_full_disk_leaves_whole_records_and_a_run_that_continues_to_the_same_bytes() {
    let (endpoint, _, whole) = finished();
    let sandbox = endpoint.sandbox();
    // The shell's limit on a file's size, in blocks of 1,024 bytes, stands for a disk that is full.
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
fn with_standard_output_to_a_file_a_killed_run_repeats_one_page_at_most() {
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
fn a_signal_ends_a_run_with_its_status_and_the_same_command_goes_on() {
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
            ["ct-fetch: run the same command again to go on"]
        );
        endpoint.turn(Sim::start(Events::count(120)));
        assert_eq!(outcome(&sandbox, &FIXED).2, status::OK);
        assert_eq!(read(&sandbox, "out").lines().count(), 120);
    }
}

#[test]
fn a_run_under_nohup_is_not_ended_by_a_hang_up() {
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
