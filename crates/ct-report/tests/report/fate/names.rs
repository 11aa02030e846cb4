//! Checks deletions of one version of a resource, deletions that name a part of an ARN, and calls
//! that share a resource.

use serde_json::{Value, json};

use super::deleted;
use crate::program::{asked, id, report, with};

#[test]
fn a_version_that_is_deleted_leaves_the_other_versions() {
    let template = |number: u32, version: u32| {
        let version = json!({"launchTemplateId": "lt-1", "versionNumber": version});
        let response = json!({"launchTemplateVersion": version});
        asked(
            number,
            "ec2",
            "CreateLaunchTemplateVersion",
            json!({}),
            response,
        )
    };
    let arn = "arn:aws:iam::111122223333:policy/p";
    let policy = |number: u32, version: &str| {
        asked(
            number,
            "iam",
            "CreatePolicyVersion",
            json!({"policyArn": arn}),
            json!({"policyVersion": {"versionId": version}}),
        )
    };
    let request =
        json!({"LaunchTemplateId": "lt-1", "LaunchTemplateVersion": {"tag": 1, "content": "2"}});
    let records = [
        template(1, 1),
        template(2, 2),
        asked(
            3,
            "ec2",
            "DeleteLaunchTemplateVersions",
            json!({"DeleteLaunchTemplateVersionsRequest": request}),
            json!(null),
        ),
        policy(4, "v2"),
        policy(5, "v3"),
        asked(
            6,
            "iam",
            "DeletePolicyVersion",
            json!({"policyArn": arn, "versionId": "v2"}),
            json!(null),
        ),
    ];
    assert_eq!(deleted(&records), json!([null, id(3), id(6), null]));
}

#[test]
fn a_function_is_deleted_by_a_partial_arn_and_a_secret_by_an_arn_without_its_suffix() {
    let function = "arn:aws:lambda:us-east-1:111122223333:function:f";
    let secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:s";
    let whole = format!("{secret}-AbCdEf");
    let records = [
        asked(
            1,
            "lambda",
            "CreateFunction20150331",
            json!({"functionName": "f"}),
            json!({"functionArn": function, "functionName": "f"}),
        ),
        asked(
            2,
            "lambda",
            "DeleteFunction20150331",
            json!({"functionName": "111122223333:function:f"}),
            json!(null),
        ),
        asked(
            3,
            "secretsmanager",
            "CreateSecret",
            json!({"name": "s"}),
            json!({"arn": whole, "name": "s"}),
        ),
        asked(
            4,
            "secretsmanager",
            "DeleteSecret",
            json!({"secretId": secret}),
            json!({"aRN": whole, "name": "s"}),
        ),
        // The name of this secret looks like the end of the first secret's ARN.
        asked(
            5,
            "secretsmanager",
            "CreateSecret",
            json!({"name": "s-AbCdEf"}),
            json!({"arn": format!("{whole}-GhIjKl"), "name": "s-AbCdEf"}),
        ),
        asked(
            6,
            "secretsmanager",
            "DeleteSecret",
            json!({"secretId": whole}),
            json!({"aRN": whole, "name": "s"}),
        ),
    ];
    assert_eq!(deleted(&records), json!([id(2), id(4), null]));
}

#[test]
fn a_call_that_sets_an_attribute_shares_only_if_it_sets_a_policy_or_adds_an_account() {
    let queue = "https://sqs.us-east-1.amazonaws.com/111122223333/q";
    let set = |number: u32, attributes: Value| {
        let request = json!({"queueUrl": queue, "attributes": attributes});
        asked(number, "sqs", "SetQueueAttributes", request, json!(null))
    };
    let image = |number: u32, permission: Value| {
        let request = json!({"imageId": "ami-1", "launchPermission": permission});
        asked(number, "ec2", "ModifyImageAttribute", request, json!(null))
    };
    let everyone = json!({"items": [{"group": "all"}]});
    let records = [
        asked(
            1,
            "sqs",
            "CreateQueue",
            json!({"queueName": "q"}),
            json!({"queueUrl": queue}),
        ),
        set(2, json!({"VisibilityTimeout": "30"})),
        set(3, json!({"Policy": "{}"})),
        asked(
            4,
            "ec2",
            "CreateImage",
            json!({}),
            json!({"imageId": "ami-1"}),
        ),
        image(5, json!({"remove": everyone})),
        image(6, json!({"add": everyone})),
    ];
    let report = report(&records, &[]);
    let rows = report["created"].as_array().unwrap().iter();
    let rows: Vec<Value> = rows
        .map(|row| json!([row["sharedBy"], row["changedBy"]]))
        .collect();
    let expected = [json!([[id(3)], [id(2)]]), json!([[id(6)], [id(5)]])];
    assert_eq!(rows, expected);
    let verdict = report["verdict"].as_str().unwrap();
    assert!(
        verdict.contains("2 of them shared with others"),
        "{verdict}"
    );
}

