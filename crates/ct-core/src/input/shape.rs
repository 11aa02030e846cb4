//! Classifies a JSON object by its keys: a record, or an envelope that contains records.

use std::borrow::Cow;
use std::fmt;

use memchr::memmem;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::json;

/// The keys by which the shape of an object is detected.
const KNOWN: [&str; 31] = [
    "eventVersion",
    "eventID",
    "eventName",
    "eventType",
    "eventTime",
    "eventSource",
    "Records",
    "Events",
    "CloudTrailEvent",
    "digestS3Object",
    "detail-type",
    "detail",
    "messageType",
    "logEvents",
    "awslogs",
    "events",
    "message",
    "@message",
    "results",
    "status",
    "_source",
    "event",
    "hits",
    "result",
    "_raw",
    "QueryResultRows",
    "ctSeal",
    "NextToken",
    "nextToken",
    "QueryStatus",
    "total",
];

/// The keys of lists of records.
const LISTS: [&str; 7] = [
    "Records",
    "Events",
    "events",
    "logEvents",
    "results",
    "QueryResultRows",
    "hits",
];

/// More keys by which a shape is detected. Most of them belong to notifications, or to formats
/// without readable records.
const FOREIGN: [&str; 7] = [
    "s3",
    "Sns",
    "body",
    "Message",
    "s3ObjectKey",
    "class_uid",
    "event.original",
];

/// The keys whose values show whether an object is a record.
pub const RECORD_KEYS: [&str; 4] = [
    RECORD_VERSION,
    RECORD_NAMES[0],
    RECORD_NAMES[1],
    RECORD_NAMES[2],
];

/// Whether an object is a record. The arguments are the values of [`RECORD_KEYS`] in the object, as
/// JSON text.
#[must_use]
pub fn is_record_with([version, names @ ..]: [Option<&str>; 4]) -> bool {
    let is_version = version.and_then(json::content);
    is_version.is_some_and(|version| version.starts_with("1."))
        && names.into_iter().flatten().any(|name| name != "null")
}

/// The members of an object that determine its shape, with their values as JSON text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Members<'a> {
    found: Vec<(&'static str, &'a str)>,
    /// Whether a value under an unknown key may contain records.
    pub(super) hides_records: bool,
}

/// The error for text that is not a JSON object.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotAnObject(pub(super) String);

impl fmt::Display for NotAnObject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'a> Members<'a> {
    /// Validates `text` and reads its members in one scan. Of duplicate keys, the last one counts, as in jq.
    pub(super) fn read(text: &'a str) -> Result<Self, NotAnObject> {
        Self::scan(text).map_or_else(|| Self::parse(text), Ok)
    }

    /// Reads the members with the scanner. Returns `None` for text that needs [`Members::parse`]: deeply nested text,
    /// invalid text, and keys with escapes.
    fn scan(text: &'a str) -> Option<Self> {
        let b = text.as_bytes();
        let mut members = Self::default();
        let start = json::space(b, 0);
        let end = json::walk_object(b, start, |key, at| {
            let end = json::value_below(b, at, 1)?;
            if key.contains(&b'\\') {
                return None;
            }
            members.add(key, &text[at..end]);
            Some(end)
        })?;
        (json::space(b, end) == b.len()).then_some(members)
    }

