//! An event as LookupEvents returns it: a few fields, and the record itself as text.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};

/// A member of `Events` in a LookupEvents response.
///
/// Source: CloudTrail API reference, "Event". Absent members are `None`.
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
    /// The time in seconds; a response contains a number of seconds or an ISO text.
    #[serde(deserialize_with = "wire_time")]
    pub event_time: Option<Timestamp>,
    /// The record's `eventSource`, such as `ec2.amazonaws.com`.
    pub event_source: Option<String>,
    /// The user or session name.
    pub username: Option<String>,
    /// The resources that the call involved.
    pub resources: Option<Vec<Resource>>,
    /// The complete record, as JSON text.
    pub cloud_trail_event: Option<String>,
    /// Why the event is invalid, if some of it is not what CloudTrail sends; the ID and the time
    /// may be present nevertheless.
    #[serde(skip)]
    pub unreadable: Option<String>,
}

/// A resource of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Resource {
    /// Such as `AWS::S3::Bucket`.
    pub resource_type: Option<String>,
    /// A name, an ID or an ARN.
    pub resource_name: Option<String>,
}

impl Event {
    /// The event's identity: its ID, or the whole event if it has none.
    #[must_use]
    pub fn key(&self) -> Cow<'_, str> {
        match &self.event_id {
            Some(id) => id.into(),
            None => format!("{self:?}").into(),
        }
    }

    /// Its second since 1970.
    #[must_use]
    pub fn second(&self) -> Option<i64> {
        self.event_time.map(Timestamp::as_second)
    }

    /// The readable parts of an invalid event; `time` is the JSON in the response.
    #[must_use]
    pub fn unreadable(event_id: Option<String>, time: &[u8], reason: String) -> Self {
        #[derive(Deserialize)]
        struct Time(#[serde(deserialize_with = "wire_time")] Option<Timestamp>);
        // An invalid time is one of the reasons for an event to be invalid.
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

/// Seconds since 1970 as any JSON number, or an ISO 8601 text: both occur in responses.
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
