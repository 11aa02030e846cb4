//! An event as LookupEvents hands it over: a few fields, and the record itself as text.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};

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
    pub cloud_trail_event: Option<String>,
    /// Why it could not be read, where some of it is not what CloudTrail sends; the ID and the time
    /// may be there all the same.
    #[serde(skip)]
    pub unreadable: Option<String>,
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

impl Event {
    /// What tells it from all others: its ID, or all of it where it has none.
    #[must_use]
    pub fn key(&self) -> Cow<'_, str> {
        match &self.event_id {
            Some(id) => id.into(),
            None => format!("{self:?}").into(),
        }
    }

    /// The second it happened in, since 1970.
    #[must_use]
    pub fn second(&self) -> Option<i64> {
        self.event_time.map(Timestamp::as_second)
    }

    /// What is left of an event that cannot be read; `time` is JSON as on the wire.
    #[must_use]
    pub fn unreadable(event_id: Option<String>, time: &[u8], reason: String) -> Self {
        #[derive(Deserialize)]
        struct Time(#[serde(deserialize_with = "wire_time")] Option<Timestamp>);
        // A time that is none is one of the reasons to be here.
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
        Some(Wire::Iso(text)) => Some(text.parse().map_err(|error| no_time(&error))?),
        Some(Wire::Seconds(seconds)) => {
            let since_1970 =
                SignedDuration::try_from_secs_f64(seconds).map_err(|error| no_time(&error))?;
            Some(Timestamp::from_duration(since_1970).map_err(|error| no_time(&error))?)
        }
    })
}

fn no_time<E: serde::de::Error>(error: &jiff::Error) -> E {
    E::custom(format_args!("EventTime is no time: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
