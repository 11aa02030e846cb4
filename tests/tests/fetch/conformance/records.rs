//! The records that every source in the conformance suite contains.

use serde_json::json;

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const KEY: &str = "AKIAIOSFODNN7EXAMPLE";

/// The number of records in every source. The records fill eight pages, and some of them have the
/// same time.
const RECORDS: u32 = 400;

/// The time of the record `number`, in seconds since the start of 2026. Some records have the same
/// time.
pub(super) fn seconds(number: u32) -> u32 {
    number * 5_381 % 1_500 / 5 * 5
}

pub(super) fn time(seconds: u32) -> String {
    format!("2026-01-01T00:{:02}:{:02}Z", seconds / 60, seconds % 60)
}

pub(super) fn records() -> Vec<String> {
    let record = |number: u32| {
        let error = number.is_multiple_of(3).then_some("AccessDenied");
        json!({
            "eventVersion": "1.08",
            "userIdentity": {
                "type": "IAMUser",
                "userName": if number.is_multiple_of(2) { "alice" } else { "bob" },
                "accessKeyId": if number.is_multiple_of(11) { KEY } else { "AKIAI44QH8DHBEXAMPLE" },
            },
            "eventTime": time(seconds(number)),
            "eventSource": "iam.amazonaws.com",
            "eventName": if number.is_multiple_of(5) { "CreateUser" } else { "GetUser" },
            "awsRegion": "us-east-1",
            "sourceIPAddress": format!("192.0.2.{}", number % 250),
            "errorCode": error,
            "readOnly": !number.is_multiple_of(5),
            "eventID": format!("00000000-0000-4000-8000-{number:012}"),
            "eventCategory": "Management",
            "recipientAccountId": ACCOUNT,
        })
        .to_string()
    };
    (0..RECORDS).map(record).collect()
}
