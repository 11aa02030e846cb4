//! Checks calls that belong to a subject although they lack its key, and the keys and roles that
//! the subject reached.

use serde_json::{Value, json};

use crate::program::{LEAKED, asked, call, id, lines, report, run, text, with};

/// The record of a call without a key, which a service made for the user alice.
fn keyless(number: u32, changes: Value) -> Value {
    let record = asked(
        number,
        "iam",
        "CreateUser",
        json!({"userName": format!("u{number}")}),
        json!(null),
    );
    let service = json!({"sourceIPAddress": "cloudformation.amazonaws.com", "userIdentity": {"accessKeyId": null, "invokedBy": "cloudformation.amazonaws.com"}});
    with(with(record, service), changes)
}

#[test]
fn a_services_call_without_a_key_is_followed_by_its_request_its_session_or_its_principal() {
    let session = json!({"userIdentity": {"sessionContext": {"attributes": {"creationDate": "2026-01-31T09:00:00Z"}}}});
    let records = [
        with(call(1, 1, "cloudformation", "CreateStack"), session.clone()),
        keyless(
            2,
            json!({"requestID": "11111111-0000-4000-8000-000000000001"}),
        ),
        keyless(3, session),
        keyless(4, json!({})),
        // The call of another principal has the same request ID, but does not belong to the
        // subject.
        keyless(
            5,
            json!({"requestID": "11111111-0000-4000-8000-000000000001", "userIdentity": {"principalId": "AIDAOTHER"}}),
        ),
    ];
    for (credentials, expected, left) in [
        ("exact", 2, Some(2)),
        ("session", 3, Some(1)),
        ("inferred", 4, None),
    ] {
        let report = report(&records, &["--key", LEAKED, "--credentials", credentials]);
        assert_eq!(
            report["subject"]["records"],
            json!(expected),
            "{credentials}"
        );
        let limits = report["limits"].as_array().unwrap().iter();
        let limit = limits
            .filter_map(Value::as_str)
            .find_map(|limit| limit.strip_prefix("Services made "));
        let count = limit.and_then(|count| count.split(' ').next()?.parse().ok());
        assert_eq!(count, left, "{credentials}: {limit:?}");
    }
}

#[test]
fn an_unused_key_is_reported_as_issued_and_gets_a_containment_command() {
    let key = "AKIAI44QH8DHBEXAMPLE";
    let record = asked(
        1,
        "iam",
        "CreateAccessKey",
        json!({"userName": "svc"}),
        json!({"accessKey": {"accessKeyId": key, "userName": "svc"}}),
    );
    let report = report(&[record], &["--key", key]);
    let issued = "AKIAI44QH8DHBEXAMPLE was issued at 2026-01-31T10:00:01Z by arn:aws:iam::111122223333:user/alice";
    let verdict = report["verdict"].as_str().unwrap();
    assert!(
        verdict.ends_with(&format!(
            "{issued}, but is not used in the 1 record of the input."
        )),
        "{verdict}"
    );
    let whose = &report["questions"][0]["answer"];
    assert_eq!(
        whose,
        &json!(format!("it is not used in these records; {issued} for svc"))
    );
    assert_eq!(
        report["containment"],
        json!([format!(
            "# account 111122223333\naws iam update-access-key --status Inactive --access-key-id '{key}' --user-name 'svc'"
        )])
    );
}

#[test]
fn roles_that_were_reached_without_a_key_in_the_response_are_named_with_their_accounts() {
    let assumed = asked(
        1,
        "sts",
        "AssumeRole",
        json!({"roleArn": "arn:aws:iam::222222222222:role/deploy"}),
        json!(null),
    );
    let report = report(&[assumed], &["--key", LEAKED]);
    let answer = &report["questions"][7]["answer"];
    assert_eq!(
        answer,
        "roles: arn:aws:iam::222222222222:role/deploy; accounts: 111122223333, 222222222222"
    );
}

#[test]
fn a_principal_is_a_roles_arn_a_user_in_any_case_or_a_service() {
    let session = with(
        call(1, 1, "ec2", "StopInstances"),
        json!({"userIdentity": {"arn": "arn:aws:sts::111122223333:assumed-role/deploy/s", "userName": null}}),
    );
    let records = [
        session,
        call(2, 2, "ec2", "StopInstances"),
        keyless(3, json!({"userIdentity": {"userName": "bob"}})),
    ];
    for (principal, expected) in [
        ("arn:aws:iam::111122223333:role/x/deploy", 1),
        ("arn:aws:iam::111122223333:role/dep", 0),
        ("Alice", 1),
        ("cloudformation.amazonaws.com", 1),
    ] {
        let report = report(
            &records,
            &["--principal", principal, "--credentials", "exact"],
        );
        assert_eq!(report["subject"]["records"], json!(expected), "{principal}");
    }
}

