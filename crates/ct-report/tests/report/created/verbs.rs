//! Checks creating calls whose names do not begin with `Create`.

use serde_json::json;

use super::created;
use crate::program::{asked, id};

#[test]
fn purchases_and_creations_by_an_admin_or_in_a_batch_are_named_or_unknown() {
    let hidden = "HIDDEN_DUE_TO_SECURITY_REASONS";
    let authority = "arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/a";
    let certificate = format!("{authority}/certificate/c");
    let records = [
        asked(
            1,
            "cognito-idp",
            "AdminCreateUser",
            json!({"userPoolId": "pool", "username": "eve"}),
            json!({"user": {"username": "eve"}}),
        ),
        asked(
            2,
            "cognito-idp",
            "AdminCreateUser",
            json!({"userPoolId": "pool", "username": hidden}),
            json!({"user": {"username": hidden}}),
        ),
        asked(
            3,
            "cognito-idp",
            "AdminDeleteUser",
            json!({"userPoolId": "pool", "username": "eve"}),
            json!(null),
        ),
        asked(
            4,
            "glue",
            "BatchCreatePartition",
            json!({"databaseName": "d", "tableName": "t"}),
            json!({"errors": []}),
        ),
        asked(
            5,
            "ec2",
            "PurchaseReservedInstancesOffering",
            json!({"reservedInstancesOfferingId": "offering"}),
            json!({"reservedInstancesId": "r-1"}),
        ),
        asked(
            6,
            "dynamodb",
            "PurchaseReservedCapacityOfferings",
            json!({"reservedCapacityOfferingsId": "offering"}),
            json!(null),
        ),
        asked(
            7,
            "acm-pca",
            "IssueCertificate",
            json!({"certificateAuthorityArn": authority}),
            json!({"certificateArn": certificate}),
        ),
    ];
    let unknown = json!([null, null, null, null]);
    assert_eq!(
        created(&records),
        json!([
            ["AWS::Cognito::UserPoolUser", "eve", "curated", id(3)],
            unknown,
            unknown,
            ["AWS::EC2::ReservedInstances", "r-1", "noun", null],
            unknown,
            ["AWS::ACMPCA::Certificate", certificate, "curated", null],
        ])
    );
}
