//! Finds the fields of a record from which its facts are read.

use ct_core::json::Paths;

const PATHS: [&str; 24] = [
    "eventTime",
    "eventID",
    "requestID",
    "eventName",
    "eventSource",
    "userIdentity",
    "sourceIPAddress",
    "userAgent",
    "awsRegion",
    "recipientAccountId",
    "errorCode",
    "errorMessage",
    "readOnly",
    "sessionCredentialFromConsole",
    "sharedEventID",
    "additionalEventData.SwitchFrom",
    "requestParameters",
    "responseElements",
    "resources",
    "responseElements.credentials.accessKeyId",
    "responseElements.accessKey.accessKeyId",
    "requestParameters.roleArn",
    "responseElements.accessKey.userName",
    "responseElements.federatedUser.arn",
];

/// The index of a field among the paths.
pub(super) type Field = usize;

pub(super) const TIME: Field = 0;
pub(super) const ID: Field = 1;
pub(super) const REQUEST_ID: Field = 2;
pub(super) const NAME: Field = 3;
pub(super) const SOURCE: Field = 4;
pub(super) const IDENTITY: Field = 5;
pub(super) const ADDRESS: Field = 6;
pub(super) const AGENT: Field = 7;
pub(super) const REGION: Field = 8;
pub(super) const ACCOUNT: Field = 9;
/// The fields with an error. The first that is neither null nor empty counts.
pub(super) const ERROR: [Field; 2] = [10, 11];
pub(super) const READ_ONLY: Field = 12;
pub(super) const CONSOLE: Field = 13;
pub(super) const SHARED: Field = 14;
pub(super) const SWITCHED_FROM: Field = 15;
pub(super) const REQUEST: Field = 16;
pub(super) const RESPONSE: Field = 17;
pub(super) const RESOURCES: Field = 18;
/// The fields that may contain a new key. The first that exists counts.
pub(super) const ISSUED: [Field; 2] = [19, 20];
/// The fields that may contain the role or the user of a new key.
pub(super) const ISSUED_FOR: [Field; 3] = [21, 22, 23];

/// Finds the fields of records.
pub(crate) struct Finder(Paths);

/// The positions of the fields in one record, or `None` if the record is not a single JSON object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields(Option<[(u32, u32); PATHS.len()]>);

impl Finder {
    /// Prepares the paths.
    pub(crate) fn new() -> Self {
        let mut paths = Paths::default();
        for path in PATHS {
            paths.add(path.split('.'));
        }
        Self(paths)
    }

    /// The fields of a record.
    pub(crate) fn find(&self, record: &str) -> Fields {
        let mut found = [None; PATHS.len()];
        // Positions have four bytes, because a record is far shorter than 4 GiB.
        if u32::try_from(record.len()).is_err() || !self.0.read(record, &mut found) {
            return Fields(None);
        }
        let start = record.as_ptr().addr();
        let position = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let places = found.map(|field| {
            field.map_or((0, 0), |text| {
                let at = text.as_ptr().addr() - start;
                (position(at), position(at + text.len()))
            })
        });
        Fields(Some(places))
    }
}

impl Fields {
    /// Whether the record is a JSON object.
    pub(super) fn is_object(&self) -> bool {
        self.0.is_some()
    }

    /// The JSON text of a field, or `None` if the record lacks the field.
    pub(super) fn get<'r>(&self, record: &'r str, field: Field) -> Option<&'r str> {
        let (start, end) = self.0.as_ref()?[field];
        // The JSON text of a value is never empty.
        (start < end).then(|| &record[start as usize..end as usize])
    }
}
