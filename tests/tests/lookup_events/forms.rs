//! Tests the output formats of `lookup-events`.

use ct_tests::Sandbox;
use ct_tests::lookup_events::{outcome, printed, records, sim};
use ct_tests::service::Service;
use serde_json::Value;

#[test]
fn json_has_the_models_member_order_and_the_local_zone() {
    let (_sim, sandbox) = sim(records());
    let sandbox = sandbox.with("TZ", "Asia/Seoul");
    let query = "Events[1].{Id:EventId,Time:EventTime,Key:AccessKeyId,Name:EventName}";
    assert_eq!(
        printed(&sandbox, &["--query", query]),
        "{\n    \"Id\": \"c0ffee00-0002-4000-8000-000000000002\",\n    \"Time\": \"2020-10-01T18:00:00+09:00\",\n    \"Key\": \"AKIAIOSFODNN7EXAMPLE\",\n    \"Name\": \"CreateBucket\"\n}\n"
    );
    let whole = printed(&sandbox, &["--max-items", "1"]);
    let keys: Vec<_> = whole
        .lines()
        .filter_map(|line| line.strip_prefix("            \"")?.split('"').next())
        .collect();
    assert_eq!(
        keys,
        [
            "EventId",
            "EventName",
            "ReadOnly",
            "EventTime",
            "EventSource",
            "Resources",
            "CloudTrailEvent"
        ]
    );
}

#[test]
fn every_format_equals_the_aws_clis() {
    let (_sim, sandbox) = sim(records());
    let query = "Events[].{Name:EventName,User:Username}";
    let cases = [
        (
            "text",
            "AssumeRole\tNone\nCreateBucket\tmary\nConsoleLogin\t관리자\n",
        ),
        (
            "yaml",
            "- Name: AssumeRole\n  User: null\n- Name: CreateBucket\n  User: mary\n- Name: ConsoleLogin\n  User: 관리자\n",
        ),
        (
            "yaml-stream",
            "- - Name: AssumeRole\n    User: null\n  - Name: CreateBucket\n    User: mary\n  - Name: ConsoleLogin\n    User: 관리자\n",
        ),
        (
            "table",
            "----------------------------\n|       LookupEvents       |\n+---------------+----------+\n|     Name      |  User    |\n+---------------+----------+\n|  AssumeRole   |  None    |\n|  CreateBucket |  mary    |\n|  ConsoleLogin |  관리자  |\n+---------------+----------+\n",
        ),
        ("off", ""),
    ];
    for (form, expected) in cases {
        assert_eq!(
            printed(&sandbox, &["--output", form, "--query", query]),
            expected,
            "{form}"
        );
    }
    assert_eq!(
        printed(
            &sandbox.with("AWS_DEFAULT_OUTPUT", "text"),
            &["--query", "Events[].ReadOnly"]
        ),
        "true\tfalse\tfalse\n"
    );
}

#[test]
fn wire_times_are_the_original_numbers() {
    let (_sim, sandbox) = sim(records());
    sandbox.write(
        "home/.aws/config",
        "[default]\ncli_timestamp_format = wire\n",
    );
    assert_eq!(
        printed(&sandbox, &["--query", "Events[0].EventTime"]),
        "1601646600.0\n"
    );
}

#[test]
fn an_unusual_event_does_not_lose_the_others() {
    let page = r#"{"Events":[{"EventId":"1","EventId":"2"},null,{"EventId":"a\ud83d","Resources":[null]},{"EventId":"3","EventTime":"Thu, 01 Oct 2020 09:00:00 GMT"}]}"#;
    let service = Service::start(|_| (200, page.to_owned()));
    let sandbox = Sandbox::new()
        .with("AWS_REGION", "us-east-1")
        .with("AWS_ACCESS_KEY_ID", ct_sim::EXAMPLE_ACCESS_KEY_ID)
        .with("AWS_SECRET_ACCESS_KEY", "secret")
        .with("AWS_ENDPOINT_URL", service.url());
    assert_eq!(
        printed(
            &sandbox,
            &[
                "--query",
                "Events[].[EventId,EventTime]",
                "--output",
                "text"
            ]
        ),
        "2\tNone\na\u{fffd}\tNone\n3\tThu, 01 Oct 2020 09:00:00 GMT\n"
    );
    assert_eq!(service.requests().len(), 1);
}

#[test]
fn text_is_written_in_the_requested_encoding() {
    let (sim, _) = sim(records());
    for variable in ["AWS_CLI_OUTPUT_ENCODING", "PYTHONIOENCODING"] {
        let sandbox = Sandbox::beside(&sim)
            .with("AWS_REGION", "us-east-1")
            .with(variable, "euc-kr");
        let output = sandbox
            .command("ct-fetch")
            .args([
                "lookup-events",
                "--output",
                "text",
                "--query",
                "Events[2].Username",
            ])
            .output()
            .unwrap();
        assert_eq!(output.stdout, b"\xb0\xfc\xb8\xae\xc0\xda\n");
    }
}

#[test]
fn skeletons_need_neither_region_nor_keys() {
    let nowhere = Sandbox::new();
    let input = printed(&nowhere, &["--generate-cli-skeleton"]);
    let value: Value = serde_json::from_str(&input).unwrap();
    assert_eq!(value["EventCategory"], "insight");
    assert!(
        printed(&nowhere, &["--generate-cli-skeleton", "yaml-input"])
            .starts_with("LookupAttributes:  # ")
    );
}

#[test]
fn an_empty_response_is_printed_for_a_valid_command() {
    let sandbox = Sandbox::new().with("AWS_REGION", "us-east-1");
    let time = |form: &'static str| {
        let query = "Events[].EventTime";
        let output = ["--generate-cli-skeleton", "output", "--query", query];
        printed(&sandbox, &[&output[..], &["--output", form]].concat())
    };
    assert_eq!(time("json"), "[\n    \"1970-01-01T00:00:00\"\n]\n");
    assert_eq!(time("text"), "1970-01-01 00:00:00\n");
    assert_eq!(time("yaml"), "- 1970-01-01 00:00:00\n");
    let refused = |sandbox: &Sandbox, arguments: &[&str]| {
        let output = ["--generate-cli-skeleton", "output"];
        let (stdout, _, status) = outcome(sandbox, &[&output[..], arguments].concat());
        (stdout, status)
    };
    for (arguments, status) in [
        (["--start-time", "bad"], 252),
        (["--max-items", "3"], 252),
        (["--endpoint-url", "localhost:1"], 255),
    ] {
        assert_eq!(refused(&sandbox, &arguments), (String::new(), Some(status)));
    }
    assert_eq!(refused(&Sandbox::new(), &[]), (String::new(), Some(253)));
}

#[test]
fn help_lists_every_option_with_its_default() {
    let help = printed(&Sandbox::new(), &["--help"]);
    let options = help.lines().filter(|line| line.starts_with("  --")).count();
    assert_eq!(options, 31);
    assert_eq!(help.matches("[default:").count(), options);
}
