//! An event as LookupEvents hands it over: a few fields, and the record itself as text.

use jiff::{SignedDuration, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

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
    /// When it was, to the second; the wire has a number of seconds or an ISO text.
    #[serde(deserialize_with = "wire_time")]
    pub event_time: Option<Timestamp>,
    /// The record's `eventSource`, such as `ec2.amazonaws.com`.
    pub event_source: Option<String>,
    /// The user or session name.
    pub username: Option<String>,
    /// The resources the call touched.
    pub resources: Option<Vec<Resource>>,
    /// The whole record, as JSON text.
    #[serde(deserialize_with = "record_text")]
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

/// Reads the record off its JSON string.
///
/// Nine in ten bytes of an answer are records, and every quote in them is escaped: cutting at the
/// backslashes takes half of what serde's own way takes, a third of a run's CPU time.
fn record_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let raw: Option<&RawValue> = Option::deserialize(deserializer)?;
    let read = |raw: &RawValue| match unescaped(raw.get()) {
        Some(text) => Ok(text),
        None => serde_json::from_str(raw.get()).map_err(D::Error::custom),
    };
    raw.map(read).transpose()
}

/// The text of a valid JSON string, unless it has an escape of more than one character.
fn unescaped(json: &str) -> Option<String> {
    let mut rest = json.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = String::with_capacity(rest.len());
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        text.push(match rest.as_bytes()[at + 1] {
            plain @ (b'"' | b'\\' | b'/') => char::from(plain),
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            _ => return None,
        });
        rest = &rest[at + 2..];
    }
    text.push_str(rest);
    Some(text)
}

/// Seconds since 1970 as any JSON number, or an ISO 8601 text: both are seen on the wire.
fn wire_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Wire {
        Seconds(f64),
        Iso(String),
    }
    Ok(match Option::deserialize(deserializer)? {
        None => None,
        Some(Wire::Iso(text)) => Some(text.parse().map_err(D::Error::custom)?),
        Some(Wire::Seconds(seconds)) => {
            let since_1970 =
                SignedDuration::try_from_secs_f64(seconds).map_err(D::Error::custom)?;
            Some(Timestamp::from_duration(since_1970).map_err(D::Error::custom)?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn time(json: &str) -> Option<String> {
        let event: Event = serde_json::from_str(&format!(r#"{{"EventTime":{json}}}"#)).unwrap();
        event.event_time.map(|time| time.to_string())
    }

    #[test]
    fn the_time_is_read_in_every_form_the_wire_has() {
        for form in [
            "1601542800",
            "1601542800.0",
            "1.6015428E9",
            r#""2020-10-01T09:00:00Z""#,
            r#""2020-10-01T18:00:00+09:00""#,
        ] {
            assert_eq!(
                time(form).as_deref(),
                Some("2020-10-01T09:00:00Z"),
                "{form}"
            );
        }
        assert_eq!(
            time("1601542800.5").as_deref(),
            Some("2020-10-01T09:00:00.5Z")
        );
        assert_eq!(time("null"), None);
    }

    proptest! {
        #[test]
        fn any_record_is_read_as_it_was_written(record in "[\"\\\\a-z\n\t\u{0}é😀/]{0,40}") {
            let json = serde_json::json!({ "CloudTrailEvent": record }).to_string();
            let ascii = escape_all(&record);
            for json in [json, format!(r#"{{"CloudTrailEvent":"{ascii}"}}"#)] {
                let event: Event = serde_json::from_str(&json).unwrap();
                prop_assert_eq!(event.cloud_trail_event.as_deref(), Some(record.as_str()));
            }
        }
    }

    /// Every character as UTF-16 escapes.
    fn escape_all(text: &str) -> String {
        let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
        units.collect::<Vec<_>>().concat()
    }

    #[test]
    fn a_record_that_is_no_text_is_no_event() {
        for record in ["7", "{}", r#""\ud800""#, r#""\x""#, r#""open"#] {
            let json = format!(r#"{{"CloudTrailEvent":{record}}}"#);
            assert!(serde_json::from_str::<Event>(&json).is_err(), "{record}");
        }
        let none: Event = serde_json::from_str(r#"{"CloudTrailEvent":null}"#).unwrap();
        assert_eq!(none.cloud_trail_event, None);
    }

    #[test]
    fn a_time_that_is_none_is_no_event() {
        for form in [r#""soon""#, "1e300", "[]"] {
            assert!(
                serde_json::from_str::<Event>(&format!(r#"{{"EventTime":{form}}}"#)).is_err(),
                "{form}"
            );
        }
    }
}
