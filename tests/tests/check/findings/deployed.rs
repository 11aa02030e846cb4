//! Tests that `--as-deployed` reports whether the alarms that are deployed in an account would have
//! fired.

use serde_json::json;

use super::{check, run, sandbox};

#[test]
fn each_deployed_filter_and_each_control_is_reported() {
    let sandbox = sandbox();
    let stopped = "{ $.eventName = StopLogging }";
    sandbox.write(
        "filters.json",
        json!({"metricFilters": [
            {"filterName": "trail", "filterPattern": stopped, "logGroupName": "a"},
            {"filterName": "trail", "filterPattern": "{ $.eventName = StartLogging }", "logGroupName": "b"},
        ]})
        .to_string(),
    );
    sandbox.write(
        "rules.json",
        json!({"Rules": [
            {"Name": "nightly", "ScheduleExpression": "rate(1 day)", "State": "ENABLED"},
            {"Name": "off", "EventPattern": "{\"source\":[\"aws.iam\"]}", "State": "DISABLED"},
        ]})
        .to_string(),
    );
    let deployed = ["--as-deployed", "filters.json,rules.json", "found"];
    let (report, said, status) = check(&sandbox, &deployed);
    assert_eq!(status, 1, "{said}");
    let lines: Vec<&str> = report.lines().collect();
    for line in [
        "would fire     a/trail: 1 record, the last at 2020-10-01T00:00:01Z, event 00000001-0000-4000-8000-000000000000",
        "never matched  b/trail",
        "not run        nightly: it runs on a schedule, not on events",
        "not run        off: it is disabled",
        "no filter      ct.cis.root-used: Root user active",
    ] {
        assert!(lines.contains(&line), "{line}\n{report}");
    }
    assert!(
        lines.iter().any(|line| line.starts_with(
            "partly         ct.cis.trail-changed: CloudTrail changed: 2 of 10 events covered, missing "
        )),
        "{report}"
    );
}

#[test]
fn a_truncated_list_of_filters_is_refused() {
    let sandbox = sandbox();
    sandbox.write(
        "filters.json",
        json!({"metricFilters": [{"filterName": "x", "filterPattern": "{ $.eventName = X }"}], "NextToken": "t"})
            .to_string(),
    );
    let (_, said, status) = run(&sandbox, &["--as-deployed", "filters.json", "found"]);
    assert_eq!(
        (said.lines().next(), status),
        (
            Some(
                "ct-check: rule `filters` in filters.json: `NextToken`: the list is incomplete: \
                 export all of it, without --max-items"
            ),
            2
        )
    );
}

#[test]
fn deployed_rules_of_which_none_runs_are_reported_and_refused() {
    let sandbox = sandbox();
    let rule = r#"{"Name":"off","State":"DISABLED","EventPattern":"{\"source\":[\"aws.iam\"]}"}"#;
    sandbox.write("off.json", rule);
    sandbox.write("none.json", r#"{"Rules":[],"metricFilters":[]}"#);
    for (file, line) in [
        ("off.json", "not run        off: it is disabled"),
        (
            "none.json",
            "no filter      ct.cis.root-used: Root user active",
        ),
    ] {
        let (printed, said, status) = check(&sandbox, &["--as-deployed", file, "clean"]);
        assert_eq!(status, 2, "{said}");
        assert!(printed.contains(line), "{printed}");
    }
}
