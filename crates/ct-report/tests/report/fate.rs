//! Checks which deletions a report finds for created resources.

use serde_json::{Value, json};

use crate::program::{asked, call, id, report, with};

mod names;
mod order;
mod refused;

/// The ID of the deleting event of each created resource.
fn deleted(records: &[Value]) -> Value {
    let report = report(records, &[]);
    let rows = report["created"].as_array().unwrap();
    rows.iter().map(|row| row["deletedBy"].clone()).collect()
}

#[test]
fn a_deletion_that_is_undone_does_not_count_and_a_later_put_is_a_new_creation() {
    let inline = json!({"roleName": "r", "policyName": "p"});
    let key = json!({"keyId": "k-1"});
    let secret = json!({"secretId": "s"});
    let records = [
        asked(1, "iam", "PutRolePolicy", inline.clone(), json!(null)),
        asked(2, "iam", "DeleteRolePolicy", inline.clone(), json!(null)),
        asked(3, "iam", "PutRolePolicy", inline, json!(null)),
        asked(
            4,
            "kms",
            "CreateKey",
            json!({}),
            json!({"keyMetadata": {"keyId": "k-1"}}),
        ),
        asked(5, "kms", "ScheduleKeyDeletion", key.clone(), json!(null)),
        asked(6, "kms", "CancelKeyDeletion", key, json!(null)),
        asked(
            7,
            "secretsmanager",
            "CreateSecret",
            json!({"name": "s"}),
            json!({"name": "s"}),
        ),
        asked(
            8,
            "secretsmanager",
            "DeleteSecret",
            secret.clone(),
            json!(null),
        ),
        asked(
            9,
            "secretsmanager",
            "RestoreSecret",
            secret,
            json!({"name": "s"}),
        ),
    ];
    assert_eq!(deleted(&records), json!([id(2), null, null, null]));
}

#[test]
fn a_deletion_in_the_same_second_as_a_second_creation_belongs_to_the_first() {
    let bucket = json!({"bucketName": "b"});
    let at = |number, second, name| {
        with(
            call(number, second, "s3", name),
            json!({"requestParameters": bucket}),
        )
    };
    let records = [
        at(1, 1, "CreateBucket"),
        at(3, 10, "DeleteBucket"),
        at(2, 10, "CreateBucket"),
    ];
    assert_eq!(deleted(&records), json!([id(3), null]));
}

#[test]
fn a_rule_or_a_route_is_deleted_by_its_own_number_or_destination_only() {
    let rule = |number: u32| json!({"networkAclId": "acl-1", "ruleNumber": number});
    let route =
        |member: &str, destination: &str| json!({"routeTableId": "rtb-1", member: destination});
    let records = [
        asked(1, "ec2", "CreateNetworkAclEntry", rule(100), json!(null)),
        asked(2, "ec2", "CreateNetworkAclEntry", rule(200), json!(null)),
        asked(3, "ec2", "DeleteNetworkAclEntry", rule(200), json!(null)),
        asked(
            4,
            "ec2",
            "CreateRoute",
            route("destinationIpv6CidrBlock", "::/0"),
            json!(null),
        ),
        asked(
            5,
            "ec2",
            "CreateRoute",
            json!({"routeTableId": "rtb-1"}),
            json!(null),
        ),
        asked(
            6,
            "ec2",
            "DeleteRoute",
            route("destinationCidrBlock", "10.0.0.0/8"),
            json!(null),
        ),
        asked(
            7,
            "ec2",
            "CreateRoute",
            route("destinationPrefixListId", "pl-1"),
            json!(null),
        ),
        asked(
            8,
            "ec2",
            "DeleteRoute",
            route("destinationPrefixListId", "pl-1"),
            json!(null),
        ),
    ];
    assert_eq!(deleted(&records), json!([null, id(3), null, null, id(8)]));
}

#[test]
fn the_same_name_in_another_function_cluster_api_or_database_is_another_resource() {
    let alias = "arn:aws:lambda:us-east-1:111122223333:function:f:prod";
    let service = "arn:aws:ecs:us-east-1:111122223333:service/a/web";
    let records = [
        asked(
            1,
            "lambda",
            "CreateAlias20150331",
            json!({"functionName": "f", "name": "prod"}),
            json!({"aliasArn": alias, "name": "prod"}),
        ),
        asked(
            2,
            "lambda",
            "DeleteAlias20150331",
            json!({"functionName": "g", "name": "prod"}),
            json!(null),
        ),
        asked(
            3,
            "ecs",
            "CreateService",
            json!({"cluster": "a", "serviceName": "web"}),
            json!({"service": {"serviceArn": service, "serviceName": "web"}}),
        ),
        asked(
            4,
            "ecs",
            "DeleteService",
            json!({"cluster": "b", "service": "web"}),
            json!(null),
        ),
        asked(
            5,
            "apigateway",
            "CreateStage",
            json!({"restApiId": "a", "createStageInput": {"stageName": "prod"}}),
            json!({"stageName": "prod"}),
        ),
        asked(
            6,
            "apigateway",
            "DeleteStage",
            json!({"restApiId": "b", "stageName": "prod"}),
            json!(null),
        ),
        asked(
            7,
            "glue",
            "CreateTable",
            json!({"databaseName": "a", "tableInput": {"name": "t"}}),
            json!(null),
        ),
        asked(
            8,
            "glue",
            "DeleteTable",
            json!({"databaseName": "b", "name": "t"}),
            json!(null),
        ),
        asked(
            9,
            "ssm",
            "PutParameter",
            json!({"name": "/db/password"}),
            json!({"version": 1}),
        ),
        asked(
            10,
            "ssm",
            "DeleteParameter",
            json!({"name": "password"}),
            json!(null),
        ),
        asked(
            11,
            "ecs",
            "DeleteService",
            json!({"cluster": "a", "service": service}),
            json!(null),
        ),
    ];
    assert_eq!(deleted(&records), json!([null, id(11), null, null, null]));
}

