//! Tests that runs which are killed at any moment and then continued produce the same bytes.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows unwrap in tests, but not in their helper functions"
)]

use std::process::{Child, Stdio};
use std::time::Duration;
use std::{env, fs};

use ct_sim::{Events, Sim, TimeFormat, TokenKind, Traffic};
use ct_tests::{Sandbox, outcome};

const QUERY: [&str; 4] = [
    "--until",
    "2020-10-02",
    "--region",
    "us-east-1,eu-west-1,sa-east-1",
];

/// The number of full pages that the events of all regions fill.
const PAGES: u64 = 90;

/// The maximum number of pages that a run may request again because the previous run was killed.
const ASKED_AGAIN: u64 = 64;

fn history() -> Events {
    let weights = [("us-east-1", 3), ("eu-west-1", 2), ("sa-east-1", 1)];
    let count = usize::try_from(PAGES * 50).unwrap();
    Events::generated(Traffic {
        regions: weights
            .map(|(region, weight)| (region.to_owned(), weight))
            .to_vec(),
        ..Traffic::plain(count)
    })
}

/// The number of kills in a test: the value of `CT_KILLS`, or 20.
fn kills() -> u64 {
    env::var("CT_KILLS").map_or(20, |kills| kills.parse().unwrap())
}

/// Knuth's MMIX generator of pseudorandom numbers. The generated numbers are the same in every run
/// of the test.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Waits until the endpoint has received `requests` requests, and returns `true`. Returns `false`
/// if the run ends first.
fn lasts(run: &mut Child, sim: &Sim, requests: usize) -> bool {
    while !sim.wait_for(requests, Duration::from_millis(20)) {
        if let Some(status) = run.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return false;
        }
    }
    true
}

/// The number of written events according to the journal, or 0 if the journal does not contain it
/// yet.
fn done(journal: &str) -> u64 {
    let events = journal
        .lines()
        .find_map(|line| line.strip_prefix("events "));
    events.map_or(0, |events| events.parse().unwrap())
}

#[test]
fn a_run_that_is_killed_at_any_moment_continues_to_the_same_bytes() {
    let unbroken = Sim::start(history());
    let whole = outcome(&Sandbox::beside(&unbroken), &QUERY).0;
    assert_eq!(whole.lines().count() as u64, PAGES * 50);

    let sim = Sim::start(history());
    let sandbox = Sandbox::beside(&sim);
    let (out, journal) = (
        sandbox.folder().join("out"),
        sandbox.folder().join("out.journal"),
    );
    let mut chance = Random(kills());
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

/// Runs the command to its end, and returns its output, its messages and its exit status.
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

/// The arguments of a query, and the events of the service.
struct Case {
    name: &'static str,
    events: Events,
    arguments: &'static [&'static str],
}

/// Events of two accounts in many regions, which fill about `pages` pages.
fn accounts(pages: usize) -> Traffic {
    let until = "2020-10-02T00:00:00Z".parse().unwrap();
    Traffic {
        accounts: ["111122223333", "444455556666"].map(str::to_owned).to_vec(),
        ..Traffic::new(pages * 50, until)
    }
}

