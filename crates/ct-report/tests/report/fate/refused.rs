//! Checks calls that look like deletions but delete nothing.

use serde_json::{Value, json};

use crate::program::{asked, id, report};

/// The deleting event and the refused deletions of each created resource.
fn deletions(records: &[Value]) -> Value {
    let report = report(records, &[]);
    let rows = report["created"].as_array().unwrap().iter();
    rows.map(|row| json!([row["deletedBy"], row["refusedDeletions"]]))
        .collect()
}

#[test]
fn a_deletion_that_its_response_lists_as_failed_is_refused() {
    let none = || json!({});
    let failed_fleet = json!({"DeleteFleetsResponse": {
        "successfulFleetDeletionSet": "",
        "unsuccessfulFleetDeletionSet": {"item": {"error": {"code": "unexpectedError"}, "fleetId": "fleet-1"}},
    }});
    let failed_request = json!({"CancelSpotFleetRequestsResponse": {
        "successfulFleetRequestSet": "",
        "unsuccessfulFleetRequestSet": {"item": {"spotFleetRequestId": "sfr-1"}},
    }});
    let failed_version = json!({"DeleteLaunchTemplateVersionsResponse": {
        "unsuccessfullyDeletedLaunchTemplateVersionSet": {"item": {"launchTemplateId": "lt-1", "versionNumber": 3}},
    }});
    let versions = json!({"DeleteLaunchTemplateVersionsRequest": {
        "LaunchTemplateId": "lt-1",
        "LaunchTemplateVersion": [{"tag": 1, "content": "2"}, {"tag": 2, "content": 3}],
    }});
    let version = |number: u32| {
        let version = json!({"launchTemplateId": "lt-1", "versionNumber": number});
        let response =
            json!({"CreateLaunchTemplateVersionResponse": {"launchTemplateVersion": version}});
        asked(
            6 + number,
            "ec2",
            "CreateLaunchTemplateVersion",
            none(),
            response,
        )
    };
    let fleet = json!({"CreateFleetResponse": {"fleetId": "fleet-1"}});
    let request = json!({"spotFleetRequestId": "sfr-1"});
    let fleet_name = json!({"DeleteFleetsRequest": {"FleetId": {"content": "fleet-1"}}});
    let request_name = json!({"SpotFleetRequestId": {"content": "sfr-1"}});
    let table = json!({"databaseName": "db", "tableInput": {"name": "t1"}});
    let tables = json!({"databaseName": "db", "tablesToDelete": ["t1"]});
    let failed_table = json!({"errors": [{"tableName": "t1"}]});
    let records = [
        asked(1, "ec2", "CreateFleet", none(), fleet),
        asked(2, "ec2", "DeleteFleets", fleet_name, failed_fleet),
        asked(3, "ec2", "RequestSpotFleet", none(), request),
        asked(
            4,
            "ec2",
            "CancelSpotFleetRequests",
            request_name,
            failed_request,
        ),
        asked(5, "glue", "CreateTable", table, json!(null)),
        asked(6, "glue", "BatchDeleteTable", tables, failed_table),
        version(2),
        version(3),
        asked(
            10,
            "ec2",
            "DeleteLaunchTemplateVersions",
            versions,
            failed_version,
        ),
    ];
    assert_eq!(
        deletions(&records),
        json!([
            [null, [id(2)]],
            [null, [id(4)]],
            [null, [id(6)]],
            [id(10), []],
            [null, [id(10)]],
        ])
    );
}

#[test]
fn a_reservation_that_is_cancelled_is_deleted_and_a_job_is_changed() {
    let reservation = json!({"capacityReservation": {"capacityReservationId": "cr-1"}});
    let reservation = json!({"CreateCapacityReservationResponse": reservation});
    let request = json!({"CapacityReservationId": "cr-1"});
    let job = json!({"jobId": "j", "jobArn": "arn:aws:iot:us-east-1:111122223333:job/j"});
    let name = json!({"jobId": "j"});
    let records = [
        asked(
            1,
            "ec2",
            "CreateCapacityReservation",
            json!({}),
            reservation,
        ),
        asked(2, "ec2", "CancelCapacityReservation", request, json!(null)),
        asked(3, "iot", "CreateJob", name.clone(), job),
        asked(4, "iot", "CancelJob", name, json!(null)),
    ];
    let report = report(&records, &[]);
    let rows = report["created"].as_array().unwrap().iter();
    let rows: Vec<Value> = rows
        .map(|row| json!([row["deletedBy"], row["changedBy"]]))
        .collect();
    assert_eq!(rows, [json!([id(2), []]), json!([null, [id(4)]])]);
}
