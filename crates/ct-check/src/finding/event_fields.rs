//! The fields of a record that a finding shows.

use std::cmp::Ordering;

use serde::Serialize;
use serde_json::value::RawValue;

use super::SharedText;

/// The fields of a record that a finding shows. The values are not escaped, and an attacker may
/// control them, for example by the name of a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EventFields {
    pub(crate) event_id: Option<SharedText>,
    pub(crate) event_time: Option<SharedText>,
    /// The name of the called API operation, such as `StopLogging`.
    pub(crate) event_name: Option<SharedText>,
    pub(crate) account: Option<SharedText>,
    pub(crate) region: Option<SharedText>,
    pub(crate) principal: Option<SharedText>,
    /// Who made the call: the role if the caller is a role session, otherwise the principal. Unlike
    /// the principal, the role is the same in all its sessions.
    pub(crate) identity: Option<SharedText>,
    pub(crate) access_key_id: Option<SharedText>,
    pub(crate) source_ip_address: Option<SharedText>,
    /// The first of the record's resources.
    pub(crate) resource: Option<SharedText>,
    /// The record's resources except the first.
    pub(crate) more_resources: Box<[SharedText]>,
    /// The request parameters as JSON text, if the record names no resource.
    pub(crate) parameters: Option<Box<str>>,
    /// The whole record, if `--with-record` is given.
    pub(crate) record: Option<RawRecord>,
}

impl EventFields {
    /// All resources.
    pub(crate) fn resources(&self) -> impl Iterator<Item = &str> {
        let all = self.resource.iter().chain(&self.more_resources);
        all.map(|resource| &**resource)
    }
}

/// The JSON text of a record.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct RawRecord(Box<RawValue>);

impl RawRecord {
    /// Returns a record, or `None` if `record` is not JSON that serde accepts.
    pub(super) fn new(record: &str) -> Option<Self> {
        RawValue::from_string(record.to_owned()).ok().map(Self)
    }
}

impl PartialEq for RawRecord {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

impl Eq for RawRecord {}

impl PartialOrd for RawRecord {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RawRecord {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.get().cmp(other.0.get())
    }
}
