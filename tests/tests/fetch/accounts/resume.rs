//! Tests continued runs over accounts: targets (regions of an account) that failed are queried
//! again, and a run is not continued with a different account.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows unwrap in tests, but not in their helper functions"
)]

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use ct_core::exit::status;
use ct_sim::{Events, Sim};
use ct_tests::relay::Relay;
use ct_tests::{Sandbox, outcome};

use super::{ACCOUNTS, AUDIT, LOGS, asked_of_sts, events, home, rows};

#[test]
fn a_failed_target_is_queried_again_and_the_run_gives_the_same_bytes() {
    let arguments = [
        "--profile",
        "p,q",
        "--region",
        "us-east-1,eu-west-1",
        "--until",
        "2020-10-02",
        "-o",
        "out",
    ];
    let unbroken = Sim::start(events(1000));
    let whole = outcome(&home(&unbroken), &arguments[..6]).0;

    let breaking = Sim::start(events(1000).fault("error:AccessDeniedException@9".parse().unwrap()));
    let relay = Relay::to(&breaking);
    let sandbox = home(&breaking).with("AWS_ENDPOINT_URL", relay.url());
    let out = sandbox.folder().join("out");
    let (_, said, status) = outcome(&sandbox, &arguments);
    assert_eq!(status, status::REFUSED, "{said}");
    let part = fs::read_to_string(&out).unwrap();
    assert!(part.len() < whole.len());

    // The region still refuses, so the second run fetches nothing and truncates nothing.
    let refusing = Sim::start(events(1000).fault("denied".parse().unwrap()));
    relay.turn(&refusing);
    let (_, said, status) = outcome(&sandbox, &arguments);
    assert_eq!(status, status::REFUSED, "{said}");
    assert_eq!(fs::read_to_string(&out).unwrap(), part);
    let lookups = refusing.requests().into_iter();
    assert_eq!(lookups.filter(|request| request.number > 0).count(), 1);

    relay.turn(&unbroken);
    let (_, said, status) = outcome(&sandbox, &arguments);
    assert_eq!(status, status::OK, "{said}");
    assert_eq!(fs::read_to_string(&out).unwrap(), whole);
    assert_eq!(
        outcome(&sandbox, &arguments).1,
        "ct-fetch: the output is already complete: to fetch it again, pass --restart\n"
    );
}

#[test]
fn a_failed_account_is_queried_again() {
    let roles = format!("{AUDIT},{LOGS}");
    let arguments = ["--role-arn", &roles, "--until", "2020-10-02", "-o", "out"];
    let breaking = Sim::start(events(400).fault("denied@444455556666".parse().unwrap()));
    let relay = Relay::to(&breaking);
    let sandbox = home(&breaking).with("AWS_ENDPOINT_URL", relay.url());
    assert_eq!(outcome(&sandbox, &arguments).2, status::REFUSED);
    let out = sandbox.folder().join("out");
    assert_eq!(fs::read_to_string(&out).unwrap().lines().count(), 100);

    let unbroken = Sim::start(events(400));
    relay.turn(&unbroken);
    assert_eq!(outcome(&sandbox, &arguments).2, status::OK);
    let whole = outcome(&sandbox, &arguments[..4]).0;
    assert_eq!(fs::read_to_string(&out).unwrap(), whole);
}

#[test]
fn a_single_target_is_queried_again_by_the_next_run() {
    let arguments = [
        "--region",
        "us-east-1",
        "--until",
        "2020-10-02",
        "-o",
        "out",
    ];
    let refusing = Sim::start(events(400).fault("denied".parse().unwrap()));
    let relay = Relay::to(&refusing);
    let sandbox = home(&refusing).with("AWS_ENDPOINT_URL", relay.url());
    assert_eq!(outcome(&sandbox, &arguments).2, status::REFUSED);

    let sim = Sim::start(events(400).fault("500@1".parse().unwrap()));
    relay.turn(&sim);
    let (_, said, status) = outcome(&sandbox, &arguments);
    assert_eq!(status, status::OK, "{said}");
    let out = fs::read_to_string(sandbox.folder().join("out")).unwrap();
    assert_eq!(out.lines().count(), 200);
}

