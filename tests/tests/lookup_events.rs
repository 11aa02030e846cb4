//! `ct-fetch lookup-events` as a script runs it in the place of `aws cloudtrail lookup-events`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;
use std::time::Duration;

use ct_sim::{Events, Fault, FaultKind, Sim};
use ct_tests::{Sandbox, is_installed};
use serde_json::Value;

/// Three records, newest first: one with nobody's key, one with a resource, one with a Korean name.
fn records() -> Events {
    Events::records([
        r#"{"eventVersion":"1.08","userIdentity":{"type":"AWSService","invokedBy":"ec2.amazonaws.com"},"eventTime":"2020-10-02T13:50:00Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","awsRegion":"us-east-1","requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/ops"},"eventID":"c0ffee00-0003-4000-8000-000000000003","readOnly":true}"#,
        r#"{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","userName":"mary","accessKeyId":"AKIAIOSFODNN7EXAMPLE"},"eventTime":"2020-10-01T09:00:00Z","eventSource":"s3.amazonaws.com","eventName":"CreateBucket","awsRegion":"us-east-1","requestParameters":{"bucketName":"amzn-s3-demo-bucket"},"eventID":"c0ffee00-0002-4000-8000-000000000002","readOnly":false}"#,
        r#"{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","userName":"관리자"},"eventTime":"2020-10-01T00:00:05Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1","userAgent":"Mozilla/5.0 \"x\" \\ 😀","eventID":"c0ffee00-0001-4000-8000-000000000001","readOnly":false}"#,
    ])
}

/// What it prints, what it says, and its status.
fn outcome(sandbox: &Sandbox, arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = sandbox
        .command("ct-fetch")
        .arg("lookup-events")
        .args(arguments)
        .output()
        .expect("ct-fetch runs");
    (
        String::from_utf8(output.stdout).expect("it prints text"),
        String::from_utf8(output.stderr).expect("it says text"),
        output.status.code(),
    )
}

fn printed(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let (stdout, stderr, status) = outcome(sandbox, arguments);
    assert_eq!((stderr.as_str(), status), ("", Some(0)), "{arguments:?}");
    stdout
}

fn sim(events: Events) -> (Sim, Sandbox) {
    let sim = Sim::start(events.any_region());
    let sandbox = Sandbox::beside(&sim).with("AWS_REGION", "us-east-1");
    (sim, sandbox)
}

fn bodies(sim: &Sim) -> Vec<Value> {
    sim.requests()
        .into_iter()
        .map(|request| request.body)
        .collect()
}

