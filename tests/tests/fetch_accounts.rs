//! Several accounts at once, credentials that expire, and what becomes of what was lost.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in tests, but not in what they share"
)]

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use ct_core::exit::status;
use ct_sim::{Events, Sim};
use ct_tests::relay::Relay;
use ct_tests::{Sandbox, outcome};

const AUDIT: &str = "arn:aws:iam::444455556666:role/audit";
const LOGS: &str = "arn:aws:iam::777788889999:role/logs";
const ACCOUNTS: [&str; 3] = ["111122223333", "444455556666", "777788889999"];

/// A record every ten seconds, two accounts and two regions in turn; each pair shares its second.
fn events(number: usize) -> Events {
    let record = |at: usize| {
        let second = at / 2;
        format!(
            r#"{{"eventVersion":"1.08","eventTime":"2020-10-01T{:02}:{:02}:{:02}Z","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","awsRegion":"{}","eventID":"{at:08}-aaaa-4bbb-8ccc-dddddddddddd","recipientAccountId":"{}"}}"#,
            second / 360,
            second / 6 % 60,
            second % 6 * 10,
            ["us-east-1", "eu-west-1"][at / 4 % 2],
            ACCOUNTS[1 + at % 2],
        )
    };
    Events::records((0..number).map(record))
        .account("AKIAI44QH8DHBEXAMPLE", ACCOUNTS[1])
        .account("AKIAI77QH8DHBEXAMPLE", ACCOUNTS[2])
}

/// A home with the profiles `p` and `q`, of two accounts, and `again`, of p's.
fn home(sim: &Sim) -> Sandbox {
    let sandbox = Sandbox::beside(sim);
    let profile = |name: &str, key: &str| {
        format!("[{name}]\naws_access_key_id = {key}\naws_secret_access_key = example\n")
    };
    let profiles = [
        profile("p", "AKIAI44QH8DHBEXAMPLE"),
        profile("q", "AKIAI77QH8DHBEXAMPLE"),
        profile("again", "AKIAI44QH8DHBEXAMPLE"),
    ];
    sandbox.write("home/.aws/credentials", profiles.concat());
    sandbox
}

/// The time, account and region of each record.
fn rows(records: &str) -> Vec<[String; 3]> {
    let row = |line: &str| {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        ["eventTime", "recipientAccountId", "awsRegion"]
            .map(|name| record[name].as_str().unwrap().to_owned())
    };
    records.lines().map(row).collect()
}

/// How often STS was asked for what.
fn asked_of_sts(sim: &Sim) -> Vec<(&'static str, usize)> {
    let requests = sim.requests();
    ["AssumeRole", "GetCallerIdentity"]
        .map(|operation| {
            let asked = requests
                .iter()
                .filter(|request| request.operation == operation);
            (operation, asked.count())
        })
        .to_vec()
}

#[test]
fn profiles_are_an_account_each_and_come_merged_newest_first() {
    let sim = Sim::start(events(400));
    let arguments = ["--profile", "q,p", "--region", "us-east-1,eu-west-1"];
    let (out, said, status) = outcome(&home(&sim), &arguments);
    let rows = rows(&out);
    assert_eq!((rows.len(), status), (400, status::OK), "{said}");
    assert!(said.contains(" from 2 regions of 2 accounts, "), "{said}");
    assert!(rows.is_sorted_by(|a, b| a[0] >= b[0]));
    // Of one second the account that is named first comes first.
    let accounts: Vec<&str> = rows
        .iter()
        .map(|[_, account, _]| account.as_str())
        .collect();
    assert_eq!(accounts[..4], [ACCOUNTS[2], ACCOUNTS[1]].repeat(2));
    assert_eq!(
        asked_of_sts(&sim),
        [("AssumeRole", 0), ("GetCallerIdentity", 2)]
    );
}

#[test]
fn one_account_is_not_asked_for_its_number() {
    let sim = Sim::start(events(4));
    let (out, _, status) = outcome(&home(&sim), &["--profile", "p,p"]);
    assert_eq!((out.lines().count(), status), (2, status::OK));
    assert_eq!(
        asked_of_sts(&sim),
        [("AssumeRole", 0), ("GetCallerIdentity", 0)]
    );
}

#[test]
fn a_role_is_assumed_once_for_all_regions_with_its_external_id() {
    let sim = Sim::start(events(400));
    let sandbox = home(&sim);
    let file = format!("# the auditors' accounts\n\n{AUDIT}\n  {LOGS}  # since May\n");
    sandbox.write("accounts", file);
    let arguments = [
        "--roles",
        "accounts",
        "--role-arn",
        AUDIT,
        "--external-id",
        "example",
        "--region",
        "us-east-1,eu-west-1",
    ];
    let (out, said, status) = outcome(&sandbox, &arguments);
    assert_eq!((out.lines().count(), status), (400, status::OK), "{said}");
    assert_eq!(
        asked_of_sts(&sim),
        [("AssumeRole", 2), ("GetCallerIdentity", 2)]
    );
}

