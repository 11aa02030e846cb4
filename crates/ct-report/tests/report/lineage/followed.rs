//! Checks that a report covers the keys that come from the subject (followed keys) by way of
//! services, other accounts and passwords.

use serde_json::{Value, json};

use super::{ISSUED, OTHER, assume, session};
use crate::program::{LEAKED, asked, id, report, with};

const INSTANCE: &str = "i-0123456789abcdef0";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:111122223333:function:f";
const SHARED: &str = "33333333-0000-4000-8000-000000000000";

/// Three lists from the report on the leaked key: the IDs of the records that it covers, the
/// followed keys with their grades (the confidence in the origin), and the `limits`.
fn followed(records: &[Value], credentials: &str) -> (Vec<Value>, Vec<Value>, Vec<Value>) {
    let report = report(records, &["--key", LEAKED, "--credentials", credentials]);
    let list = |name: &str| report[name].as_array().unwrap().clone();
    let timeline = list("timeline").into_iter();
    let records = timeline.map(|row| row["eventID"].clone()).collect();
    let keys = report["lineage"]["keys"].as_array().unwrap().iter();
    let keys = keys.filter(|key| key["followed"] == true);
    let keys = keys.map(|key| json!([key["key"], key["grade"]])).collect();
    (records, keys, list("limits"))
}

/// A call by which a service gets a key for itself.
fn service_assumes(number: u32, service: &str, issued: &str) -> Value {
    let record = with(assume(number, issued), json!({"readOnly": false}));
    let mut record = with(record, json!({"sourceIPAddress": service}));
    record["userIdentity"] = json!({"type": "AWSService", "invokedBy": service});
    record
}

/// A call in a role session that creates a user.
fn creates_user(number: u32, key: &str, principal: &str) -> Value {
    with(
        session(number, key, principal, "2026-01-31T10:00:02Z"),
        json!({"eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "readOnly": false,
            "requestParameters": {"userName": "eve"}}),
    )
}

fn runs_instance(number: u32, instance: &str) -> Value {
    let instances = json!({"instancesSet": {"items": [{"instanceId": instance}]}});
    asked(number, "ec2", "RunInstances", json!({}), instances)
}

#[test]
fn a_key_that_a_service_got_for_an_instance_or_function_of_the_subject_is_followed() {
    let function = json!({"functionArn": FUNCTION, "functionName": "f"});
    let name = json!({"functionName": "f"});
    for (creation, service, delivery) in [
        (
            runs_instance(1, INSTANCE),
            "ec2.amazonaws.com",
            json!({"sessionContext": {"ec2RoleDelivery": "2.0"}}),
        ),
        (
            asked(1, "lambda", "CreateFunction20150331", name, function),
            "lambda.amazonaws.com",
            json!({"inScopeOf": {"credentialsIssuedTo": FUNCTION}}),
        ),
    ] {
        let principal = format!("AROAEXAMPLE:{INSTANCE}");
        let used = creates_user(3, ISSUED, &principal);
        let used = with(used, json!({"userIdentity": delivery}));
        let records = [creation, service_assumes(2, service, ISSUED), used];
        let (ids, keys, limits) = followed(&records, "session");
        assert_eq!(ids, [id(1), id(2), id(3)], "{service}");
        assert_eq!(keys, [json!([ISSUED, "exact"])]);
        assert_eq!(of_services(&limits), Vec::<&str>::new());
        let (ids, keys, limits) = followed(&records, "exact");
        assert_eq!((ids, keys), (vec![json!(id(1))], Vec::new()));
        assert_eq!(of_services(&limits), [NOT_FOLLOWED]);
    }
}

const NOT_FOLLOWED: &str = "1 temporary key in the input was issued to services and not followed. A \
    service may have used such a key for the subject, for example for a CloudFormation stack with a \
    role.";

/// The sentences in the report's `limits` about keys that were issued to services.
fn of_services(limits: &[Value]) -> Vec<&str> {
    let limits = limits.iter().filter_map(Value::as_str);
    let limits = limits.filter(|limit| limit.contains("issued to services"));
    limits.collect()
}

#[test]
fn a_key_that_a_service_got_for_a_strangers_instance_is_counted_and_not_followed() {
    let principal = format!("AROAEXAMPLE:{INSTANCE}");
    let used = with(
        creates_user(3, ISSUED, &principal),
        json!({"userIdentity": {"sessionContext": {"ec2RoleDelivery": "2.0"}}}),
    );
    let records = [
        runs_instance(1, "i-0fedcba9876543210"),
        service_assumes(2, "ec2.amazonaws.com", ISSUED),
        used,
    ];
    let (ids, keys, limits) = followed(&records, "inferred");
    assert_eq!((ids, keys), (vec![json!(id(1))], Vec::new()));
    assert_eq!(of_services(&limits), [NOT_FOLLOWED]);
}

/// The record of an AssumeRole call to another account, in the caller's account.
fn assumes_elsewhere(number: u32, shared: &str) -> Value {
    let role = "arn:aws:iam::444455556666:role/deploy";
    let record = asked(
        number,
        "sts",
        "AssumeRole",
        json!({"roleArn": role}),
        json!(null),
    );
    with(record, json!({"sharedEventID": shared}))
}

