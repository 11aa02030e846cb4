//! Checks the counts in the summary and in the answers.

use serde_json::{Value, json};

use crate::program::{LEAKED, asked, call, id, lines, report, run, seal, with};

#[test]
fn the_answer_counts_unnamed_creations_separately_from_resources() {
    let records = [
        asked(
            1,
            "kms",
            "CreateKey",
            json!({}),
            json!({"keyMetadata": {"keyId": "k"}}),
        ),
        asked(2, "newservice", "CreateThing", json!({}), json!({})),
    ];
    let report = report(&records, &[]);
    assert_eq!(
        report["questions"][2]["answer"],
        "1 resource created, 0 deleted since; no deletion seen: AWS::KMS::Key k; \
         1 call may have created resources that the records do not name"
    );
}

#[test]
fn the_summary_counts_calls_without_names_separately_from_resources() {
    let records = [
        asked(
            1,
            "ec2",
            "CreateVolume",
            json!({}),
            json!({"volumeId": "vol-1"}),
        ),
        asked(
            2,
            "sns",
            "Subscribe",
            json!({"topicArn": "arn:t"}),
            json!({"subscriptionArn": "pending confirmation"}),
        ),
    ];
    let report = report(&records, &[]);
    let verdict = report["verdict"].as_str().unwrap();
    assert!(
        verdict.contains(
            "1 resource was created; no deletion was seen for 1; 1 call may have created resources \
            that the records do not name."
        ),
        "{verdict}"
    );
}

#[test]
fn the_answer_on_changes_names_what_each_call_changed() {
    let records = [
        asked(
            1,
            "cloudtrail",
            "StopLogging",
            json!({"name": "main"}),
            json!(null),
        ),
        asked(
            2,
            "ec2",
            "ModifySnapshotAttribute",
            json!({"snapshotId": "snap-1"}),
            json!(null),
        ),
    ];
    assert_eq!(
        report(&records, &[])["questions"][3]["answer"],
        "LOGGING WAS CHANGED: StopLogging; ModifySnapshotAttribute (1: snap-1), StopLogging (1: \
        main)"
    );
}

#[test]
fn a_filtered_input_answers_nothing_about_the_other_calls() {
    let record = lines(&[call(1, 1, "ec2", "StopInstances")]);
    let seal = with(seal(&record), json!({"where": ["EventName=StopInstances"]}));
    let output = run(&["--format", "json"], &format!("{record}{seal}\n"));
    assert_eq!(output.status.code(), Some(0));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let only = "only records with EventName=StopInstances";
    let verdict = report["verdict"].as_str().unwrap();
    let expected = format!(
        "The input is complete for its window in us-east-1. It contains {only}, so other calls \
        cannot be shown by this evidence. "
    );
    assert!(verdict.starts_with(&expected), "{verdict}");
    assert!(
        verdict.contains("These records show no creation of a resource."),
        "{verdict}"
    );
    assert_eq!(
        report["completeness"]["filters"],
        json!(["EventName=StopInstances"])
    );
    let answers = report["questions"].as_array().unwrap();
    let reasons: Vec<&Value> = [2, 4, 5, 6, 8].map(|at| &answers[at]["because"]).to_vec();
    let because = |none: &str| {
        json!(format!(
            "{none} in these records, and the input contains {only}"
        ))
    };
    assert_eq!(
        reasons,
        [
            &because("nothing was created"),
            &because("no call that is known to establish persistence was found"),
            &because("no call that is known to escalate privileges was found"),
            &because("no call that is known to read secrets or data was found"),
            &because("no call was denied or failed"),
        ]
    );
    let changed = answers[3]["answer"].as_str().unwrap();
    let logging = format!(
        "; whether logging was changed cannot be shown by this evidence, because no call that is \
        known to stop or restrict logging was found in these records, and the input contains \
        {only}"
    );
    assert!(changed.ends_with(&logging), "{changed}");
}

/// The answers of a report on `records` and their seal. `changes` are merged into the seal.
fn answers(records: &[Value], changes: Value) -> Vec<String> {
    let records = lines(records);
    let seal = with(seal(&records), changes);
    let output = run(&["--format", "json"], &format!("{records}{seal}\n"));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let answers = report["questions"].as_array().unwrap().iter();
    let answers = answers.map(|answer| match answer["answer"].as_str() {
        Some(said) => said.to_owned(),
        None => format!("unknown: {}", answer["because"].as_str().unwrap()),
    });
    answers.collect()
}

