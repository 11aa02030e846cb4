//! Tests that messages about invalid credentials and addresses contain no secrets.

use ct_core::exit::status;
use ct_tests::service::Service;
use ct_tests::{Sandbox, outcome};

use super::{aws, beside, with_config};

#[test]
fn a_key_with_a_line_end_is_refused_before_any_request() {
    let service = Service::start(aws);
    let role = "arn:aws:iam::444455556666:role/audit";
    for variable in ["AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"] {
        for arguments in [&[][..], &["--role-arn", role]] {
            let mut sandbox = beside(&service)
                .with("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
                .with("AWS_SECRET_ACCESS_KEY", "secret");
            sandbox = sandbox.with(variable, "AKIAIOSFODNN7EXAMPLE\n");
            let name = match variable {
                "AWS_ACCESS_KEY_ID" => "access key ID",
                _ => "session token",
            };
            assert_eq!(
                outcome(&sandbox, arguments),
                (
                    String::new(),
                    format!(
                        "ct-fetch: no credentials for us-east-1: invalid header value: the {name} contains \
                         a line end or another character that no header may have: correct the AWS \
                         configuration, or use a different --profile\n"
                    ),
                    status::CONFIGURATION
                )
            );
            let cli = sandbox.command("ct-fetch").arg("lookup-events").output();
            let cli = cli.unwrap();
            assert_eq!(
                (String::from_utf8(cli.stderr).unwrap(), cli.status.code()),
                (
                    format!(
                        "\nct-fetch: [ERROR]: Invalid header value: the {name} contains a line end or another \
                         character that no header may have\n"
                    ),
                    Some(255)
                )
            );
        }
    }
    assert_eq!(service.requests().len(), 0);
}

#[test]
fn a_line_end_in_aws_execution_env_does_not_matter() {
    let service = Service::start(aws);
    let sandbox = beside(&service)
        .with("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .with("AWS_SECRET_ACCESS_KEY", "secret")
        .with("AWS_EXECUTION_ENV", "a\nb");
    for arguments in [
        &[][..],
        &["--role-arn", "arn:aws:iam::444455556666:role/audit"],
    ] {
        let (_, said, status) = outcome(&sandbox, arguments);
        assert_eq!(status, status::OK, "{said}");
    }
    let cli = sandbox.command("ct-fetch").arg("lookup-events").output();
    assert!(cli.unwrap().status.success());
}

#[test]
fn an_expired_login_is_reported_with_the_login_command() {
    let sso = "sso_start_url = https://example.awsapps.com/start\nsso_region = us-east-1\nsso_account_id = 111122223333\nsso_role_name = audit\n";
    let (_service, sandbox) = with_config(&format!(
        "[profile p]\n{sso}[profile l]\nlogin_session = arn:aws:iam::111122223333:user/me\n"
    ));
    let said = |profile: &str| {
        let (_, said, status) = outcome(&sandbox, &["--profile", profile]);
        assert_eq!(status, status::CONFIGURATION);
        said
    };
    assert_eq!(
        said("p"),
        "ct-fetch: no credentials for us-east-1: error loading SSO Token: Token for \
         https://example.awsapps.com/start does not exist: run `aws sso login --profile p`\n"
    );
    let token = r#"{"accessToken":"t","expiresAt":"2020-01-01T00:00:00Z"}"#;
    sandbox.write(
        "home/.aws/sso/cache/e8be5486177c5b5392bd9aa76563515b29358e6e.json",
        token,
    );
    assert_eq!(
        said("p"),
        "ct-fetch: no credentials for us-east-1: the SSO session associated with this profile has \
         expired or is otherwise invalid. To refresh this SSO session run aws sso login with the corresponding \
         profile: run `aws sso login --profile p`\n"
    );
    assert_eq!(
        said("l"),
        "ct-fetch: no credentials for us-east-1: error loading login session token: Unable to load a \
         existing login session for session arn:aws:iam::111122223333:user/me. Please reauthenticate with 'aws \
         login': run `aws login --profile l`\n"
    );
}

#[test]
fn the_message_of_a_credential_process_is_shown_without_secrets() {
    let (_service, sandbox) = with_config("[default]\ncredential_process = complain\n");
    sandbox.install(
        "complain",
        "#!/bin/sh\necho 'vault: no lease for wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' >&2\nexit 1\n",
    );
    assert_eq!(
        outcome(&sandbox, &[]).1,
        "ct-fetch: no credentials for us-east-1: error when retrieving credentials from \
         custom-process: vault: no lease for ***: correct the AWS configuration, or use a \
         different --profile\n"
    );
}

#[test]
fn a_password_in_an_endpoint_is_not_shown() {
    let service = Service::start(aws);
    let url = service.url().replace("http://", "http://me:p4ss@");
    drop(service);
    let sandbox = Sandbox::new()
        .with("AWS_REGION", "us-east-1")
        .with("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .with("AWS_SECRET_ACCESS_KEY", "secret");
    // No program listens on port 1, so the connection is refused.
    let url = format!("{}:1", url.rsplit_once(':').unwrap().0);
    let shown = url.replace("me:p4ss", "***:***");
    assert_eq!(
        outcome(&sandbox, &["--max-attempts", "1", "--endpoint-url", &url]).1,
        format!(
            "ct-fetch: no page of events from us-east-1: could not connect to the endpoint URL: \"{shown}/\": \
             check the network and --endpoint-url\n"
        )
    );
    let of_environment = sandbox.with("AWS_ENDPOINT_URL", "ftp://me:p4ss@host");
    let (_, said, _) = outcome(&of_environment, &[]);
    assert!(
        said.contains("AWS_ENDPOINT_URL is `ftp://***:***@host`"),
        "{said}"
    );
}

#[test]
fn an_unreadable_bundle_is_refused_from_option_and_environment() {
    let sandbox = Sandbox::new()
        .with("AWS_REGION", "us-east-1")
        .with("AWS_ENDPOINT_URL", "https://127.0.0.1:1")
        .with("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .with("AWS_SECRET_ACCESS_KEY", "secret");
    let expected = (
        String::new(),
        "ct-fetch: cannot read the certificates to trust: [Errno 2] No such file or directory: check \
         --ca-bundle, AWS_CA_BUNDLE and ca_bundle\n"
            .to_owned(),
        status::CONFIGURATION,
    );
    assert_eq!(outcome(&sandbox, &["--ca-bundle", "none.pem"]), expected);
    let of_environment = sandbox.with("AWS_CA_BUNDLE", "none.pem");
    assert_eq!(outcome(&of_environment, &[]), expected);
}