/// A sandbox in which a run with the profile `p` was killed midway, because the service had stopped
/// responding. The relay now forwards to a service with the same events that responds to every
/// request.
fn killed_as_p() -> (Relay, Sim, Sandbox) {
    let hanging = Sim::start(events(400).fault("hang@2..".parse().unwrap()));
    let relay = Relay::to(&hanging);
    let sandbox = home(&hanging).with("AWS_ENDPOINT_URL", relay.url());
    let mut command = sandbox.process("ct-fetch");
    let command = command.args(["--rate", "1000", "--profile", "p", "-o", "out"]);
    let mut run = command.stderr(Stdio::null()).spawn().unwrap();
    let journal = sandbox.folder().join("out.journal");
    while !fs::read_to_string(&journal).is_ok_and(|journal| journal.contains("\nrest ")) {
        assert!(!hanging.wait_for(usize::MAX, Duration::from_millis(5)));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    let sim = Sim::start(events(400));
    relay.turn(&sim);
    (relay, sim, sandbox)
}

#[test]
fn a_run_is_continued_by_another_profile_of_the_account_but_by_no_other_account() {
    let (_relay, _sim, sandbox) = killed_as_p();
    let part = fs::read_to_string(sandbox.folder().join("out")).unwrap();
    assert!(!part.is_empty());
    let message = "ct-fetch: out.journal belongs to a different run: the account was 444455556666 and is now 777788889999: undo the change, use a different file, or pass --restart to start again\n";
    let expected = (String::new(), message.to_owned(), status::USAGE);
    assert_eq!(
        outcome(&sandbox, &["--profile", "q", "-o", "out"]),
        expected
    );
    // The third run uses the key in the environment, which belongs to a third account.
    assert_eq!(outcome(&sandbox, &["-o", "out"]).2, status::USAGE);
    assert_eq!(
        fs::read_to_string(sandbox.folder().join("out")).unwrap(),
        part
    );
    let (_, said, status) = outcome(&sandbox, &["--profile", "again", "-o", "out"]);
    assert_eq!(status, status::OK, "{said}");
    let whole = fs::read_to_string(sandbox.folder().join("out")).unwrap();
    let accounts = rows(&whole).into_iter().map(|[_, account, _]| account);
    assert_eq!(accounts.collect::<Vec<_>>(), vec![ACCOUNTS[1]; 100]);
}

#[test]
fn a_finished_run_is_not_the_result_for_another_account() {
    let sim = Sim::start(events(400));
    let sandbox = home(&sim);
    let arguments = ["--until", "2020-10-02", "-o", "out", "--profile"];
    let as_profile = |name: &str| outcome(&sandbox, &[&arguments[..], &[name]].concat());
    assert_eq!(as_profile("p").2, status::OK);
    assert_eq!(as_profile("again").2, status::OK);
    let (_, said, status) = as_profile("q");
    assert_eq!(status, status::USAGE, "{said}");
}

#[test]
fn without_an_sts_endpoint_the_records_identify_the_account_and_sts_is_not_called() {
    let sim = Sim::start(events(400));
    let url = sim.url();
    let sandbox = home(&sim)
        .without("AWS_ENDPOINT_URL")
        .with("AWS_ENDPOINT_URL_CLOUDTRAIL", &url);
    let arguments = ["--until", "2020-10-02", "-o", "out", "--profile"];
    let as_profile = |name: &str| outcome(&sandbox, &[&arguments[..], &[name]].concat());
    assert_eq!(as_profile("p").2, status::OK);
    assert_eq!(as_profile("again").2, status::OK);
    let (_, said, status) = as_profile("q");
    assert_eq!(status, status::USAGE, "{said}");
    assert!(
        said.contains("the account was 444455556666 and is now 777788889999"),
        "{said}"
    );
    assert_eq!(
        asked_of_sts(&sim),
        [("AssumeRole", 0), ("GetCallerIdentity", 0)]
    );
}

#[test]
fn a_run_whose_account_is_unknown_is_not_continued() {
    let sim = Sim::start(Events::records([
        r#"{"eventTime":"2020-10-01T00:00:00Z","awsRegion":"us-east-1","eventName":"A","eventID":"1"}"#.to_owned(),
    ]));
    let sandbox = Sandbox::beside(&sim)
        .without("AWS_ENDPOINT_URL")
        .with("AWS_ENDPOINT_URL_CLOUDTRAIL", sim.url());
    let arguments = ["--until", "2020-10-02", "-o", "out"];
    assert_eq!(outcome(&sandbox, &arguments).2, status::OK);
    let (_, said, status) = outcome(&sandbox, &arguments);
    assert_eq!(
        (said.as_str(), status),
        (
            "ct-fetch: cannot check whether out.journal belongs to the current account: set AWS_ENDPOINT_URL_STS, or pass --restart to start again\n",
            status::USAGE
        )
    );
}
