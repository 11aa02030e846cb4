//! The known field names of records, so that a mistyped name is reported and not taken for an empty column.

/// Source: AWS CloudTrail user guide, "CloudTrail record contents", and "Insights event record contents".
const FIELDS: [&str; 32] = [
    "additionalEventData",
    "addendum",
    "apiVersion",
    "awsRegion",
    "edgeDeviceDetails",
    "errorCode",
    "errorMessage",
    "eventCategory",
    "eventContext",
    "eventID",
    "eventName",
    "eventSource",
    "eventTime",
    "eventType",
    "eventVersion",
    "insightDetails",
    "managementEvent",
    "readOnly",
    "recipientAccountId",
    "requestID",
    "requestParameters",
    "resources",
    "responseElements",
    "serviceEventDetails",
    "sessionCredentialFromConsole",
    "sharedEventID",
    "sourceIPAddress",
    "tlsDetails",
    "userAgent",
    "userIdentity",
    "vpcEndpointAccountId",
    "vpcEndpointId",
];

/// Whether records can have a field called `name`.
#[must_use]
pub fn is_known(name: &str) -> bool {
    FIELDS.contains(&name)
}

/// The known field whose name differs from `name` at most in case, or `None` if there is no such
/// field.
#[must_use]
pub fn in_another_case(name: &str) -> Option<&'static str> {
    let mut fields = FIELDS.into_iter();
    fields.find(|field| field.eq_ignore_ascii_case(name))
}
