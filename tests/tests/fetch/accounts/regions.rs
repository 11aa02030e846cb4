//! Tests runs over several regions, and interrupted runs.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows unwrap in tests, but not in their helper functions"
)]

use std::fs;

use ct_core::exit::status;
use ct_sim::{Events, Sim};
use ct_tests::relay::Relay;
use ct_tests::{Sandbox, outcome};

fn times(records: &str) -> Vec<String> {
    let records = records
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    records
        .map(|record: serde_json::Value| record["eventTime"].as_str().unwrap().to_owned())
        .collect()
}

/// One record every ten seconds, alternating between the regions.
fn records(number: usize, regions: &[&str]) -> Vec<String> {
    let record = |at: usize| {
        format!(
            r#"{{"eventVersion":"1.08","eventTime":"2020-10-01T{:02}:{:02}:{:02}Z","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","awsRegion":"{}","eventID":"{at:08}-aaaa-4bbb-8ccc-dddddddddddd"}}"#,
            at / 360,
            at / 6 % 60,
            at % 6 * 10,
            regions[at % regions.len()],
        )
    };
    (0..number).map(record).collect()
}

#[test]
fn several_regions_are_merged_newest_first() {
    let sim = Sim::start(Events::records(records(
        300,
        &["us-east-1", "eu-west-1", "sa-east-1"],
    )));
    let regions = ["--region", "us-east-1,eu-west-1", "--region", "sa-east-1"];
    let (out, said, status) = outcome(&Sandbox::beside(&sim), &regions);
    let times = times(&out);
    assert_eq!((times.len(), status), (300, status::OK), "{said}");
    assert!(times.is_sorted_by(|a, b| a > b));
    // Each region needs three pages for 100 events. Without `--until`, ct-fetch requests the second
    // page with the time of the last event as the end, so the page repeats this event.
    assert!(
        said.contains("300 events in 9 pages from 3 regions, "),
        "{said}"
    );
}

#[test]
fn all_regions_are_fetched_even_if_there_are_more_than_the_limit_of_open_files() {
    let sim = Sim::start(Events::records(records(
        300,
        &["us-east-1", "eu-west-1", "sa-east-1"],
    )));
    let script = "ulimit -n 32; exec ct-fetch --region all --rate 1000 --max-attempts 1";
    let output = Sandbox::beside(&sim).shell(script).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(times(str::from_utf8(&output.stdout).unwrap()).len(), 300);
}

#[test]
fn a_region_that_has_answered_is_not_reported_as_not_enabled_after_the_key_is_deleted() {
    let events = Events::records(records(1200, &["us-east-1", "eu-west-1"]));
    let sim = Sim::start(events.fault("unrecognized@45..".parse().unwrap()));
    let (out, said, status) = outcome(&Sandbox::beside(&sim), &["--region", "all"]);
    assert_eq!(status, 254, "{said}");
    assert!(out.lines().count() < 1200);
    assert!(!said.contains("not enabled: eu-west-1"), "{said}");
}

#[test]
fn a_region_that_refuses_is_named_and_the_others_continue() {
    let events = Events::records(records(100, &["us-east-1", "eu-west-1"]));
    let sim = Sim::start(events.fault("denied@eu-west-1".parse().unwrap()));
    let (out, said, status) = outcome(&Sandbox::beside(&sim), &["--region", "us-east-1,eu-west-1"]);
    assert_eq!((out.lines().count(), status), (50, 254));
    let said: Vec<&str> = said.lines().collect();
    assert!(
        said[0].starts_with("ct-fetch: eu-west-1 refused LookupEvents: AccessDenied"),
        "{said:?}"
    );
    assert!(
        said[1].ends_with(": incomplete, without all of eu-west-1"),
        "{said:?}"
    );
    assert_eq!(
        said[2..],
        [
            "ct-fetch: eu-west-1 did not return all events: see the lines above; all other events were delivered"
        ]
    );
}

#[test]
fn a_region_with_server_errors_only_does_not_stop_the_others() {
    let events = Events::records(records(100, &["us-east-1", "eu-west-1"]));
    let sim = Sim::start(events.fault("500@eu-west-1".parse().unwrap()));
    let (out, said, status) = outcome(&Sandbox::beside(&sim), &["--region", "us-east-1,eu-west-1"]);
    assert_eq!((out.lines().count(), status), (50, 254), "{said}");
    assert!(
        said.contains(": incomplete, without all of eu-west-1\n"),
        "{said}"
    );
    assert!(said.contains(": try again later\n"), "{said}");
}

