//! Scans a record for the fields that contain its facts, and for the names in its request.

use ct_core::input::RecordPaths;
use ct_core::json::{self, Paths, Span};

use crate::evidence::names::NameHasher;

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

/// The index of a field in [`PATHS`].
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
/// The fields that contain the error of a call. The first field that is neither null nor empty is
/// used.
pub(super) const ERROR: [Field; 2] = [10, 11];
pub(super) const READ_ONLY: Field = 12;
pub(super) const CONSOLE: Field = 13;
pub(super) const SHARED: Field = 14;
pub(super) const SWITCHED_FROM: Field = 15;
pub(super) const REQUEST: Field = 16;
pub(super) const RESPONSE: Field = 17;
pub(super) const RESOURCES: Field = 18;
/// The fields of a record that may contain the access key that the call issued. The first of these
/// fields that exists is used.
pub(super) const ISSUED: [Field; 2] = [19, 20];
/// The fields of a record that may contain the role or the user for whom the call issued a key. The
/// first of these fields that exists is used.
pub(super) const ISSUED_FOR: [Field; 3] = [21, 22, 23];

/// For calls to these services, the names in the request are always stored, even if the call
/// changes nothing. Other AWS services call these services for a principal. The names then show
/// which call of the principal was the reason for such a call.
const MATCHED: [&str; 3] = [
    "secretsmanager.amazonaws.com",
    "ssm.amazonaws.com",
    "kms.amazonaws.com",
];

/// The prefixes of the names of calls that change nothing.
const READING: [&str; 7] = [
    "AssumeRole",
    "BatchGet",
    "Describe",
    "Get",
    "Head",
    "List",
    "Lookup",
];

/// The service whose requests may contain an abbreviated name, such as a part of a secret's ARN.
/// The response contains the whole name.
pub(super) const ABBREVIATING: &str = "secretsmanager.amazonaws.com";

/// Scans records.
pub(crate) struct Finder {
    paths: Paths,
    hasher: NameHasher,
}

/// The positions of the fields in one record, or `None` if the record is not a single JSON object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldPositions(Option<[(u32, u32); PATHS.len()]>);

impl Finder {
    /// Creates a finder of all [`PATHS`]. `hasher` hashes the names in requests.
    pub(crate) fn new(hasher: NameHasher) -> Self {
        let mut paths = Paths::default();
        for path in PATHS {
            paths.add(path.split('.'));
        }
        Self { paths, hasher }
    }

    /// The paths in [`PATHS`], in the form for `ct_core::input`, which finds the fields while it
    /// splits the input into records.
    pub(crate) fn record_paths(&self) -> RecordPaths {
        RecordPaths::new(self.paths.clone())
    }

    /// The fields of a record.
    pub(crate) fn find(&self, record: &str) -> FieldPositions {
        let mut found = [None; PATHS.len()];
        if !self.paths.read(record, &mut found) {
            return FieldPositions(None);
        }
        let start = record.as_ptr().addr();
        let spans = found.map(|field| {
            field.map(|text| {
                let at = text.as_ptr().addr() - start;
                (at, at + text.len())
            })
        });
        FieldPositions::at(record, &spans)
    }

    /// Appends the list of the names in a record to `lists`, in the format of
    /// [`Names`](crate::evidence::names::Names). Appends nothing if the call changed nothing and
    /// its service is not in [`MATCHED`].
    pub(crate) fn add_names(&self, record: &str, fields: &FieldPositions, lists: &mut Vec<u32>) {
        let get = |field: Field| fields.get(record, field);
        let source = get(SOURCE).and_then(json::content).unwrap_or_default();
        if fields.is_read_only(record) && !MATCHED.contains(&&*source) {
            return;
        }
        let (request, response) = (get(REQUEST), get(RESPONSE));
        let named = response.filter(|_| source == ABBREVIATING);
        let named = [request, get(RESOURCES), named];
        self.hasher.list(named, response, lists);
    }
}

impl FieldPositions {
    /// Creates the fields from their positions in the record, in the order of [`PATHS`].
    ///
    /// # Panics
    /// If there are fewer positions than paths.
    pub(crate) fn at(record: &str, spans: &[Option<Span>]) -> Self {
        // Positions have four bytes. No real record has 4 GiB, so a text of this size is treated as
        // invalid.
        if u32::try_from(record.len()).is_err() {
            return Self(None);
        }
        let position = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let spans = std::array::from_fn(|field| {
            spans[field].map_or((0, 0), |(start, end)| (position(start), position(end)))
        });
        Self(Some(spans))
    }

    /// Whether the field contains `true` or `"true"`.
    pub(super) fn is_true(&self, record: &str, field: Field) -> bool {
        let flag = self.get(record, field);
        flag.is_some_and(|flag| flag.trim_matches('"') == "true")
    }

    /// Whether the call changed nothing. If an old record lacks `readOnly`, the result depends on
    /// the name of the call.
    pub(super) fn is_read_only(&self, record: &str) -> bool {
        let flag = self.get(record, READ_ONLY).filter(|flag| *flag != "null");
        if flag.is_some() {
            return self.is_true(record, READ_ONLY);
        }
        let name = self.get(record, NAME).and_then(json::content);
        name.is_some_and(|name| READING.iter().any(|verb| name.starts_with(verb)))
    }

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
