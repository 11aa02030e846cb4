//! Tests errors in the command line of `ct-fetch`, in the service and in the network.

mod interruptions;
mod random;
mod unreadable;

use ct_core::exit::status;
use ct_sim::{Events, Fault, FaultKind, Sim};
use ct_tests::{Sandbox, outcome};

/// Runs `ct-fetch`, and expects one line on stderr and nothing on stdout.
fn refused(sandbox: &Sandbox, arguments: &[&str], message: &str, status: u8) {
    let expected = (String::new(), format!("ct-fetch: {message}\n"), status);
    assert_eq!(outcome(sandbox, arguments), expected, "{arguments:?}");
}

#[test]
fn an_invalid_command_line_is_one_line_and_status_252() {
    let sandbox = Sandbox::new();
    let mistakes: [(&[&str], &str); 18] = [
        (
            &["--access-kye", "x"],
            "unexpected argument '--access-kye' found: did you mean --access-key?",
        ),
        (
            &["--since", "7x"],
            "`7x` is not a time: try 7d, 90m, 2026-11-01 or 2026-11-01T10:30:00Z",
        ),
        (
            &["--since", "2020-10-02", "--until", "2020-10-01"],
            "the window ends at 2020-10-01T00:00:00Z, before it starts at 2020-10-02T00:00:00Z: use the earlier time as the start",
        ),
        (
            &["--access-key", ""],
            "--access-key ``: the value is empty: give a value, or remove the option",
        ),
        (
            &["--start", "7"],
            "`7` is not a time: try 7d, 90m, 2026-11-01 or 2026-11-01T10:30:00Z",
        ),
        (
            &["--re", "x"],
            "ambiguous option: --re could match --resource-type, --resource-name, --read-only, --region, --request-payer, --reuse, --resume, --restart: write it out",
        ),
        (
            &["--strat", "1d"],
            "unexpected argument '--strat' found: did you mean --state?",
        ),
        (
            &["lookup-event", "--max-results", "1"],
            "there is no command `lookup-event`: did you mean ct-fetch lookup-events?",
        ),
        (
            &["--event-category", "data"],
            "the event history has no data or network activity events: read a trail's files with \
             --from, or remove --category",
        ),
        (
            &["--max-items", "0"],
            "invalid value '0' for '--max-items <N>': 0 is not in 1..18446744073709551615: see ct-fetch --help",
        ),
        (
            &["--lookup-attributes", "AccessKeyId=x"],
            "invalid value 'AccessKeyId=x' for '--lookup-attributes <LOOKUP>...': not in the form \
             AttributeKey=KEY,AttributeValue=VALUE: use this form, or JSON: see ct-fetch --help",
        ),
        (
            &["--endpoint-url", ""],
            "invalid value '' for '--endpoint-url <URL>': an endpoint is a URL like https://host or http://host:port: see ct-fetch --help",
        ),
        (
            &["--endpoint-url", "notaurl"],
            "invalid value 'notaurl' for '--endpoint-url <URL>': an endpoint is a URL like https://host or http://host:port: see ct-fetch --help",
        ),
        (
            &["--endpoint-url", "ftp://localhost"],
            "invalid value 'ftp://localhost' for '--endpoint-url <URL>': an endpoint is a URL like https://host or http://host:port: see ct-fetch --help",
        ),
        (
            &["--region", "eu west"],
            "invalid value 'eu west' for '--region <REGION>': a region looks like eu-west-1: see \
             ct-fetch --help",
        ),
        (
            &["--region", "us-east-1,ALL"],
            "invalid value 'ALL' for '--region <REGION>': a region looks like eu-west-1: see \
             ct-fetch --help",
        ),
        (
            &["--region", ""],
            "invalid value '' for '--region <REGION>': a region looks like eu-west-1: see \
             ct-fetch --help",
        ),
        (
            &["--rate", "0"],
            "invalid value '0' for '--rate <N>': a rate must be a number from 0.001 to 100000: \
             see ct-fetch --help",
        ),
    ];
    for (arguments, message) in mistakes {
        let output = sandbox
            .command("ct-fetch")
            .args(arguments)
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (told, output.stdout.len(), output.status.code()),
            (
                format!("ct-fetch: {message}\n"),
                0,
                Some(i32::from(status::USAGE))
            )
        );
    }
}

#[test]
fn a_missing_region_is_status_253() {
    let message = "no region is set for the lookup: pass --region or set AWS_REGION";
    refused(&Sandbox::new(), &[], message, status::CONFIGURATION);
}

#[test]
fn missing_credentials_are_status_253() {
    let message = "no credentials for eu-west-1: none were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or pass --profile";
    refused(
        &Sandbox::new(),
        &["--region", "eu-west-1"],
        message,
        status::CONFIGURATION,
    );
}

#[test]
fn an_invalid_endpoint_or_region_in_the_environment_is_status_253() {
    let sim = Sim::start(Events::count(1));
    let url = "an endpoint is a URL like https://host or http://host:port: correct it, or unset it";
    for (name, value, message) in [
        (
            "AWS_ENDPOINT_URL",
            "",
            format!("AWS_ENDPOINT_URL is ``: {url}"),
        ),
        (
            "AWS_ENDPOINT_URL_CLOUDTRAIL",
            "notaurl",
            format!("AWS_ENDPOINT_URL_CLOUDTRAIL is `notaurl`: {url}"),
        ),
        (
            "AWS_REGION",
            "eu west",
            "the region is `eu west`: a region looks like eu-west-1: pass --region or set \
             AWS_REGION"
                .to_owned(),
        ),
    ] {
        let sandbox = Sandbox::beside(&sim).with(name, value);
        refused(&sandbox, &[], &message, status::CONFIGURATION);
    }
    assert_eq!(sim.requests().len(), 0);
}

