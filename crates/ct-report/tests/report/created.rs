//! Checks which resources a report lists as created, and which later calls it lists for them.

use serde_json::{Value, json};

use crate::program::{asked, call, id, report, with};

mod verbs;

/// The type, the ID, the tier (the kind of rule that found it) and the deleting event of each
/// created resource.
pub(crate) fn created(records: &[Value]) -> Value {
    let report = report(records, &[]);
    let rows = report["created"].as_array().unwrap();
    rows.iter()
        .map(|row| json!([row["type"], row["id"], row["tier"], row["deletedBy"]]))
        .collect()
}

#[test]
fn an_arn_takes_precedence_over_an_id_and_an_id_over_a_name() {
    let records = [
        with(
            call(1, 1, "iam", "CreateUser"),
            json!({"responseElements": {"user": {"userId": "AIDAX", "userName": "eve", "arn": "arn:aws:iam::111122223333:user/eve"}}}),
        ),
        with(
            call(2, 2, "ec2", "CreateVolume"),
            json!({"responseElements": {"volumeId": "vol-1"}}),
        ),
        with(
            call(3, 3, "logs", "CreateLogGroup"),
            json!({"requestParameters": {"logGroupName": "/group"}, "responseElements": null}),
        ),
    ];
    assert_eq!(
        created(&records),
        json!([
            [
                "AWS::IAM::User",
                "arn:aws:iam::111122223333:user/eve",
                "curated",
                null
            ],
            ["AWS::EC2::Volume", "vol-1", "curated", null],
            ["AWS::Logs::LogGroup", "/group", "curated", null],
        ])
    );
}

#[test]
fn instances_are_created_but_not_their_profile_or_reservation() {
    let records = [with(
        call(1, 1, "ec2", "RunInstances"),
        json!({"responseElements": {"reservationId": "r-1", "instancesSet": {"items": [
            {"instanceId": "i-1", "iamInstanceProfile": {"arn": "arn:aws:iam::111122223333:instance-profile/p"}},
            {"instanceId": "i-2"},
        ]}}}),
    )];
    assert_eq!(
        created(&records),
        json!([
            ["AWS::EC2::Instance", "i-1", "curated", null],
            ["AWS::EC2::Instance", "i-2", "curated", null]
        ])
    );
}

#[test]
fn responses_are_unwrapped_and_a_list_may_be_one_string() {
    let records = [
        with(
            call(1, 1, "ec2", "CreateFlowLogs"),
            json!({"responseElements": {"CreateFlowLogsResponse": {"requestId": "x", "unsuccessful": "", "flowLogIdSet": {"item": "fl-1"}}}}),
        ),
        with(
            call(2, 2, "ec2", "CreateNatGateway"),
            json!({"responseElements": {"CreateNatGatewayResponse": {"natGateway": {"natGatewayId": "nat-1"}}}}),
        ),
        with(
            call(3, 3, "rds", "CreateDBInstance"),
            json!({"responseElements": {"dBInstanceArn": "arn:aws:rds:us-east-1:111122223333:db:d"}}),
        ),
    ];
    assert_eq!(
        created(&records),
        json!([
            ["AWS::EC2::FlowLog", "fl-1", "curated", null],
            ["AWS::EC2::NatGateway", "nat-1", "curated", null],
            [
                "AWS::RDS::DBInstance",
                "arn:aws:rds:us-east-1:111122223333:db:d",
                "curated",
                null
            ],
        ])
    );
}

#[test]
fn other_services_use_the_model_or_the_noun_and_api_versions_do_not_matter() {
    let records = [
        with(
            call(1, 1, "access-analyzer", "CreateAnalyzer"),
            json!({"responseElements": {"arn": "arn:aws:access-analyzer:us-east-1:111122223333:analyzer/a"}}),
        ),
        with(
            call(2, 2, "made-up", "CreateWidget"),
            json!({"responseElements": {"widget": {"widgetId": "w-1", "roleArn": "arn:aws:iam::111122223333:role/r"}}}),
        ),
        with(
            call(3, 3, "lambda", "CreateFunction20150331"),
            json!({"responseElements": {"functionArn": "arn:aws:lambda:us-east-1:111122223333:function:f"}}),
        ),
    ];
    assert_eq!(
        created(&records),
        json!([
            [
                "AWS::AccessAnalyzer::Analyzer",
                "arn:aws:access-analyzer:us-east-1:111122223333:analyzer/a",
                "model",
                null
            ],
            ["AWS::Madeup::Widget", "w-1", "noun", null],
            [
                "AWS::Lambda::Function",
                "arn:aws:lambda:us-east-1:111122223333:function:f",
                "curated",
                null
            ],
        ])
    );
}

