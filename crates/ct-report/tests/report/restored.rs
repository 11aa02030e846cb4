//! Checks restored, imported and copied resources, and calls that only look like creations.

use serde_json::json;

use crate::created::created;
use crate::program::{asked, id};

#[test]
fn a_restored_database_or_table_is_named_instead_of_its_source() {
    let database = "arn:aws:rds:us-east-1:111122223333:db:copy";
    let cluster = "arn:aws:rds:us-east-1:111122223333:cluster:copy";
    let table = "arn:aws:dynamodb:us-east-1:111122223333:table/copy";
    let stream = format!("{table}/stream/1");
    let records = [
        asked(
            1,
            "rds",
            "RestoreDBInstanceToPointInTime",
            json!({"targetDBInstanceIdentifier": "copy"}),
            json!({"cACertificateIdentifier": "ca", "dBInstanceArn": database}),
        ),
        asked(
            2,
            "rds",
            "RestoreDBClusterFromSnapshot",
            json!({"snapshotIdentifier": "old", "dBClusterIdentifier": "copy"}),
            json!({"dBClusterArn": cluster}),
        ),
        asked(
            3,
            "dynamodb",
            "RestoreTableFromBackup",
            json!({"backupArn": "arn:b", "targetTableName": "copy"}),
            json!({"tableDescription": {"tableArn": table, "latestStreamArn": stream}}),
        ),
        asked(
            4,
            "dynamodb",
            "DeleteTable",
            json!({"tableName": "copy"}),
            json!(null),
        ),
        asked(
            5,
            "cloudformation",
            "CreateStackInstances",
            json!({"stackSetName": "s"}),
            json!({"operationId": "o"}),
        ),
    ];
    assert_eq!(
        created(&records),
        json!([
            ["AWS::RDS::DBInstance", database, "curated", null],
            ["AWS::RDS::DBCluster", cluster, "curated", null],
            ["AWS::DynamoDB::Table", table, "curated", id(4)],
            [null, null, null, null]
        ])
    );
}

#[test]
fn imports_into_existing_resources_sessions_and_addresses_create_nothing() {
    let certificate = json!({"certificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/c"});
    let records = [
        asked(
            1,
            "acm",
            "ImportCertificate",
            certificate.clone(),
            certificate,
        ),
        asked(
            2,
            "ssmmessages",
            "CreateDataChannel",
            json!({}),
            json!({"tokenValue": "x"}),
        ),
        asked(
            3,
            "ssmmessages",
            "CreateControlChannel",
            json!({}),
            json!(null),
        ),
        asked(
            4,
            "s3express",
            "CreateSession",
            json!({"bucketName": "b"}),
            json!(null),
        ),
        asked(
            5,
            "sagemaker",
            "CreatePresignedDomainUrl",
            json!({"domainId": "d"}),
            json!(null),
        ),
        asked(
            6,
            "s3",
            "RestoreObject",
            json!({"bucketName": "b"}),
            json!(null),
        ),
    ];
    assert_eq!(created(&records), json!([]));
}

#[test]
fn a_restore_from_a_recycle_bin_is_not_a_creation_and_a_restored_cluster_is_not_its_snapshot() {
    let image = json!({"imageId": "ami-1"});
    let cluster = json!({"snapshotArn": "arn:s", "clusterIdentifier": "c"});
    let records = [
        asked(1, "ec2", "RestoreImageFromRecycleBin", image, json!(null)),
        asked(
            2,
            "redshift",
            "RestoreFromClusterSnapshot",
            cluster,
            json!(null),
        ),
    ];
    assert_eq!(
        created(&records),
        json!([["AWS::Redshift::Cluster", "c", "curated", null]])
    );
}

#[test]
fn a_restore_in_place_is_not_a_creation() {
    let records = [
        asked(
            1,
            "workspaces",
            "RestoreWorkspace",
            json!({"workspaceId": "ws-1"}),
            json!({}),
        ),
        asked(
            2,
            "quicksight",
            "RestoreAnalysis",
            json!({"analysisId": "a"}),
            json!({"analysisId": "a"}),
        ),
        asked(
            3,
            "chime",
            "RestorePhoneNumber",
            json!({"phoneNumberId": "p"}),
            json!({}),
        ),
        asked(
            4,
            "cloudhsm",
            "RestoreBackup",
            json!({"backupId": "b"}),
            json!({"backup": {"backupId": "b"}}),
        ),
        asked(
            5,
            "fsx",
            "RestoreVolumeFromSnapshot",
            json!({"volumeId": "v"}),
            json!({"volumeId": "v"}),
        ),
        asked(
            6,
            "route53domains",
            "RestoreDomain",
            json!({"domainName": "d"}),
            json!({}),
        ),
    ];
    assert_eq!(created(&records), json!([]));
}

#[test]
fn a_restored_database_of_a_backup_or_table_of_a_snapshot_has_its_own_name() {
    let records = [
        asked(
            1,
            "timestream-influxdb",
            "RestoreFromDbBackup",
            json!({"dbBackupId": "backup", "name": "new"}),
            json!({"restoredDbResourceId": "db-1"}),
        ),
        asked(
            2,
            "redshift",
            "RestoreTableFromClusterSnapshot",
            json!({"clusterIdentifier": "c", "sourceTableName": "old", "newTableName": "new"}),
            json!({}),
        ),
    ];
    assert_eq!(
        created(&records),
        json!([
            ["AWS::Timestream::InfluxDBInstance", "db-1", "curated", null],
            ["AWS::Redshift::Table", "new", "curated", null]
        ])
    );
}

#[test]
fn a_resource_that_is_created_with_tags_is_deleted_by_its_own_noun() {
    let records = [
        asked(
            1,
            "cloudfront",
            "CreateDistributionWithTags",
            json!({}),
            json!({"distribution": {"aRN": "arn:aws:cloudfront::111122223333:distribution/E1", "id": "E1"}}),
        ),
        asked(
            2,
            "cloudfront",
            "DeleteDistribution",
            json!({"id": "E1"}),
            json!(null),
        ),
    ];
    assert_eq!(
        created(&records),
        json!([[
            "AWS::CloudFront::Distribution",
            "arn:aws:cloudfront::111122223333:distribution/E1",
            "model",
            id(2)
        ]])
    );
}

#[test]
fn a_resource_is_named_by_a_member_with_some_words_of_its_noun() {
    let records = [
        asked(
            1,
            "ec2",
            "CreateTransitGatewayVpcAttachment",
            json!({"transitGatewayId": "tgw-1"}),
            json!({"transitGatewayVpcAttachment": {"transitGatewayAttachmentId": "tgw-attach-1", "transitGatewayId": "tgw-1"}}),
        ),
        asked(
            2,
            "glue",
            "CreateDatabase",
            json!({"databaseInput": {"name": "d"}}),
            json!(null),
        ),
    ];
    assert_eq!(
        created(&records),
        json!([
            [
                "AWS::EC2::TransitGatewayVpcAttachment",
                "tgw-attach-1",
                "model",
                null
            ],
            ["AWS::Glue::Database", "d", "model", null]
        ])
    );
}
