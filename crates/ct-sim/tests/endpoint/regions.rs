//! Tests of the account's regions, and of the responses of other regions.

use ct_sim::{Events, Sim};
use serde_json::json;

use crate::client::{ReceivedResponse, ask_in, post, signed};

const HERE: &str = r#"{"eventTime":"2020-10-01T00:00:00Z","eventID":"a","awsRegion":"me-south-1"}"#;

fn describe_regions(sim: &Sim, region: &str, parameters: &str) -> ReceivedResponse {
    let authorization = signed("AKIAIOSFODNN7EXAMPLE", region, "ec2");
    let headers = [
        (
            "Content-Type",
            "application/x-www-form-urlencoded; charset=utf-8",
        ),
        ("Authorization", authorization.as_str()),
    ];
    let body = format!("Action=DescribeRegions&Version=2016-11-15{parameters}");
    post(&sim.url(), &headers, &body).unwrap()
}

/// Returns each region in a response of `DescribeRegions`, with its opt-in status.
fn listed(answer: &ReceivedResponse) -> Vec<(&str, &str)> {
    let text = |item: &str, name: &str| {
        let (start, end) = (format!("<{name}>"), format!("</{name}>"));
        let start = item.find(&start).unwrap() + start.len();
        start..item.find(&end).unwrap()
    };
    let items = answer.body.split("<item>").skip(1);
    items
        .map(|item| {
            (
                &item[text(item, "regionName")],
                &item[text(item, "optInStatus")],
            )
        })
        .collect()
}

#[test]
fn describe_regions_lists_the_enabled_regions_with_their_opt_in_status() {
    let sim = Sim::start(Events::records([HERE]).regions(["us-east-1", "eu-west-1"]));
    let names = "&RegionName.1=us-east-1&RegionName.2=eu-west-1&RegionName.3=me-south-1";
    let answer = describe_regions(&sim, "us-east-1", names);
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (
            200,
            concat!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
                "<DescribeRegionsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">",
                "<requestId>01234567-89ab-cdef-0123-456789abcdef</requestId><regionInfo>",
                "<item><regionName>eu-west-1</regionName><regionEndpoint>ec2.eu-west-1.amazonaws.com</regionEndpoint><optInStatus>opt-in-not-required</optInStatus></item>",
                "<item><regionName>me-south-1</regionName><regionEndpoint>ec2.me-south-1.amazonaws.com</regionEndpoint><optInStatus>opted-in</optInStatus></item>",
                "<item><regionName>us-east-1</regionName><regionEndpoint>ec2.us-east-1.amazonaws.com</regionEndpoint><optInStatus>opt-in-not-required</optInStatus></item>",
                "</regionInfo></DescribeRegionsResponse>\n",
            )
        )
    );
}

#[test]
fn describe_regions_supports_all_regions_names_and_filters() {
    let sim = Sim::start(Events::records([HERE]));
    let ask = |parameters: &str| describe_regions(&sim, "us-east-1", parameters);
    assert_eq!(listed(&ask("")).len(), 18);
    let all = ask("&AllRegions=true");
    assert_eq!(listed(&all).len(), 34);
    assert!(listed(&all).contains(&("af-south-1", "not-opted-in")));
    assert_eq!(
        listed(&ask("&RegionName.1=us-west-2&RegionName.2=me-south-1")),
        [
            ("me-south-1", "opted-in"),
            ("us-west-2", "opt-in-not-required")
        ]
    );
    assert_eq!(
        listed(&ask(
            "&Filter.1.Name=endpoint&Filter.1.Value.1=*us-west*&Filter.2.Name=opt-in-status&Filter.2.Value.1=opted-in&Filter.2.Value.2=opt-in-not-required"
        )),
        [
            ("us-west-1", "opt-in-not-required"),
            ("us-west-2", "opt-in-not-required")
        ]
    );
}

#[test]
fn an_invalid_describe_regions_call_gets_an_error_of_ec2() {
    let sim = Sim::start(Events::records([HERE]));
    let error = |code: &str, message: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>01234567-89ab-cdef-0123-456789abcdef</RequestID></Response>\n"
        )
    };
    let cases = [
        (
            describe_regions(&sim, "us-east-1", "&RegionName.1=us-esat-1"),
            400,
            error("InvalidParameterValue", "Invalid region name: us-esat-1"),
        ),
        (
            describe_regions(&sim, "us-east-1", "&Filter.1.Name=colour"),
            400,
            error("InvalidParameterValue", "The filter 'colour' is invalid"),
        ),
        (
            describe_regions(&sim, "us-esat-1", ""),
            401,
            error(
                "AuthFailure",
                "AWS was not able to validate the provided access credentials",
            ),
        ),
    ];
    for (answer, status, body) in cases {
        assert_eq!(answer, ReceivedResponse { status, body });
    }
}

#[test]
fn a_region_that_is_not_enabled_refuses_and_one_without_records_is_empty() {
    let refused = ReceivedResponse {
        status: 400,
        body: r#"{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}"#.to_owned(),
    };
    let sim = Sim::start(Events::records([HERE]));
    assert_eq!(ask_in(&sim, "me-south-1", &json!({})).ids(), "a");
    assert_eq!(ask_in(&sim, "eu-west-1", &json!({})).ids(), "");
    assert_eq!(ask_in(&sim, "us-esat-1", &json!({})), refused);
    assert_eq!(ask_in(&sim, "af-south-1", &json!({})), refused);

    let sim = Sim::start(Events::records([HERE]).regions(["af-south-1"]));
    for enabled in ["us-east-1", "eu-west-1", "af-south-1"] {
        assert_eq!(ask_in(&sim, enabled, &json!({})).ids(), "");
    }
    assert_eq!(ask_in(&sim, "ap-east-1", &json!({})), refused);

    let sim = Sim::start(Events::records([HERE]).any_region());
    assert_eq!(ask_in(&sim, "anywhere", &json!({})).ids(), "a");
}