#[test]
fn a_creation_by_an_unknown_operation_is_listed_as_unknown() {
    let records = [with(
        call(1, 1, "made-up", "CreateWidget"),
        json!({"responseElements": null}),
    )];
    let report = report(&records, &[]);
    let row = &report["created"][0];
    assert_eq!(
        json!([row["type"], row["id"], row["tier"], row["eventID"]]),
        json!([null, null, null, id(1)])
    );
}

#[test]
fn failed_calls_dry_runs_tagging_and_reads_create_nothing() {
    let answer = json!({"responseElements": {"volumeId": "vol-1"}});
    let error = |code: &str| with(answer.clone(), json!({"errorCode": code}));
    let records = [
        with(
            call(1, 1, "ec2", "CreateVolume"),
            error("Client.UnauthorizedOperation"),
        ),
        with(
            call(2, 2, "ec2", "CreateVolume"),
            error("Client.DryRunOperation"),
        ),
        with(
            call(3, 3, "ec2", "CreateTags"),
            json!({"requestParameters": {"resourcesSet": {"items": [{"resourceId": "i-1"}]}}}),
        ),
        with(
            call(4, 4, "ec2", "CreateVolume"),
            with(answer, json!({"readOnly": true})),
        ),
        with(
            call(5, 5, "iam", "AttachRolePolicy"),
            json!({"requestParameters": {"roleName": "r"}}),
        ),
    ];
    assert_eq!(created(&records), json!([]));
}

#[test]
fn a_parameter_is_created_by_its_first_version_and_an_inline_policy_by_its_first_put() {
    let parameter = |number, version| {
        with(
            call(number, number, "ssm", "PutParameter"),
            json!({"requestParameters": {"name": "/p"}, "responseElements": {"version": version}, "resources": [{"ARN": "arn:aws:ssm:us-east-1:111122223333:parameter/p"}]}),
        )
    };
    let policy = |number| {
        with(
            call(number, number, "iam", "PutRolePolicy"),
            json!({"requestParameters": {"roleName": "r", "policyName": "inline"}}),
        )
    };
    let records = [parameter(1, 1), parameter(2, 2), policy(3), policy(4)];
    assert_eq!(
        created(&records),
        json!([
            [
                "AWS::SSM::Parameter",
                "arn:aws:ssm:us-east-1:111122223333:parameter/p",
                "curated",
                null
            ],
            ["AWS::IAM::RolePolicy", "inline", "curated", null],
        ])
    );
}

#[test]
fn the_first_successful_deletion_in_the_same_account_and_region_counts() {
    let volume = json!({"responseElements": {"volumeId": "vol-1"}});
    let delete = |number, changes| {
        with(
            with(
                call(number, number, "ec2", "DeleteVolume"),
                json!({"requestParameters": {"volumeId": "vol-1"}}),
            ),
            changes,
        )
    };
    let records = [
        delete(1, json!({})),
        with(call(2, 2, "ec2", "CreateVolume"), volume),
        delete(3, json!({"errorCode": "Client.UnauthorizedOperation"})),
        delete(4, json!({"recipientAccountId": "444455556666"})),
        delete(5, json!({"awsRegion": "eu-west-1"})),
        delete(6, json!({})),
        delete(7, json!({})),
    ];
    let report = report(&records, &[]);
    let row = &report["created"][0];
    assert_eq!(
        json!([row["deletedBy"], row["refusedDeletions"]]),
        json!([id(6), [id(3)]])
    );
}

