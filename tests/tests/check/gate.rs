//! Tests that `ct-check`, as the gate of a CI job, fails closed: after any failure between
//! CloudTrail and `ct-check`, the exit status is not 0.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows unwrap in tests, but not in their helper functions"
)]

mod faults;
mod refetched;
mod scope;

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{fs, thread};

use ct_sim::{Events, Fault, FaultKind, Sim, When};
use ct_tests::Sandbox;

const FORMATS: [&str; 8] = [
    "text", "json", "sarif", "junit", "github", "gitlab", "markdown", "tap",
];

const WINDOW: [&str; 4] = ["--since", "2020-09-01", "--until", "2020-10-02"];

fn record(number: usize, name: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.08","userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","userName":"alice"}},"eventTime":"2020-10-01T00:00:{number:02}Z","eventSource":"cloudtrail.amazonaws.com","eventName":"{name}","awsRegion":"us-east-1","eventID":"{number:08}-0000-4000-8000-000000000000","recipientAccountId":"111122223333"}}"#
    )
}

/// Three records without findings, newest first.
fn harmless() -> Vec<String> {
    (1..=3)
        .rev()
        .map(|number| record(number, "DescribeTrails"))
        .collect()
}

/// Three records, newest first. The second record is a finding of the built-in rules.
fn planted() -> Vec<String> {
    let mut records = harmless();
    records[1] = record(2, "StopLogging");
    records
}

/// A value of `--format` that writes the report in every format, each to a separate file.
fn all_formats() -> String {
    let formats = FORMATS.map(|format| format!("{format}=report.{format}"));
    formats.join(",")
}

/// The exit status of `ct-check` with this standard input.
fn status(sandbox: &Sandbox, arguments: &[&str], input: &[u8]) -> i32 {
    let mut command = sandbox.command("ct-check");
    let output = command.args(arguments).write_stdin(input).output().unwrap();
    output.status.code().unwrap()
}

/// The exit status of `ct-check -- …`, which runs ct-fetch itself, if CloudTrail has these events.
/// The run writes reports in all formats.
fn checked(events: Events) -> i32 {
    let sim = Sim::start(events);
    let sandbox = Sandbox::beside(&sim);
    let formats = all_formats();
    let own = [
        "--format",
        &formats,
        "--",
        "--rate",
        "1000",
        "--max-attempts",
        "2",
    ];
    status(&sandbox, &[&own[..], &WINDOW].concat(), b"")
}

/// The output of `ct-fetch --seal` if CloudTrail has these records.
fn sealed(records: &[String]) -> Vec<u8> {
    let sim = Sim::start(Events::records(records));
    let sandbox = Sandbox::beside(&sim);
    let mut command = sandbox.command("ct-fetch");
    let output = command
        .args(WINDOW)
        .args(["--rate", "1000", "--seal"])
        .output()
        .unwrap();
    assert!(output.status.success());
    output.stdout
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let sandbox = Sandbox::new();
    let output = sandbox
        .command("gzip")
        .arg("-c")
        .write_stdin(bytes)
        .output()
        .unwrap();
    assert!(output.status.success());
    output.stdout
}

/// Calls `each` with every item, on one thread per core.
fn for_all<T: Sync>(items: &[T], each: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    each(item);
                }
            });
        }
    });
}

#[test]
fn a_working_service_gives_clean_and_a_planted_finding_is_found() {
    assert_eq!(checked(Events::records(harmless())), 0);
    assert_eq!(checked(Events::records(planted())), 1);
    assert_eq!(checked(Events::count(120)), 0);
    // A slow response is complete, so the run is clean.
    let slow = Fault {
        kind: FaultKind::Slow(Duration::from_millis(20)),
        when: When::Always,
    };
    assert_eq!(checked(Events::records(harmless()).fault(slow)), 0);
}

#[test]
fn a_pipe_that_is_truncated_anywhere_gives_undecided() {
    let whole = sealed(&harmless());
    let line_ends = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let line_ends = line_ends.flat_map(|(at, _)| [at, at + 1]);
    let mut cuts: Vec<usize> = line_ends.chain((0..whole.len()).step_by(13)).collect();
    cuts.retain(|cut| *cut < whole.len());
    for_all(&cuts, |cut| {
        let sandbox = Sandbox::new();
        let formats = all_formats();
        let status = status(&sandbox, &["--format", &formats], &whole[..*cut]);
        assert_eq!(status, 3, "cut at {cut} of {}", whole.len());
        for format in FORMATS {
            let report =
                fs::read_to_string(sandbox.folder().join(format!("report.{format}"))).unwrap();
            // The json format has one line per finding, so a json report without findings cannot
            // show that the run is undecided.
            assert!(
                format == "json" || report.contains("undecided") || report.contains("seal"),
                "{format}: {report}"
            );
        }
    });
}