#[test]
fn an_empty_addition_a_private_acl_and_a_policy_that_only_denies_share_nothing() {
    let bucket = |number, name, more: Value| {
        let request = with(json!({"bucketName": "b"}), more);
        asked(number, "s3", name, request, json!(null))
    };
    let acl = |number, acl: Value| bucket(number, "PutBucketAcl", json!({"x-amz-acl": acl}));
    let policy = |number, statement: Value| {
        let policy = json!({"Version": "2012-10-17", "Statement": statement});
        bucket(number, "PutBucketPolicy", json!({"bucketPolicy": policy}))
    };
    let trust = |number, effect: &str| {
        let document = json!({"Statement": {"Effect": effect, "Principal": "*"}}).to_string();
        let request = json!({"roleName": "r", "policyDocument": document});
        asked(
            number,
            "iam",
            "UpdateAssumeRolePolicy",
            request,
            json!(null),
        )
    };
    let snapshot = |number, add: Value| {
        let permission = json!({"add": add, "remove": {"items": [{"userId": "444444444444"}]}});
        let request = json!({"snapshotId": "snap-1", "createVolumePermission": permission});
        asked(
            number,
            "ec2",
            "ModifySnapshotAttribute",
            request,
            json!(null),
        )
    };
    let records = [
        bucket(1, "CreateBucket", json!({})),
        acl(2, json!("private")),
        acl(3, json!(["bucket-owner-full-control"])),
        acl(4, json!("public-read")),
        acl(5, json!({"unknown": true})),
        policy(6, json!([{"Effect": "Deny"}])),
        policy(7, json!([{"Effect": "Deny"}, {"Effect": "Allow"}])),
        asked(
            8,
            "iam",
            "CreateRole",
            json!({"roleName": "r"}),
            json!(null),
        ),
        trust(9, "Deny"),
        trust(10, "Allow"),
        asked(
            11,
            "ec2",
            "CreateSnapshot",
            json!({}),
            json!({"snapshotId": "snap-1"}),
        ),
        snapshot(12, json!({"items": []})),
        snapshot(13, json!({"items": [{"userId": "555555555555"}]})),
    ];
    let report = report(&records, &[]);
    let rows = report["created"].as_array().unwrap().iter();
    let rows: Vec<Value> = rows
        .map(|row| json!([row["sharedBy"], row["changedBy"]]))
        .collect();
    let expected = [
        json!([[id(4), id(5), id(7)], [id(2), id(3), id(6)]]),
        json!([[id(10)], [id(9)]]),
        json!([[id(13)], [id(12)]]),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn a_name_in_another_cluster_is_not_the_resource_and_an_arn_is_the_same_cluster() {
    let group = |cluster: &str| json!({"clusterName": cluster, "nodegroupName": "n"});
    let arn = "arn:aws:eks:us-east-1:111122223333:nodegroup/a/n/1";
    let response = json!({"nodegroup": {"nodegroupArn": arn, "nodegroupName": "n"}});
    let cluster = "arn:aws:eks:us-east-1:111122223333:cluster/a";
    let delete = |cluster: &str| asked(2, "eks", "DeleteNodegroup", group(cluster), json!(null));
    for (other, expected) in [
        ("b", json!(null)),
        ("a", json!(id(2))),
        (cluster, json!(id(2))),
    ] {
        let create = asked(1, "eks", "CreateNodegroup", group("a"), response.clone());
        assert_eq!(
            deleted(&[create, delete(other)]),
            json!([expected]),
            "{other}"
        );
    }
}

#[test]
fn a_call_that_changes_a_field_of_the_creation_changes_the_resource() {
    let function = |number, name, role: &str| {
        let request = json!({"functionName": "f", "role": role});
        asked(
            number,
            "lambda",
            name,
            request,
            json!({"functionName": "f"}),
        )
    };
    let records = [
        function(1, "CreateFunction20150331", "one"),
        function(2, "UpdateFunctionConfiguration20150331v2", "other"),
    ];
    let changed = &report(&records, &[])["created"][0]["changedBy"];
    assert_eq!(changed, &json!([id(2)]));
}

#[test]
fn tasks_task_definitions_and_hosted_zones_are_deleted_by_their_short_names() {
    let task = "arn:aws:ecs:us-east-1:111122223333:task/c/t";
    let definition = "arn:aws:ecs:us-east-1:111122223333:task-definition/f:1";
    let records = [
        asked(
            1,
            "ecs",
            "RunTask",
            json!({"cluster": "c"}),
            json!({"tasks": [{"taskArn": task}]}),
        ),
        asked(2, "ecs", "StopTask", json!({"task": task}), json!(null)),
        asked(
            3,
            "ecs",
            "RegisterTaskDefinition",
            json!({"family": "f"}),
            json!({"taskDefinition": {"taskDefinitionArn": definition}}),
        ),
        asked(
            4,
            "ecs",
            "DeregisterTaskDefinition",
            json!({"taskDefinition": "f:1"}),
            json!(null),
        ),
        asked(
            5,
            "route53",
            "CreateHostedZone",
            json!({"name": "a.example"}),
            json!({"hostedZone": {"id": "/hostedzone/Z1"}}),
        ),
        asked(
            6,
            "route53",
            "DeleteHostedZone",
            json!({"id": "Z1"}),
            json!(null),
        ),
    ];
    assert_eq!(deleted(&records), json!([id(2), id(4), id(6)]));
}

#[test]
fn a_resource_of_lightsail_is_named_and_not_its_operation() {
    let response = json!({"operations": [{"id": "operation", "resourceName": "n"}]});
    let create = asked(
        1,
        "lightsail",
        "CreateInstances",
        json!({"instanceNames": ["n"]}),
        response,
    );
    let report = report(&[create], &[]);
    assert_eq!(report["created"][0]["id"], "n");
}