#[test]
fn a_missing_profile_is_reported_even_with_keys_in_the_environment() {
    let sim = Sim::start(Events::count(1));
    let message = "--profile selects the profile `nosuch`, which is not in the AWS configuration: correct the name, or add the profile";
    let arguments = ["--profile", "nosuch"];
    refused(
        &Sandbox::beside(&sim),
        &arguments,
        message,
        status::CONFIGURATION,
    );
}

#[test]
fn the_keys_of_the_named_profile_sign() {
    let sim = Sim::start(Events::count(1));
    let sandbox = Sandbox::beside(&sim);
    let folder = sandbox.folder().join("home/.aws");
    std::fs::create_dir(&folder).unwrap();
    let keys = "[prod]\naws_access_key_id = AKIAI44QH8DHBEXAMPLE\naws_secret_access_key = je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY\n";
    std::fs::write(folder.join("credentials"), keys).unwrap();
    let (_, told, status) = outcome(&sandbox, &["--profile", "prod"]);
    assert_eq!(status, status::OK, "{told}");
    assert_eq!(sim.requests()[0].access_key_id, "AKIAI44QH8DHBEXAMPLE");
}

#[test]
fn a_refused_connection_is_status_255() {
    let sim = Sim::start(Events::count(1));
    let sandbox = Sandbox::beside(&sim);
    let url = sim.url();
    drop(sim);
    let message = format!(
        "no page of events from us-east-1: could not connect to the endpoint URL: \"{url}/\": check the network and --endpoint-url"
    );
    refused(&sandbox, &[], &message, status::OTHER);
}

#[test]
fn a_denied_region_is_named_with_the_missing_permission_and_is_status_254() {
    let sim = Sim::start(Events::count(1).fault(Fault::in_region("us-east-1", FaultKind::Denied)));
    let (records, told, status) = outcome(&Sandbox::beside(&sim), &[]);
    assert!(
        told.starts_with("ct-fetch: us-east-1 refused LookupEvents: AccessDeniedException: "),
        "{told}"
    );
    assert!(
        told.ends_with(
            ": allow cloudtrail:LookupEvents for this identity, or use a different \
            one\n"
        ),
        "{told}"
    );
    assert_eq!(
        (records.as_str(), told.lines().count(), status),
        ("", 1, status::REFUSED)
    );
    assert_eq!(sim.requests().len(), 1);
}

#[test]
fn the_services_messages_are_escaped_for_the_terminal() {
    let kind = FaultKind::Error("Odd\u{1b}[2JException".to_owned());
    let sim = Sim::start(Events::count(1).fault(Fault::at(1, kind)));
    let (_, told, _) = outcome(&Sandbox::beside(&sim), &[]);
    assert!(
        told.contains(r"Odd\u{1b}[2JException") && !told.contains('\u{1b}'),
        "{told}"
    );
}

#[test]
fn transient_failures_are_retried_and_no_event_is_lost_or_duplicated() {
    let unbroken = outcome(&Sandbox::beside(&Sim::start(Events::count(150))), &[]).0;
    let kinds = [
        FaultKind::Throttle,
        FaultKind::Status429,
        FaultKind::Status500,
        FaultKind::Html500,
        FaultKind::Status503,
        FaultKind::Drop,
        FaultKind::Reset,
        FaultKind::Truncate,
        FaultKind::Html,
        FaultKind::Empty,
        FaultKind::Malformed,
    ];
    for kind in kinds {
        let sim = Sim::start(
            Events::count(150)
                .fault(Fault::at(1, kind.clone()))
                .fault(Fault::at(3, kind.clone())),
        );
        let (records, _, status) = outcome(&Sandbox::beside(&sim), &["--until", "2020-10-02"]);
        assert_eq!(
            (records == unbroken, status),
            (true, status::OK),
            "{kind:?}"
        );
        assert_eq!(
            sim.tokens(),
            [None, None, Some("1"), Some("1"), Some("2")],
            "{kind:?}"
        );
    }
}

#[test]
fn a_response_200_that_is_not_a_page_never_ends_the_listing() {
    let sim = Sim::start(Events::count(120).fault("empty@2..".parse().unwrap()));
    let (records, told, status) = outcome(&Sandbox::beside(&sim), &["--max-attempts", "2"]);
    assert_eq!((records.lines().count(), status), (50, status::OTHER));
    let (covered, problem) = told.split_once('\n').unwrap();
    assert!(
        covered.contains("50 events in 1 page from us-east-1")
            && covered.contains(": incomplete, reached "),
        "{told}"
    );
    assert_eq!(
        problem,
        "ct-fetch: no page of events from us-east-1: the response is not a page of events: EOF while parsing a value at line 1 column 0: check the network and --endpoint-url\n"
    );
}

#[test]
fn after_a_refused_token_the_listing_restarts_at_its_last_second() {
    let unbroken = outcome(&Sandbox::beside(&Sim::start(Events::count(230))), &[]).0;
    let sim = Sim::start(Events::count(230).fault(Fault::at(3, FaultKind::Token)));
    let (records, _, status) = outcome(&Sandbox::beside(&sim), &[]);
    assert_eq!((records == unbroken, status), (true, status::OK));
    let again = &sim.requests()[3].body;
    assert!(
        again["EndTime"].is_i64() && again["NextToken"].is_null(),
        "{again}"
    );
}

#[test]
fn throttling_never_fails_a_run() {
    let sim = Sim::start(Events::count(60).quota(20.0, 2.0));
    let (records, _, status) = outcome(&Sandbox::beside(&sim), &[]);
    assert_eq!((records.lines().count(), status), (60, status::OK));
}
