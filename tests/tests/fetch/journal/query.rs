//! Tests that a journal belongs to one query: a different query is refused, and the message names
//! the difference.

use ct_core::exit::status;
use ct_sim::{Events, Sim};
use ct_tests::{Sandbox, outcome};

use super::{FIXED, finished, read, refused};

#[test]
fn an_equivalent_query_continues_the_run() {
    let (_endpoint, sandbox, _) = finished();
    for arguments in [
        vec!["--until", "2020-10-02", "-qoout"],
        vec!["-o", "./out", "--end-time", "1601596800", "-vq"],
        vec![
            "--resume",
            "--max-attempts",
            "3",
            "--until",
            "2020-10-02T00:00:00Z",
            "-o",
            "out",
        ],
        vec![
            "--region",
            "us-east-1",
            "--until",
            "2020-10-02",
            "-o",
            "out",
        ],
    ] {
        let (records, told, status) = outcome(&sandbox, &arguments);
        assert_eq!((records.as_str(), status), ("", status::OK), "{told}");
    }
}

#[test]
fn a_different_query_is_refused_with_the_difference() {
    let (_endpoint, sandbox, whole) = finished();
    for (more, difference) in [
        (
            vec!["--username", "alice"],
            "the filter was `none` and is now `Username=alice`",
        ),
        (
            vec!["--order", "oldest"],
            "--order was `newest` and is now `oldest`",
        ),
        (
            vec!["--max-items", "5"],
            "--max-items was `none` and is now `5`",
        ),
        (
            vec!["--since", "2020-01-01"],
            "--since was `none` and is now `2020-01-01`",
        ),
        (
            vec!["--keep-duplicates"],
            "--keep-duplicates was `not given` and is now `given`",
        ),
        (
            vec!["--event-category", "insight"],
            "--category was `management` and is now `insight`",
        ),
        (
            vec!["--region", "eu-west-1"],
            "--region was us-east-1 and is now eu-west-1",
        ),
    ] {
        let message = format!(
            "out.journal belongs to a different run: {difference}: undo the change, use a \
             different file, or pass --restart to start again"
        );
        let arguments = [&FIXED[..], &more].concat();
        refused(&sandbox, &arguments, &message, status::USAGE);
        assert_eq!(read(&sandbox, "out"), whole);
    }
}

#[test]
fn the_order_of_filters_does_not_matter_but_the_content_of_their_files_does() {
    let sim = Sim::start(Events::count(120));
    let sandbox = Sandbox::beside(&sim);
    let lookup = |value: &str| {
        let text = format!("AttributeKey=ReadOnly,AttributeValue={value}\n");
        sandbox.write("lookup", text);
    };
    let names = [
        "--event-name",
        "RunInstances",
        "--event-name",
        "StopInstances",
    ];
    let lookups = ["--lookup-attributes", "file://lookup"];
    lookup("true");
    let arguments = [&FIXED[..], &names, &lookups].concat();
    assert_eq!(outcome(&sandbox, &arguments).2, status::OK);
    let swapped = [&lookups[..], &names[2..], &names[..2], &FIXED].concat();
    let message = "the output is already complete: to fetch it again, pass --restart";
    refused(&sandbox, &swapped, message, status::OK);
    lookup("false");
    let message = "out.journal belongs to a different run: \
        the filter was `EventName=RunInstances EventName=StopInstances ReadOnly=true` and is now `EventName=RunInstances EventName=StopInstances ReadOnly=false`: undo the change, use a different file, or pass --restart to start again";
    refused(&sandbox, &arguments, message, status::USAGE);
}

#[test]
fn a_run_over_all_regions_continues_with_its_original_regions() {
    let sim = Sim::start(Events::count(120));
    let sandbox = Sandbox::beside(&sim);
    let every = [&FIXED[..], &["--region", "all"]].concat();
    assert_eq!(outcome(&sandbox, &every).2, status::OK);
    // Change the journal to that of an older ct-fetch, which did not know the region eu-west-1.
    let older = read(&sandbox, "out.journal").replace("region eu-west-1\n", "");
    sandbox.write("out.journal", &older);
    let message = "the output is already complete: to fetch it again, pass --restart";
    refused(&sandbox, &every, message, status::OK);
    // Without the line `every-region`, the journal covers only the regions that it names, so
    // `--region all` is a different query.
    let named = older.replace("every-region yes\n", "");
    sandbox.write("out.journal", named);
    let (_, said, code) = outcome(&sandbox, &every);
    assert_eq!(code, status::USAGE, "{said}");
    assert!(
        said.contains("out.journal belongs to a different run: --region was"),
        "{said}"
    );
}

#[test]
fn a_run_with_a_different_endpoint_is_a_different_run() {
    let (endpoint, sandbox, whole) = finished();
    let other = Sim::start(Events::count(120));
    let message = format!(
        "out.journal belongs to a different run: the endpoint was {} and is now {}: undo the change, use a different file, or pass --restart to start again",
        endpoint.relay.url(),
        other.url()
    );
    let sandbox = sandbox.with("AWS_ENDPOINT_URL", other.url());
    refused(&sandbox, &FIXED, &message, status::USAGE);
    assert_eq!(read(&sandbox, "out"), whole);
}
