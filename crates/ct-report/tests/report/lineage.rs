//! Where keys come from, with the grade of each explanation, and how far a report follows them.

use serde_json::{Value, json};

use crate::program::{LEAKED, call, id, report, with};

const ISSUED: &str = "ASIAISSUEDEXAMPLE000";
const OTHER: &str = "ASIAOTHEREXAMPLE0000";

/// The grade of each key and what it comes from.
fn keys(records: &[Value]) -> Value {
    let report = report(records, &[]);
    let keys = report["lineage"]["keys"].as_array().unwrap();
    keys.iter()
        .map(|key| json!([key["key"], key["grade"], key["from"]]))
        .collect()
}

/// A call of a session of `principal` that began at `start`, with this key.
fn session(number: u32, key: &str, principal: &str, start: &str) -> Value {
    with(
        call(number, number, "ec2", "DescribeInstances"),
        json!({"readOnly": true, "userIdentity": {
            "type": "AssumedRole", "accessKeyId": key, "principalId": principal,
            "arn": "arn:aws:sts::111122223333:assumed-role/r/s",
            "sessionContext": {"attributes": {"creationDate": start}},
        }}),
    )
}

fn assume(number: u32, issued: &str) -> Value {
    with(
        call(number, number, "sts", "AssumeRole"),
        json!({"readOnly": true,
            "requestParameters": {"roleArn": "arn:aws:iam::111122223333:role/r", "roleSessionName": "s"},
            "responseElements": {"credentials": {"accessKeyId": issued}}}),
    )
}

#[test]
fn the_issuing_record_explains_a_key_exactly_whatever_the_order_of_the_input() {
    let start = "2026-01-31T10:00:01Z";
    // Two keys of one session and second: only their records tell them apart.
    let mut records = vec![
        assume(1, ISSUED),
        with(
            assume(2, OTHER),
            json!({"eventTime": start, "userIdentity": {"accessKeyId": "AKIAI44QH8DHBEXAMPLE"}}),
        ),
        session(3, ISSUED, "AROAEXAMPLE:s", start),
        session(4, OTHER, "AROAEXAMPLE:s", start),
    ];
    let expected = json!([[ISSUED, "exact", id(1)], [OTHER, "exact", id(2)]]);
    assert_eq!(keys(&records), expected);
    records.reverse();
    assert_eq!(keys(&records), expected);
}

#[test]
fn a_failed_call_issues_nothing() {
    let records = [
        with(assume(1, ISSUED), json!({"errorCode": "AccessDenied"})),
        session(2, ISSUED, "AROAEXAMPLE:s", "2026-01-31T10:00:01Z"),
    ];
    assert_eq!(keys(&records), json!([[ISSUED, "orphan", null]]));
}

#[test]
fn a_shared_request_explains_the_service_s_key_and_not_its_parent() {
    let start = "2026-01-31T09:00:00Z";
    let request = json!({"requestID": "22222222-0000-4000-8000-000000000000"});
    let records = [
        with(session(1, ISSUED, "AIDAEXAMPLE", start), request.clone()),
        with(
            with(session(2, OTHER, "AIDAEXAMPLE", start), request),
            json!({"userIdentity": {"invokedBy": "health.amazonaws.com"}}),
        ),
        session(3, "ASIATHIRDEXAMPLE0000", "AIDAEXAMPLE", start),
    ];
    let from = format!("AIDAEXAMPLE+{start}");
    assert_eq!(
        keys(&records),
        json!([
            [ISSUED, "session", from],
            [OTHER, "sameRequest", ISSUED],
            ["ASIATHIRDEXAMPLE0000", "session", from]
        ])
    );
}

#[test]
fn an_instance_s_two_keys_are_the_instance_s_and_not_each_other_s() {
    let start = "2026-01-31T09:00:00Z";
    let role = json!({"userIdentity": {"sessionContext": {"ec2RoleDelivery": "2.0"}}});
    let records = [
        with(session(1, ISSUED, "AROAEXAMPLE:i-1", start), role.clone()),
        with(session(2, OTHER, "AROAEXAMPLE:i-1", start), role),
    ];
    assert_eq!(
        keys(&records),
        json!([[ISSUED, "instance", "i-1"], [OTHER, "instance", "i-1"]])
    );
}

