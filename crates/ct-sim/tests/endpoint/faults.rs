//! Injected faults.

use std::io::ErrorKind;
use std::time::Duration;

use ct_sim::{Events, Fault, FaultKind, Sim};
use serde_json::json;

use crate::client::{JSON, ReceivedResponse, TARGET, ask, ask_in, post, signed};

/// Sends a request to an endpoint with a fault for its first request. An error means that the
/// connection broke before the response was complete.
fn struck(kind: FaultKind) -> Result<ReceivedResponse, ErrorKind> {
    let sim = Sim::start(Events::count(3).fault(Fault::at(1, kind)));
    let authorization = signed("AKIAIOSFODNN7EXAMPLE", "us-east-1", "cloudtrail");
    let headers = [TARGET, JSON, ("Authorization", &authorization)];
    let answer = post(&sim.url(), &headers, "{}").map_err(|error| error.kind());
    assert_eq!(
        ask(&sim, &json!({})).status,
        200,
        "only the first request fails"
    );
    answer
}

#[test]
fn service_errors_have_their_status_and_code() {
    let expected = [
        (FaultKind::Status500, 500, r#"{"__type":"InternalFailure"}"#),
        (
            FaultKind::Status503,
            503,
            r#"{"__type":"ServiceUnavailable","message":"Service Unavailable"}"#,
        ),
        (
            FaultKind::Status429,
            429,
            r#"{"__type":"TooManyRequestsException","message":"Too Many Requests"}"#,
        ),
        (
            FaultKind::Throttle,
            400,
            r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#,
        ),
        (
            FaultKind::Expired,
            400,
            r#"{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}"#,
        ),
        (
            FaultKind::Token,
            400,
            r#"{"__type":"InvalidNextTokenException","message":"Invalid NextToken."}"#,
        ),
        (
            FaultKind::Error("OddException".to_owned()),
            400,
            r#"{"__type":"OddException"}"#,
        ),
    ];
    for (kind, status, body) in expected {
        let body = body.to_owned();
        assert_eq!(struck(kind), Ok(ReceivedResponse { status, body }));
    }
}

#[test]
fn a_response_200_can_lack_a_valid_body() {
    let bodies = [
        (FaultKind::Html, "<html>proxy login</html>"),
        (FaultKind::Empty, ""),
        (FaultKind::Malformed, r#"{"Events":[{"EventId":"x""#),
    ];
    for (kind, body) in bodies {
        let body = body.to_owned();
        assert_eq!(struck(kind), Ok(ReceivedResponse { status: 200, body }));
    }
}

#[test]
fn connections_break_before_or_within_a_response() {
    assert_eq!(struck(FaultKind::Drop), Err(ErrorKind::UnexpectedEof));
    assert_eq!(struck(FaultKind::Reset), Err(ErrorKind::ConnectionReset));
    assert_eq!(struck(FaultKind::Truncate), Err(ErrorKind::UnexpectedEof));
}

#[test]
fn a_hanging_connection_ends_after_its_duration() {
    let moment = Duration::from_millis(1);
    assert_eq!(
        struck(FaultKind::Stall(moment)),
        Err(ErrorKind::UnexpectedEof)
    );
    assert_eq!(
        struck(FaultKind::Hang(moment)),
        Err(ErrorKind::UnexpectedEof)
    );
}

#[test]
fn a_slow_response_is_complete_in_the_end() {
    let slow = struck(FaultKind::Slow(Duration::from_millis(20))).unwrap();
    assert_eq!(slow, ask(&Sim::start(Events::count(3)), &json!({})));
}

#[test]
fn one_region_can_refuse_while_others_respond() {
    let denied = Fault::in_region("eu-west-1", FaultKind::Denied);
    let opt_in = Fault::in_region("ap-east-1", FaultKind::OptIn);
    let sim = Sim::start(Events::count(3).fault(denied).fault(opt_in));
    let denied = ask_in(&sim, "eu-west-1", &json!({}));
    assert_eq!(denied.json()["__type"], "AccessDeniedException");
    let opt_in = ask_in(&sim, "ap-east-1", &json!({}));
    assert_eq!(opt_in.json()["__type"], "OptInRequired");
    assert_eq!(ask(&sim, &json!({})).status, 200);
}

#[test]
fn a_rate_affects_the_same_requests_for_the_same_seed() {
    let struck = |seed| {
        let fault = Fault::rate(0.5, FaultKind::Status500);
        let sim = Sim::start(Events::count(1).seed(seed).fault(fault));
        (0..20)
            .map(|_| ask(&sim, &json!({})).status)
            .collect::<Vec<_>>()
    };
    assert_eq!(struck(7), struck(7));
    assert!(struck(7).contains(&200) && struck(7).contains(&500));
}

#[test]
fn each_region_throttles_requests_beyond_its_own_quota() {
    // Only the burst of 2 requests is available: the quota per second is so small that it allows no
    // further request while the test runs.
    let sim = Sim::start(Events::count(1).quota(0.000_001, 2.0));
    let statuses = |region| [(); 3].map(|()| ask_in(&sim, region, &json!({})).status);
    assert_eq!(statuses("us-east-1"), [200, 200, 400]);
    assert_eq!(statuses("eu-west-1"), [200, 200, 400]);
    assert_eq!(sim.requests()[2].result, "ThrottlingException");
}

#[test]
fn an_interrupted_connection_is_in_the_log() {
    let sim = Sim::start(Events::count(1).fault(Fault::at(1, FaultKind::Drop)));
    let headers = [TARGET, JSON];
    assert!(post(&sim.url(), &headers, "{}").is_err());
    let logged = &sim.requests()[0];
    assert_eq!((logged.status, logged.result.as_str()), (0, "drop"));
}

#[test]
fn the_log_has_the_requested_page_even_if_there_was_no_response() {
    let sim = Sim::start(Events::count(120).throttle_request(2));
    let token = ask(&sim, &json!({})).token();
    let next = json!({ "NextToken": token });
    assert_eq!(ask(&sim, &next).status, 400);
    let token = ask(&sim, &next).token();
    ask(&sim, &json!({ "NextToken": token }));
    assert_eq!(sim.tokens(), [None, Some("1"), Some("1"), Some("2")]);
}
