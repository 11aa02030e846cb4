//! Tests which inputs `lookup-events` refuses, and with which messages.

use ct_tests::Sandbox;
use ct_tests::lookup_events::{bodies, outcome, printed, records, sim};
use ct_tests::terminal::Terminal;
use serde_json::{Value, json};

#[test]
fn empty_or_contradictory_parameters_are_refused() {
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
fn an_empty_list_of_attributes_requests_every_event() {
    for arguments in [
        ["--lookup-attributes", "[]"],
        ["--cli-input-json", r#"{"LookupAttributes":[]}"#],
    ] {
        let (sim, sandbox) = sim(records());
        let query = ["--query", "length(Events)"];
        let printed = printed(&sandbox, &[&arguments[..], &query].concat());
        assert_eq!(printed, "3\n", "{arguments:?}");
        assert_eq!(bodies(&sim), [json!({"LookupAttributes": []})]);
    }
}

#[test]
fn without_parameter_validation_the_service_decides() {
    let (sim, sandbox) = sim(records());
    let config = sandbox.write("config", "[default]\nparameter_validation = false\n");
    let sandbox = sandbox.with("AWS_CONFIG_FILE", config);
    let (stdout, stderr, status) = outcome(&sandbox, &["--max-results", "0"]);
    assert_eq!(
        (stdout.as_str(), stderr.as_str(), status),
        (
            "",
            "\nct-fetch: [ERROR]: An error occurred (InvalidMaxResultsException) when calling the LookupEvents operation: Invalid max results: 0. The maximum allowed value is 50.\n",
            Some(254)
        )
    );
    assert_eq!(bodies(&sim), [json!({"MaxResults": 0})]);
    let (_, stderr, status) = outcome(&sandbox, &["--start-time", "soon"]);
    assert_eq!(
        (stderr.as_str(), status),
        (
            "\nct-fetch: [ERROR]: Invalid timestamp \"soon\": Unknown string format: soon\n",
            Some(255)
        )
    );
}

#[test]
fn a_pager_with_an_unclosed_quote_is_an_error_before_any_request() {
    let (sim, sandbox) = sim(records());
    let sandbox = sandbox.with("AWS_PAGER", "\"cat");
    let mut command = sandbox.process("ct-fetch");
    let terminal = Terminal::run(command.arg("lookup-events"));
    // The command also holds the terminal open, and the output would not end, so the command is
    // dropped.
    drop(command);
    let (shown, status) = terminal.end();
    assert_eq!(
        (shown.replace('\r', "").as_str(), status),
        ("\nct-fetch: [ERROR]: No closing quotation\n", Some(255))
    );
    assert_eq!(bodies(&sim), Vec::<Value>::new());
}

#[test]
fn invalid_options_and_settings_have_the_aws_clis_messages_and_statuses() {
    let (_sim, sandbox) = sim(records());
    let cases: [(&[&str], &str, i32); 8] = [
        (
            &["--cli-read-timeout", "abc"],
            "invalid literal for int() with base 10: 'abc'\n",
            255,
        ),
        (
            &["--cli-connect-timeout", "1.5"],
            "invalid literal for int() with base 10: '1.5'\n",
            255,
        ),
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
fn a_missing_region_or_key_is_status_253() {
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