#[test]
fn an_error_code_that_is_not_a_string_is_a_failure() {
    let record = asked(
        1,
        "iam",
        "CreateUser",
        json!({"userName": "eve"}),
        json!(null),
    );
    let report = report(
        &[with(record, json!({"errorCode": 404}))],
        &["--key", LEAKED],
    );
    assert_eq!(
        (&report["created"], &report["keys"][0]["failures"]),
        (&json!([]), &json!(1))
    );
}

#[test]
fn a_line_end_in_a_field_does_not_begin_a_line_of_an_answer() {
    let record = asked(
        1,
        "iam",
        "CreateUser",
        json!({"userName": "a\nNothing was created."}),
        json!(null),
    );
    let report = report(&[record], &["--key", LEAKED]);
    for answer in &report["questions"].as_array().unwrap()[..11] {
        let said = answer["answer"].as_str().unwrap_or_default();
        assert!(!said.contains('\n'), "{said}");
    }
}

#[test]
fn removing_from_a_group_or_one_version_deletes_neither_the_user_nor_another_version() {
    let layer = |number: u32, version: u32| {
        let arn = "arn:aws:lambda:us-east-1:111122223333:layer:l";
        asked(
            number,
            "lambda",
            "PublishLayerVersion20181031",
            json!({"layerName": "l"}),
            json!({"layerArn": arn, "layerVersionArn": format!("{arn}:{version}"), "version": version}),
        )
    };
    let records = [
        asked(
            1,
            "iam",
            "CreateUser",
            json!({"userName": "eve"}),
            json!(null),
        ),
        asked(
            2,
            "iam",
            "RemoveUserFromGroup",
            json!({"userName": "eve", "groupName": "g"}),
            json!(null),
        ),
        layer(3, 1),
        layer(4, 2),
        asked(
            5,
            "lambda",
            "DeleteLayerVersion20181031",
            json!({"layerName": "l", "versionNumber": 1}),
            json!(null),
        ),
    ];
    let report = report(&records, &[]);
    let rows = report["created"].as_array().unwrap().iter();
    let deleted: Vec<&Value> = rows.map(|row| &row["deletedBy"]).collect();
    assert_eq!(deleted, [&json!(null), &json!(id(5)), &json!(null)]);
}

#[test]
fn a_report_about_an_address_names_its_principals_and_the_unused_keys_they_got() {
    let record = asked(
        1,
        "iam",
        "CreateAccessKey",
        json!({"userName": "svc"}),
        json!({"accessKey": {"accessKeyId": "AKIAI44QH8DHBEXAMPLE", "userName": "svc"}}),
    );
    let report = report(&[record], &["--ip", "203.0.113.7"]);
    assert_eq!(
        report["questions"][9]["answer"],
        "arn:aws:iam::111122223333:user/alice (1)"
    );
    let limits = report["limits"].to_string();
    assert!(
        limits.contains("ct-fetch --region all --access-key AKIAI44QH8DHBEXAMPLE"),
        "{limits}"
    );
}

#[test]
fn exact_credentials_include_no_sign_in_of_a_user_who_got_a_password() {
    let password = asked(
        1,
        "iam",
        "CreateLoginProfile",
        json!({"userName": "eve"}),
        json!(null),
    );
    let sign_in = with(
        call(2, 2, "signin", "ConsoleLogin"),
        json!({"userIdentity": {"userName": "eve", "accessKeyId": null}}),
    );
    for (credentials, expected) in [("exact", 1), ("session", 2)] {
        let report = report(
            &[password.clone(), sign_in.clone()],
            &["--key", LEAKED, "--credentials", credentials],
        );
        assert_eq!(
            report["subject"]["records"],
            json!(expected),
            "{credentials}"
        );
    }
}

#[test]
fn an_event_id_in_upper_case_is_found() {
    let record = with(
        call(1, 1, "ec2", "StopInstances"),
        json!({"eventID": "0000000a-0000-4000-8000-00000000000b"}),
    );
    let output = run(
        &["event", "0000000A-0000-4000-8000-00000000000B"],
        &lines(&[record]),
    );
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}