#[test]
fn a_service_s_call_is_inferred_from_the_direct_call_on_the_same_resource_and_weak_without_one() {
    let secret = |number, second, key: &str, name: &str| {
        with(
            call(number, second, "secretsmanager", "GetSecretValue"),
            json!({"readOnly": true, "userIdentity": {"accessKeyId": key}, "requestParameters": {"secretId": name}}),
        )
    };
    let decrypt = |number, second, key: &str, invoked_by: &str| {
        with(
            call(number, second, "kms", "Decrypt"),
            json!({"readOnly": true, "userIdentity": {"accessKeyId": key, "invokedBy": invoked_by},
                "requestParameters": {"encryptionContext": {"SecretARN": "arn:secret"}}}),
        )
    };
    let records = [
        secret(1, 10, "AKIAI44QH8DHBEXAMPLE", "arn:other"),
        secret(2, 11, LEAKED, "arn:secret"),
        decrypt(3, 10, ISSUED, "secretsmanager.amazonaws.com"),
        decrypt(4, 30, OTHER, "secretsmanager.amazonaws.com"),
        decrypt(5, 11, "ASIATHIRDEXAMPLE0000", "AWS Internal"),
    ];
    assert_eq!(
        keys(&records),
        json!([
            [ISSUED, "inferred", LEAKED],
            ["ASIATHIRDEXAMPLE0000", "weak", "AIDAEXAMPLE"],
            [OTHER, "weak", "AIDAEXAMPLE"],
        ])
    );
}

#[test]
fn a_report_on_a_key_follows_what_comes_from_it_as_far_as_it_is_told() {
    let start = "2026-01-31T10:00:01Z";
    let records = [
        assume(1, ISSUED),
        session(2, ISSUED, "AROAEXAMPLE:s", start),
        session(3, OTHER, "AROAEXAMPLE:s", start),
        with(
            session(4, "ASIASTRANGEREXAMPLE0", "AROASTRANGER:x", start),
            json!({"sourceIPAddress": "198.51.100.9"}),
        ),
    ];
    let followed = |credentials: &str| {
        let report = report(&records, &["--key", LEAKED, "--credentials", credentials]);
        let keys = report["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["key"].clone());
        let mut keys: Vec<Value> = keys.collect();
        keys.sort_by_key(ToString::to_string);
        json!([report["subject"]["records"], keys])
    };
    assert_eq!(followed("exact"), json!([2, [LEAKED, ISSUED]]));
    assert_eq!(followed("session"), json!([3, [LEAKED, ISSUED, OTHER]]));
}

#[test]
fn a_password_leads_to_the_console_sessions_of_its_user() {
    let eve = json!({"readOnly": true, "sessionCredentialFromConsole": "true", "userIdentity": {"userName": "eve", "arn": "arn:aws:iam::111122223333:user/eve"}});
    let start = "2026-01-31T10:00:02Z";
    let records = [
        with(
            call(1, 1, "iam", "CreateLoginProfile"),
            json!({"requestParameters": {"userName": "eve"}, "responseElements": {"loginProfile": {"userName": "eve"}}}),
        ),
        with(
            call(2, 2, "signin", "ConsoleLogin"),
            json!({"userIdentity": {"userName": "eve", "principalId": "AIDAEVE", "accessKeyId": ""}}),
        ),
        with(session(3, ISSUED, "AIDAEVE", start), eve),
    ];
    let report = report(&records, &["--key", LEAKED]);
    assert_eq!(report["subject"]["records"], json!(3));
}

#[test]
fn a_subject_that_does_not_occur_is_stated() {
    let report = report(
        &[call(1, 1, "ec2", "StopInstances")],
        &["--key", "AKIANOTHEREEXAMPLE00"],
    );
    let verdict = report["verdict"].as_str().unwrap();
    assert_eq!(
        verdict,
        "Whether the input is complete is unknown (completeness unknown). AKIANOTHEREEXAMPLE00 does not occur in the 1 record of the input."
    );
}