#[test]
fn an_incomplete_input_shows_neither_untouched_logging_nor_an_absence_of_anything() {
    let record = with(
        call(1, 1, "ec2", "StopInstances"),
        json!({"sourceIPAddress": "ec2.amazonaws.com"}),
    );
    let cut = |none: &str| format!("{none} in these records, and they are incomplete");
    let unknown = |none: &str| format!("unknown: {}", cut(none));
    let whether = |what: &str, none: &str| {
        let because = cut(none);
        format!("whether {what} cannot be shown by this evidence, because {because}")
    };
    let logging = "no call that is known to stop or restrict logging was found";
    let role = "no role was assumed";
    let found = answers(&[record], json!({"gaps": ["eu-west-1"]}));
    assert_eq!(
        found[2..9],
        [
            unknown("nothing was created"),
            format!(
                "StopInstances (1); {}",
                whether("logging was changed", logging)
            ),
            unknown("no call that is known to establish persistence was found"),
            unknown("no call that is known to escalate privileges was found"),
            unknown("no call that is known to read secrets or data was found"),
            format!(
                "{}; accounts: 111122223333",
                whether("a role was assumed", role)
            ),
            unknown("no call was denied or failed"),
        ]
    );
}

#[test]
fn a_report_without_data_events_does_not_claim_that_no_data_was_read() {
    let read = with(call(1, 1, "s3", "GetObject"), json!({"readOnly": true}));
    // `Query` is a data event of DynamoDB, but not of Timestream.
    let query = call(2, 2, "timestream", "Query");
    let found = answers(&[read, query], json!({}));
    let missing = "reads of DynamoDB items, Lambda invocations cannot be shown by this evidence, \
        because it contains no data events for them";
    assert!(found[6].ends_with(missing), "{}", found[6]);
    assert!(found[10].contains(
        "The input contains no data events for DynamoDB items, Lambda invocations, so it does not \
        show what was done with them. \
         The input contains data events for S3 objects. A trail records data events only for the \
         resources that it selects."
    ), "{}", found[10]);
}

#[test]
fn logging_data_and_persistence_include_the_calls_of_less_common_services() {
    let calls = [
        ("redshift", "DisableLogging"),
        ("route53", "DeleteQueryLoggingConfig"),
        ("monitoring", "DeleteAlarms"),
        ("events", "DisableRule"),
        ("guardduty", "CreateFilter"),
        ("iam", "UpdateAccessKey"),
        ("s3", "PutBucketPolicy"),
        ("kms", "PutKeyPolicy"),
        ("rds", "ModifyDBClusterSnapshotAttribute"),
        ("dynamodb", "ExportTableToPointInTime"),
    ];
    let records: Vec<Value> = (1..)
        .zip(calls)
        .map(|(number, (service, name))| call(number, number, service, name))
        .map(|record| {
            let is_filter = record["eventName"] == "CreateFilter";
            let action = is_filter.then_some("ARCHIVE");
            with(record, json!({"requestParameters": {"action": action}}))
        })
        .collect();
    let found = answers(&records, json!({}));
    let logging = "LOGGING WAS CHANGED: CreateFilter, DeleteAlarms, DeleteQueryLoggingConfig, \
        DisableLogging, DisableRule; ";
    assert!(found[3].starts_with(logging), "{}", found[3]);
    let persistence = "PutBucketPolicy (1), PutKeyPolicy (1), UpdateAccessKey (1)";
    assert_eq!(found[4], persistence);
    let data = "ExportTableToPointInTime (1), ModifyDBClusterSnapshotAttribute (1); ";
    assert!(found[6].starts_with(data), "{}", found[6]);
}