/// The record of an AssumeRole call from another account, in the account of the role.
fn assumed_elsewhere(number: u32, shared: &str, issued: &str) -> Value {
    let record = with(
        assumes_elsewhere(number, shared),
        json!({"recipientAccountId": "444455556666",
            "responseElements": {"credentials": {"accessKeyId": issued}}}),
    );
    let caller =
        json!({"type": "AWSAccount", "principalId": "AIDAEXAMPLE", "accountId": "111122223333"});
    let mut record = record;
    record["userIdentity"] = caller;
    record
}

/// The sentences in the report's `limits` about keys that the records do not contain.
fn of_missing_keys(limits: &[Value]) -> Vec<&str> {
    let limits = limits.iter().filter_map(Value::as_str);
    let limits = limits.filter(|limit| limit.contains("AssumeRole call"));
    limits.collect()
}

#[test]
fn a_key_in_the_role_accounts_record_of_the_call_is_followed_from_role_to_role() {
    let next = "44444444-0000-4000-8000-000000000000";
    let chained = with(
        assumes_elsewhere(3, next),
        json!({"recipientAccountId": "444455556666",
            "userIdentity": {"accessKeyId": ISSUED, "principalId": "AROAEXAMPLE:s"}}),
    );
    let records = [
        assumes_elsewhere(1, SHARED),
        assumed_elsewhere(2, SHARED, ISSUED),
        chained,
        assumed_elsewhere(4, next, OTHER),
        creates_user(5, OTHER, "AROAOTHER:s"),
    ];
    let (ids, keys, limits) = followed(&records, "exact");
    assert_eq!(ids, [id(1), id(2), id(3), id(4), id(5)]);
    assert_eq!(keys, [ISSUED, OTHER].map(|key| json!([key, "exact"])));
    assert_eq!(of_missing_keys(&limits), Vec::<&str>::new());
}

#[test]
fn a_call_whose_new_key_is_in_no_record_is_a_limit() {
    let failed = with(
        assumes_elsewhere(3, "55555555-0000-4000-8000-000000000000"),
        json!({"errorCode": "AccessDenied"}),
    );
    let first = assumes_elsewhere(1, SHARED);
    let (.., limits) = followed(&[first.clone(), failed.clone()], "session");
    let expected = "1 AssumeRole call issued a key that these records do not contain. The records of \
        account 444455556666 contain the keys that were issued there.";
    assert_eq!(of_missing_keys(&limits), [expected]);
    let second = assumes_elsewhere(2, "44444444-0000-4000-8000-000000000000");
    let within = with(
        assumes_elsewhere(4, "66666666-0000-4000-8000-000000000000"),
        json!({"requestParameters": {"roleArn": null}}),
    );
    let (.., limits) = followed(&[first, second, failed, within], "session");
    let expected = "3 AssumeRole calls issued a key that these records do not contain. The records of \
        account 444455556666 contain the keys that were issued there.";
    assert_eq!(of_missing_keys(&limits), [expected]);
}

/// A call in the console by `identity`, in a session that started at `start`.
fn in_console(number: u32, identity: &Value, start: &str) -> Value {
    let record = creates_user(number, ISSUED, "AROAEXAMPLE:alice");
    let record = with(record, json!({"sessionCredentialFromConsole": "true"}));
    let attributes = json!({"attributes": {"creationDate": start}});
    let record = with(record, json!({"userIdentity": identity.clone()}));
    with(
        record,
        json!({"userIdentity": {"sessionContext": attributes}}),
    )
}

#[test]
fn a_password_leads_only_to_later_sessions_of_the_user_and_not_to_a_role_with_its_name() {
    let password = asked(
        2,
        "iam",
        "CreateLoginProfile",
        json!({"userName": "Admin"}),
        json!({"loginProfile": {"userName": "Admin"}}),
    );
    let role = json!({
        "userName": null,
        "arn": "arn:aws:sts::111122223333:assumed-role/Admin/alice",
        "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "Admin"}},
    });
    let user = json!({
        "type": "IAMUser",
        "userName": "Admin",
        "principalId": "AIDAADMIN",
        "arn": "arn:aws:iam::111122223333:user/staff/Admin",
    });
    let without_arn = with(user.clone(), json!({"arn": ""}));
    let (before, after) = ("2026-01-31T10:00:01Z", "2026-01-31T10:00:03Z");
    for (identity, start, is_followed) in [
        (&role, before, false),
        (&role, after, false),
        (&user, before, false),
        (&user, after, true),
        (&without_arn, after, true),
    ] {
        let records = [password.clone(), in_console(4, identity, start)];
        let (ids, ..) = followed(&records, "session");
        let expected = if is_followed {
            vec![id(2), id(4)]
        } else {
            vec![id(2)]
        };
        assert_eq!(ids, expected, "{identity} {start}");
    }
}

#[test]
fn the_first_of_several_passwords_counts_whichever_key_set_it() {
    let set = |number, name| {
        let user = json!({"userName": "Admin"});
        asked(number, "iam", name, user, json!(null))
    };
    let derived = json!({"userIdentity": {"accessKeyId": OTHER}});
    let user = json!({
        "type": "IAMUser",
        "userName": "Admin",
        "principalId": "AIDAADMIN",
        "arn": "arn:aws:iam::111122223333:user/Admin",
    });
    let records = [
        with(assume(1, OTHER), json!({"readOnly": false})),
        with(set(2, "CreateLoginProfile"), derived),
        set(4, "UpdateLoginProfile"),
        in_console(5, &user, "2026-01-31T10:00:03Z"),
    ];
    let (ids, ..) = followed(&records, "session");
    assert_eq!(ids, [id(1), id(2), id(4), id(5)]);
}