    fn parse(text: &'a str) -> Result<Self, NotAnObject> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Members::default();
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    let value: &RawValue = map.next_value()?;
                    members.add(key.as_bytes(), value.get());
                }
                Ok(members)
            }
        }
        let mut parser = serde_json::Deserializer::from_str(text);
        let members = parser.deserialize_map(Object);
        members
            .and_then(|members| parser.end().map(|()| members))
            .map_err(|error| NotAnObject(error.to_string()))
    }

    fn add(&mut self, key: &[u8], value: &'a str) {
        let mut names = KNOWN.iter().chain(&FOREIGN);
        // Comparing the first bytes rules out most names without a function call.
        let is_key = |name: &&&str| {
            let name = name.as_bytes();
            name.len() == key.len() && name.first() == key.first() && name == key
        };
        if let Some(name) = names.find(is_key) {
            self.found.retain(|(known, _)| known != name);
            self.found.push((name, value));
        } else {
            self.hides_records |= memmem::find(value.as_bytes(), b"eventVersion").is_some();
        }
    }

    /// The value of the key `name` as JSON text. `null` counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let found = self.found.iter().find(|(known, _)| *known == name);
        found
            .map(|(_, value)| *value)
            .filter(|value| *value != "null")
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The members that are lists of records, or `None` if there are none.
    pub(super) fn lists(&self) -> Option<Self> {
        let is_list = |(name, value): &&(&str, &str)| {
            LISTS.contains(name) && (value.starts_with('[') || *name == "hits")
        };
        let found: Vec<_> = self.found.iter().filter(is_list).copied().collect();
        (!found.is_empty()).then_some(Self {
            found,
            hides_records: false,
        })
    }

    /// Removes the members `names`, so that [`Members::shape`] detects the next list.
    pub(super) fn remove(&mut self, names: &[&str]) {
        self.found.retain(|(known, _)| !names.contains(known));
    }

    /// Whether the object is an incomplete listing: another page follows, or the query has not finished.
    pub(super) fn is_unfinished(&self) -> bool {
        let is_running = self.get("QueryStatus").is_some_and(|status| {
            string(status).is_none_or(|status| !status.eq_ignore_ascii_case("FINISHED"))
        });
        self.has("NextToken") || self.has("nextToken") || is_running
    }

    /// The decoded string under the key `name`, or `None` if there is no such string.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.get(name).and_then(string)
    }

    /// The shape of the object.
    pub(super) fn shape(&self) -> ObjectShape {
        if is_record_with(RECORD_KEYS.map(|name| self.get(name))) {
            return ObjectShape::Record;
        }
        let shapes = [
            ("ctSeal", ObjectShape::Seal),
            ("digestS3Object", ObjectShape::Digest),
            ("CloudTrailEvent", ObjectShape::Text("CloudTrailEvent")),
            ("logEvents", ObjectShape::LogEvents),
            ("messageType", ObjectShape::LogEvents),
            ("awslogs", ObjectShape::AwsLogs),
            ("Records", ObjectShape::List("Records")),
            ("Events", ObjectShape::List("Events")),
            ("QueryResultRows", ObjectShape::LakeRows),
            ("_source", ObjectShape::Inner("_source")),
            ("event.original", ObjectShape::Text("event.original")),
            ("hits", ObjectShape::Hits),
            ("_raw", ObjectShape::Text("_raw")),
            ("s3", ObjectShape::Pointer),
            ("Sns", ObjectShape::Pointer),
            ("s3ObjectKey", ObjectShape::Pointer),
        ];
        if self.has("detail-type") && self.has("detail") {
            return ObjectShape::EventBridge;
        }
        if let Some((_, shape)) = shapes.into_iter().find(|(name, _)| self.has(name)) {
            return shape;
        }
        if self.has("class_uid") {
            return ObjectShape::Ocsf;
        }
        if self.is_pointer() {
            return ObjectShape::Pointer;
        }
        match () {
            () if self.has("events") => ObjectShape::List("events"),
            () if self.has("results") => ObjectShape::Insights,
            () if self.has("result") => ObjectShape::Inner("result"),
            () if self
                .get("event")
                .is_some_and(|event| event.contains("\"original\"")) =>
            {
                ObjectShape::Elastic
            }
            // Logs Insights exports a message as a string, or as the object in it.
            () if self.get("@message").is_some_and(is_object) => ObjectShape::Inner("@message"),
            () if self.has("@message") => ObjectShape::Text("@message"),
            () if self.has("message") => ObjectShape::Text("message"),
            () => ObjectShape::Unknown,
        }
    }

    /// Whether the object is an SNS or SQS notification about delivered files.
    fn is_pointer(&self) -> bool {
        ["Message", "body"].iter().any(|name| {
            self.text(name).is_some_and(|text| {
                text.contains("s3ObjectKey") || text.contains("\"s3\"") || text.contains("Message")
            })
        })
    }
}

