//! Tests validation with public keys from `ListPublicKeys`.

use std::fs;

use ct_tests::Sandbox;
use ct_tests::service::{Answer, Request, Service};

use super::chain::{Archive, Plan, REGION, listing};

/// Runs `ct-fetch validate AWSLogs` with this service, and returns the archive, the messages and
/// the exit status.
fn ask(archive: Archive, service: &Service, arguments: &[&str]) -> (Archive, String, i32) {
    let sandbox = archive.sandbox;
    let sandbox = sandbox
        .with("AWS_ENDPOINT_URL", service.url())
        .with("AWS_REGION", "us-east-1")
        .with("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .with(
            "AWS_SECRET_ACCESS_KEY",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        );
    let (said, code) = run(&sandbox, arguments);
    let archive = Archive { sandbox, ..archive };
    (archive, said, code)
}

fn run(sandbox: &Sandbox, arguments: &[&str]) -> (String, i32) {
    let (_, said, code) = sandbox.run("ct-fetch", &[&["validate", "AWSLogs"], arguments].concat());
    (said, code)
}

fn answer(keys: &'static [usize]) -> impl Fn(&Request) -> Answer + Send + 'static {
    move |request| {
        let target = request.header("x-amz-target").unwrap();
        assert!(target.ends_with(".ListPublicKeys"), "{target}");
        (200, listing(keys))
    }
}

#[test]
fn the_keys_come_from_the_region_of_the_digests_and_are_saved() {
    let archive = Archive::new(&Plan::default());
    fs::remove_file(archive.path("keys.json")).unwrap();
    let service = Service::start(answer(&[0, 1]));
    let arguments = ["--save-keys", "keys.json"];
    let (archive, said, code) = ask(archive, &service, &arguments);
    let summary = "ct-fetch: AWSLogs: 4 digests: 4 valid; 8 log files: 8 valid\n";
    assert_eq!((said.as_str(), code), (summary, 0));
    let requests = service.requests();
    let [request] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    assert!(
        request
            .body
            .starts_with(r#"{"StartTime":1767225600,"EndTime":"#),
        "{}",
        request.body
    );
    let scope = request.header("authorization").unwrap();
    assert!(scope.contains(&format!("/{REGION}/cloudtrail/")), "{scope}");
    let (out, _, code) = archive.validate(&["AWSLogs"]);
    assert_eq!((out.as_str(), code), ("", 0));
}

#[test]
fn a_key_that_the_region_does_not_list_is_unknown() {
    let archive = Archive::new(&Plan::default());
    let service = Service::start(answer(&[1]));
    let (_, said, code) = ask(archive, &service, &[]);
    let summary = "ct-fetch: AWSLogs: 4 digests: 4 invalid; 8 log files: 8 not covered\n";
    assert_eq!((said.as_str(), code), (summary, 1));
}

#[test]
fn a_refusal_is_named_and_nothing_is_validated() {
    let archive = Archive::new(&Plan::default());
    let service = Service::start(|_| {
        let body = r#"{"__type":"AccessDeniedException","Message":"not authorized"}"#;
        (400, body.to_owned())
    });
    let (_, said, code) = ask(archive, &service, &[]);
    let expected = format!(
        "ct-fetch: {REGION} refused ListPublicKeys: AccessDeniedException: not authorized: allow \
         cloudtrail:ListPublicKeys, or give the keys with --keys\n"
    );
    assert_eq!((said, code), (expected, 254));
}
