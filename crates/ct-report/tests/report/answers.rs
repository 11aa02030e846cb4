//! The counts in the summary and the answers.

use serde_json::json;

use crate::program::{asked, report};

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
        "1 resource created, 0 deleted since; not seen deleted: AWS::KMS::Key k; \
         1 call may have created something that the record does not name"
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
            "1 resource was created, 1 not seen deleted since; 1 call may have created something unknown."
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
        "LOGGING WAS TOUCHED: StopLogging; ModifySnapshotAttribute (1: snap-1), StopLogging (1: main)"
    );
}