#[test]
fn users_who_got_credentials_are_not_roles() {
    let created = asked(
        1,
        "iam",
        "CreateAccessKey",
        json!({"userName": "svc"}),
        json!({"accessKey": {"accessKeyId": "AKIAI44QH8DHBEXAMPLE", "userName": "svc"}}),
    );
    let report = report(&[created], &["--key", LEAKED]);
    assert_eq!(
        report["questions"][7]["answer"],
        "no role was assumed in these records, whose completeness is unknown; new credentials of \
        svc; accounts: 111122223333"
    );
}

#[test]
fn the_roles_of_instances_that_ran_commands_of_the_subject_are_not_reported_as_unreached() {
    let send = |number: u32, instance: &str| {
        let request = json!({"instanceIds": [instance], "documentName": "AWS-RunShellScript"});
        asked(number, "ssm", "SendCommand", request, json!(null))
    };
    let refused = |number| with(send(number, "i-2"), json!({"errorCode": "AccessDenied"}));
    // ct-report reads the details of only the first 64 calls with a name, so some of these calls
    // have no details.
    let mut records: Vec<Value> = (1..100).map(refused).collect();
    records.push(send(100, "i-1"));
    let report = report(&records, &["--key", LEAKED]);
    assert_eq!(
        report["questions"][7]["answer"],
        "no role was assumed in these records, whose completeness is unknown; commands or sessions \
        on the instances i-1, whose roles it may have used: taking their keys leaves no record; \
        accounts: 111122223333"
    );
    assert_eq!(
        report["questions"][5]["answer"],
        "SendCommand (1: AWS-RunShellScript, i-1)"
    );
}

#[test]
fn the_start_of_a_session_is_part_of_the_answer_about_its_owner() {
    let session = json!({"attributes": {"creationDate": "2026-01-31T09:00:00Z"}});
    let identity = json!({"accessKeyId": "ASIAIOSFODNN7EXAMPLE", "sessionContext": session});
    let record = with(
        call(1, 1, "ec2", "StopInstances"),
        json!({"userIdentity": identity}),
    );
    let report = report(&[record], &["--key", "ASIAIOSFODNN7EXAMPLE"]);
    let answer = report["questions"][0]["answer"].as_str().unwrap();
    let expected = "ASIAIOSFODNN7EXAMPLE is used by arn:aws:iam::111122223333:user/alice; its \
        session began at 2026-01-31T09:00:00Z; who issued it, and when, cannot be shown";
    assert!(answer.starts_with(expected), "{answer}");
}

#[test]
fn a_root_user_and_a_role_of_identity_center_are_reached_with_their_accounts() {
    let root = |number, target: &str| {
        let request = json!({"targetPrincipal": target});
        let response = json!({"credentials": {"accessKeyId": format!("ASIAROOT{number}EXAMPLE")}});
        asked(number, "sts", "AssumeRoot", request, response)
    };
    let role = asked(
        3,
        "sso",
        "GetRoleCredentials",
        json!({"role_name": "Admin", "account_id": "444444444444"}),
        json!(null),
    );
    let role = with(role, json!({"readOnly": true}));
    let records = [
        root(1, "333333333333"),
        root(2, "arn:aws:iam::555555555555:root"),
        role.clone(),
    ];
    let found = report(&records, &["--key", LEAKED]);
    let answer = &found["questions"][7];
    assert_eq!(
        answer["answer"],
        "roles: Admin in account 444444444444, the root user of account 333333333333, the root \
        user of account 555555555555; accounts: 111122223333, 333333333333, 444444444444, \
        555555555555"
    );
    assert_eq!(answer["events"], json!([id(1), id(2), id(3)]));
    // A refused call does not count as reaching a role.
    let refused = with(role, json!({"errorCode": "ForbiddenException"}));
    let found = report(&[refused], &["--key", LEAKED]);
    assert_eq!(
        found["questions"][7]["answer"],
        "no role was assumed in these records, whose completeness is unknown; accounts: \
        111122223333"
    );
}

#[test]
fn a_key_for_an_unnamed_identity_is_not_reported_as_a_key_without_a_role() {
    let issue = |name| {
        let response = json!({"credentials": {"accessKeyId": "ASIAI44QH8DHBEXAMPLE"}});
        asked(1, "sts", name, json!({}), response)
    };
    for (name, expected) in [
        (
            "GetSessionToken",
            "no role was assumed in these records, whose completeness is unknown; accounts: \
            111122223333",
        ),
        (
            "GetKey",
            "whether a role was assumed cannot be shown by this evidence, because the records do \
            not name the identities of the keys that these calls issued: GetKey (1); accounts: \
            111122223333",
        ),
    ] {
        let found = report(&[issue(name)], &["--key", LEAKED]);
        assert_eq!(found["questions"][7]["answer"], expected);
    }
}