#[test]
fn one_role_alone_is_asked_for_events_at_once() {
    let sim = Sim::start(events(4));
    let (out, said, status) = outcome(&home(&sim), &["--role-arn", AUDIT]);
    assert_eq!((out.lines().count(), status), (2, status::OK), "{said}");
    assert_eq!(
        asked_of_sts(&sim),
        [("AssumeRole", 1), ("GetCallerIdentity", 0)]
    );
}

#[test]
fn a_file_of_roles_names_the_line_that_is_none() {
    let sim = Sim::start(events(4));
    let sandbox = home(&sim);
    sandbox.write("accounts", format!("{AUDIT}\naudit\n"));
    assert_eq!(
        outcome(&sandbox, &["--roles", "accounts"]),
        (
            String::new(),
            "ct-fetch: accounts:2: `audit`: a role is named like arn:aws:iam::444455556666:role/audit\n"
                .to_owned(),
            status::USAGE
        )
    );
}

#[test]
fn the_same_account_twice_is_refused() {
    let sim = Sim::start(events(4));
    assert_eq!(
        outcome(&home(&sim), &["--profile", "p,again"]),
        (
            String::new(),
            "ct-fetch: profile `p` and profile `again` are both of account 444455556666, \
             whose events would come twice: leave one out\n"
                .to_owned(),
            status::USAGE
        )
    );
}

#[test]
fn an_account_that_refuses_its_role_is_named_and_the_others_go_on() {
    let sim = Sim::start(events(400).fault("denied@777788889999".parse().unwrap()));
    let roles = format!("{AUDIT},{LOGS}");
    let arguments = ["--role-arn", &roles, "--region", "us-east-1,eu-west-1"];
    let (out, said, status) = outcome(&home(&sim), &arguments);
    assert_eq!(
        (out.lines().count(), status),
        (200, status::REFUSED),
        "{said}"
    );
    let said: Vec<&str> = said.lines().collect();
    assert_eq!(
        said[0],
        format!(
            "ct-fetch: STS refused {LOGS}: AccessDenied: User: arn:aws:iam::111122223333:user/analyst is not \
             authorized to perform: sts:AssumeRole on resource: {LOGS}: allow sts:AssumeRole on both sides, \
             check --external-id, or leave the role out"
        )
    );
    assert!(
        said[1].ends_with(": incomplete, without all of 777788889999"),
        "{said:?}"
    );
    assert_eq!(
        said[2..],
        [
            "ct-fetch: nothing or not all came from 777788889999: see the lines above, the rest was delivered"
        ]
    );
}

#[test]
fn a_region_of_an_account_that_refuses_is_named_with_it() {
    let fault = "error:AccessDeniedException@777788889999".parse().unwrap();
    let sim = Sim::start(events(400).fault(fault));
    let (out, said, status) = outcome(&home(&sim), &["--profile", "p,q", "--region", "us-east-1"]);
    assert_eq!((out.lines().count(), status), (100, status::REFUSED));
    assert!(said.starts_with("ct-fetch: q/us-east-1 refused LookupEvents: AccessDeniedException"));
    assert!(
        said.contains(": incomplete, without all of q/us-east-1\n"),
        "{said}"
    );
}

#[test]
fn a_profile_that_is_not_there_is_refused_whoever_names_it() {
    let sim = Sim::start(events(4));
    let refused = |name: &str| {
        (
            String::new(),
            format!(
                "ct-fetch: {name} names the profile `nosuch`, which is not in the AWS configuration: \
                 correct the name, or add the profile\n"
            ),
            status::CONFIGURATION,
        )
    };
    assert_eq!(
        outcome(&home(&sim), &["--profile", "nosuch"]),
        refused("--profile")
    );
    // The environment has keys: another account's, for all that is known.
    for variable in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
        assert_eq!(
            outcome(&home(&sim).with(variable, "nosuch"), &[]),
            refused(variable)
        );
    }
    assert_eq!(
        outcome(&home(&sim).with("AWS_PROFILE", ""), &[]).2,
        status::OK
    );
    assert_eq!(
        asked_of_sts(&sim),
        [("AssumeRole", 0), ("GetCallerIdentity", 0)]
    );
}

#[test]
fn an_empty_region_is_none() {
    let sim = Sim::start(events(4));
    let nowhere = home(&sim)
        .with("AWS_REGION", "")
        .with("AWS_DEFAULT_REGION", "");
    assert_eq!(
        outcome(&nowhere, &["--profile", "p"]),
        (
            String::new(),
            "ct-fetch: no region is set for the lookup: profile `p` names none: \
             pass --region or set AWS_REGION\n"
                .to_owned(),
            status::CONFIGURATION
        )
    );
    let of_profile = home(&sim).with("AWS_REGION", "");
    of_profile.write("home/.aws/config", "[default]\nregion = eu-west-1\n");
    let (out, said, status) = outcome(&of_profile, &["--max-items", "1"]);
    assert_eq!((out.lines().count(), status), (1, status::OK), "{said}");
}

