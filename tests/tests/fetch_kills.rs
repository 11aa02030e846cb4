//! Runs that are killed at any moment, and go on to the same bytes.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in tests, but not in what they share"
)]

use std::process::{Child, Stdio};
use std::time::Duration;
use std::{env, fs};

use ct_sim::{Events, Plan, Sim};
use ct_tests::{Sandbox, outcome};

const QUERY: [&str; 4] = [
    "--until",
    "2020-10-02",
    "--region",
    "us-east-1,eu-west-1,sa-east-1",
];

/// Pages, of all regions together.
const PAGES: u64 = 90;

/// How many pages a killed run may ask for that the next one asks for again.
const ASKED_AGAIN: u64 = 64;

fn history() -> Events {
    let weights = [("us-east-1", 3), ("eu-west-1", 2), ("sa-east-1", 1)];
    let count = usize::try_from(PAGES * 50).unwrap();
    Events::generated(Plan {
        regions: weights
            .map(|(region, weight)| (region.to_owned(), weight))
            .to_vec(),
        ..Plan::plain(count)
    })
}

/// 20, or what `CT_KILLS` says.
fn kills() -> u64 {
    env::var("CT_KILLS").map_or(20, |kills| kills.parse().unwrap())
}

/// Numbers below a bound, the same ones in every run. Source: Knuth's MMIX generator.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// `true` once the endpoint has seen so many requests, `false` when the run ended before.
fn lasts(run: &mut Child, sim: &Sim, requests: usize) -> bool {
    while !sim.wait_for(requests, Duration::from_millis(20)) {
        if let Some(status) = run.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return false;
        }
    }
    true
}

/// How many events the journal says are done; none before it was first written.
fn done(journal: &str) -> u64 {
    let events = journal
        .lines()
        .find_map(|line| line.strip_prefix("events "));
    events.map_or(0, |events| events.parse().unwrap())
}

#[test]
fn a_run_that_is_killed_at_any_moment_goes_on_to_the_same_bytes() {
    let unbroken = Sim::start(history());
    let whole = outcome(&Sandbox::beside(&unbroken), &QUERY).0;
    assert_eq!(whole.lines().count() as u64, PAGES * 50);

    let sim = Sim::start(history());
    let sandbox = Sandbox::beside(&sim);
    let (out, journal) = (
        sandbox.folder().join("out"),
        sandbox.folder().join("out.journal"),
    );
    let mut chance = Chance(kills());
    let (mut killed, mut after_a_save) = (0, 0);
    while killed < kills() {
        let before = sim.requests().len();
        let done_before = done(&fs::read_to_string(&journal).unwrap_or_default());
        let mut command = sandbox.process("ct-fetch");
        command
            .args(["--quiet", "--rate", "1000", "-o", "out"])
            .args(QUERY)
            .stdin(Stdio::null());
        let mut run = command.spawn().unwrap();
        let number = usize::try_from(1 + chance.below(PAGES / 2)).unwrap();
        if !lasts(&mut run, &sim, before + number) {
            assert_eq!(fs::read_to_string(&out).unwrap(), whole);
            fs::remove_file(&out).unwrap();
            fs::remove_file(&journal).unwrap();
            continue;
        }
        run.kill().unwrap();
        run.wait().unwrap();
        killed += 1;
        let text = fs::read_to_string(&journal).unwrap_or_default();
        after_a_save += u64::from(done(&text) > 0);
        let asked = (sim.requests().len() - before) as u64;
        let again = asked.saturating_sub((done(&text) - done_before) / 50);
        assert!(again <= ASKED_AGAIN, "{again} pages again, after {text}");
    }
    let (_, said, status) = outcome_in(&sandbox);
    assert_eq!((said.as_str(), status), ("", Some(0)));
    assert_eq!(fs::read_to_string(&out).unwrap(), whole);
    assert!(after_a_save * 2 > killed, "{after_a_save} of {killed}");
}

/// The same command, not killed.
fn outcome_in(sandbox: &Sandbox) -> (String, String, Option<i32>) {
    let mut command = sandbox.process("ct-fetch");
    command.args(["--quiet", "--rate", "1000", "-o", "out"]);
    let output = command.args(QUERY).output().unwrap();
    (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
        output.status.code(),
    )
}