/// The key of the version of a record. A record also has at least one of the keys [`RECORD_NAMES`].
pub(super) const RECORD_VERSION: &str = "eventVersion";
pub(super) const RECORD_NAMES: [&str; 3] = ["eventID", "eventName", "eventType"];

/// Whether `json_text` is the version of a record. `None` if the text has escapes, because only a
/// parser can decode them.
pub(super) fn is_record_version(json_text: &[u8]) -> Option<bool> {
    (!json_text.contains(&b'\\')).then(|| json_text.starts_with(b"\"1."))
}

/// The end of the object at `start`, or `None` if one scan does not show that the object is a record.
///
/// The result is `Some` for every object whose [`Members::shape`] is [`ObjectShape::Record`], except objects that
/// need a full parser.
pub(super) fn record_end(b: &[u8], start: usize) -> Option<usize> {
    let mut is_version = false;
    let mut names = [false; RECORD_NAMES.len()];
    let end = json::walk_object(b, start, |key, at| {
        let end = json::value_below(b, at, 1)?;
        if key.contains(&b'\\') {
            return None;
        }
        let value = &b[at..end];
        match key {
            b"eventVersion" => is_version = is_record_version(value)?,
            b"eventID" => names[0] = value != b"null",
            b"eventName" => names[1] = value != b"null",
            b"eventType" => names[2] = value != b"null",
            _ => {}
        }
        Some(end)
    })?;
    (is_version && names.contains(&true)).then_some(end)
}

fn is_object(json_text: &str) -> bool {
    json_text.starts_with('{')
}

/// Decodes a JSON string. Returns `None` if `json_text` is not a JSON string.
pub(super) fn string(json_text: &str) -> Option<String> {
    serde_json::from_str(json_text).ok()
}

/// The shape of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ObjectShape {
    /// A CloudTrail record.
    Record,
    /// A seal: the last line that ct-fetch writes to a complete stream.
    Seal,
    /// A digest file of CloudTrail's log file validation.
    Digest,
    /// A notification that lists files with records, and contains no records.
    Pointer,
    /// The list under this key, whose elements are records or contain records.
    List(&'static str),
    /// The object under this key is a record or contains one.
    Inner(&'static str),
    /// The string under this key contains a record.
    Text(&'static str),
    /// An EventBridge event. `detail` is a record if the detail type ends with "via CloudTrail".
    EventBridge,
    /// A message of a CloudWatch Logs subscription.
    LogEvents,
    /// A message of a CloudWatch Logs subscription as Lambda receives it: compressed with gzip, then encoded in
    /// base64.
    AwsLogs,
    /// Results of CloudWatch Logs Insights: `results[][]{field, value}`.
    Insights,
    /// Results of CloudTrail Lake: `QueryResultRows[][]{column: value}`.
    LakeRows,
    /// An Elasticsearch response: `hits.hits[]`.
    Hits,
    /// An object with `event.original`, as Elastic writes it.
    Elastic,
    /// OCSF, the format of Security Lake, which does not preserve records.
    Ocsf,
    /// Any other object.
    Unknown,
}

impl ObjectShape {
    /// Whether reading an object of this shape also reads the object's lists. The caller must then
    /// not read these lists again. The lists in a record are part of the record.
    pub(super) fn has_lists(self) -> bool {
        matches!(
            self,
            Self::Record
                | Self::List(_)
                | Self::LogEvents
                | Self::Insights
                | Self::LakeRows
                | Self::Hits
                | Self::Unknown
        )
    }
}

/// Whether `text` is a record.
pub(super) fn is_record(text: &str) -> bool {
    text.trim_start().starts_with('{')
        && Members::read(text).is_ok_and(|members| members.shape() == ObjectShape::Record)
}

#[cfg(test)]
mod tests;