#[test]
fn each_format_distinguishes_complete_truncated_and_planted_streams() {
    let (clean, found) = (sealed(&harmless()), sealed(&planted()));
    for_all(&FORMATS, |format| {
        let sandbox = Sandbox::new();
        let of = |input: &[u8]| status(&sandbox, &["--format", format], input);
        let ends = clean[..clean.len() - 1].iter();
        let before_seal = ends.rev().position(|byte| *byte == b'\n').unwrap();
        let before_seal = clean.len() - 1 - before_seal;
        assert_eq!(of(&clean), 0, "{format}");
        assert_eq!(of(&found), 1, "{format}");
        assert_eq!(of(&clean[..before_seal]), 3, "{format}");
        assert_eq!(of(b""), 3, "{format}");
    });
}

#[test]
fn a_truncated_gzip_stream_gives_undecided_and_a_complete_one_does_not() {
    let whole = gzip(&sealed(&harmless()));
    let sandbox = Sandbox::new();
    assert_eq!(status(&sandbox, &[], &whole), 0);
    let cuts: Vec<usize> = (0..whole.len())
        .step_by(11)
        .chain([whole.len() - 1])
        .collect();
    for_all(&cuts, |cut| {
        assert_eq!(status(&sandbox, &[], &whole[..*cut]), 3, "cut at {cut}");
        // Even with `--allow-unsealed`, the run is undecided.
        assert_eq!(
            status(&sandbox, &["--allow-unsealed"], &whole[..*cut]),
            3,
            "cut at {cut}"
        );
    });
}

