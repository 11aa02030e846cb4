//! Tests that ct-fetch's own command line finds the same credentials as `lookup-events`.

mod messages;

use std::fs;

use ct_core::exit::status;
use ct_tests::service::{Answer, Request, Service};
use ct_tests::{Sandbox, outcome};

const KEYS: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\n";

const ROLE: &str = "role_arn = arn:aws:iam::111122223333:role/";

const EMPTY: &str = r#"{"Events":[]}"#;

/// Responds like a CloudTrail without events, and like an STS. The key that the STS issues depends
/// on the role or the token in the request.
fn aws(request: &Request) -> Answer {
    if request.is_lookup() {
        return (200, EMPTY.to_owned());
    }
    let body = &request.body;
    if body.contains("Action=GetCallerIdentity") {
        let account = if request.access_key_id() == Some("AKIAIOSFODNN7EXAMPLE") {
            "111122223333"
        } else {
            "444455556666"
        };
        let body = format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        );
        return (200, body);
    }
    let action = if body.contains("WithWebIdentity") {
        "AssumeRoleWithWebIdentity"
    } else {
        "AssumeRole"
    };
    let key = ["second", "other"]
        .into_iter()
        .find(|name| body.contains(name))
        .map_or("ASIAFIRSTEXAMPLE".to_owned(), |name| {
            format!("ASIA{}EXAMPLE", name.to_uppercase())
        });
    let body = format!(
        "<{action}Response><{action}Result><Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></{action}Result></{action}Response>"
    );
    (200, body)
}

fn beside(service: &Service) -> Sandbox {
    Sandbox::new()
        .with("AWS_REGION", "us-east-1")
        .with("AWS_ENDPOINT_URL", service.url())
}

fn with_config(config: &str) -> (Service, Sandbox) {
    let service = Service::start(aws);
    let sandbox = beside(&service);
    sandbox.write("home/.aws/config", config);
    (service, sandbox)
}

/// The access key that signed each CloudTrail request.
fn signers(service: &Service) -> Vec<Option<String>> {
    let requests = service.requests();
    let lookups = requests.iter().filter(|request| request.is_lookup());
    lookups
        .map(|request| request.access_key_id().map(str::to_owned))
        .collect()
}

fn signed_by(key: &str) -> Vec<Option<String>> {
    vec![Some(key.to_owned())]
}

#[test]
fn a_profiles_role_is_assumed_with_its_sources_keys_and_cached() {
    let config = format!(
        "[profile p]\n{ROLE}second\nsource_profile = q\nduration_seconds = 900\nexternal_id = abc\n[profile q]\n{ROLE}first\nsource_profile = keys\n[profile keys]\n{KEYS}"
    );
    let (service, sandbox) = with_config(&config);
    for _ in 0..2 {
        let (_, said, status) = outcome(&sandbox, &["--profile", "p"]);
        assert_eq!(status, status::OK, "{said}");
    }
    let twice = [
        signed_by("ASIASECONDEXAMPLE"),
        signed_by("ASIASECONDEXAMPLE"),
    ];
    assert_eq!(signers(&service), twice.concat());
    let requests = service.requests();
    let asked: Vec<&Request> = requests
        .iter()
        .filter(|request| !request.is_lookup())
        .collect();
    assert_eq!(asked.len(), 2);
    assert!(asked[1].body.contains("DurationSeconds=900"));
    assert!(asked[1].body.contains("ExternalId=abc"));
}

