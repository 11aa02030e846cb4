//! Checks the commands that stop a leaked credential and undo its effects (containment). Hostile
//! names must remain values in these commands.

use std::process::Command;

use serde_json::{Value, json};

use crate::program::{LEAKED, asked, call, lines, report, run, text, with};

/// The commands of a report about the leaked key, without the comments.
fn commands(records: &[Value]) -> Vec<String> {
    let report = report(records, &["--key", LEAKED]);
    let commands = report["containment"].as_array().unwrap().iter();
    let commands = commands.map(|command| command.as_str().unwrap().to_owned());
    let commands = commands.map(|command| match command.split_once('\n') {
        Some(("# account 111122223333", command)) => command.to_owned(),
        _ => command,
    });
    commands.collect()
}

/// Records of calls with the leaked key that change something.
fn left_behind() -> Vec<Value> {
    vec![
        asked(
            1,
            "iam",
            "CreateUser",
            json!({"userName": "eve"}),
            json!({"user": {"arn": "arn:aws:iam::111122223333:user/x/eve", "userName": "eve"}}),
        ),
        asked(
            2,
            "iam",
            "CreateLoginProfile",
            json!({"userName": "eve"}),
            json!({"loginProfile": {"userName": "eve"}}),
        ),
        asked(
            3,
            "iam",
            "CreateAccessKey",
            json!({"userName": "eve"}),
            json!({"accessKey": {"accessKeyId": "AKIAI44QH8DHBEXAMPLE", "userName": "eve"}}),
        ),
        asked(
            4,
            "iam",
            "AttachUserPolicy",
            json!({"userName": "eve", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
            json!(null),
        ),
        asked(
            5,
            "iam",
            "UpdateAssumeRolePolicy",
            json!({"roleName": "admin", "policyDocument": "{\"Statement\":[]}"}),
            json!(null),
        ),
        asked(
            6,
            "iam",
            "PutRolePolicy",
            json!({"roleName": "admin", "policyName": "p"}),
            json!(null),
        ),
        asked(
            7,
            "ec2",
            "RunInstances",
            json!({}),
            json!({"instancesSet": {"items": [{"instanceId": "i-1"}]}}),
        ),
        asked(
            8,
            "lambda",
            "CreateFunction20150331",
            json!({"functionName": "f"}),
            json!({"functionArn": "arn:aws:lambda:us-east-1:111122223333:function:f", "functionName": "f"}),
        ),
        asked(
            9,
            "ec2",
            "ModifySnapshotAttribute",
            json!({"snapshotId": "snap-1", "attributeType": "CREATE_VOLUME_PERMISSION"}),
            json!(null),
        ),
        asked(
            10,
            "cloudtrail",
            "StopLogging",
            json!({"name": "main"}),
            json!(null),
        ),
        asked(
            11,
            "ec2",
            "RunInstances",
            json!({}),
            json!({"instancesSet": {"items": [{"instanceId": "i-2"}]}}),
        ),
        asked(
            12,
            "ec2",
            "TerminateInstances",
            json!({"instancesSet": {"items": [{"instanceId": "i-2"}]}}),
            json!(null),
        ),
        with(
            asked(
                13,
                "iam",
                "CreateUser",
                json!({"userName": "refused"}),
                json!(null),
            ),
            json!({"errorCode": "AccessDenied"}),
        ),
    ]
}

#[test]
fn each_thing_that_the_credential_left_behind_has_a_command() {
    assert_eq!(
        commands(&left_behind()),
        [
            "aws iam update-access-key --status Inactive --access-key-id 'AKIAI44QH8DHBEXAMPLE' --user-name 'eve'",
            "aws iam update-access-key --status Inactive --access-key-id 'AKIAIOSFODNN7EXAMPLE' --user-name 'alice'",
            "aws iam delete-login-profile --user-name 'eve'",
            "aws iam detach-user-policy --user-name 'eve' --policy-arn 'arn:aws:iam::aws:policy/AdministratorAccess'",
            "aws iam update-assume-role-policy --role-name 'admin' --policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}]}'",
            "aws ec2 reset-snapshot-attribute --attribute createVolumePermission --region 'us-east-1' --snapshot-id 'snap-1'",
            "aws cloudtrail start-logging --region 'us-east-1' --name 'main'",
            "aws iam attach-user-policy --user-name 'eve' --policy-arn 'arn:aws:iam::aws:policy/AWSDenyAll'",
            "aws iam delete-role-policy --role-name 'admin' --policy-name 'p'",
            "aws ec2 stop-instances --region 'us-east-1' --instance-ids 'i-1'",
            "aws lambda put-function-concurrency --reserved-concurrent-executions 0 --region 'us-east-1' --function-name 'arn:aws:lambda:us-east-1:111122223333:function:f'",
        ]
    );
}

#[test]
fn sessions_of_roles_and_users_are_revoked_up_to_the_time_of_the_command() {
    let assumed = asked(
        1,
        "sts",
        "AssumeRole",
        json!({"roleArn": "arn:aws:iam::222222222222:role/x/deploy"}),
        json!({"credentials": {"accessKeyId": "ASIAISSUEDEXAMPLE000"}}),
    );
    let federated = asked(
        2,
        "sts",
        "GetFederationToken",
        json!({"name": "n"}),
        json!({"credentials": {"accessKeyId": "ASIAOTHEREXAMPLE0000"}}),
    );
    let found = commands(&[assumed, federated]);
    let whom = [
        "# account 222222222222\naws iam put-role-policy --role-name 'deploy'",
        "aws iam put-user-policy --user-name 'alice'",
    ];
    for (command, whom) in found[1..].iter().zip(whom) {
        let start = format!("{whom} --policy-name AWSRevokeOlderSessions --policy-document ");
        let policy = command.strip_prefix(&start).unwrap();
        // In the shell, the policy is one word that contains the time at which the command runs.
        let word = Command::new("sh")
            .args(["-c", &format!("printf %s {policy}")])
            .output()
            .unwrap();
        let policy: Value = serde_json::from_slice(&word.stdout).unwrap();
        let condition = &policy["Statement"][0]["Condition"]["DateLessThan"];
        let time = condition["aws:TokenIssueTime"].as_str().unwrap();
        assert!(time.len() == 20 && time.ends_with('Z'), "{time}");
    }
    assert_eq!(found.len(), 3);
}

#[test]
fn a_hostile_name_is_neither_an_option_nor_a_file_nor_a_command() {
    let user = |number, name: &str| {
        asked(
            number,
            "iam",
            "CreateLoginProfile",
            json!({"userName": name}),
            json!(null),
        )
    };
    let names = [
        "--debug",
        "file:///etc/passwd",
        "https://example.com/",
        "a\nrm -rf /",
        "$(id)`id`;'\"id",
    ];
    let records: Vec<Value> = (1..)
        .zip(names)
        .map(|(number, name)| user(number, name))
        .collect();
    let found = commands(&records);
    assert_eq!(
        found[1..],
        [
            "# account 111122223333: a record contains a name that is not safe in a command: \
            check the record",
            "aws iam delete-login-profile --user-name '$(id)`id`;'\\''\"id'",
        ]
    );
    let echoed = found[2].replace("aws iam", "printf '%s\\n'");
    let words = Command::new("sh").args(["-c", &echoed]).output().unwrap();
    let expected = "delete-login-profile\n--user-name\n$(id)`id`;'\"id\n";
    assert_eq!(String::from_utf8(words.stdout).unwrap(), expected);
}

#[test]
fn more_commands_than_a_person_can_run_are_counted() {
    let at_once = json!({"eventTime": "2026-01-31T10:00:00Z"});
    let user = |number: u32| {
        asked(
            number,
            "iam",
            "CreateLoginProfile",
            json!({"userName": format!("u{number}")}),
            json!(null),
        )
    };
    let records: Vec<Value> = (1..=300)
        .map(|number| with(user(number), at_once.clone()))
        .collect();
    let found = commands(&records);
    assert_eq!(
        (found.len(), found[200].as_str()),
        (201, "# 101 more commands of these kinds are not shown")
    );
}

#[test]
fn containment_commands_are_quoted_for_a_shell() {
    let records = [with(
        call(1, 1, "ec2", "StopInstances"),
        json!({"userIdentity": {"userName": "a'; rm -rf /"}}),
    )];
    let output = run(&["--format", "json", "--key", LEAKED], &lines(&records));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        report["containment"],
        json!([
            "# account 111122223333\naws iam update-access-key --status Inactive --access-key-id 'AKIAIOSFODNN7EXAMPLE' --user-name 'a'\\''; rm -rf /'"
        ])
    );
}

#[test]
fn containment_commands_name_each_account_and_no_user_for_a_root_key() {
    let role = |number: u32, account: &str| {
        let arn = format!("arn:aws:sts::{account}:assumed-role/r/s");
        with(
            call(number, number, "ec2", "StopInstances"),
            json!({"recipientAccountId": account, "userIdentity": {"arn": arn, "accessKeyId": "ASIAEXAMPLE"}}),
        )
    };
    let root = with(
        call(3, 3, "ec2", "StopInstances"),
        json!({"userIdentity": {"arn": "arn:aws:iam::111122223333:root", "userName": null}}),
    );
    let records = [role(1, "111122223333"), role(2, "222222222222"), root];
    let output = run(
        &[
            "--format",
            "json",
            "--ip",
            "203.0.113.7",
            "--key",
            LEAKED,
            "--key",
            "ASIAEXAMPLE",
        ],
        &lines(&records),
    );
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let commands = report["containment"].as_array().unwrap().iter();
    let begins = commands.map(|command| {
        command
            .as_str()
            .unwrap()
            .split(" --policy-name")
            .next()
            .unwrap()
    });
    assert_eq!(
        begins.collect::<Vec<_>>(),
        [
            "# account 111122223333\naws iam update-access-key --status Inactive --access-key-id 'AKIAIOSFODNN7EXAMPLE'",
            "# account 111122223333\naws iam put-role-policy --role-name 'r'",
            "# account 222222222222\naws iam put-role-policy --role-name 'r'",
        ]
    );
}

#[test]
fn markdown_has_the_commands_in_a_code_block() {
    let records = [call(1, 1, "ec2", "StopInstances")];
    let output = run(&["--format", "markdown", "--key", LEAKED], &lines(&records));
    let block = "\n```\n# account 111122223333\naws iam update-access-key --status Inactive --access-key-id 'AKIAIOSFODNN7EXAMPLE' --user-name 'alice'\n```\n";
    let text = text(&output);
    assert!(text.contains(block), "{text}");
}

#[test]
fn every_key_of_a_user_that_is_not_temporary_is_deactivated() {
    let with_key = |key: &str| {
        let record = call(1, 1, "ec2", "StopInstances");
        with(record, json!({"userIdentity": {"accessKeyId": key}}))
    };
    for (key, expected) in [
        (
            "MADEUPKEY",
            json!([
                "# account 111122223333\naws iam update-access-key --status Inactive --access-key-id 'MADEUPKEY' --user-name 'alice'"
            ]),
        ),
        ("ASIAIOSFODNN7EXAMPLE", json!([])),
    ] {
        let report = report(&[with_key(key)], &["--key", key]);
        assert_eq!(report["containment"], expected, "{key}");
    }
}

#[test]
fn a_report_without_a_subject_asks_for_one_before_it_names_commands() {
    let report = report(&[call(1, 1, "ec2", "StopInstances")], &[]);
    let because = "the report covers all credentials: select one with --key";
    assert_eq!(report["questions"][11]["because"], because);
}