#[test]
fn a_bucket_is_deleted_from_any_region_and_a_policy_only_from_its_role() {
    let records = [
        with(
            call(1, 1, "s3", "CreateBucket"),
            json!({"requestParameters": {"bucketName": "b"}}),
        ),
        with(
            call(2, 2, "iam", "PutRolePolicy"),
            json!({"requestParameters": {"roleName": "r", "policyName": "inline"}}),
        ),
        with(
            call(3, 3, "s3", "DeleteBucket"),
            json!({"awsRegion": "eu-west-1", "requestParameters": {"bucketName": "b"}}),
        ),
        with(
            call(4, 4, "iam", "DeleteRolePolicy"),
            json!({"requestParameters": {"roleName": "other", "policyName": "inline"}}),
        ),
    ];
    assert_eq!(
        created(&records),
        json!([
            ["AWS::S3::Bucket", "b", "curated", id(3)],
            ["AWS::IAM::RolePolicy", "inline", "curated", null]
        ])
    );
}

#[test]
fn sharing_and_changes_of_a_created_resource_are_shown() {
    let records = [
        with(
            call(1, 1, "ec2", "CreateSnapshot"),
            json!({"responseElements": {"snapshotId": "snap-1"}}),
        ),
        with(
            call(2, 2, "ec2", "ModifySnapshotAttribute"),
            json!({"requestParameters": {"snapshotId": "snap-1", "createVolumePermission": {"add": {"items": [{"userId": "444455556666"}]}}}}),
        ),
        with(
            call(3, 3, "ec2", "ModifySnapshotAttribute"),
            json!({"requestParameters": {"snapshotId": "snap-1", "createVolumePermission": {"remove": {"items": [{"userId": "444455556666"}]}}}}),
        ),
    ];
    let report = report(&records, &[]);
    let row = &report["created"][0];
    assert_eq!(
        json!([row["sharedBy"], row["changedBy"]]),
        json!([[id(2)], [id(3)]])
    );
}

#[test]
fn an_access_key_is_deleted_even_if_its_user_is_omitted() {
    let records = [
        with(
            call(1, 1, "iam", "CreateAccessKey"),
            json!({"responseElements": {"accessKey": {"accessKeyId": "AKIAI44QH8DHBEXAMPLE", "userName": "eve"}}}),
        ),
        with(
            call(2, 2, "iam", "DeleteAccessKey"),
            json!({"requestParameters": {"accessKeyId": "AKIAI44QH8DHBEXAMPLE"}}),
        ),
    ];
    assert_eq!(
        created(&records),
        json!([[
            "AWS::IAM::AccessKey",
            "AKIAI44QH8DHBEXAMPLE",
            "curated",
            id(2)
        ]])
    );
}

#[test]
fn the_two_versions_of_a_service_have_their_own_types() {
    let v1 = json!({"restApiId": "a", "createStageInput": {"stageName": "prod"}});
    let v2 = json!({"apiId": "a", "stageName": "prod"});
    let balancer = json!({"loadBalancerName": "web"});
    let answer = json!({"loadBalancers": [{"loadBalancerArn": "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/web/1"}]});
    let records = [
        asked(
            1,
            "apigateway",
            "CreateStage",
            v1,
            json!({"stageName": "prod"}),
        ),
        asked(
            2,
            "apigateway",
            "CreateStage",
            v2,
            json!({"stageName": "prod"}),
        ),
        asked(
            3,
            "elasticloadbalancing",
            "CreateLoadBalancer",
            balancer.clone(),
            json!({"dNSName": "web.example"}),
        ),
        asked(
            4,
            "elasticloadbalancing",
            "CreateLoadBalancer",
            balancer,
            answer,
        ),
    ];
    assert_eq!(
        created(&records),
        json!([
            ["AWS::ApiGateway::Stage", "prod", "curated", null],
            ["AWS::ApiGatewayV2::Stage", "prod", "curated", null],
            [
                "AWS::ElasticLoadBalancing::LoadBalancer",
                "web",
                "curated",
                null
            ],
            [
                "AWS::ElasticLoadBalancingV2::LoadBalancer",
                "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/web/1",
                "curated",
                null
            ],
        ])
    );
}

#[test]
fn a_call_with_an_error_message_alone_failed_and_created_nothing() {
    let failed = with(
        asked(1, "ec2", "CreateVolume", json!({"size": 8}), Value::Null),
        json!({"errorMessage": "You have exceeded your quota"}),
    );
    let report = report(&[failed], &[]);
    let failures = &report["keys"][0]["failures"];
    assert_eq!([&report["created"], failures], [&json!([]), &json!(1)]);
}