#[test]
fn a_role_can_use_the_keys_of_the_environment() {
    let config = format!("[profile p]\n{ROLE}first\ncredential_source = Environment\n");
    let (service, sandbox) = with_config(&config);
    let sandbox = sandbox
        .with("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .with("AWS_SECRET_ACCESS_KEY", "secret");
    let (_, said, status) = outcome(&sandbox, &["--profile", "p"]);
    assert_eq!(status, status::OK, "{said}");
    assert_eq!(signers(&service), signed_by("ASIAFIRSTEXAMPLE"));
}

#[test]
fn environment_keys_together_with_a_profile_with_other_keys_are_refused() {
    let config = format!(
        "[profile audit]\n{ROLE}first\nsource_profile = base\n[profile base]\n{KEYS}[profile plain]\nregion = us-east-1\n"
    );
    let (service, sandbox) = with_config(&config);
    let with = |variable: &str, profile: &str| {
        let sandbox = Sandbox::new()
            .with("HOME", sandbox.folder().join("home"))
            .with("AWS_REGION", "us-east-1")
            .with("AWS_ENDPOINT_URL", service.url())
            .with("AWS_ACCESS_KEY_ID", "AKIAI44QH8DHBEXAMPLE")
            .with("AWS_SECRET_ACCESS_KEY", "secret");
        sandbox.with(variable, profile)
    };
    for (variable, profile) in [("AWS_PROFILE", "audit"), ("AWS_DEFAULT_PROFILE", "base")] {
        let (_, said, status) = outcome(&with(variable, profile), &[]);
        assert_eq!(
            (said, status),
            (
                format!(
                    "ct-fetch: {variable} selects the profile `{profile}`, but AWS_ACCESS_KEY_ID \
                     is also set and may belong to a different account: unset one of them, or \
                     pass --profile {profile}\n"
                ),
                status::CONFIGURATION
            )
        );
    }
    assert_eq!(signers(&service), []);
    let (_, said, status) = outcome(&with("AWS_PROFILE", "plain"), &[]);
    assert_eq!(status, status::OK, "{said}");
    assert_eq!(signers(&service), signed_by("AKIAI44QH8DHBEXAMPLE"));
    let (_, said, status) = outcome(&with("AWS_PROFILE", "plain"), &["--profile", "base"]);
    assert_eq!(status, status::OK, "{said}");
}

#[test]
fn an_empty_profile_variable_counts_as_unset() {
    let (service, sandbox) = with_config(&format!("[default]\n{KEYS}"));
    for profile in ["", "default,"] {
        let (_, said, status) = outcome(&sandbox, &["--profile", profile]);
        assert_eq!(status, status::USAGE, "{said}");
    }
    assert_eq!(service.requests().len(), 0);
}

#[test]
fn a_profile_with_a_role_and_its_source_profile_are_two_accounts() {
    let config =
        format!("[profile base]\n{KEYS}[profile audit]\n{ROLE}first\nsource_profile = base\n");
    let (_service, sandbox) = with_config(&config);
    let (_, said, status) = outcome(&sandbox, &["--profile", "base,audit"]);
    assert_eq!(status, status::OK, "{said}");
    assert!(said.contains("of 2 accounts"), "{said}");
}

#[test]
fn the_code_of_an_mfa_device_is_requested() {
    let config = format!(
        "[profile p]\n{ROLE}first\nsource_profile = keys\nmfa_serial = arn:aws:iam::111122223333:mfa/me\n[profile keys]\n{KEYS}"
    );
    let (service, sandbox) = with_config(&config);
    // `setsid` removes the controlling terminal, so that the program reads the code from standard
    // input.
    let output = sandbox
        .command("setsid")
        .args(["--wait", "ct-fetch", "--rate", "1000", "--profile", "p"])
        .write_stdin("123456\n")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("Enter MFA code for arn:aws:iam::111122223333:mfa/me: "),
        "{said}"
    );
    let asked = &service.requests()[0].body;
    assert!(asked.contains("TokenCode=123456"), "{asked}");
    assert_eq!(signers(&service), signed_by("ASIAFIRSTEXAMPLE"));
}

#[test]
fn the_cached_keys_of_a_web_identity_belong_to_its_token() {
    let config = format!(
        "[profile p]\n{ROLE}audit\nweb_identity_token_file = p.token\n[profile q]\n{ROLE}audit\nweb_identity_token_file = q.token\n"
    );
    let (service, sandbox) = with_config(&config);
    sandbox.write("p.token", "one");
    sandbox.write("q.token", "other");
    for profile in ["p", "q", "p"] {
        let (_, said, status) = outcome(&sandbox, &["--profile", profile]);
        assert_eq!(status, status::OK, "{said}");
    }
    assert_eq!(
        signers(&service),
        [
            signed_by("ASIAFIRSTEXAMPLE"),
            signed_by("ASIAOTHEREXAMPLE"),
            signed_by("ASIAFIRSTEXAMPLE")
        ]
        .concat()
    );
}

