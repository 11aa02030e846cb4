//! Tests with which credentials `lookup-events` signs requests.

use ct_tests::Sandbox;
use ct_tests::lookup_events::{outcome, printed, records, sim};
use ct_tests::service::{Answer, Request, Service};

const KEYS: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\n";

const ROLE: &str = "role_arn = arn:aws:iam::111122223333:role/";

const SSO: &str = "sso_start_url = https://example.awsapps.com/start\nsso_region = us-east-1\nsso_account_id = 111122223333\nsso_role_name = ";

/// The cache file for the SSO token of the start URL. The file name is a hash of the URL.
const TOKEN_FILE: &str = "home/.aws/sso/cache/e8be5486177c5b5392bd9aa76563515b29358e6e.json";

/// An expiry time in the distant future.
const LATER: &str = "2999-01-01T00:00:00Z";

/// Responds like a CloudTrail without events, and like STS and SSO, which issue credentials for
/// every role except `denied`.
fn aws(request: &Request) -> Answer {
    if request.is_lookup() {
        return (200, r#"{"Events":[]}"#.to_owned());
    }
    if request.line.contains("/federation/credentials") {
        if request.line.contains("denied") {
            let body = r#"{"__type":"ForbiddenException","message":"No access"}"#;
            return (403, body.to_owned());
        }
        let body = r#"{"roleCredentials":{"accessKeyId":"ASIASSOEXAMPLE","secretAccessKey":"s","sessionToken":"t","expiration":32503680000000}}"#;
        return (200, body.to_owned());
    }
    let action = if request.body.contains("Action=AssumeRoleWithWebIdentity") {
        "AssumeRoleWithWebIdentity"
    } else {
        "AssumeRole"
    };
    if request.body.contains("denied") {
        let body = format!(
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no {action}</Message></Error></ErrorResponse>"
        );
        return (403, body);
    }
    let key = if request.body.contains("second") {
        "ASIASECONDEXAMPLE"
    } else {
        "ASIAFIRSTEXAMPLE"
    };
    let body = format!(
        "<{action}Response><{action}Result><Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{LATER}</Expiration></Credentials></{action}Result></{action}Response>"
    );
    (200, body)
}

/// Starts a service that responds as [`aws`] defines, and creates a sandbox that uses the service
/// and has this AWS config file.
fn with_config(config: &str) -> (Service, Sandbox) {
    let service = Service::start(aws);
    let sandbox = Sandbox::new()
        .with("AWS_REGION", "us-east-1")
        .with("AWS_ENDPOINT_URL", service.url())
        .with("AWS_MAX_ATTEMPTS", "1");
    sandbox.write("home/.aws/config", config);
    (service, sandbox)
}

/// The access key that signed each request, or `None` for an unsigned request.
fn signers(service: &Service) -> Vec<Option<String>> {
    let requests = service.requests();
    let keys = requests.iter().map(Request::access_key_id);
    keys.map(|key| key.map(str::to_owned)).collect()
}

fn listed(sandbox: &Sandbox) {
    assert_eq!(
        printed(sandbox, &["--profile", "p", "--output", "text"]),
        ""
    );
}

/// Runs `lookup-events` with this config file, and returns the error message without the program's
/// name, and the exit status.
fn refused(config: &str) -> (String, Option<i32>) {
    let (_service, sandbox) = with_config(config);
    let (stdout, stderr, status) = outcome(&sandbox, &["--profile", "p"]);
    assert_eq!(stdout, "");
    let message = stderr
        .trim_start_matches("\nct-fetch: [ERROR]: ")
        .trim_end();
    (message.to_owned(), status)
}

fn owned<const N: usize>(keys: [Option<&str>; N]) -> Vec<Option<String>> {
    keys.map(|key| key.map(str::to_owned)).into()
}

#[test]
fn a_profile_on_the_command_line_takes_precedence_over_environment_keys() {
    let (sim, sandbox) = sim(records());
    sandbox.write("home/.aws/credentials", "[work]\naws_access_key_id = AKIAI44QH8DHBEXAMPLE\naws_secret_access_key = je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY\n");
    let work = ["--profile", "work", "--query", "length(Events)"];
    assert_eq!(printed(&sandbox, &work), "3\n");
    assert_eq!(printed(&sandbox, &work[2..]), "3\n");
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
fn chained_roles_are_assumed_and_cached() {
    let config = format!(
        "[profile p]\n{ROLE}second\nsource_profile = q\n[profile q]\n{ROLE}first\nsource_profile = keys\n[profile keys]\n{KEYS}"
    );
    let (service, sandbox) = with_config(&config);
    listed(&sandbox);
    assert_eq!(
        signers(&service),
        owned([
            Some("AKIAIOSFODNN7EXAMPLE"),
            Some("ASIAFIRSTEXAMPLE"),
            Some("ASIASECONDEXAMPLE")
        ])
    );
    listed(&sandbox);
    assert_eq!(
        signers(&service).last(),
        Some(&Some("ASIASECONDEXAMPLE".to_owned()))
    );
    assert_eq!(service.requests().len(), 4);
}

#[test]
fn a_roles_settings_are_sent() {
    let config = format!(
        "[profile p]\n{ROLE}first\nsource_profile = p\nexternal_id = abc\nrole_session_name = me\nduration_seconds = 900\n{KEYS}"
    );
    let (service, sandbox) = with_config(&config);
    listed(&sandbox);
    let asked = service.requests()[0].body.clone();
    for parameter in [
        "ExternalId=abc",
        "RoleSessionName=me",
        "DurationSeconds=900",
    ] {
        assert!(asked.contains(parameter), "{asked}");
    }
}

#[test]
fn a_role_can_use_the_keys_of_the_environment() {
    let config = format!("[profile p]\n{ROLE}first\ncredential_source = Environment\n");
    let (service, sandbox) = with_config(&config);
    let sandbox = sandbox
        .with("AWS_ACCESS_KEY_ID", "AKIAI44QH8DHBEXAMPLE")
        .with("AWS_SECRET_ACCESS_KEY", "secret");
    listed(&sandbox);
    assert_eq!(
        signers(&service),
        owned([Some("AKIAI44QH8DHBEXAMPLE"), Some("ASIAFIRSTEXAMPLE")])
    );
}

#[test]
fn role_errors_have_botocores_messages() {
    let cases = [
        (
            format!("[profile p]\n{ROLE}denied\nsource_profile = p\n{KEYS}"),
            "An error occurred (AccessDenied) when calling the AssumeRole operation: no AssumeRole",
            254,
        ),
        (
            format!("[profile p]\n{ROLE}first\nsource_profile = q\n"),
            "The source_profile \"q\" referenced in the profile \"p\" does not exist.",
            255,
        ),
        (
            format!(
                "[profile p]\n{ROLE}first\nsource_profile = q\n[profile q]\n{ROLE}first\nsource_profile = p\n"
            ),
            "Infinite loop in credential configuration detected. Attempting to load from profile p which has already been visited. Visited profiles: ['p', 'q']",
            255,
        ),
        (
            format!(
                "[profile p]\n{ROLE}first\nsource_profile = q\n[profile q]\nregion = us-east-1\n"
            ),
            "The source profile \"q\" must have credentials.",
            255,
        ),
        (
            format!("[profile p]\n{ROLE}first\n"),
            "Partial credentials found in assume-role, missing: source_profile or credential_source",
            255,
        ),
        (
            format!(
                "[profile p]\n{ROLE}first\nsource_profile = p\ncredential_source = Environment\n"
            ),
            "The profile \"p\" contains both source_profile and credential_source.",
            255,
        ),
        (
            format!("[profile p]\n{ROLE}first\ncredential_source = Moon\n"),
            "The credential source \"Moon\" referenced in profile \"p\" is not valid.",
            255,
        ),
        (
            format!("[profile p]\n{ROLE}first\ncredential_source = Environment\n"),
            "Error when retrieving credentials from Environment: No credentials found in credential_source referenced in profile p",
            255,
        ),
    ];
    for (config, message, status) in cases {
        assert_eq!(
            refused(&config),
            (message.to_owned(), Some(status)),
            "{config}"
        );
    }
}

#[test]
fn an_incomplete_key_is_reported_with_its_file() {
    assert_eq!(
        refused("[profile p]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"),
        (
            "Partial credentials found in config-file, missing: aws_secret_access_key".to_owned(),
            Some(255)
        )
    );
}

#[test]
fn a_role_is_assumed_with_a_token_from_a_file() {
    let (service, sandbox) = with_config("");
    let token = sandbox.write("token", "header.payload.signature");
    let sandbox = sandbox
        .with("AWS_WEB_IDENTITY_TOKEN_FILE", &token)
        .with("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/first");
    assert_eq!(printed(&sandbox, &["--output", "text"]), "");
    assert_eq!(signers(&service), owned([None, Some("ASIAFIRSTEXAMPLE")]));
    assert!(
        service.requests()[0]
            .body
            .contains("WebIdentityToken=header.payload.signature")
    );
    let denied = sandbox.with("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/denied");
    let (_, stderr, status) = outcome(&denied, &[]);
    assert_eq!(
        (stderr.as_str(), status),
        (
            "\nct-fetch: [ERROR]: An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: no AssumeRoleWithWebIdentity\n",
            Some(254)
        )
    );
}

#[test]
fn after_a_login_the_roles_of_sso_are_available() {
    let (service, sandbox) = with_config(&format!("[profile p]\n{SSO}reader\n"));
    let token = |until: &str| format!(r#"{{"accessToken":"example","expiresAt":"{until}"}}"#);
    sandbox.write(TOKEN_FILE, token(LATER));
    listed(&sandbox);
    let requests = service.requests();
    assert_eq!(
        (
            requests[0].line.as_str(),
            requests[0].header("x-amz-sso_bearer_token")
        ),
        (
            "GET /federation/credentials?role_name=reader&account_id=111122223333",
            Some("example")
        )
    );
    assert_eq!(requests[1].access_key_id(), Some("ASIASSOEXAMPLE"));

    let (_, sandbox) = with_config(&format!("[profile p]\n{SSO}reader\n"));
    sandbox.write(TOKEN_FILE, token("2020-01-01T00:00:00Z"));
    let (_, stderr, status) = outcome(&sandbox, &["--profile", "p"]);
    assert_eq!(
        (stderr.as_str(), status),
        (
            "\nct-fetch: [ERROR]: The SSO session associated with this profile has expired or is otherwise invalid. To refresh this SSO session run aws sso login with the corresponding profile.\n",
            Some(255)
        )
    );
}

#[test]
fn sso_errors_have_botocores_messages() {
    let cases = [
        (
            format!("[profile p]\n{SSO}reader\n"),
            "Error loading SSO Token: Token for https://example.awsapps.com/start does not exist",
        ),
        (
            "[profile p]\nsso_role_name = reader\n".to_owned(),
            "The profile \"p\" is configured to use SSO but is missing required configuration: sso_account_id, sso_start_url, sso_region",
        ),
        (
            format!("[profile p]\nsso_session = s\n{SSO}reader\n"),
            "The specified sso-session does not exist: \"s\"",
        ),
        (
            format!(
                "[sso-session s]\nsso_region = eu-west-1\n[profile p]\nsso_session = s\n{SSO}reader\n"
            ),
            "The value for sso_region is inconsistent between profile (us-east-1) and sso-session (eu-west-1).",
        ),
    ];
    for (config, message) in cases {
        assert_eq!(
            refused(&config),
            (message.to_owned(), Some(255)),
            "{config}"
        );
    }
}

#[test]
fn a_process_can_provide_the_keys() {
    let (service, sandbox) = with_config("");
    let printed = sandbox.write(
        "keys.json",
        r#"{"Version":1,"AccessKeyId":"AKIAI44QH8DHBEXAMPLE","SecretAccessKey":"s"}"#,
    );
    let config = format!(
        "[profile p]\ncredential_process = cat '{}'\n",
        printed.display()
    );
    sandbox.write("home/.aws/config", config);
    listed(&sandbox);
    assert_eq!(signers(&service), owned([Some("AKIAI44QH8DHBEXAMPLE")]));
    let failing = "[profile p]\ncredential_process = sh -c 'echo no >&2; exit 3'\n";
    assert_eq!(
        refused(failing),
        (
            "Error when retrieving credentials from custom-process: no".to_owned(),
            Some(255)
        )
    );
    let no_json = "[profile p]\ncredential_process = echo no\n";
    assert_eq!(
        refused(no_json),
        (
            "Expecting value: line 1 column 1 (char 0)".to_owned(),
            Some(255)
        )
    );
}

#[test]
fn an_mfa_code_is_requested_if_the_role_requires_one() {
    let config = format!(
        "[profile p]\n{ROLE}first\nsource_profile = p\nmfa_serial = arn:aws:iam::111122223333:mfa/me\n{KEYS}"
    );
    let (service, sandbox) = with_config(&config);
    // `setsid` removes the controlling terminal, so that the program reads the code from standard
    // input.
    let output = sandbox
        .command("setsid")
        .args(["-w", "ct-fetch", "lookup-events", "--profile", "p"])
        .args(["--output", "text"])
        .write_stdin("123456\n")
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "Warning: Password input may be echoed.\nEnter MFA code for arn:aws:iam::111122223333:mfa/me: "
    );
    let asked = service.requests()[0].body.clone();
    assert!(asked.contains("TokenCode=123456"), "{asked}");
}
