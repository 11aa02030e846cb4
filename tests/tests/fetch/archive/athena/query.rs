//! Tests Athena queries that fail, are stopped, are continued or are reused.

use std::process::Stdio;
use std::time::Duration;

use ct_core::exit::status;
use ct_sim::{Events, Fault, FaultKind, QueryEnd, Sim};
use ct_tests::{Sandbox, outcome};
use serde_json::{Value, json};

use super::{FIRST_ID, count, fetch, serve, table};

#[test]
fn throttling_invalid_responses_and_expired_credentials_do_not_change_the_output() {
    let faults = |events: Events| {
        let faults = [
            FaultKind::Throttle,
            FaultKind::Status500,
            FaultKind::Malformed,
            FaultKind::Drop,
        ];
        let faults = faults.into_iter().zip([1, 3, 5, 7]);
        faults.fold(events, |events, (kind, at)| {
            events.athena_fault(Fault::at(at, kind))
        })
    };
    let (_files, sim) = serve(table(), faults);
    let (out, said, code) = fetch(&sim, &[]);
    assert_eq!(code, status::OK, "{said}");
    assert_eq!(out.lines().count(), 400);
    // ct-fetch repeats the request with the same token, so that Athena starts only one query.
    let starts = sim.requests().into_iter();
    let starts = starts.filter(|request| request.operation == "StartQueryExecution");
    let tokens: Vec<Value> = starts
        .map(|start| start.body["ClientRequestToken"].clone())
        .collect();
    assert!(tokens.len() > 1 && tokens.iter().all(|token| *token == tokens[0]));

    let expired = |events: Events| events.athena_fault(Fault::rate(1.0, FaultKind::Expired));
    let (_files, sim) = serve(table(), expired);
    let (_, said, code) = fetch(&sim, &[]);
    assert_eq!(code, status::REFUSED);
    assert_eq!(
        said,
        "ct-fetch: Athena in us-east-1 refused GetTableMetadata: ExpiredTokenException: The security token included in the \
         request is expired: get fresh credentials and run it again\n"
    );
}

#[test]
fn a_failed_query_is_reported_with_athenas_message_and_retried_if_it_may_succeed() {
    let words = "HIVE_CURSOR_ERROR: incorrect header check";
    let failed = |is_passing| QueryEnd::Failed(words.to_owned(), is_passing);
    let (_files, sim) = serve(table().ends([failed(true)]), |events| events);
    let (out, said, code) = fetch(&sim, &["-q"]);
    assert_eq!((out.lines().count(), code), (400, status::OK));
    assert_eq!(
        said,
        format!("ct-fetch: Athena failed the query {FIRST_ID}: {words}: starting it again\n")
    );
    for (end, expected) in [
        (
            failed(false),
            format!(
                "Athena failed the query {FIRST_ID} of athena:default.ct_raw: {words}: correct the table or the work group, or read its files with --from s3://…"
            ),
        ),
        (
            QueryEnd::Cancelled,
            format!(
                "the query {FIRST_ID} of athena:default.ct_raw was cancelled: no reason given: \
                 run it again"
            ),
        ),
    ] {
        let (_files, sim) = serve(table().ends([end]), |events| events);
        let (out, said, code) = fetch(&sim, &[]);
        assert_eq!((out.as_str(), code), ("", status::REFUSED));
        assert_eq!(said, format!("ct-fetch: {expected}\n"));
    }
}

#[test]
fn a_query_that_scans_too_much_and_one_that_is_interrupted_are_stopped() {
    let (_files, sim) = serve(table().ends([QueryEnd::Never]), |events| events);
    let (_, said, code) = fetch(&sim, &["--max-scan", "999MB"]);
    assert_eq!(code, status::OTHER);
    assert_eq!(
        said,
        format!(
            "ct-fetch: the query {FIRST_ID} of athena:default.ct_raw scanned 1,000,000,000 bytes, more than --max-scan \
             999,000,000 bytes, and was stopped: narrow the window, or raise --max-scan\n"
        )
    );
    assert_eq!(count(&sim, "StopQueryExecution"), 1);

    let (_files, sim) = serve(table().ends([QueryEnd::Never]), |events| events);
    let sandbox = Sandbox::beside(&sim);
    let mut fetch = sandbox.process("ct-fetch");
    let fetch = fetch.args(["--from", "athena:ct_raw"]);
    let mut run = fetch
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let has_started = || count(&sim, "GetQueryExecution") > 0;
    let mut number = 1;
    while !has_started() {
        assert!(sim.wait_for(number, Duration::from_mins(1)));
        number += 1;
    }
    let stopped = sandbox
        .process("sh")
        .args(["-c", &format!("kill -INT {}", run.id())])
        .status();
    assert!(stopped.unwrap().success());
    assert_eq!(run.wait().unwrap().code(), Some(status::INTERRUPTED.into()));
    assert_eq!(count(&sim, "StopQueryExecution"), 1);
}

