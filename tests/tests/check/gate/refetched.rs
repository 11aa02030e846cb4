//! Tests that ct-check does not treat the records of a file as more complete if ct-fetch reads the
//! file and passes the records to ct-check.

use std::fs;

use ct_core::seal::Seal;
use ct_sim::{Events, Sim};
use ct_tests::Sandbox;

use super::{harmless, record, sealed, status};

const UNTIL: [&str; 2] = ["--until", "2020-10-02"];

/// The exit statuses of `ct-check FILE`, and of `ct-check -- --from FILE` with these arguments.
fn both(sandbox: &Sandbox, arguments: &[&str]) -> (i32, i32) {
    let again = [&["--", "--from", "day.nd"], arguments].concat();
    (
        status(sandbox, &["day.nd"], b""),
        status(sandbox, &again, b""),
    )
}

fn write(sandbox: &Sandbox, content: impl AsRef<[u8]>) {
    fs::write(sandbox.folder().join("day.nd"), content).unwrap();
}

/// The output of `ct-fetch --seal`, after `change` has changed the seal (the last line, with the
/// number and the hash of the records).
fn resealed(change: impl FnOnce(&mut Seal)) -> String {
    let whole = String::from_utf8(sealed(&harmless())).unwrap();
    let (records, seal) = whole.trim_end().rsplit_once('\n').unwrap();
    let mut seal = Seal::read(seal).unwrap();
    change(&mut seal);
    format!("{records}\n{}\n", seal.line())
}

#[test]
fn an_intact_seal_is_passed_on() {
    let sandbox = Sandbox::new();
    write(&sandbox, sealed(&harmless()));
    assert_eq!(both(&sandbox, &UNTIL), (0, 0));
    let first = ["--since", "2020-09-02", "--until", "2020-10-01"];
    assert_eq!(both(&sandbox, &first), (0, 0));
    assert_eq!(both(&sandbox, &[]), (0, 0));
}

#[test]
fn a_changed_or_incomplete_seal_stays_undecided() {
    let whole = String::from_utf8(sealed(&harmless())).unwrap();
    let (_, without_first) = whole.split_once('\n').unwrap();
    let unsealed_end = format!("{whole}{}\n", record(9, "DescribeTrails"));
    for (content, why) in [
        (without_first.to_owned(), "a record was removed"),
        (unsealed_end, "a record was added"),
        (
            whole.replace(r#""ctSeal":1"#, r#""ctSeal":2"#),
            "another version",
        ),
        (resealed(|seal| seal.complete = false), "incomplete"),
        (
            resealed(|seal| seal.gaps = vec!["a region".to_owned()]),
            "gaps",
        ),
        (
            resealed(|seal| seal.filters = vec!["EventName=Stop*".to_owned()]),
            "filters",
        ),
        (
            resealed(|seal| {
                seal.complete = false;
                seal.window.settled = Some("2020-10-01T23:50:00Z".to_owned());
            }),
            "not settled",
        ),
    ] {
        let sandbox = Sandbox::new();
        write(&sandbox, content);
        assert_eq!(both(&sandbox, &UNTIL), (3, 3), "{why}");
    }
}

#[test]
fn a_window_that_the_sealed_one_does_not_cover_is_undecided() {
    let sandbox = Sandbox::new();
    write(&sandbox, sealed(&harmless()));
    for window in [["--until", "2020-10-03"], ["--since", "2020-08-31"]] {
        assert_eq!(both(&sandbox, &window), (0, 3), "{window:?}");
    }
}

#[test]
fn a_file_whose_journal_is_unfinished_is_undecided() {
    let fault = "denied@2..".parse().unwrap();
    let sim = Sim::start(Events::count(120).fault(fault));
    let sandbox = Sandbox::beside(&sim);
    let mut command = sandbox.command("ct-fetch");
    let arguments = [
        "--since",
        "2020-09-01",
        "--until",
        "2020-10-02",
        "-o",
        "day.nd",
    ];
    let output = command.args(arguments).output().unwrap();
    assert!(!output.status.success());
    assert_eq!(both(&sandbox, &UNTIL), (3, 3));
}

#[test]
fn a_region_and_an_account_that_no_path_shows_are_filters() {
    let sandbox = Sandbox::new();
    write(&sandbox, sealed(&harmless()));
    for (option, value) in [("--region", "eu-west-1"), ("--account", "444455556666")] {
        let arguments = ["--", "--from", "day.nd", option, value];
        let arguments = [&arguments[..], &UNTIL].concat();
        assert_eq!(status(&sandbox, &arguments, b""), 3, "{option}");
    }
    assert_eq!(
        status(
            &sandbox,
            &["--", "--from", "day.nd", "--until", "2020-10-02"],
            b""
        ),
        0
    );
}

#[test]
fn a_file_without_a_seal_may_be_truncated() {
    let sandbox = Sandbox::new();
    let lines: String = harmless().iter().flat_map(|line| [line, "\n"]).collect();
    write(&sandbox, &lines);
    let arguments = [&["--", "--from", "day.nd"][..], &UNTIL].concat();
    assert_eq!(status(&sandbox, &arguments, b""), 3);
    let arguments = [&["--", "--from", "-"][..], &UNTIL].concat();
    assert_eq!(status(&sandbox, &arguments, lines.as_bytes()), 3);
}