#[test]
fn a_changed_stream_gives_undecided() {
    let whole = String::from_utf8(sealed(&harmless())).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let sandbox = Sandbox::new();
    let of = |lines: &[&str]| {
        let text = lines.join("\n") + "\n";
        status(&sandbox, &[], text.as_bytes())
    };
    let [one, two, three, seal] = lines[..] else {
        panic!("{whole}")
    };
    assert_eq!(of(&lines), 0);
    assert_eq!(of(&[one, three, seal]), 3, "a record is missing");
    assert_eq!(of(&[one, two, two, three, seal]), 3, "a record was added");
    assert_eq!(of(&[two, one, three, seal]), 3, "records changed places");
    assert_eq!(of(&[one, two, seal, three]), 3, "the seal is not last");
    assert_eq!(of(&[one, two, three, seal, seal]), 3, "there are two seals");
    assert_eq!(of(&[seal]), 3, "there is nothing but the seal");
    let incomplete = seal.replace(r#""complete":true"#, r#""complete":false"#);
    assert_eq!(of(&[one, two, three, &incomplete]), 3);
    let of_other_version = seal.replace(r#""ctSeal":1"#, r#""ctSeal":2"#);
    assert_eq!(of(&[one, two, three, &of_other_version]), 3);
    let torn = format!("{}\n{{\"eventVersion\":\"1.0", lines[..3].join("\n"));
    assert_eq!(status(&sandbox, &["--allow-unsealed"], torn.as_bytes()), 3);
}

#[test]
fn a_changed_record_before_a_seal_gives_undecided_even_where_no_seal_is_required() {
    let whole = String::from_utf8(sealed(&harmless())).unwrap();
    let sandbox = Sandbox::new();
    let of = |text: &str| status(&sandbox, &["--allow-unsealed"], text.as_bytes());
    assert_eq!(of(&whole), 0);
    let changed = whole.replacen("alice", "mallo", 1);
    assert_ne!(changed, whole);
    assert_eq!(of(&changed), 3);
}

#[test]
fn findings_take_precedence_over_incomplete_input_and_usage_errors_over_findings() {
    let found = sealed(&planted());
    let sandbox = Sandbox::new();
    assert_eq!(status(&sandbox, &[], &found[..found.len() - 3]), 1);
    let sim = Sim::start(Events::records(planted()));
    let sandbox = Sandbox::beside(&sim);
    let refused = ["--", "--rate", "1000", "--event-name", "A,B"];
    assert_eq!(status(&sandbox, &refused, b""), 2);
}

#[test]
fn a_fetch_that_succeeds_without_a_seal_gives_undecided() {
    for (script, expected) in [
        ("exit 0", 3),
        ("exit 252", 2),
        ("exit 255", 3),
        ("kill -9 $$", 3),
        ("echo '{\"Events\":[]}'", 3),
    ] {
        let sandbox = Sandbox::new();
        let programs = sandbox.folder().join("programs");
        fs::create_dir(&programs).unwrap();
        // The copy of ct-check has no ct-fetch in its folder, so it runs the script `ct-fetch` on
        // PATH.
        fs::copy(
            ct_tests::programs().join("ct-check"),
            programs.join("ct-check"),
        )
        .unwrap();
        sandbox.install("ct-fetch", format!("#!/bin/sh\n{script}\n"));
        let mut command = sandbox.command(programs.join("ct-check"));
        let output = command.args(["--", "--since", "1d"]).output().unwrap();
        assert_eq!(output.status.code(), Some(expected), "{script}");
    }
}

#[test]
fn the_findings_do_not_depend_on_threads_order_or_container() {
    let records: Vec<String> = (0..3000)
        .map(|number| {
            let name = ["DescribeTrails", "StopLogging", "GetTrailStatus"][number % 3];
            record(number % 60, name)
                .replace(&format!("{:08}-", number % 60), &format!("{number:08}-"))
                .replace("alice", &format!("user{}", number % 17))
        })
        .collect();
    let mut shuffled = records.clone();
    shuffled.sort_by_key(|record| {
        record
            .bytes()
            .map(u64::from)
            .fold(7_u64, |sum, byte| sum.wrapping_mul(31) ^ byte)
    });
    let text = |records: &[String]| records.join("\n") + "\n";
    let sandbox = Sandbox::new();
    let found = |threads: &str, input: &[u8]| {
        let mut command = sandbox.command("ct-check");
        let arguments = ["--allow-unsealed", "--format", "json", "--threads", threads];
        let output = command.args(arguments).write_stdin(input).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        output.stdout
    };
    let expected = found("1", text(&records).as_bytes());
    let findings = String::from_utf8_lossy(&expected).lines().count();
    assert!(findings >= 1000, "{findings}");
    assert!(found("2", text(&records).as_bytes()) == expected);
    assert!(found("2", text(&shuffled).as_bytes()) == expected);
    assert!(found("3", &gzip(text(&shuffled).as_bytes())) == expected);
}

#[test]
fn a_reader_that_left_ends_the_run_with_its_own_status() {
    let sandbox = Sandbox::new();
    let mut input = fs::File::create(sandbox.folder().join("in")).unwrap();
    input.write_all(&sealed(&planted())).unwrap();
    let script = "ct-check in | true; exit ${PIPESTATUS[0]}";
    // The output fits into the pipe, so ct-check may write it before or after the reader closes the
    // pipe. The status is 1 or 141.
    let status = sandbox.shell(script).output().unwrap().status.code();
    assert!(matches!(status, Some(1 | 141)), "{status:?}");
}

#[test]
fn a_signal_ends_the_run_with_the_status_of_the_signal() {
    let sandbox = Sandbox::new();
    for (signal, expected) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        // `exec` opens the pipe for writing, which waits until ct-check has opened it. By then,
        // ct-check handles signals.
        let script = format!(
            "mkfifo {signal}; ct-check --allow-unsealed {signal} & exec 3>{signal}; kill -{signal} $!; wait $!"
        );
        let mut shell = sandbox.process("bash");
        // `-m` enables job control: without it, background commands of a shell ignore SIGINT.
        let output = shell.args(["-mc", &script]).output().unwrap();
        assert_eq!(output.status.code(), Some(expected), "{signal}");
    }
}

#[test]
fn a_run_under_nohup_survives_a_hang_up() {
    let sandbox = Sandbox::new();
    let script = "trap '' HUP; mkfifo pipe; ct-check --allow-unsealed pipe & exec 3>pipe; kill -HUP $!; \
        echo '{\"eventVersion\":\"1.08\",\"eventID\":\"e\"}' >&3; exec 3>&-; wait $!";
    let output = sandbox
        .process("bash")
        .args(["-c", script])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
}