/// A home whose profile `fresh` asks a program for credentials, which counts how often it ran.
fn home_with_process(sim: &Sim) -> Sandbox {
    let sandbox = Sandbox::beside(sim);
    let program = sandbox.write(
        "process",
        "echo >>runs\necho '{\"Version\":1,\"AccessKeyId\":\"AKIAI44QH8DHBEXAMPLE\",\"SecretAccessKey\":\"example\"}'\n",
    );
    let profile = format!(
        "[profile fresh]\ncredential_process = sh {}\n",
        program.display()
    );
    sandbox.write("home/.aws/config", profile);
    sandbox
}

fn runs(sandbox: &Sandbox) -> usize {
    let runs = fs::read_to_string(sandbox.folder().join("runs")).unwrap();
    runs.lines().count()
}

#[test]
fn expired_credentials_are_asked_for_anew() {
    let sim = Sim::start(events(1000).fault("expired@3,6".parse().unwrap()));
    let sandbox = home_with_process(&sim);
    let (out, said, status) = outcome(&sandbox, &["--profile", "fresh"]);
    assert_eq!((out.lines().count(), status), (250, status::OK), "{said}");
    assert_eq!(runs(&sandbox), 3);
}

#[test]
fn credentials_that_come_expired_are_asked_for_once_and_the_message_says_how_to_go_on() {
    let breaking = Sim::start(events(1000).fault("expired@3..".parse().unwrap()));
    let relay = Relay::to(&breaking);
    let sandbox = home_with_process(&breaking).with("AWS_ENDPOINT_URL", relay.url());
    let arguments = ["--profile", "fresh", "--region", "us-east-1", "-o", "out"];
    let (_, said, status) = outcome(&sandbox, &arguments);
    assert_eq!((status, runs(&sandbox)), (status::REFUSED, 2));
    assert_eq!(
        said.lines().last().unwrap(),
        "ct-fetch: us-east-1 refused LookupEvents: ExpiredTokenException: The security token included in the \
         request is expired: get fresh credentials and run the same command again, which goes on where \
         out.journal ends"
    );
    let part = fs::read_to_string(sandbox.folder().join("out")).unwrap();
    // The second page of a listing without an end repeats the last event of the first.
    assert_eq!(part.lines().count(), 99);

    let sim = Sim::start(events(1000));
    relay.turn(&sim);
    assert_eq!(outcome(&sandbox, &arguments).2, status::OK);
    let whole = fs::read_to_string(sandbox.folder().join("out")).unwrap();
    assert_eq!(whole.lines().count(), 250);
}

#[test]
fn a_place_that_was_lost_is_asked_again_and_the_run_comes_to_the_same_bytes() {
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

    // Still refused: nothing is fetched, and nothing is cut off.
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
        "ct-fetch: all of it was fetched before: pass --restart to fetch it anew\n"
    );
}

#[test]
fn an_account_that_was_lost_is_asked_again() {
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
fn the_only_place_there_is_is_asked_as_ever_by_the_next_run() {
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

/// A run as the account of `p` that was killed on the way, and where all events come from now.
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
fn a_run_is_continued_by_another_profile_of_the_account_and_by_no_other_account() {
    let (_relay, _sim, sandbox) = killed_as_p();
    let part = fs::read_to_string(sandbox.folder().join("out")).unwrap();
    assert!(!part.is_empty());
    let message = "ct-fetch: out.journal is of another run: the account was 444455556666 and is 777788889999: \
        change it back, name another file, or pass --restart to begin anew\n";
    let expected = (String::new(), message.to_owned(), status::USAGE);
    assert_eq!(
        outcome(&sandbox, &["--profile", "q", "-o", "out"]),
        expected
    );
    // The key in the environment is of a third account.
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
fn a_finished_run_is_not_the_answer_to_another_account() {
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
fn without_an_endpoint_of_sts_the_records_tell_the_account_and_sts_is_not_asked() {
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
        said.contains("the account was 444455556666 and is 777788889999"),
        "{said}"
    );
    assert_eq!(
        asked_of_sts(&sim),
        [("AssumeRole", 0), ("GetCallerIdentity", 0)]
    );
}

#[test]
fn a_run_whose_account_nothing_tells_is_not_continued() {
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
            "ct-fetch: cannot tell whether out.journal is of the account that is asked now: \
             give STS's endpoint with AWS_ENDPOINT_URL_STS, or pass --restart to begin anew\n",
            status::USAGE
        )
    );
}
