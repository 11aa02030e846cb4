//! Tests how ct-fetch reports invalid events in CloudTrail's responses.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows unwrap in tests, but not in their helper functions"
)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use ct_core::exit::status;
use ct_sim::{Events, Sim};
use ct_tests::{Sandbox, outcome};

/// Starts a service that responds to one request with each of `bodies`, and returns its URL.
fn answering<const N: usize>(bodies: [&'static str; N]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for body in bodies {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = Vec::new();
            while !asked.ends_with(b"}") {
                let mut bytes = [0; 4096];
                let count = stream.read(&mut bytes).unwrap();
                asked.extend_from_slice(&bytes[..count]);
            }
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
            )
            .unwrap();
        }
    });
    url
}

#[test]
fn an_invalid_event_is_reported_for_every_query_and_the_others_are_written() {
    const BODY: &str = r#"{"Events":[{"EventId":"e-1","CloudTrailEvent":"{\"a\":1}"},{"EventId":"e-2","CloudTrailEvent":{"a":2}},{"EventId":"e-3","CloudTrailEvent":"{\"a\":3}"}]}"#;
    let sandbox = Sandbox::beside(&Sim::start(Events::count(1)));
    for (more, expected) in [
        (vec![], "{\"a\":1}\n{\"a\":3}\n"),
        (vec!["--username", "!root", "--event-name", "*x"], ""),
    ] {
        let url = answering([BODY]);
        let arguments = [vec!["--endpoint-url", url.as_str()], more].concat();
        let output = sandbox
            .command("ct-fetch")
            .args(&arguments)
            .output()
            .unwrap();
        assert_eq!(
            (str::from_utf8(&output.stdout), output.status.code()),
            (Ok(expected), Some(i32::from(status::OTHER)))
        );
        let told = String::from_utf8(output.stderr).unwrap();
        let problem = "ct-fetch: event e-2 of us-east-1 cannot be written: its CloudTrailEvent is \
            not a string: look it up with --event-id";
        assert_eq!(told.lines().next(), Some(problem));
    }
}

#[test]
fn an_invalid_event_is_requested_again_by_the_next_run() {
    const BROKEN: &str = r#"{"Events":[{"EventId":"e-1","EventTime":2,"CloudTrailEvent":"{\"a\":1}"},{"EventId":"e-2","EventTime":1,"CloudTrailEvent":{"a":2}}]}"#;
    const MENDED: &str =
        r#"{"Events":[{"EventId":"e-2","EventTime":1,"CloudTrailEvent":"{\"a\":2}"}]}"#;
    let sim = Sim::start(Events::count(1));
    let sandbox =
        Sandbox::beside(&sim).with("AWS_ENDPOINT_URL_CLOUDTRAIL", answering([BROKEN, MENDED]));
    let arguments = ["--until", "2020-10-01", "-o", "out"];
    let out = sandbox.folder().join("out");
    assert_eq!(outcome(&sandbox, &arguments).2, status::OTHER);
    assert_eq!(fs::read_to_string(&out).unwrap(), "{\"a\":1}\n");
    let (_, said, status) = outcome(&sandbox, &arguments);
    assert_eq!(status, status::OK, "{said}");
    assert_eq!(fs::read_to_string(&out).unwrap(), "{\"a\":1}\n{\"a\":2}\n");
    assert_eq!(
        outcome(&sandbox, &arguments),
        (
            String::new(),
            "ct-fetch: the output is already complete: to fetch it again, pass \
             --restart\n"
                .to_owned(),
            status::OK
        )
    );
}

#[test]
fn a_record_that_is_not_an_object_has_no_row_and_is_reported() {
    const BODY: &str = r#"{"Events":[{"EventId":"e-1","CloudTrailEvent":"{\"eventName\":1}"},{"EventId":"e-2","CloudTrailEvent":"[]"}]}"#;
    let sandbox = Sandbox::beside(&Sim::start(Events::count(1)));
    let url = answering([BODY]);
    let format = ["--format", "csv", "--fields", "eventName,userIdentity.arn"];
    let run = outcome(
        &sandbox,
        &[&["-q", "--endpoint-url", &url][..], &format].concat(),
    );
    let told = "ct-fetch: event e-2 of us-east-1 cannot be written: the record is not a JSON object: look it up with --event-id\n\
                ct-fetch: 1 event could not be written: see the lines above; all other events were delivered\n";
    let rows = "eventName,userIdentity.arn\n1,\n";
    assert_eq!(run, (rows.to_owned(), told.to_owned(), status::OTHER));
}