#[test]
fn a_resumed_run_starts_no_second_query() {
    let (_files, sim) = serve(table(), |events| events);
    let sandbox = Sandbox::beside(&sim);
    let run = |more: &[&str]| {
        let arguments = [
            "--from",
            "athena:ct_raw",
            "--order",
            "oldest",
            "-o",
            "out",
            "-q",
        ];
        outcome(&sandbox, &[&arguments, more].concat())
    };
    assert_eq!(run(&[]).2, status::OK);
    let whole = std::fs::read(sandbox.folder().join("out")).unwrap();
    let journal = std::fs::read_to_string(sandbox.folder().join("out.journal")).unwrap();
    assert!(
        journal.contains(&format!("archive-query {FIRST_ID}\n")),
        "{journal}"
    );
    assert_eq!(run(&[]).2, status::OK);
    assert_eq!(count(&sim, "StartQueryExecution"), 1);
    // Different options need a new query.
    let (_, said, code) = run(&["--event-name", "CreateUser"]);
    assert_eq!(code, status::USAGE, "{said}");
    assert_eq!(run(&["--restart"]).2, status::OK);
    assert_eq!(count(&sim, "StartQueryExecution"), 3);
    assert!(std::fs::read(sandbox.folder().join("out")).unwrap() == whole);
}

#[test]
fn results_are_reused_only_if_no_file_can_have_arrived_since() {
    let (_files, sim) = serve(table(), |events| events);
    let reuse = |sim: &Sim| {
        let starts = sim.requests().into_iter();
        let mut starts = starts.filter(|request| request.operation == "StartQueryExecution");
        let last = starts.next_back().unwrap();
        last.body["ResultReuseConfiguration"]["ResultReuseByAgeConfiguration"].clone()
    };
    let old = ["--reuse", "60m", "--until", "2026-01-01"];
    let (_, first, _) = fetch(&sim, &old);
    let (_, second, code) = fetch(&sim, &old);
    assert_eq!(code, status::OK);
    assert_eq!(reuse(&sim), json!({"Enabled": true, "MaxAgeInMinutes": 60}));
    assert!(
        !first.contains("earlier results")
            && second.contains(", with earlier results, which scanned 0 bytes")
    );
    let (_, said, code) = fetch(&sim, &["--reuse", "1h", "-q"]);
    assert_eq!((reuse(&sim), code), (Value::Null, status::OK));
    assert_eq!(
        said,
        "ct-fetch: --reuse is ignored: files of the window may have been delivered within the last 60 minutes\n"
    );
}

#[test]
fn a_query_that_scanned_nothing_is_not_a_result() {
    let nothing = table().paths([""; 0]).scanned_bytes(0);
    let (_files, sim) = serve(nothing, |events| events);
    let (_, said, code) = fetch(&sim, &[]);
    assert_eq!(code, status::OTHER);
    assert!(said.contains("scanned nothing for the query"), "{said}");
    let (_files, sim) = serve(table().paths([""; 0]), |events| events);
    assert_eq!(fetch(&sim, &[]).2, status::OK);
}

#[test]
fn for_a_query_that_selects_most_files_reading_the_bucket_is_recommended() {
    let (_files, sim) = serve(table().scanned_bytes(100_000), |events| events);
    let (_, said, code) = fetch(&sim, &[]);
    assert_eq!(code, status::OK);
    assert!(said.lines().next().unwrap().ends_with(
        " % of the bytes that Athena scanned: it is simpler to read all files with --from s3://…"
    ));
}
