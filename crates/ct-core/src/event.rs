//! An event as LookupEvents hands it over: a few fields, and the record itself as text.

use serde::Deserialize;

/// One member of `Events` in an answer of LookupEvents.
///
/// Source: CloudTrail API reference, "Event". Members the service leaves out are `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Event {
    /// The record's `eventID`.
    pub event_id: Option<String>,
    /// The record's `eventName`, such as `RunInstances`.
    pub event_name: Option<String>,
    /// `"true"` or `"false"`.
    pub read_only: Option<String>,
    /// The access key that signed the request.
    pub access_key_id: Option<String>,
    /// The record's `eventSource`, such as `ec2.amazonaws.com`.
    pub event_source: Option<String>,
    /// The user or session name.
    pub username: Option<String>,
    /// The resources the call touched.
    pub resources: Option<Vec<Resource>>,
    /// The whole record, as JSON text.
    pub cloud_trail_event: Option<String>,
}

/// A resource an event touched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Resource {
    /// Such as `AWS::S3::Bucket`.
    pub resource_type: Option<String>,
    /// A name, an ID or an ARN.
    pub resource_name: Option<String>,
}
