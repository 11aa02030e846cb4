//! Tests `lookup-events` with the proxies that the environment sets.

use ct_tests::Sandbox;
use ct_tests::lookup_events::{outcome, printed};
use ct_tests::service::Service;

/// A proxy that responds to all requests itself, and a sandbox that uses the proxy for a host that
/// does not exist.
fn proxied() -> (Service, Sandbox) {
    let proxy = Service::start(|_| (200, r#"{"Events":[]}"#.to_owned()));
    let sandbox = Sandbox::new()
        .with("AWS_REGION", "us-east-1")
        .with("AWS_ACCESS_KEY_ID", ct_sim::EXAMPLE_ACCESS_KEY_ID)
        .with("AWS_SECRET_ACCESS_KEY", "secret")
        .with("AWS_ENDPOINT_URL", "http://cloudtrail.test:81/")
        .with("AWS_MAX_ATTEMPTS", "1")
        .with("HTTP_PROXY", proxy.url());
    (proxy, sandbox)
}

#[test]
fn a_plain_request_sends_its_host_to_the_proxy() {
    let (proxy, sandbox) = proxied();
    assert_eq!(printed(&sandbox, &["--output", "text"]), "");
    let requests = proxy.requests();
    let lines: Vec<_> = requests.iter().map(|request| &*request.line).collect();
    assert_eq!(lines, ["POST http://cloudtrail.test:81/"]);
    assert_eq!(requests[0].header("host"), Some("cloudtrail.test:81"));
    assert_eq!(requests[0].header("proxy-authorization"), None);
}

#[test]
fn a_proxys_user_and_password_are_sent_to_the_proxy_only() {
    let (proxy, sandbox) = proxied();
    let url = proxy.url().replace("http://", "me:p%40ss@");
    let sandbox = sandbox.with("http_proxy", url);
    assert_eq!(printed(&sandbox, &["--output", "text"]), "");
    let requests = proxy.requests();
    assert_eq!(
        requests[0].header("proxy-authorization"),
        Some("Basic bWU6cEBzcw==")
    );
    let nobody = sandbox.with("http_proxy", "http://me:secret@127.0.0.1:1");
    let (_, stderr, status) = outcome(&nobody, &[]);
    assert_eq!(
        (stderr.as_str(), status),
        (
            "\nct-fetch: [ERROR]: Failed to connect to proxy URL: \"http://***:***@127.0.0.1:1\"\n",
            Some(255)
        )
    );
}

#[test]
fn hosts_in_no_proxy_are_contacted_directly() {
    let (proxy, sandbox) = proxied();
    let service = Service::start(|_| (200, r#"{"Events":[]}"#.to_owned()));
    let sandbox = sandbox
        .with("AWS_ENDPOINT_URL", service.url())
        .with("NO_PROXY", "localhost,127.0.0.1");
    assert_eq!(printed(&sandbox, &["--output", "text"]), "");
    assert_eq!((proxy.requests().len(), service.requests().len()), (0, 1));
}

#[test]
fn tls_uses_a_tunnel() {
    let (proxy, sandbox) = proxied();
    let sandbox = sandbox.with("AWS_ENDPOINT_URL", "").with(
        "HTTPS_PROXY",
        proxy.url().replace("http://", "http://me:p@"),
    );
    let (_, _, status) = outcome(&sandbox, &[]);
    let requests = proxy.requests();
    assert_eq!(
        requests[0].line,
        "CONNECT cloudtrail.us-east-1.amazonaws.com:443"
    );
    assert_eq!(
        requests[0].header("proxy-authorization"),
        Some("Basic bWU6cA==")
    );
    assert_eq!(status, Some(255));
}
