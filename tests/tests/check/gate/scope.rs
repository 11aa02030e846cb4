//! Tests how ct-check treats the time window that an input covers, and filters that restrict the
//! records of an input.

use ct_sim::{Events, Sim};
use ct_tests::Sandbox;

use super::{WINDOW, harmless, planted, status};

/// The exit status of `ct-check`, and whether it reports that events of the window may still
/// arrive.
fn ended(sandbox: &Sandbox, options: &[&str], input: &[u8]) -> (Option<i32>, bool) {
    let mut command = sandbox.command("ct-check");
    let output = command.args(options).write_stdin(input).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let is_named = said.contains("events take up to 15 minutes to arrive");
    (output.status.code(), is_named)
}

#[test]
fn a_window_that_is_not_settled_is_undecided_unless_that_is_allowed() {
    let sim = Sim::start(Events::records(harmless()));
    let sandbox = Sandbox::beside(&sim);
    for until in ["5m", "now"] {
        for end in [
            &["--until", until][..],
            &["--end-time", until],
            &[&format!("--until={until}")],
        ] {
            let fetch = [&["--", "--rate", "1000", "--since", "1d"], end].concat();
            assert_eq!(ended(&sandbox, &fetch, b""), (Some(3), true), "{end:?}");
            let allowed = [&["--allow-unsettled"], &fetch[..]].concat();
            assert_eq!(ended(&sandbox, &allowed, b""), (Some(0), true), "{end:?}");
        }
    }
    let settled = ["--", "--rate", "1000", "--since", "1d", "--until", "16m"];
    assert_eq!(ended(&sandbox, &settled, b""), (Some(0), false));
}

#[test]
fn a_fetch_without_an_end_ends_where_all_events_have_arrived() {
    let sim = Sim::start(Events::records(harmless()));
    let sandbox = Sandbox::beside(&sim);
    let fetch = ["--", "--rate", "1000", "--since", "1d"];
    assert_eq!(ended(&sandbox, &fetch, b""), (Some(0), false));
    let first = sim.requests().remove(0);
    let second = |name: &str| first.body[name].as_i64().unwrap();
    assert_eq!(second("EndTime") - second("StartTime"), 86_400 - 15 * 60);
}

#[test]
fn a_seal_and_a_journal_show_that_a_window_is_not_settled() {
    let sim = Sim::start(Events::records(harmless()));
    let sandbox = Sandbox::beside(&sim);
    for (number, (until, status)) in [
        (&[][..], 3),
        (&["--until", "1m"], 3),
        (&["--until", "15m"], 0),
    ]
    .into_iter()
    .enumerate()
    {
        for seal in [&["--seal"][..], &[]] {
            let name = format!("{number}-{}", seal.len());
            let mut fetch = sandbox.command("ct-fetch");
            fetch.args(["--rate", "1000", "--since", "1d", "-o", &name]);
            assert!(
                fetch
                    .args(until)
                    .args(seal)
                    .output()
                    .unwrap()
                    .status
                    .success()
            );
            let ended = ended(&sandbox, &[&name], b"");
            assert_eq!(ended, (Some(status), status == 3), "{until:?} {seal:?}");
        }
    }
}

#[test]
fn filtered_records_give_undecided_unless_allowed() {
    let sim = Sim::start(Events::records(planted()));
    let sandbox = Sandbox::beside(&sim);
    let check = |options: &[&str]| {
        let mut command = sandbox.command("ct-check");
        let fetch = ["--", "--rate", "1000", "--event-name", "ListUsers"];
        let output = command
            .args(options)
            .args(fetch)
            .args(WINDOW)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), text)
    };
    let (status, text) = check(&[]);
    assert_eq!(status, Some(3), "{text}");
    assert!(
        text.contains(
            "undecided: ct-fetch contains only records with EventName=ListUsers: fetch \
            all records of the window, or pass --allow-filtered\n"
        ),
        "{text}"
    );
    let (status, text) = check(&["--allow-filtered"]);
    assert_eq!(status, Some(0), "{text}");
    assert!(
        text.contains("; only records with EventName=ListUsers\n"),
        "{text}"
    );
}

#[test]
fn findings_in_filtered_records_name_the_filters_in_json() {
    let sim = Sim::start(Events::records(planted()));
    let sandbox = Sandbox::beside(&sim);
    let mut command = sandbox.command("ct-check");
    let options = [
        "--format",
        "json",
        "--allow-filtered",
        "--",
        "--rate",
        "1000",
    ];
    let fetch = ["--event-name", "StopLogging"];
    let output = command
        .args(options)
        .args(fetch)
        .args(WINDOW)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let findings = String::from_utf8(output.stdout).unwrap();
    for finding in findings.lines() {
        assert!(
            finding.ends_with(r#","inputFilters":["EventName=StopLogging"]}"#),
            "{finding}"
        );
    }
    assert!(!findings.is_empty());
}

#[test]
fn a_file_whose_journal_has_a_filter_gives_undecided() {
    let sim = Sim::start(Events::records(harmless()));
    let sandbox = Sandbox::beside(&sim);
    let mut command = sandbox.command("ct-fetch");
    let fetch = ["--rate", "1000", "-o", "out", "--where", "eventName=List*"];
    assert!(
        command
            .args(fetch)
            .args(WINDOW)
            .output()
            .unwrap()
            .status
            .success()
    );
    assert_eq!(status(&sandbox, &["out"], b""), 3);
    assert_eq!(status(&sandbox, &["--allow-filtered", "out"], b""), 0);
}