#[test]
fn json_has_the_models_order_and_the_local_zone() {
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
fn every_form_is_what_the_aws_cli_prints() {
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
fn wire_times_are_the_numbers_that_came() {
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
fn text_leaves_in_the_encoding_that_was_asked_for() {
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
fn the_parameters_of_every_page_are_the_aws_clis() {
    let (sim, sandbox) = sim(Events::count(5));
    let arguments = [
        "--start-time",
        "10-01-2020, 09:00 AM",
        "--page-size=2",
        "--lookup",
        "AttributeKey=ReadOnly,AttributeValue=nothing",
        "--query",
        "length(Events)",
    ];
    assert_eq!(printed(&sandbox, &arguments), "0\n");
    assert_eq!(
        bodies(&sim),
        [serde_json::json!({
            "LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "nothing"}],
            "StartTime": 1_601_542_800,
            "MaxResults": 2
        })]
    );
    assert_eq!(
        printed(&sandbox, &["--page-size", "2", "--query", "length(Events)"]),
        "5\n"
    );
    assert_eq!(sim.tokens(), [None, None, Some("1"), Some("2")]);
}

#[test]
fn a_token_goes_on_where_the_listing_was_cut() {
    let (_sim, sandbox) = sim(Events::count(7));
    let all = printed(
        &sandbox,
        &["--output", "text", "--query", "Events[].EventId"],
    );
    let all: Vec<_> = all.split_whitespace().collect();
    let (mut seen, mut token) = (Vec::new(), None::<String>);
    loop {
        let mut arguments = vec!["--page-size", "3", "--max-items", "2"];
        if let Some(token) = &token {
            arguments.extend(["--starting-token", token]);
        }
        let answer: Value = serde_json::from_str(&printed(&sandbox, &arguments)).unwrap();
        for event in answer["Events"].as_array().unwrap() {
            seen.push(event["EventId"].as_str().unwrap().to_owned());
        }
        match answer["NextToken"].as_str() {
            Some(next) => token = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(seen, all);
}

#[test]
fn tokens_go_from_the_aws_cli_to_us_and_back() {
    if !is_installed("aws") {
        return;
    }
    let (_sim, sandbox) = sim(Events::count(9));
    let run = |ours: bool, arguments: &[&str]| {
        let (program, command) = if ours {
            ("ct-fetch", vec!["lookup-events"])
        } else {
            ("aws", vec!["cloudtrail", "lookup-events"])
        };
        let output = sandbox
            .command(program)
            .args(command)
            .args(arguments)
            .output()
            .unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    for ours in [true, false] {
        let first = run(ours, &["--page-size", "4", "--max-items", "6"]);
        let rest = [
            "--page-size",
            "4",
            "--starting-token",
            first["NextToken"].as_str().unwrap(),
            "--query",
            "Events[].EventId",
        ];
        assert_eq!(run(!ours, &rest), run(ours, &rest));
        assert_eq!(run(!ours, &rest).as_array().unwrap().len(), 3);
    }
}

#[test]
fn the_first_page_is_out_before_the_second_is_asked_for() {
    let hang = Fault::at(2, FaultKind::Hang(Duration::from_mins(1)));
    for form in ["json", "yaml", "text", "yaml-stream"] {
        let (_sim, sandbox) = sim(Events::count(3).fault(hang.clone()));
        let mut child = sandbox
            .process("ct-fetch")
            .args(["lookup-events", "--page-size", "1", "--output", form])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        while !line.contains("CloudTrailEvent") && !line.contains("EVENTS\t") {
            assert!(reader.read_line(&mut line).unwrap() > 0, "{form}: {line}");
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn a_reader_that_leaves_ends_the_fetch() {
    let (sim, sandbox) = sim(Events::count(5000));
    let output = sandbox
        .shell("ct-fetch lookup-events | head -1")
        .output()
        .unwrap();
    assert_eq!(
        (output.stdout.as_slice(), output.stderr.as_slice()),
        (&b"{\n"[..], &b""[..])
    );
    assert_eq!(output.status.code(), Some(0));
    assert!(
        sim.requests().len() < 50,
        "{} requests",
        sim.requests().len()
    );
}

#[test]
fn a_200_that_is_no_page_is_asked_for_again() {
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
fn a_200_that_is_never_a_page_fails() {
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
            "\nct-fetch: [ERROR]: The answer to LookupEvents is not a page of events: "
        ),
        "{stderr}"
    );
    assert_eq!(sim.requests().len(), 2);
}

#[test]
fn an_error_in_mid_listing_keeps_what_came_and_says_where_to_go_on() {
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
fn faults_get_the_aws_clis_attempts() {
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
fn an_attempt_count_that_is_asked_for_is_obeyed() {
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
fn what_nobody_means_is_refused_here() {
    let (sim, sandbox) = sim(records());
    let cases: [&[&str]; 3] = [
        &["--lookup-attributes"],
        &[
            "--lookup-attributes",
            "AttributeKey=EventName,AttributeValue=a",
            "AttributeKey=EventName,AttributeValue=b",
        ],
        &["--region", ""],
    ];
    for arguments in cases {
        let (stdout, stderr, status) = outcome(&sandbox, arguments);
        assert_eq!((stdout.as_str(), status), ("", Some(252)), "{arguments:?}");
        assert!(
            stderr.starts_with("\nct-fetch: [ERROR]: An error occurred (ParamValidation): --"),
            "{stderr}"
        );
    }
    assert_eq!(sim.requests(), []);
}

#[test]
fn wrong_options_and_settings_have_the_aws_clis_words_and_statuses() {
    let (_sim, sandbox) = sim(records());
    let cases: [(&[&str], &str, i32); 6] = [
        (
            &["--output", "xml"],
            "An error occurred (ParamValidation): argument --output: Found invalid choice 'xml'",
            252,
        ),
        (
            &["--start-time", "now"],
            "An error occurred (ParamValidation): Parameter validation failed:\nInvalid type for parameter StartTime, value: now, type: <class 'str'>, valid types: <class 'datetime.datetime'>, timestamp-string\n",
            252,
        ),
        (
            &["--no-paginate", "--max-items", "3"],
            "An error occurred (ParamValidation): Cannot specify --no-paginate along with pagination arguments: --max-items\n",
            252,
        ),
        (
            &["--region", "no such region"],
            "Provided region_name 'no such region' doesn't match a supported format.\n",
            255,
        ),
        (
            &["--profile", "nobody"],
            "The config profile (nobody) could not be found\n",
            255,
        ),
        (
            &["--endpoint-url", "http://127.0.0.1:1"],
            "Could not connect to the endpoint URL: \"http://127.0.0.1:1/\"\n",
            255,
        ),
    ];
    let sandbox = sandbox.with("AWS_MAX_ATTEMPTS", "1");
    for (arguments, message, expected) in cases {
        let (stdout, stderr, status) = outcome(&sandbox, arguments);
        assert_eq!(
            (stdout.as_str(), status),
            ("", Some(expected)),
            "{arguments:?}"
        );
        assert!(
            stderr.starts_with(&format!("\nct-fetch: [ERROR]: {message}")),
            "{stderr}"
        );
    }
}

#[test]
fn without_region_or_keys_the_status_is_253() {
    let (sim, _) = sim(records());
    let nowhere = Sandbox::new();
    let (_, stderr, status) = outcome(&nowhere, &[]);
    assert_eq!(
        (stderr.as_str(), status),
        (
            "\nct-fetch: [ERROR]: An error occurred (NoRegion): You must specify a region. You can also configure your region by running \"aws configure\".\n",
            Some(253)
        )
    );
    let (_, stderr, status) = outcome(
        &nowhere,
        &["--region", "us-east-1", "--endpoint-url", &sim.url()],
    );
    assert_eq!(
        (stderr.as_str(), status),
        (
            "\nct-fetch: [ERROR]: An error occurred (NoCredentials): Unable to locate credentials. You can configure credentials by running \"aws login\".\n",
            Some(253)
        )
    );
}

#[test]
fn a_profile_on_the_command_line_beats_the_keys_of_the_environment() {
    let (sim, sandbox) = sim(records());
    sandbox.write("home/.aws/credentials", "[work]\naws_access_key_id = AKIAI44QH8DHBEXAMPLE\naws_secret_access_key = je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY\n");
    printed(
        &sandbox,
        &["--profile", "work", "--query", "length(Events)"],
    );
    printed(&sandbox, &["--query", "length(Events)"]);
    let keys: Vec<_> = sim
        .requests()
        .into_iter()
        .map(|request| request.access_key_id)
        .collect();
    assert_eq!(
        keys,
        ["AKIAI44QH8DHBEXAMPLE", ct_sim::EXAMPLE_ACCESS_KEY_ID]
    );
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
    let query = [
        "--generate-cli-skeleton",
        "output",
        "--query",
        "Events[].EventName",
        "--output",
        "text",
    ];
    assert_eq!(printed(&nowhere, &query), "EventName\n");
}

#[test]
fn errors_can_be_values() {
    let (_sim, sandbox) = sim(records().fault(Fault::at(1, FaultKind::Denied)));
    let (_, stderr, status) = outcome(&sandbox, &["--cli-error-format", "json"]);
    let error: Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!(
        (error["Code"].as_str(), status),
        (Some("AccessDeniedException"), Some(254))
    );
}

#[test]
fn help_names_every_option_with_its_default() {
    let help = printed(&Sandbox::new(), &["--help"]);
    let options = help.lines().filter(|line| line.starts_with("  --")).count();
    assert_eq!(options, 31);
    assert_eq!(help.matches("[default:").count(), options);
}

#[test]
fn a_prompt_needs_a_terminal() {
    let (_, stderr, status) = outcome(&Sandbox::new(), &["--cli-auto-prompt"]);
    assert!(
        stderr.contains("--cli-auto-prompt asks on a terminal"),
        "{stderr}"
    );
    assert_eq!(status, Some(255));
}

#[test]
fn ctrl_c_ends_with_a_line_end_and_130() {
    let hang = Fault::at(2, FaultKind::Hang(Duration::from_mins(1)));
    let (_sim, sandbox) = sim(Events::count(2).fault(hang));
    let mut child = sandbox
        .process("ct-fetch")
        .args([
            "lookup-events",
            "--page-size",
            "1",
            "--output",
            "text",
            "--query",
            "Events[].EventId",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    let interrupted = sandbox
        .command("kill")
        .args(["-INT", &child.id().to_string()])
        .output();
    assert!(interrupted.unwrap().status.success());
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(
        (rest.as_str(), child.wait().unwrap().code()),
        ("\n", Some(130))
    );
}
