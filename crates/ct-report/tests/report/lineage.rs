//! Checks the origins of keys and their grades (the confidence in the origin). Also checks which of
//! the keys that come from the subject a report covers.

use serde_json::{Value, json};

use crate::program::{LEAKED, call, id, lines, report, run, text, with};

mod followed;

const ISSUED: &str = "ASIAISSUEDEXAMPLE000";
const OTHER: &str = "ASIAOTHEREXAMPLE0000";

/// The grade and the origin of each key in the report on `records`.
fn keys(records: &[Value]) -> Value {
    let report = report(records, &[]);
    let keys = report["lineage"]["keys"].as_array().unwrap();
    keys.iter()
        .map(|key| json!([key["key"], key["grade"], key["from"]]))
        .collect()
}

/// A call with the access key `key`, in a session of `principal` that started at `start`.
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
fn the_issuing_record_gives_an_exact_origin_in_any_input_order() {
    let start = "2026-01-31T10:00:01Z";
    // The sessions of the two keys have the same name and start, so that only the issuing records
    // distinguish the keys.
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
fn a_shared_request_id_explains_the_services_key_and_not_its_parent() {
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
fn an_instances_two_keys_originate_from_the_instance_and_not_from_each_other() {
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
fn a_services_call_is_inferred_from_a_direct_call_on_the_same_resource_and_otherwise_weak() {
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
fn a_report_on_a_key_follows_derived_keys_as_far_as_requested() {
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
fn a_subject_that_does_not_occur_is_reported() {
    let report = report(
        &[call(1, 1, "ec2", "StopInstances")],
        &["--key", "AKIANOTHEREEXAMPLE00"],
    );
    let verdict = report["verdict"].as_str().unwrap();
    assert_eq!(
        verdict,
        "It is not known whether the input is complete (completeness unknown). \
        AKIANOTHEREEXAMPLE00 does not occur in the 1 record of the input."
    );
}

#[test]
fn a_request_id_does_not_explain_a_services_call_of_another_principal_or_account() {
    let start = "2026-01-31T09:00:00Z";
    let request = json!({"requestID": "22222222-0000-4000-8000-000000000000"});
    let direct = with(session(1, ISSUED, "AIDAEXAMPLE", start), request.clone());
    let service = json!({"userIdentity": {"invokedBy": "health.amazonaws.com"}});
    let of = |principal: &str, account: &str| {
        let served = with(session(2, OTHER, principal, start), request.clone());
        let served = with(served, service.clone());
        with(served, json!({"recipientAccountId": account}))
    };
    let grade = |served: Value| keys(&[direct.clone(), served])[1][1].clone();
    assert_eq!(
        grade(of("AIDAEXAMPLE", "111122223333")),
        json!("sameRequest")
    );
    assert_eq!(grade(of("AIDASTRANGER", "111122223333")), json!("weak"));
    // If the accounts differ, the request ID proves nothing, but the session still shows the
    // origin.
    assert_eq!(grade(of("AIDAEXAMPLE", "444455556666")), json!("session"));
}

/// Records in which a console session of alice switches to a role, and a key of the role makes
/// calls.
fn switched(outcome: &Value) -> Vec<Value> {
    let alice = "arn:aws:iam::111122223333:user/alice";
    vec![
        with(
            session(1, ISSUED, "AIDAEXAMPLE", "2026-01-31T10:00:00Z"),
            json!({"sessionCredentialFromConsole": "true", "userIdentity": {"arn": alice}}),
        ),
        with(
            call(2, 2, "signin", "SwitchRole"),
            json!({
                "userIdentity": {
                    "type": "AssumedRole", "principalId": "AROAEXAMPLE:alice", "accessKeyId": "",
                    "arn": "arn:aws:sts::111122223333:assumed-role/r/alice",
                },
                "responseElements": {"SwitchRole": outcome},
                "additionalEventData": {"SwitchFrom": alice},
            }),
        ),
        session(3, OTHER, "AROAEXAMPLE:alice", "2026-01-31T10:00:02Z"),
    ]
}

#[test]
fn a_role_switched_to_in_a_console_session_is_followed() {
    let records = switched(&json!("Success"));
    assert_eq!(
        keys(&records)[1],
        json!([OTHER, "session", "AROAEXAMPLE:alice+2026-01-31T10:00:02Z"])
    );
    let records_of = |credentials: &str| {
        let report = report(&records, &["--key", ISSUED, "--credentials", credentials]);
        report["subject"]["records"].clone()
    };
    assert_eq!(records_of("session"), json!(3));
    assert_eq!(records_of("exact"), json!(1));
    // A call with a long-term key of the user is not in a console session.
    let mut others = records.clone();
    others[0] = call(1, 1, "ec2", "StopInstances");
    let report = report(&others, &["--key", LEAKED]);
    assert_eq!(report["subject"]["records"], json!(1));
}

#[test]
fn a_failed_switch_leads_to_nothing() {
    let records = switched(&json!("Failure"));
    assert_eq!(keys(&records)[1], json!([OTHER, "orphan", null]));
}

#[test]
fn credentials_of_an_instance_or_function_name_their_recipient() {
    let scope = |number: u32, key: &str, arn: &str| {
        let record = session(number, key, "AROAEXAMPLE:x", "2026-01-31T09:00:00Z");
        with(
            record,
            json!({"userIdentity": {"principalId": format!("AROAEXAMPLE:{number}"), "inScopeOf": {"credentialsIssuedTo": arn}}}),
        )
    };
    let function = "arn:aws:lambda:us-east-1:111122223333:function:f";
    let records = [
        with(
            call(1, 1, "lambda", "CreateFunction20150331"),
            json!({"requestParameters": {"functionName": "f"}, "responseElements": {"functionArn": function, "functionName": "f"}}),
        ),
        scope(
            2,
            ISSUED,
            "arn:aws:ec2:us-east-1:111122223333:instance/i-0123456789abcdef0",
        ),
        scope(3, OTHER, function),
    ];
    assert_eq!(
        keys(&records),
        json!([
            [ISSUED, "instance", "i-0123456789abcdef0"],
            [OTHER, "instance", function]
        ])
    );
    // The leaked key created the function but not the instance.
    let report = report(&records, &["--key", LEAKED]);
    assert_eq!(report["subject"]["records"], json!(2));
}

#[test]
fn a_call_on_behalf_of_a_person_is_a_weak_origin() {
    let person = "d-1234567890-example";
    let record = with(
        session(1, ISSUED, "AROAEXAMPLE:x", "2026-01-31T09:00:00Z"),
        json!({"userIdentity": {"onBehalfOf": {"userId": person}}}),
    );
    assert_eq!(
        keys(std::slice::from_ref(&record)),
        json!([[ISSUED, "weak", person]])
    );
    let report = report(&[record], &["--principal", person]);
    assert_eq!(report["subject"]["records"], json!(1));
}

#[test]
fn another_accounts_record_of_a_call_is_part_of_the_report() {
    let shared = json!({"sharedEventID": "33333333-0000-4000-8000-000000000000"});
    let copy = with(
        call(2, 1, "s3", "PutBucketPolicy"),
        json!({"recipientAccountId": "444455556666", "userIdentity": {"type": "AWSAccount", "accessKeyId": "", "arn": ""}}),
    );
    let records = [
        with(call(1, 1, "s3", "PutBucketPolicy"), shared.clone()),
        with(copy.clone(), shared),
        with(copy, json!({"eventID": id(3), "sharedEventID": id(9)})),
    ];
    let report = report(&records, &["--key", LEAKED]);
    assert_eq!(report["subject"]["records"], json!(2));
}

#[test]
fn tables_for_people_contain_only_the_subjects_links() {
    let key = json!({"userIdentity": {"accessKeyId": "AKIAI44QH8DHBEXAMPLE"}});
    let input = lines(&[assume(1, ISSUED), with(assume(2, OTHER), key)]);
    for format in ["html", "markdown"] {
        let page = text(&run(&["--key", LEAKED, "--format", format], &input));
        assert!(page.contains(ISSUED) && !page.contains(OTHER), "{page}");
    }
}

#[test]
fn keys_and_links_of_others_beyond_ten_thousand_are_counted() {
    let other = json!({"userIdentity": {"accessKeyId": "AKIAI44QH8DHBEXAMPLE"}});
    let at_once = json!({"eventTime": "2026-01-31T10:00:00Z"});
    let used = |number: u32| {
        let key = format!("ASIA{number:09}EXAMPLE");
        let start = format!("2026-01-31T09:00:00.{number}Z");
        with(
            session(number, &key, "AROAEXAMPLE:x", &start),
            at_once.clone(),
        )
    };
    let issued = |number: u32| {
        let record = assume(number, &format!("ASIA{number:09}OTHER"));
        with(with(record, at_once.clone()), other.clone())
    };
    let mut records: Vec<Value> = (1..=10_002).map(used).collect();
    records.extend((20_001..=30_003).map(issued));
    records.push(with(assume(40_000, ISSUED), at_once.clone()));
    let of_key = report(&records, &["--key", LEAKED]);
    let lineage = &of_key["lineage"];
    let counts = [&lineage["keys"], &lineage["edges"]].map(|list| list.as_array().unwrap().len());
    assert_eq!(counts, [10_000, 10_001]);
    assert_eq!(
        (&lineage["keys_omitted"], &lineage["edges_omitted"]),
        (&json!(2), &json!(3))
    );
    let limit = "2 temporary keys and 3 links of other credentials in the input are not listed. A \
        report without a subject lists them.";
    let limits = of_key["limits"].as_array().unwrap();
    assert!(limits.contains(&json!(limit)), "{limits:?}");
    let of_all = report(&records, &[]);
    assert_eq!(of_all["lineage"]["keys"].as_array().unwrap().len(), 10_002);
}