#[test]
fn the_environments_proxy_is_used() {
    let proxy = Service::start(aws);
    let sandbox = Sandbox::new()
        .with("AWS_REGION", "us-east-1")
        .with("AWS_ENDPOINT_URL", "http://cloudtrail.test")
        .with(
            "HTTP_PROXY",
            proxy.url().replace("http://", "http://me:p4ss@"),
        )
        .with("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .with("AWS_SECRET_ACCESS_KEY", "secret");
    let (_, said, status) = outcome(&sandbox, &[]);
    assert_eq!(status, status::OK, "{said}");
    let request = &proxy.requests()[0];
    assert_eq!(request.line, "POST http://cloudtrail.test/");
    assert_eq!(
        request.header("proxy-authorization"),
        Some("Basic bWU6cDRzcw==")
    );
}

#[test]
fn a_token_that_an_opt_in_region_refuses_is_a_gap_unless_ec2_reports_it_as_not_enabled() {
    let ec2 = |status: &'static str| {
        move |request: &Request| -> Answer {
            let region = request.header("authorization").unwrap_or_default();
            if request.is_lookup() {
                if region.contains("/af-south-1/") {
                    let body = r#"{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}"#;
                    return (400, body.to_owned());
                }
                return (200, EMPTY.to_owned());
            }
            assert!(region.contains("/us-east-1/ec2/"), "{region}");
            assert_eq!(
                request.body,
                "Action=DescribeRegions&AllRegions=true&Version=2016-11-15"
            );
            let body = format!(
                "<DescribeRegionsResponse><regionInfo><item><regionName>af-south-1</regionName><optInStatus>{status}</optInStatus></item></regionInfo></DescribeRegionsResponse>"
            );
            (200, body)
        }
    };
    let run = |status: &'static str| {
        let service = Service::start(ec2(status));
        let sandbox = beside(&service)
            .with("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE")
            .with("AWS_SECRET_ACCESS_KEY", "secret")
            .with("AWS_SESSION_TOKEN", "token");
        outcome(&sandbox, &["--region", "all"])
    };
    let (_, said, status) = run("not-opted-in");
    assert_eq!(status, status::OK, "{said}");
    assert!(
        said.contains(", not enabled: af-south-1: complete"),
        "{said}"
    );
    let (_, said, status) = run("opted-in");
    assert_eq!(status, status::REFUSED, "{said}");
    assert!(
        said.starts_with(
            "ct-fetch: af-south-1 refused this token, or is not enabled: UnrecognizedClientException: The security \
             token included in the request is invalid.: use a token from a regional STS endpoint, \
             or allow ec2:DescribeRegions so that ct-fetch can find out\n"
        ),
        "{said}"
    );
    assert!(
        said.contains(": incomplete, without all of af-south-1"),
        "{said}"
    );
}

#[test]
fn a_default_region_is_never_reported_as_not_enabled() {
    let service = Service::start(|request| {
        let region = request.header("authorization").unwrap_or_default();
        if region.contains("/eu-west-1/") {
            let body = r#"{"__type":"UnrecognizedClientException","message":"no"}"#;
            return (400, body.to_owned());
        }
        aws(request)
    });
    let sandbox = beside(&service)
        .with("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .with("AWS_SECRET_ACCESS_KEY", "secret");
    let (_, said, status) = outcome(&sandbox, &["--region", "all", "-o", "out"]);
    assert_eq!(status, status::REFUSED, "{said}");
    assert!(
        said.contains(": incomplete, without all of eu-west-1"),
        "{said}"
    );
    // The journal says that events of eu-west-1 are missing, so the same command requests them
    // again.
    assert!(fs::exists(sandbox.folder().join("out.journal")).unwrap());
    let again = outcome(&sandbox, &["--region", "all", "-o", "out"]);
    assert_eq!(again.2, status::REFUSED, "{again:?}");
}
