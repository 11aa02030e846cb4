//! An event as LookupEvents returns it: a few fields, and the record as JSON text.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};

/// An element of `Events` in a LookupEvents response.
///
/// Source: CloudTrail API reference, "Event". An absent field is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Event {
    /// The `eventID` of the record.
    pub event_id: Option<String>,
    /// The `eventName` of the record, such as `RunInstances`.
    pub event_name: Option<String>,
    /// `"true"` or `"false"`.
    pub read_only: Option<String>,
    /// The access key that signed the request.
    pub access_key_id: Option<String>,
    /// The time of the event. A response contains the time as a number of seconds or an ISO 8601
    /// string.
    #[serde(deserialize_with = "wire_time")]
    pub event_time: Option<Timestamp>,
    /// The `eventSource` of the record, such as `ec2.amazonaws.com`.
    pub event_source: Option<String>,
    /// The name of the user or the role session.
    pub username: Option<String>,
    /// The resources that the call involved.
    pub resources: Option<Vec<Resource>>,
    /// The complete record, as JSON text.
    pub cloud_trail_event: Option<String>,
    /// Why the event is invalid, or `None` if it has the format that CloudTrail sends. An invalid event may still
    /// have an ID and a time.
    #[serde(skip)]
    pub unreadable: Option<String>,
}

/// A resource of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Resource {
    /// The type, such as `AWS::S3::Bucket`.
    pub resource_type: Option<String>,
    /// A name, an ID or an ARN.
    pub resource_name: Option<String>,
}

impl Event {
    /// The identity of the event: its ID, or the whole event if it has no ID.
    #[must_use]
    pub fn key(&self) -> Cow<'_, str> {
        match &self.event_id {
            Some(id) => id.into(),
            None => format!("{self:?}").into(),
        }
    }

    /// The time of the event in Unix seconds, or `None` if it has no time.
    #[must_use]
    pub fn second(&self) -> Option<i64> {
        self.event_time.map(Timestamp::as_second)
    }

    /// Makes an invalid event from the parts that could be read. `time` is the JSON value of the
    /// event's time in the response.
    #[must_use]
    pub fn unreadable(event_id: Option<String>, time: &[u8], reason: String) -> Self {
        #[derive(Deserialize)]
        struct Time(#[serde(deserialize_with = "wire_time")] Option<Timestamp>);
        // The event may be invalid because of its time; then the time cannot be read.
        let event_time = serde_json::from_slice(time)
            .ok()
            .and_then(|Time(time)| time);
        Self {
            event_id,
            event_time,
            unreadable: Some(reason),
            ..Self::default()
        }
    }
}

/// Reads Unix seconds, as any JSON number, or an ISO 8601 string. Both formats occur in responses.
fn wire_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Wire {
        Seconds(f64),
        Iso(String),
    }
    Ok(match Option::deserialize(deserializer)? {
        None => None,
        Some(Wire::Iso(text)) => Some(text.parse().map_err(|error| no_time(&error))?),
        Some(Wire::Seconds(seconds)) => {
            let since_1970 =
                SignedDuration::try_from_secs_f64(seconds).map_err(|error| no_time(&error))?;
            Some(Timestamp::from_duration(since_1970).map_err(|error| no_time(&error))?)
        }
    })
}

fn no_time<E: serde::de::Error>(error: &jiff::Error) -> E {
    E::custom(format_args!("EventTime is not a time: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(json: &str) -> Option<String> {
        let event: Event = serde_json::from_str(&format!(r#"{{"EventTime":{json}}}"#)).unwrap();
        event.event_time.map(|time| time.to_string())
    }

    #[test]
    fn every_format_of_the_time_is_parsed() {
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

    #[test]
    fn an_event_with_an_invalid_time_is_invalid() {
        for form in [r#""soon""#, "1e300", "[]"] {
            assert!(
                serde_json::from_str::<Event>(&format!(r#"{{"EventTime":{form}}}"#)).is_err(),
                "{form}"
            );
        }
    }
}
