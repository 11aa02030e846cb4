//! Tests of the content of a listing, page by page.

use std::time::Duration;

use ct_sim::{Events, Sim, TimeFormat, TokenKind};
use jiff::Timestamp;
use serde_json::json;

use crate::client::{JSON, ReceivedResponse, TARGET, ask, ask_all, ask_in, by, post, signed};

/// Five events with the IDs a to e, oldest first. Consecutive events are ten seconds apart, except
/// c and d, which have the same second.
fn five() -> Events {
    let record = |id, second, region, name| {
        json!({
            "eventID": id,
            "eventTime": format!("1970-01-01T00:00:{second}Z"),
            "awsRegion": region,
            "eventName": name,
            "eventSource": "ec2.amazonaws.com",
            "readOnly": name == "DescribeInstances",
            "userIdentity": {"type": "IAMUser", "userName": "관리자", "accessKeyId": "AKIAI44QH8DHBEXAMPLE"},
            "requestParameters": {"instancesSet": {"items": [{"instanceId": "i-1"}]}},
        })
        .to_string()
    };
    Events::records([
        record("a", 10, "us-east-1", "RunInstances"),
        record("b", 20, "us-east-1", "DescribeInstances"),
        record("c", 30, "us-east-1", "RunInstances"),
        record("d", 30, "us-east-1", "DescribeInstances"),
        record("e", 40, "ap-northeast-2", "RunInstances"),
    ])
}

#[test]
fn a_region_lists_its_own_records_newest_first() {
    let sim = Sim::start(five());
    assert_eq!(ask(&sim, &json!({})).ids(), "cdba");
    assert_eq!(ask_in(&sim, "ap-northeast-2", &json!({})).ids(), "e");
    assert_eq!(
        ask_in(&sim, "eu-north-1", &json!({})).body,
        r#"{"Events":[]}"#
    );
}

#[test]
fn with_any_region_every_region_lists_all_records() {
    let sim = Sim::start(five().any_region());
    assert_eq!(ask_in(&sim, "mars-north-1", &json!({})).ids(), "ecdba");
}

#[test]
fn every_attribute_finds_its_events() {
    let sim = Sim::start(five());
    let found = [
        ("EventId", "b", "b"),
        ("EventName", "RunInstances", "ca"),
        ("EventSource", "ec2.amazonaws.com", "cdba"),
        ("ReadOnly", "true", "db"),
        ("AccessKeyId", "AKIAI44QH8DHBEXAMPLE", "cdba"),
        ("Username", "관리자", "cdba"),
        ("ResourceType", "AWS::EC2::Instance", "cdba"),
        ("ResourceName", "i-1", "cdba"),
        ("EventName", "runinstances", ""),
    ];
    for (key, value, ids) in found {
        assert_eq!(ask(&sim, &by(key, value)).ids(), ids, "{key} {value}");
    }
}

#[test]
fn the_window_includes_both_ends() {
    let sim = Sim::start(five());
    let window = json!({"StartTime": 20, "EndTime": 30.0});
    assert_eq!(ask(&sim, &window).ids(), "cdb");
}

#[test]
fn pages_follow_one_another_to_the_end() {
    let sim = Sim::start(five());
    let pages = ask_all(&sim, &json!({"MaxResults": 3}));
    let ids: Vec<String> = pages.iter().map(ReceivedResponse::ids).collect();
    assert_eq!(ids, ["cdb", "a"]);
    assert_eq!(sim.tokens(), [None, Some("1")]);
}

#[test]
fn a_last_full_page_has_no_token() {
    let sim = Sim::start(five());
    assert!(ask(&sim, &json!({"MaxResults": 4})).token().is_null());
}

#[test]
fn arriving_events_shift_positions_but_not_keys() {
    let record = |id: &str, second: u32| {
        format!(
            r#"{{"eventTime":"1970-01-01T00:00:{second}Z","eventID":"{id}","awsRegion":"us-east-1"}}"#
        )
    };
    let seconds = [("a", 10), ("b", 20), ("c", 30), ("d", 40), ("e", 50)];
    for (kind, expected) in [
        (TokenKind::Key, ["cb", "a"].as_slice()),
        (TokenKind::Position, ["cb", "ba"].as_slice()),
    ] {
        let sim = Sim::start(
            Events::records(seconds.map(|(id, second)| record(id, second)))
                .now("1970-01-01T00:00:20Z".parse().unwrap())
                .step(Duration::from_secs(10))
                .token_kind(kind),
        );
        let pages = ask_all(&sim, &json!({"MaxResults": 2}));
        let ids: Vec<String> = pages.iter().map(ReceivedResponse::ids).collect();
        assert_eq!(ids, expected, "{kind:?}");
    }
}

#[test]
fn pages_can_be_short_or_empty_before_the_end() {
    let sim = Sim::start(five().page_sizes([1, 0, 50]));
    let pages = ask_all(&sim, &json!({}));
    let ids: Vec<String> = pages.iter().map(ReceivedResponse::ids).collect();
    assert_eq!(ids, ["c", "", "dba"]);
}

#[test]
fn a_token_is_bound_to_its_parameters_but_not_to_the_page_size() {
    let sim = Sim::start(five());
    let token = ask(&sim, &json!({"MaxResults": 1})).token();
    let mut other = by("EventName", "RunInstances");
    other["NextToken"] = token.clone();
    assert_eq!(
        ask(&sim, &other).body,
        r#"{"__type":"InvalidNextTokenException","message":"Invalid NextToken."}"#
    );
    let resized = json!({"NextToken": token, "MaxResults": 2});
    assert_eq!(ask(&sim, &resized).ids(), "db");
}