#[test]
fn deletions_of_a_version_or_that_failed_and_final_snapshots_do_not_count() {
    let failed =
        json!({"DeleteFlowLogsResponse": {"unsuccessful": {"item": {"resourceId": "fl-1"}}}});
    let records = [
        asked(
            1,
            "lambda",
            "CreateFunction20150331",
            json!({"functionName": "f"}),
            json!({"functionName": "f"}),
        ),
        asked(
            2,
            "lambda",
            "DeleteFunction20150331",
            json!({"functionName": "f", "qualifier": "1"}),
            json!(null),
        ),
        asked(
            3,
            "rds",
            "CreateDBInstance",
            json!({"dBInstanceIdentifier": "a"}),
            json!(null),
        ),
        asked(
            4,
            "rds",
            "DeleteDBInstance",
            json!({"dBInstanceIdentifier": "b", "finalDBSnapshotIdentifier": "a"}),
            json!(null),
        ),
        asked(
            5,
            "ec2",
            "CreateFlowLogs",
            json!({}),
            json!({"flowLogIdSet": {"item": "fl-1"}}),
        ),
        asked(
            6,
            "ec2",
            "DeleteFlowLogs",
            json!({"flowLogId": "fl-1"}),
            failed,
        ),
    ];
    assert_eq!(deleted(&records), json!([null, null, null]));
    let report = report(&records, &[]);
    assert_eq!(report["created"][2]["refusedDeletions"], json!([id(6)]));
}

#[test]
fn a_hundred_instances_terminated_by_one_call_are_deleted() {
    let items: Vec<Value> = (0..100)
        .map(|number| json!({"instanceId": format!("i-{number}")}))
        .collect();
    let set = json!({"instancesSet": {"items": items}});
    let records = [
        asked(1, "ec2", "RunInstances", json!({}), set.clone()),
        asked(2, "ec2", "TerminateInstances", set, json!(null)),
    ];
    assert_eq!(deleted(&records), json!(vec![id(2); 100]));
}

#[test]
fn calls_with_different_nouns_delete_the_resources_they_name() {
    let records = [
        asked(
            1,
            "ec2",
            "CreateDefaultVpc",
            json!({}),
            json!({"vpc": {"vpcId": "vpc-1"}}),
        ),
        asked(
            2,
            "ec2",
            "DeleteVpc",
            json!({"vpcId": "vpc-1"}),
            json!(null),
        ),
        asked(
            3,
            "ec2",
            "RequestSpotInstances",
            json!({}),
            json!({"spotInstanceRequestSet": {"items": [{"spotInstanceRequestId": "sir-1"}]}}),
        ),
        asked(
            4,
            "ec2",
            "CancelSpotInstanceRequests",
            json!({"spotInstanceRequestId": "sir-1"}),
            json!(null),
        ),
        asked(
            5,
            "monitoring",
            "PutMetricAlarm",
            json!({"alarmName": "a"}),
            json!(null),
        ),
        asked(
            6,
            "monitoring",
            "DeleteAlarms",
            json!({"alarmNames": ["a"]}),
            json!(null),
        ),
        asked(
            7,
            "kms",
            "CreateGrant",
            json!({"keyId": "k"}),
            json!({"grantId": "g"}),
        ),
        asked(
            8,
            "kms",
            "RetireGrant",
            json!({"grantId": "g"}),
            json!(null),
        ),
    ];
    assert_eq!(deleted(&records), json!([id(2), id(4), id(6), id(8)]));
}

#[test]
fn an_ingress_and_an_egress_rule_with_one_number_are_two_rules() {
    let rule = |egress: bool| json!({"networkAclId": "acl-1", "ruleNumber": 100, "egress": egress});
    let records = [
        asked(1, "ec2", "CreateNetworkAclEntry", rule(true), json!(null)),
        asked(2, "ec2", "CreateNetworkAclEntry", rule(false), json!(null)),
        asked(3, "ec2", "DeleteNetworkAclEntry", rule(false), json!(null)),
    ];
    assert_eq!(deleted(&records), json!([null, id(3)]));
}

#[test]
fn a_resource_restored_after_its_deletion_still_exists() {
    let image = json!({"imageId": "ami-1"});
    let analysis = json!({"analysisId": "a-1"});
    let records = [
        asked(1, "ec2", "CreateImage", json!({"name": "n"}), image.clone()),
        asked(2, "ec2", "DeregisterImage", image.clone(), json!(null)),
        asked(3, "ec2", "RestoreImageFromRecycleBin", image, json!(null)),
        asked(
            4,
            "quicksight",
            "CreateAnalysis",
            analysis.clone(),
            analysis.clone(),
        ),
        asked(
            5,
            "quicksight",
            "DeleteAnalysis",
            analysis.clone(),
            json!(null),
        ),
        asked(
            6,
            "quicksight",
            "RestoreAnalysis",
            analysis.clone(),
            json!(null),
        ),
        asked(7, "quicksight", "DeleteAnalysis", analysis, json!(null)),
    ];
    assert_eq!(deleted(&records), json!([null, id(7)]));
}