fn cases() -> Vec<Case> {
    let case = |name, events, arguments| Case {
        name,
        events,
        arguments,
    };
    let plain = || Events::count(1500);
    let dense = Traffic {
        from: "2020-10-01T00:00:00Z".parse().unwrap(),
        until: "2020-10-01T00:00:15Z".parse().unwrap(),
        ..Traffic::plain(1500)
    };
    let twice = (0..1500).map(|at| {
        let second = at / 3;
        format!(
            r#"{{"eventVersion":"1.08","eventTime":"2020-10-01T00:{:02}:{:02}Z","awsRegion":"us-east-1","recipientAccountId":"111122223333","eventID":"{:08}-aaaa-4bbb-8ccc-dddddddddddd"}}"#,
            second / 60,
            second % 60,
            at / 2,
        )
    });
    let twice = Events::records(twice);
    let profiles = Events::generated(accounts(40))
        .account("AKIAI44QH8DHBEXAMPLE", "111122223333")
        .account("AKIAI77QH8DHBEXAMPLE", "444455556666");
    vec![
        case("one region", plain(), &[]),
        case(
            "every region",
            Events::generated(accounts(60)),
            &["--region", "all"],
        ),
        case(
            "two accounts",
            profiles,
            &["--profile", "p,q", "--region", "us-east-1,eu-west-1"],
        ),
        case("the oldest first", plain(), &["--order", "oldest"]),
        case(
            "filters",
            plain(),
            &["--event-name", "!Describe*", "--read-only", "false"],
        ),
        case(
            "several listings",
            plain(),
            &["--username", "alice", "--username", "*"],
        ),
        case("an event listed twice", twice.clone(), &[]),
        case("duplicates kept", twice, &["--keep-duplicates"]),
        case("dense seconds", Events::generated(dense.clone()), &[]),
        case(
            "dense seconds, the oldest first",
            Events::generated(dense),
            &["--order", "oldest"],
        ),
        case(
            "milliseconds",
            plain().time_format(TimeFormat::Milliseconds),
            &[],
        ),
        case("ISO times", plain().time_format(TimeFormat::Iso), &[]),
        case("small pages", plain().page_sizes([50, 7, 0, 23]), &[]),
        case(
            "faults",
            plain()
                .fault("500@15%".parse().unwrap())
                .fault("reset@5%".parse().unwrap()),
            &[],
        ),
        case(
            "throttling",
            plain().fault("throttle@20%".parse().unwrap()),
            &[],
        ),
        case(
            "position tokens",
            plain().token_kind(TokenKind::Position),
            &[],
        ),
        case(
            "position tokens, the oldest first",
            plain().token_kind(TokenKind::Position),
            &["--order", "oldest"],
        ),
    ]
}

/// Creates a sandbox with the profiles `p` and `q` for two accounts.
fn home(sim: &Sim) -> Sandbox {
    let sandbox = Sandbox::beside(sim);
    let profile = |name: &str, key: &str| {
        format!("[{name}]\naws_access_key_id = {key}\naws_secret_access_key = example\n")
    };
    let profiles = [
        profile("p", "AKIAI44QH8DHBEXAMPLE"),
        profile("q", "AKIAI77QH8DHBEXAMPLE"),
    ];
    sandbox.write("home/.aws/credentials", profiles.concat());
    sandbox
}

#[test]
fn a_killed_run_of_any_query_continues_to_the_same_bytes() {
    let cases = cases();
    let each = kills().div_ceil(cases.len() as u64);
    for case in cases {
        goes_on(case, each);
    }
}

/// Kills a run `kills` times, continues it each time, and compares the output with the output of an
/// uninterrupted run.
fn goes_on(case: Case, kills: u64) {
    let Case {
        name,
        events,
        arguments,
    } = case;
    // The window has a fixed end, because a continued run with an open end would also write newer
    // events.
    let arguments = [&["--until", "2020-10-02"], arguments].concat();
    let unbroken = Sim::start(events.clone());
    let (whole, said, status) = outcome(&home(&unbroken), &arguments);
    assert_eq!(status, 0, "{name}: {said}");
    assert!(whole.lines().count() >= 100, "{name}: {said}");

    let sim = Sim::start(events.latency(Duration::from_millis(2)));
    let sandbox = home(&sim);
    let run = || {
        let mut command = sandbox.process("ct-fetch");
        command.args(["--quiet", "--rate", "1000", "-o", "out"]);
        command.args(&arguments).stdin(Stdio::null());
        command
    };
    let (out, journal) = (
        sandbox.folder().join("out"),
        sandbox.folder().join("out.journal"),
    );
    let mut chance = Random(kills + whole.len() as u64);
    let mut killed = 0;
    while killed < kills {
        let before = sim.requests().len();
        let requests = unbroken.requests().len() as u64;
        let number = usize::try_from(1 + chance.below(requests / 2)).unwrap();
        let mut child = run().spawn().unwrap();
        if lasts(&mut child, &sim, before + number) {
            child.kill().unwrap();
            child.wait().unwrap();
            killed += 1;
            continue;
        }
        assert!(fs::read_to_string(&out).unwrap() == whole, "{name}");
        fs::remove_file(&out).unwrap();
        fs::remove_file(&journal).unwrap();
    }
    let output = run().output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        (said.as_str(), output.status.code()),
        ("", Some(0)),
        "{name}"
    );
    assert!(fs::read_to_string(&out).unwrap() == whole, "{name}");
}
