//! Runs `ct-fetch lookup-events` in a sandbox with a simulated CloudTrail.

use ct_sim::{Events, Sim};
use serde_json::Value;

use crate::Sandbox;

/// Three records, newest first: one without an access key, one with a resource, and one with a
/// Korean name.
pub fn records() -> Events {
    Events::records([
        r#"{"eventVersion":"1.08","userIdentity":{"type":"AWSService","invokedBy":"ec2.amazonaws.com"},"eventTime":"2020-10-02T13:50:00Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","awsRegion":"us-east-1","requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/ops"},"eventID":"c0ffee00-0003-4000-8000-000000000003","readOnly":true}"#,
        r#"{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","userName":"mary","accessKeyId":"AKIAIOSFODNN7EXAMPLE"},"eventTime":"2020-10-01T09:00:00Z","eventSource":"s3.amazonaws.com","eventName":"CreateBucket","awsRegion":"us-east-1","requestParameters":{"bucketName":"amzn-s3-demo-bucket"},"eventID":"c0ffee00-0002-4000-8000-000000000002","readOnly":false}"#,
        r#"{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","userName":"관리자"},"eventTime":"2020-10-01T00:00:05Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1","userAgent":"Mozilla/5.0 \"x\" \\ 😀","eventID":"c0ffee00-0001-4000-8000-000000000001","readOnly":false}"#,
    ])
}

/// Runs `ct-fetch lookup-events` with these arguments, and returns its output, its messages and its
/// exit status.
///
/// # Panics
/// If ct-fetch cannot be run, or its output is not UTF-8.
#[must_use]
pub fn outcome(sandbox: &Sandbox, arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = sandbox
        .command("ct-fetch")
        .arg("lookup-events")
        .args(arguments)
        .output()
        .expect("ct-fetch runs");
    (
        String::from_utf8(output.stdout).expect("standard output is UTF-8"),
        String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        output.status.code(),
    )
}

/// Runs `ct-fetch lookup-events` with these arguments, and returns its output.
///
/// # Panics
/// If the command fails or prints messages.
#[must_use]
pub fn printed(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let (stdout, stderr, status) = outcome(sandbox, arguments);
    assert_eq!((stderr.as_str(), status), ("", Some(0)), "{arguments:?}");
    stdout
}

/// A simulated CloudTrail that serves any region, and a sandbox that uses it in us-east-1.
#[must_use]
pub fn sim(events: Events) -> (Sim, Sandbox) {
    let sim = Sim::start(events.any_region());
    let sandbox = Sandbox::beside(&sim).with("AWS_REGION", "us-east-1");
    (sim, sandbox)
}

/// The bodies of all requests that the simulator has received.
#[must_use]
pub fn bodies(sim: &Sim) -> Vec<Value> {
    sim.requests()
        .into_iter()
        .map(|request| request.body)
        .collect()
}
