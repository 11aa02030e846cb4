//! The coverage of an input: its window, and the filters that restrict it.

use ct_sim::{Events, Sim};
use ct_tests::Sandbox;

use super::{WINDOW, harmless, planted, status};

#[test]
fn a_window_that_ends_now_causes_a_warning_and_an_older_one_does_not() {
    let sim = Sim::start(Events::records(harmless()));
    let sandbox = Sandbox::beside(&sim);
    let warned = |until: &[&str]| {
        let mut command = sandbox.command("ct-check");
        let output = command
            .args(["--", "--rate", "1000", "--since", "1d"])
            .args(until)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        said.contains("events take up to 15 minutes to arrive")
    };
    assert!(warned(&[]));
    assert!(warned(&["--until", "5m"]));
    assert!(!warned(&["--until", "16m"]));
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
        text.contains("undecided: ct-fetch holds only records with EventName=ListUsers: fetch all of the window, or pass --allow-filtered\n"),
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
