//! Tests the messages of `ct-fetch` about its query: warnings and refusals before the first
//! request, and the coverage in the summary.

use ct_core::exit::status;
use ct_sim::{Events, Sim};
use ct_tests::{Sandbox, outcome};

#[test]
fn a_window_older_than_the_history_is_queried_and_not_reported_as_complete() {
    let sim = Sim::start(Events::count(3));
    let sandbox = Sandbox::beside(&sim).with("CT_FETCH_HISTORY_DAYS", "90");
    let not_covered = ": older events are not available";
    let (records, said, status) = outcome(&sandbox, &["--since", "2020-09-01"]);
    assert_eq!((records.lines().count(), status), (3, status::OK), "{said}");
    assert!(
        said.contains(not_covered) && !said.contains("complete"),
        "{said}"
    );
    let (records, said, status) = outcome(&sandbox, &["--since", "2020-09-01", "-q"]);
    assert_eq!((records.lines().count(), status), (3, status::OK), "{said}");
    assert!(said.ends_with(&format!("{not_covered}\n")), "{said}");
}

#[test]
fn strict_refuses_a_window_older_than_the_history_before_any_request() {
    let sim = Sim::start(Events::count(3));
    let sandbox = Sandbox::beside(&sim).with("CT_FETCH_HISTORY_DAYS", "90");
    let (records, said, status) = outcome(&sandbox, &["--since", "2020-09-01", "--strict"]);
    assert_eq!((records.as_str(), status), ("", status::USAGE), "{said}");
    assert_eq!(sim.requests().len(), 0);
    let longer = [
        "--since",
        "2020-09-01",
        "--strict",
        "--history-days",
        "36500",
    ];
    let (records, said, status) = outcome(&sandbox, &longer);
    assert_eq!((records.lines().count(), status), (3, status::OK), "{said}");
}

#[test]
fn a_warning_is_printed_with_quiet_and_the_query_still_runs() {
    let sim = Sim::start(Events::count(3));
    let sandbox = Sandbox::beside(&sim);
    let arguments = ["-q", "--access-key", "ABCDEFGHIJK"];
    assert_eq!(
        outcome(&sandbox, &arguments),
        (
            String::new(),
            "ct-fetch: `ABCDEFGHIJK` does not look like an access key: an access key looks like \
             AKIAIOSFODNN7EXAMPLE\n"
                .to_owned(),
            status::OK
        )
    );
    assert_eq!(sim.requests().len(), 1);
    let strict = [&arguments[..], &["--strict"]].concat();
    assert_eq!(outcome(&sandbox, &strict).2, status::USAGE);
    assert_eq!(sim.requests().len(), 1);
}

#[test]
fn the_service_may_precede_lookup_events_as_in_the_aws_cli() {
    let sim = Sim::start(Events::count(3));
    let sandbox = Sandbox::beside(&sim);
    let printed = |words: &[&str]| {
        let output = sandbox.command("ct-fetch").args(words).output();
        output.expect("ct-fetch runs").stdout
    };
    let short = printed(&["lookup-events", "--max-items", "2"]);
    assert_ne!(short, b"");
    assert_eq!(
        printed(&["cloudtrail", "lookup-events", "--max-items", "2"]),
        short
    );
}