#[test]
fn all_skips_a_region_that_is_not_enabled_and_reports_it() {
    let events = Events::records(records(100, &["us-east-1", "af-south-1"])).every_region();
    let sim = Sim::start(events.fault("unrecognized@af-south-1".parse().unwrap()));
    let (out, said, status) = outcome(&Sandbox::beside(&sim), &["--region", "all"]);
    assert_eq!((out.lines().count(), status), (50, status::OK), "{said}");
    assert!(
        said.contains(", not enabled: af-south-1: complete"),
        "{said}"
    );
}

#[test]
fn a_region_that_has_answered_or_is_on_by_default_is_never_reported_as_not_enabled() {
    let events = || Events::records(records(1000, &["us-east-1", "af-south-1"])).every_region();
    // The first fault stands for a key that is deleted during the run, the second for a region that
    // refuses all requests.
    for fault in ["unrecognized@40..", "unrecognized@us-east-1"] {
        let sim = Sim::start(events().fault(fault.parse().unwrap()));
        let (_, said, status) = outcome(&Sandbox::beside(&sim), &["--region", "all"]);
        assert_eq!(status, status::REFUSED, "{fault}: {said}");
        assert!(
            said.contains(": incomplete, ") && !said.contains("not enabled"),
            "{fault}: {said}"
        );
    }
}