#[test]
fn insights_events_are_listed_only_on_request() {
    let insight = r#"{"eventTime":"1970-01-01T00:00:15Z","eventID":"i","awsRegion":"us-east-1","eventName":"RunInstances","eventSource":"ec2.amazonaws.com","eventCategory":"Insight"}"#;
    let management = r#"{"eventTime":"1970-01-01T00:00:15Z","eventID":"m","awsRegion":"us-east-1","eventCategory":"Management"}"#;
    let sim = Sim::start(Events::records([insight, management]));
    assert_eq!(ask(&sim, &json!({})).ids(), "m");
    let insights = json!({"EventCategory": "insight"});
    assert_eq!(ask(&sim, &insights).ids(), "i");
}

#[test]
fn an_event_has_the_services_format() {
    let record = r#"{"eventTime":"2020-10-01T09:00:00Z","eventID":"a","awsRegion":"us-east-1"}"#;
    let event = |format| {
        let sim = Sim::start(Events::records([record]).time_format(format));
        ask(&sim, &json!({})).body
    };
    assert_eq!(
        event(TimeFormat::Scientific),
        r#"{"Events":[{"CloudTrailEvent":"{\"eventTime\":\"2020-10-01T09:00:00Z\",\"eventID\":\"a\",\"awsRegion\":\"us-east-1\"}","EventId":"a","EventTime":1.601542800E9,"Resources":[]}]}"#
    );
    assert_eq!(
        event(TimeFormat::Iso),
        r#"{"Events":[{"CloudTrailEvent":"{\"eventTime\":\"2020-10-01T09:00:00Z\",\"eventID\":\"a\",\"awsRegion\":\"us-east-1\"}","EventId":"a","EventTime":"2020-10-01T09:00:00Z","Resources":[]}]}"#
    );
}

#[test]
fn with_a_current_time_only_the_last_ninety_days_are_listed() {
    let at =
        |id, time| format!(r#"{{"eventTime":"{time}","eventID":"{id}","awsRegion":"us-east-1"}}"#);
    let events = Events::records([
        at("a", "2020-07-03T00:00:01Z"),
        at("b", "2020-07-03T00:00:02Z"),
        at("c", "2020-10-01T00:00:02Z"),
        at("d", "2020-10-01T00:00:03Z"),
    ]);
    let now: Timestamp = "2020-10-01T00:00:02Z".parse().unwrap();
    let sim = Sim::start(events.now(now));
    assert_eq!(ask(&sim, &json!({})).ids(), "cb");
    assert_eq!(ask(&sim, &json!({"StartTime": 0})).ids(), "cb");
    sim.set_now("2020-10-01T00:00:03Z".parse().unwrap());
    assert_eq!(ask(&sim, &json!({})).ids(), "dc");
}

#[test]
fn records_that_arrive_late_are_invisible_before() {
    let minute = Duration::from_mins(1);
    let now = Timestamp::from_second(89).unwrap();
    let sim = Sim::start(five().now(now).arrival(minute..=minute));
    assert_eq!(ask(&sim, &json!({})).ids(), "ba");
    sim.set_now(Timestamp::from_second(90).unwrap());
    assert_eq!(ask(&sim, &json!({})).ids(), "cdba");
}

#[test]
fn botocores_long_target_is_accepted_and_others_are_refused() {
    let sim = Sim::start(five());
    let authorization = signed("AKIAIOSFODNN7EXAMPLE", "us-east-1", "cloudtrail");
    let ask = |target: &str| {
        let headers = [
            ("X-Amz-Target", target),
            JSON,
            ("Authorization", &authorization),
        ];
        post(&sim.url(), &headers, "{}").unwrap()
    };
    let long = ask("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents");
    assert_eq!(long.ids(), "cdba");
    let other = ask("CloudTrail_20131101.GetTrailStatus");
    assert_eq!(other.json()["__type"], "UnsupportedOperationException");
    let unknown = ask("Nonsense");
    assert_eq!(unknown.body, r#"{"__type":"UnknownOperationException"}"#);
}

#[test]
fn a_request_that_is_not_signed_for_cloudtrail_is_refused() {
    let sim = Sim::start(five());
    let unsigned = post(&sim.url(), &[TARGET, JSON], "{}").unwrap();
    assert_eq!(
        (unsigned.status, unsigned.body.as_str()),
        (
            400,
            r#"{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}"#
        )
    );
    let for_s3 = signed("AKIAIOSFODNN7EXAMPLE", "us-east-1", "s3");
    let headers = [TARGET, JSON, ("Authorization", for_s3.as_str())];
    let refused = post(&sim.url(), &headers, "{}").unwrap();
    assert_eq!(refused.json()["__type"], "InvalidSignatureException");
}

#[test]
fn the_log_contains_requests_and_responses() {
    let sim = Sim::start(five());
    ask(&sim, &by("EventName", "RunInstances"));
    ask(&sim, &json!({"MaxResults": 0}));
    let told: Vec<_> = sim
        .requests()
        .into_iter()
        .map(|request| {
            (
                request.number,
                request.region,
                request.result,
                request.events,
            )
        })
        .collect();
    let us_east_1 = || "us-east-1".to_owned();
    assert_eq!(
        told,
        [
            (1, us_east_1(), "ok".to_owned(), 2),
            (2, us_east_1(), "InvalidMaxResultsException".to_owned(), 0),
        ]
    );
    assert_eq!(
        sim.requests()[0].body,
        by("EventName", "RunInstances"),
        "the body is logged unchanged"
    );
}