#[test]
fn a_filter_that_archives_findings_changes_logging_and_is_part_of_the_answer() {
    let filter = |number, service, action| {
        let request = json!({"detectorId": "d1", "name": "hide", "action": action});
        asked(
            number,
            service,
            "CreateFilter",
            request,
            json!({"name": "hide"}),
        )
    };
    let hiding = report(&[filter(1, "guardduty", "ARCHIVE")], &[]);
    let answer = &hiding["questions"][3];
    let expected =
        "LOGGING WAS CHANGED: CreateFilter; CreateFilter (1: ARCHIVE, d1, hide)".to_owned();
    assert_eq!(answer["answer"], json!(expected));
    assert_eq!(answer["events"], json!([id(1)]));
    let verdict = hiding["verdict"].as_str().unwrap();
    let changed = "Logging was changed: CreateFilter.";
    assert!(verdict.contains(changed), "{verdict}");
    let others = [
        filter(1, "personalize", "ARCHIVE"),
        filter(2, "guardduty", "NOOP"),
        asked(
            3,
            "workmail",
            "PutRetentionPolicy",
            json!({"name": "p"}),
            json!(null),
        ),
        asked(
            4,
            "frauddetector",
            "DeleteDetector",
            json!({"detectorId": "d"}),
            json!(null),
        ),
    ];
    let other = report(&others, &[]);
    assert_eq!(
        other["questions"][3]["answer"],
        "DeleteDetector (1: d), PutRetentionPolicy (1: p); no call that is known to stop or \
        restrict logging was found in these records, whose completeness is unknown"
    );
    let verdict = other["verdict"].as_str().unwrap();
    assert!(!verdict.contains("Logging was changed"), "{verdict}");
}

#[test]
fn a_filtered_part_of_the_input_does_not_filter_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let sealed = |number, changes| {
        let record = lines(&[call(number, number, "ec2", "StopInstances")]);
        let seal = with(seal(&record), changes);
        format!("{record}{seal}\n")
    };
    let file = folder.path().join("filtered.ndjson");
    let filter = json!({"where": ["EventName=StopInstances"]});
    std::fs::write(&file, sealed(1, filter)).unwrap();
    let arguments = ["--format", "json", file.to_str().unwrap(), "-"];
    let output = run(&arguments, &sealed(2, json!({})));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let verdict = report["verdict"].as_str().unwrap();
    assert!(!verdict.contains("only records with"), "{verdict}");
    assert_eq!(
        report["questions"][2]["answer"],
        "nothing was created in these records"
    );
    let limits = report["limits"].to_string();
    let limit = "only records with EventName=StopInstances";
    assert!(limits.contains(limit), "{limits}");
}

#[test]
fn calls_without_a_principal_from_the_same_address_are_counted() {
    let nobody = json!({"type": null, "accessKeyId": null, "principalId": null, "arn": null});
    let other = with(
        call(2, 2, "sts", "AssumeRoleWithSAML"),
        json!({"userIdentity": nobody}),
    );
    let records = [call(1, 1, "ec2", "StopInstances"), other];
    let report = report(&records, &["--key", LEAKED]);
    let answer = &report["questions"][9]["answer"];
    assert_eq!(answer, "1 call without a principal");
}

#[test]
fn callers_without_an_arn_are_distinguished_by_their_principal() {
    let read = |number, principal| {
        let identity = json!({"type": "AWSAccount", "principalId": principal, "arn": null, "accessKeyId": null, "userName": null});
        with(
            call(number, number, "s3", "GetObject"),
            json!({"userIdentity": identity}),
        )
    };
    let records = [read(1, "AIDAONE"), read(2, "AIDATWO"), read(3, "AIDAONE")];
    let report = report(&records, &["--principal", "AIDAONE"]);
    let answer = &report["questions"][9];
    assert_eq!(answer["answer"], "AIDATWO (1)");
    assert_eq!(answer["events"], json!([id(2)]));
}

#[test]
fn sign_ins_and_old_records_of_reads_are_not_changes() {
    let old = json!({"readOnly": null});
    let records = [
        call(1, 1, "signin", "ConsoleLogin"),
        with(call(2, 2, "ec2", "DescribeInstances"), old.clone()),
        with(call(3, 3, "sts", "AssumeRole"), old),
    ];
    let report = report(&records, &["--key", LEAKED]);
    let expected = "nothing was changed or deleted in these records, whose completeness is unknown";
    assert_eq!(report["questions"][3]["answer"], expected);
}