#[test]
fn a_region_that_answered_before_an_interruption_is_never_reported_as_not_enabled() {
    let events =
        || Events::records(records(1000, &["us-east-1", "af-south-1", "eu-west-1"])).every_region();
    let all = ["--region", "all", "--until", "2020-10-02"];
    let whole = {
        let sim = Sim::start(events().fault("unrecognized@af-south-1".parse().unwrap()));
        outcome(&Sandbox::beside(&sim), &all).0
    };
    let to_file = [&all[..], &["-o", "out"]].concat();
    let relay = Relay::to(&Sim::start(events()));
    let run = |sandbox: &Sandbox, faults: &[&str]| {
        let faults = faults.iter().map(|fault| fault.parse().unwrap());
        let sim = Sim::start(faults.fold(events(), Events::fault));
        relay.turn(&sim);
        let mut command = sandbox.command("ct-fetch");
        let command = command.envs(sim.environment()).args(["--rate", "1000"]);
        let command = command.env("AWS_ENDPOINT_URL", relay.url());
        let output = command.args(&to_file).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let sandbox = Sandbox::new();
    let broken = run(&sandbox, &["unrecognized@af-south-1", "expired@42.."]);
    assert_eq!(broken.0, Some(254), "{broken:?}");
    let gone = run(&sandbox, &["unrecognized@eu-west-1"]);
    assert_eq!(gone.0, Some(254), "{gone:?}");
    assert!(
        gone.1
            .contains("not enabled: af-south-1: incomplete, without all of eu-west-1"),
        "{gone:?}"
    );
    let (status, said) = run(&sandbox, &[]);
    assert_eq!(status, Some(0), "{said}");
    let out = fs::read_to_string(sandbox.folder().join("out")).unwrap();
    assert!(out == whole, "{said}");
}

#[test]
fn an_interrupted_run_continues_to_the_same_bytes() {
    let events = || Events::records(records(1000, &["us-east-1", "eu-west-1"]));
    let command = [
        "--until",
        "2020-10-02",
        "--region",
        "us-east-1,eu-west-1",
        "-o",
        "out",
    ];
    let unbroken = Sim::start(events());
    let whole = outcome(&Sandbox::beside(&unbroken), &command[..4]).0;

    let breaking = Sim::start(events().fault("expired@9..".parse().unwrap()));
    let sandbox = Sandbox::beside(&breaking);
    let relay = Relay::to(&breaking);
    let out = sandbox.folder().join("out");
    let in_folder = |sim: &Sim, arguments: &[&str]| {
        relay.turn(sim);
        let mut command = sandbox.process("ct-fetch");
        let output = command
            .current_dir(sandbox.folder())
            .envs(sim.environment())
            .env("AWS_ENDPOINT_URL", relay.url())
            .args(["--rate", "1000"])
            .args(arguments)
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    assert_eq!(in_folder(&breaking, &command).0, Some(254));
    let part = fs::read_to_string(&out).unwrap();
    assert!(!part.is_empty() && part.len() < whole.len() && whole.starts_with(&part));

    assert_eq!(in_folder(&unbroken, &command).0, Some(0));
    assert_eq!(fs::read_to_string(&out).unwrap(), whole);

    assert_eq!(
        in_folder(&unbroken, &command[2..]),
        (
            Some(252),
            "ct-fetch: out.journal belongs to a different run: --until was `2020-10-02` and is now `none`: undo the change, use a different file, or pass --restart to start again\n"
                .to_owned()
        )
    );
}

#[test]
fn all_regions_can_be_queried_if_events_are_in_few() {
    let events = records(100, &["us-east-1", "eu-west-1"]);
    let sim = Sim::start(Events::records(events).regions(["us-east-1", "eu-west-1"]));
    let command = ["--region", "all", "--strict"];
    let (out, said, status) = outcome(&Sandbox::beside(&sim), &command);
    assert_eq!((out.lines().count(), status), (100, status::OK), "{said}");
    assert!(said.ends_with(": complete\n"), "{said}");
}

#[test]
fn a_window_that_ends_in_the_future_is_covered_until_now_and_never_finished() {
    let sim = Sim::start(Events::records(records(10, &["us-east-1"])));
    let sandbox = Sandbox::beside(&sim);
    let command = ["--until", "9999-01-01", "-o", "out"];
    let (_, said, status) = outcome(&sandbox, &command);
    assert_eq!(status, status::OK, "{said}");
    assert!(said.contains(" to now: complete; "), "{said}");
    assert_eq!(
        outcome(&sandbox, &command),
        (
            String::new(),
            "ct-fetch: this output is already complete, but its time window had not ended at that time: pass --restart to fetch again, or use a different file\n"
                .to_owned(),
            status::USAGE
        )
    );
}

#[test]
fn a_continued_newest_first_run_reports_that_it_does_not_cover_later_events() {
    let events = || Events::count(3000);
    let breaking = Sim::start(events().fault("expired@20..".parse().unwrap()));
    let relay = Relay::to(&breaking);
    let sandbox = Sandbox::beside(&breaking).with("AWS_ENDPOINT_URL", relay.url());
    let command = ["-o", "out"];
    assert_eq!(outcome(&sandbox, &command).2, status::REFUSED);
    let journal = sandbox.folder().join("out.journal");
    let text = fs::read_to_string(&journal).unwrap();
    let begun = text
        .lines()
        .find(|line| line.starts_with("begun "))
        .unwrap();
    fs::write(&journal, text.replace(begun, "begun 1601596800")).unwrap();

    let whole = Sim::start(events());
    relay.turn(&whole);
    let (_, said, status) = outcome(&sandbox, &command);
    assert_eq!(status, status::OK, "{said}");
    assert!(
        said.contains(", the start of the event history to 2020-10-02T00:00:00Z: complete"),
        "{said}"
    );
}

#[test]
fn a_finished_run_is_not_fetched_again_unless_its_window_has_moved() {
    let sim = Sim::start(Events::records(records(10, &["us-east-1"])));
    let sandbox = Sandbox::beside(&sim);
    let out = sandbox.folder().join("out");
    let out = out.to_str().unwrap();
    let fixed = ["--until", "2020-10-02", "-o", out];
    assert_eq!(outcome(&sandbox, &fixed).2, status::OK);
    assert_eq!(
        outcome(&sandbox, &fixed),
        (
            String::new(),
            "ct-fetch: the output is already complete: to fetch it again, pass \
             --restart\n"
                .to_owned(),
            status::OK
        )
    );
    let open = ["--restart", "-o", out];
    assert_eq!(outcome(&sandbox, &open).2, status::OK);
    assert_eq!(
        outcome(&sandbox, &open[1..]).1,
        "ct-fetch: this output is already complete, but its time window has changed since: pass --restart to fetch again, or use a different file\n"
    );
}
