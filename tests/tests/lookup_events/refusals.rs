//! What `lookup-events` refuses, and its words.

use ct_tests::Sandbox;
use ct_tests::lookup_events::{outcome, records, sim};

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
