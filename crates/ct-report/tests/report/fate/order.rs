//! Checks creations and deletions in the same second, and policies that are put a second time.

use serde_json::{Value, json};

use super::deleted;
use crate::program::{LEAKED, call, id, report, with};

/// A call at `second` whose request and response are `parts`.
fn at(number: u32, second: u32, service: &str, name: &str, parts: [Value; 2]) -> Value {
    let [request, response] = parts;
    with(
        call(number, second, service, name),
        json!({"requestParameters": request, "responseElements": response}),
    )
}

/// For each created resource: the deleting event, and the deletions in the same second as a
/// creation. These deletions may be earlier or later than the creation.
fn deletions(records: &[Value]) -> Value {
    let report = report(records, &[]);
    let rows = report["created"].as_array().unwrap().iter();
    rows.map(|row| json!([row["deletedBy"], row["undecidedDeletions"]]))
        .collect()
}

#[test]
fn a_deletion_by_a_chosen_name_in_the_second_of_the_creation_is_undecided() {
    let bucket = || [json!({"bucketName": "b"}), json!(null)];
    let user = || {
        let arn = "arn:aws:iam::111122223333:user/eve";
        let user = json!({"user": {"userName": "eve", "arn": arn}});
        [json!({"userName": "eve"}), user]
    };
    for order in [[1, 2], [2, 1]] {
        let records = [
            at(order[0], 10, "s3", "DeleteBucket", bucket()),
            at(order[1], 10, "s3", "CreateBucket", bucket()),
            at(order[0] + 10, 20, "iam", "DeleteUser", user()),
            at(order[1] + 10, 20, "iam", "CreateUser", user()),
        ];
        let expected = json!([[null, [id(order[0])]], [null, [id(order[0] + 10)]]]);
        assert_eq!(deletions(&records), expected, "{order:?}");
    }
    let records = [
        at(1, 10, "s3", "CreateBucket", bucket()),
        at(2, 10, "s3", "DeleteBucket", bucket()),
    ];
    let limits = report(&records, &[])["limits"].to_string();
    let limit = "1 resource had a creation and a deletion in the same second, and may still exist";
    assert!(limits.contains(limit), "{limits}");
}

#[test]
fn a_deletion_by_an_id_that_the_creation_returned_is_later() {
    let set = json!({"instancesSet": {"items": [{"instanceId": "i-1"}]}});
    let records = [
        at(2, 10, "ec2", "RunInstances", [json!({}), set.clone()]),
        at(1, 10, "ec2", "TerminateInstances", [set, json!(null)]),
    ];
    assert_eq!(deletions(&records), json!([[id(1), []]]));
}

#[test]
fn a_deletion_that_is_undone_in_the_same_second_is_undecided() {
    let key = |number, second, name| {
        let metadata = json!({"keyMetadata": {"keyId": "k-1"}});
        at(
            number,
            second,
            "kms",
            name,
            [json!({"keyId": "k-1"}), metadata],
        )
    };
    for order in [[3, 2], [2, 3]] {
        let records = [
            key(1, 1, "CreateKey"),
            key(order[0], 10, "ScheduleKeyDeletion"),
            key(order[1], 10, "CancelKeyDeletion"),
        ];
        assert_eq!(deletions(&records), json!([[null, [id(order[0])]]]));
    }
}

#[test]
fn an_inline_policy_that_the_subject_puts_after_a_deletion_is_its_creation() {
    let admin = json!({"userIdentity": {"accessKeyId": "AKIAI44QH8DHBEXAMPLE", "principalId": "AIDAADMIN"}});
    let policy = || [json!({"roleName": "r", "policyName": "p"}), json!(null)];
    let put = |number, second| at(number, second, "iam", "PutRolePolicy", policy());
    let records = |second| {
        let deletion = at(2, 10, "iam", "DeleteRolePolicy", policy());
        [
            with(put(1, 1), admin.clone()),
            with(deletion, admin.clone()),
            put(3, second),
            put(4, 30),
        ]
    };
    // A second `PutRolePolicy` in the same second as the deletion may be earlier or later than the
    // deletion.
    for second in [10, 20] {
        let report = report(&records(second), &["--key", LEAKED]);
        let rows = report["created"].as_array().unwrap().iter();
        let rows: Vec<Value> = rows
            .map(|row| json!([row["eventID"], row["deletedBy"]]))
            .collect();
        assert_eq!(rows, [json!([id(3), null])], "{second}");
        assert_eq!(deleted(&records(second)), json!([id(2), null]), "{second}");
    }
    // Neither the deletion of another role's policy nor a refused deletion deletes the policy.
    for change in [
        json!({"requestParameters": {"roleName": "other"}}),
        json!({"errorCode": "AccessDenied"}),
    ] {
        let [first, delete, put, last] = records(20);
        let records = [first, with(delete, change), put, last];
        let report = report(&records, &["--key", LEAKED]);
        assert_eq!(report["created"], json!([]));
    }
}

#[test]
fn a_deletion_in_the_second_of_the_creation_is_decided_by_the_next_creation() {
    let user = || {
        let arn = "arn:aws:iam::111122223333:user/eve";
        let user = json!({"user": {"userName": "eve", "arn": arn}});
        [json!({"userName": "eve"}), user]
    };
    let create = |number, second| at(number, second, "iam", "CreateUser", user());
    let delete = |number, second| at(number, second, "iam", "DeleteUser", user());
    for [a, b, c, d] in [[1, 2, 3, 4], [2, 1, 3, 4], [1, 2, 4, 3], [2, 1, 4, 3]] {
        // Records do not show the order within a second. But the user must have been deleted before
        // the later creation of a user with the same name.
        let records = [create(a, 10), delete(b, 10), create(c, 20), delete(d, 20)];
        let expected = json!([[id(b), []], [null, [id(d)]]]);
        assert_eq!(deletions(&records), expected, "{a} {b} {c} {d}");
        let records = [
            create(9, 1),
            delete(a, 10),
            create(b, 10),
            delete(c, 20),
            create(d, 20),
        ];
        let expected = json!([[id(a), []], [id(c), []], [null, []]]);
        assert_eq!(deletions(&records), expected, "{a} {b} {c} {d}");
    }
}

#[test]
fn a_policy_that_is_put_again_in_the_second_of_its_deletion_may_still_exist() {
    let policy = || [json!({"roleName": "r", "policyName": "p"}), json!(null)];
    let put = |number, second| at(number, second, "iam", "PutRolePolicy", policy());
    for [again, delete] in [[2, 3], [3, 2]] {
        let deletion = at(delete, 5, "iam", "DeleteRolePolicy", policy());
        let records = [put(1, 1), put(again, 5), deletion];
        let expected = json!([[id(delete), []], [null, [id(delete)]]]);
        assert_eq!(deletions(&records), expected, "{again} {delete}");
    }
}
