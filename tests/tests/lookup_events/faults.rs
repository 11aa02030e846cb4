//! Tests how `lookup-events` handles failures of the service.

use ct_sim::{Events, Fault, FaultKind};
use ct_tests::lookup_events::{outcome, printed, records, sim};
use serde_json::Value;

#[test]
fn a_response_200_that_is_not_a_page_is_retried() {
    for kind in [FaultKind::Html, FaultKind::Empty, FaultKind::Malformed] {
        let (sim, sandbox) = sim(Events::count(3).fault(Fault::at(2, kind)));
        assert_eq!(
            printed(&sandbox, &["--page-size", "2", "--query", "length(Events)"]),
            "3\n"
        );
        assert_eq!(sim.tokens(), [None, Some("1"), Some("1")]);
    }
}

#[test]
fn a_request_fails_if_no_response_200_is_a_page() {
    let always = Fault {
        kind: FaultKind::Html,
        when: ct_sim::When::Always,
    };
    let (sim, sandbox) = sim(Events::count(3).fault(always));
    let sandbox = sandbox.with("AWS_MAX_ATTEMPTS", "2");
    let (stdout, stderr, status) = outcome(&sandbox, &[]);
    assert_eq!((stdout.as_str(), status), ("", Some(255)));
    assert!(
        stderr.starts_with(
            "\nct-fetch: [ERROR]: The response to LookupEvents is not a page of events: "
        ),
        "{stderr}"
    );
    assert_eq!(sim.requests().len(), 2);
}

#[test]
fn an_error_within_a_listing_keeps_its_events_and_prints_the_resume_token() {
    let (_sim, sandbox) = sim(Events::count(3).fault(Fault::at(2, FaultKind::Denied)));
    let (stdout, stderr, status) = outcome(&sandbox, &["--page-size", "1"]);
    let answer: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(answer["Events"].as_array().unwrap().len(), 1);
    assert!(
        stderr.contains("(AccessDeniedException) when calling the LookupEvents operation"),
        "{stderr}"
    );
    assert_eq!(status, Some(254));
    let token = answer["NextToken"].as_str().unwrap();
    assert_eq!(
        printed(
            &sandbox,
            &["--starting-token", token, "--query", "length(Events)"]
        ),
        "2\n"
    );
}

#[test]
fn faults_get_the_aws_clis_number_of_attempts() {
    let cases = [
        (
            FaultKind::Status500,
            3,
            "\nct-fetch: [ERROR]: An error occurred (InternalFailure) when calling the LookupEvents operation (reached max retries: 2):",
        ),
        (
            FaultKind::Expired,
            1,
            "\nct-fetch: [ERROR]: An error occurred (ExpiredTokenException) when calling the LookupEvents operation:",
        ),
        (
            FaultKind::Drop,
            3,
            "\nct-fetch: [ERROR]: Connection was closed before we received a valid response from endpoint URL:",
        ),
    ];
    for (kind, requests, message) in cases {
        let always = Fault {
            kind: kind.clone(),
            when: ct_sim::When::Always,
        };
        let (sim, sandbox) = sim(Events::count(1).fault(always));
        let (stdout, stderr, _) = outcome(&sandbox, &[]);
        assert_eq!(stdout, "");
        assert!(stderr.starts_with(message), "{kind:?}: {stderr}");
        assert_eq!(sim.requests().len(), requests, "{kind:?}");
    }
}

#[test]
fn a_configured_number_of_attempts_is_used() {
    let always = Fault {
        kind: FaultKind::Throttle,
        when: ct_sim::When::Always,
    };
    let (sim, sandbox) = sim(Events::count(1).fault(always));
    sandbox.write("home/.aws/config", "[default]\nmax_attempts = 2\n");
    let (_, stderr, status) = outcome(&sandbox, &[]);
    assert!(
        stderr.contains(
            "(ThrottlingException) when calling the LookupEvents operation (reached max retries: 1)"
        ),
        "{stderr}"
    );
    assert_eq!((status, sim.requests().len()), (Some(254), 2));
}

#[test]
fn throttling_is_waited_out() {
    let (sim, sandbox) = sim(Events::count(2)
        .throttle_request(1)
        .throttle_request(2)
        .throttle_request(3));
    assert_eq!(printed(&sandbox, &["--query", "length(Events)"]), "2\n");
    assert_eq!(sim.requests().len(), 4);
}

#[test]
fn errors_can_be_structured_values() {
    let (_sim, sandbox) = sim(records().fault(Fault::at(1, FaultKind::Denied)));
    let (_, stderr, status) = outcome(&sandbox, &["--cli-error-format", "json"]);
    let error: Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!(
        (error["Code"].as_str(), status),
        (Some("AccessDeniedException"), Some(254))
    );
}

#[test]
fn a_query_applies_to_errors_too() {
    let (_sim, sandbox) = sim(records().fault(Fault::at(1, FaultKind::Denied)));
    let (_, stderr, status) = outcome(&sandbox, &["--cli-error-format", "json", "--query", "Code"]);
    assert_eq!(
        (stderr.as_str(), status),
        ("\"AccessDeniedException\"\n", Some(254))
    );
}
