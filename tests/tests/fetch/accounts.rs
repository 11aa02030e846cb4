//! Tests runs over several accounts: profiles, roles, and accounts that refuse requests.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows unwrap in tests, but not in their helper functions"
)]

mod regions;
mod resume;

use std::fs;

use ct_core::exit::status;
use ct_sim::{Events, Sim};
use ct_tests::relay::Relay;
use ct_tests::{Sandbox, outcome};

const AUDIT: &str = "arn:aws:iam::444455556666:role/audit";

const LOGS: &str = "arn:aws:iam::777788889999:role/logs";

const ACCOUNTS: [&str; 3] = ["111122223333", "444455556666", "777788889999"];

/// Two records every ten seconds: one for each of two accounts, with the same time. The pairs
/// alternate between two regions.
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

/// A sandbox with the profiles `p` and `q` for two accounts, and the profile `again` for the
/// account of `p`.
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

/// The time, the account and the region of each record.
fn rows(records: &str) -> Vec<[String; 3]> {
    let row = |line: &str| {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        ["eventTime", "recipientAccountId", "awsRegion"]
            .map(|name| record[name].as_str().unwrap().to_owned())
    };
    records.lines().map(row).collect()
}

/// Each STS operation that was requested, and the number of its requests.
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
fn the_records_of_several_profiles_are_merged_newest_first() {
    let sim = Sim::start(events(400));
    let arguments = ["--profile", "q,p", "--region", "us-east-1,eu-west-1"];
    let (out, said, status) = outcome(&home(&sim), &arguments);
    let rows = rows(&out);
    assert_eq!((rows.len(), status), (400, status::OK), "{said}");
    assert!(said.contains(" from 2 regions of 2 accounts, "), "{said}");
    assert!(rows.is_sorted_by(|a, b| a[0] >= b[0]));
    // Records with the same time are in the order of the accounts on the command line.
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
fn all_accounts_are_fetched_even_if_there_are_more_than_the_limit_of_open_files() {
    let sim = Sim::start(events(40));
    let roles = (0..40).map(|at| format!("arn:aws:iam::{}:role/audit\n", 444_455_556_666_u64 + at));
    let sandbox = Sandbox::beside(&sim).with("AWS_MAX_ATTEMPTS", "1");
    sandbox.write("roles", roles.collect::<String>());
    let script = "ulimit -n 32; exec ct-fetch --roles roles --rate 1000 --max-attempts 1";
    let output = sandbox.shell(script).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains(" from eu-west-1 of 40 accounts, "), "{said}");
}

#[test]
fn with_one_account_its_id_is_not_requested() {
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
fn with_one_role_events_are_requested_at_once() {
    let sim = Sim::start(events(4));
    let (out, said, status) = outcome(&home(&sim), &["--role-arn", AUDIT]);
    assert_eq!((out.lines().count(), status), (2, status::OK), "{said}");
    assert_eq!(
        asked_of_sts(&sim),
        [("AssumeRole", 1), ("GetCallerIdentity", 0)]
    );
}

#[test]
fn an_invalid_line_in_a_file_of_roles_is_named() {
    let sim = Sim::start(events(4));
    let sandbox = home(&sim);
    sandbox.write("accounts", format!("{AUDIT}\naudit\n"));
    assert_eq!(
        outcome(&sandbox, &["--roles", "accounts"]),
        (
            String::new(),
            "ct-fetch: accounts:2: `audit`: a role ARN looks like \
             arn:aws:iam::444455556666:role/audit\n"
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
            "ct-fetch: profile `p` and profile `again` are both in account 444455556666, so its events would be fetched twice: remove one of them\n"
                .to_owned(),
            status::USAGE
        )
    );
}

#[test]
fn an_account_that_refuses_its_role_is_named_and_the_others_continue() {
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
             authorized to perform: sts:AssumeRole on resource: {LOGS}: allow sts:AssumeRole on \
             both sides, check --external-id, or remove the role"
        )
    );
    assert!(
        said[1].ends_with(": incomplete, without all of 777788889999"),
        "{said:?}"
    );
    assert_eq!(
        said[2..],
        [
            "ct-fetch: 777788889999 did not return all events: see the lines above; all other events were delivered"
        ]
    );
}

#[test]
fn a_region_that_refuses_is_named_with_its_account() {
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
fn a_missing_profile_is_refused_from_any_source() {
    let sim = Sim::start(events(4));
    let refused = |name: &str| {
        (
            String::new(),
            format!(
                "ct-fetch: {name} selects the profile `nosuch`, which is not in the AWS configuration: \
                 correct the name, or add the profile\n"
            ),
            status::CONFIGURATION,
        )
    };
    assert_eq!(
        outcome(&home(&sim), &["--profile", "nosuch"]),
        refused("--profile")
    );
    // The keys in the environment may belong to a different account than the missing profile.
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
fn an_empty_region_counts_as_unset() {
    let sim = Sim::start(events(4));
    let nowhere = home(&sim)
        .with("AWS_REGION", "")
        .with("AWS_DEFAULT_REGION", "");
    assert_eq!(
        outcome(&nowhere, &["--profile", "p"]),
        (
            String::new(),
            "ct-fetch: no region is set for the lookup: profile `p` has none: pass --region or set AWS_REGION\n"
                .to_owned(),
            status::CONFIGURATION
        )
    );
    let of_profile = home(&sim).with("AWS_REGION", "");
    of_profile.write("home/.aws/config", "[default]\nregion = eu-west-1\n");
    let (out, said, status) = outcome(&of_profile, &["--max-items", "1"]);
    assert_eq!((out.lines().count(), status), (1, status::OK), "{said}");
}

/// A sandbox whose profile `fresh` runs a credential program. The program adds a line to the file
/// `runs` each time.
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
fn expired_credentials_are_refreshed() {
    let sim = Sim::start(events(1000).fault("expired@3,6".parse().unwrap()));
    let sandbox = home_with_process(&sim);
    let (out, said, status) = outcome(&sandbox, &["--profile", "fresh"]);
    assert_eq!((out.lines().count(), status), (250, status::OK), "{said}");
    assert_eq!(runs(&sandbox), 3);
}

#[test]
fn credentials_that_are_already_expired_are_requested_once_and_the_message_says_how_to_continue() {
    let breaking = Sim::start(events(1000).fault("expired@3..".parse().unwrap()));
    let relay = Relay::to(&breaking);
    let sandbox = home_with_process(&breaking).with("AWS_ENDPOINT_URL", relay.url());
    let arguments = ["--profile", "fresh", "--region", "us-east-1", "-o", "out"];
    let (_, said, status) = outcome(&sandbox, &arguments);
    assert_eq!((status, runs(&sandbox)), (status::REFUSED, 2));
    assert_eq!(
        said.lines().last().unwrap(),
        "ct-fetch: us-east-1 refused LookupEvents: ExpiredTokenException: The security token included in the \
         request is expired: get fresh credentials and run the same command again, which continues after \
         out.journal"
    );
    let part = fs::read_to_string(sandbox.folder().join("out")).unwrap();
    // The output has 99 records, not 100. Without `--until`, ct-fetch requests the second page with
    // the time of the last event as the end, so the page repeats this event.
    assert_eq!(part.lines().count(), 99);

    let sim = Sim::start(events(1000));
    relay.turn(&sim);
    assert_eq!(outcome(&sandbox, &arguments).2, status::OK);
    let whole = fs::read_to_string(sandbox.folder().join("out")).unwrap();
    assert_eq!(whole.lines().count(), 250);
}
