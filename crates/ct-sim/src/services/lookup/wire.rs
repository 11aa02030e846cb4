//! Writes events in the format of CloudTrail's responses.

use std::str::FromStr;

use crate::store::ListedEvent;

/// The format of `EventTime`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeFormat {
    /// `1.601542800E9`, as CloudTrail writes it.
    #[default]
    Scientific,
    /// `1601542800`
    Integer,
    /// `1601542800.0`
    Float,
    /// `1601542800.5`. Half a second is added, to show how a client handles fractions of a second.
    Milliseconds,
    /// `"2020-10-01T09:00:00Z"`, as in CloudTrail records.
    Iso,
}

impl FromStr for TimeFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "sci" => Ok(Self::Scientific),
            "int" => Ok(Self::Integer),
            "float" => Ok(Self::Float),
            "ms" => Ok(Self::Milliseconds),
            "iso" => Ok(Self::Iso),
            _ => Err(format!(
                "`{text}` is not a time format: try sci, int, float, ms or iso"
            )),
        }
    }
}

/// Appends an event as a JSON object, with fields in alphabetical order. Absent fields are omitted.
pub(crate) fn write_event(out: &mut Vec<u8>, event: &ListedEvent<'_>, format: TimeFormat) {
    let derived = event.derived;
    let mut members = Members {
        out,
        is_empty: true,
    };
    members.text("AccessKeyId", derived.access_key_id.as_deref());
    members.text("CloudTrailEvent", Some(event.record));
    members.text("EventId", derived.event_id.as_deref());
    members.text("EventName", derived.event_name.as_deref());
    members.text("EventSource", derived.event_source.as_deref());
    members.key("EventTime");
    write_time(members.out, event, format);
    members.text("ReadOnly", derived.read_only.as_deref());
    members.key("Resources");
    members.out.push(b'[');
    for (index, resource) in derived.resources.iter().enumerate() {
        if index > 0 {
            members.out.push(b',');
        }
        let mut members = Members {
            out: members.out,
            is_empty: true,
        };
        members.text("ResourceName", Some(&resource.resource_name));
        members.text("ResourceType", resource.resource_type.as_deref());
        members.out.push(b'}');
    }
    members.out.push(b']');
    members.text("Username", derived.username.as_deref());
    out.push(b'}');
}

struct Members<'a> {
    out: &'a mut Vec<u8>,
    is_empty: bool,
}

impl Members<'_> {
    fn key(&mut self, key: &str) {
        self.out.push(if self.is_empty { b'{' } else { b',' });
        self.is_empty = false;
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn text(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.key(key);
            write_string(self.out, value);
        }
    }
}

/// Appends a JSON string.
pub(crate) fn write_string(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("writing to memory cannot fail");
}

fn write_time(out: &mut Vec<u8>, event: &ListedEvent<'_>, format: TimeFormat) {
    let second = event.second;
    let text = match format {
        TimeFormat::Integer => second.to_string(),
        TimeFormat::Float => format!("{second}.0"),
        TimeFormat::Milliseconds => format!("{second}.5"),
        TimeFormat::Scientific => scientific(second),
        TimeFormat::Iso => return write_string(out, &event.derived.event_time),
    };
    out.extend_from_slice(text.as_bytes());
}

/// Formats a Unix time as CloudTrail does: in billions of seconds, with nine decimals.
fn scientific(second: i64) -> String {
    let sign = if second < 0 { "-" } else { "" };
    let size = second.unsigned_abs();
    format!(
        "{sign}{}.{:09}E9",
        size / 1_000_000_000,
        size % 1_000_000_000
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_core::record::derived::Derived;

    const RECORD: &str = r#"{"eventTime":"2020-10-01T09:00:00Z","eventName":"CreateBucket","userAgent":"a \"b\" 관리자","requestParameters":{"bucketName":"b-1"}}"#;

    fn written(format: TimeFormat) -> String {
        let mut out = Vec::new();
        let derived = Derived::new(RECORD).unwrap();
        let event = ListedEvent {
            derived: &derived,
            record: RECORD,
            second: derived.second().unwrap(),
        };
        write_event(&mut out, &event, format);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_events_members_are_sorted_and_its_record_is_a_string() {
        let expected = r#"{"CloudTrailEvent":"{\"eventTime\":\"2020-10-01T09:00:00Z\",\"eventName\":\"CreateBucket\",\"userAgent\":\"a \\\"b\\\" 관리자\",\"requestParameters\":{\"bucketName\":\"b-1\"}}","EventName":"CreateBucket","EventTime":1.601542800E9,"Resources":[{"ResourceName":"b-1","ResourceType":"AWS::S3::Bucket"}]}"#;
        assert_eq!(written(TimeFormat::Scientific), expected);
    }

    #[test]
    fn the_time_is_written_in_the_requested_format() {
        let time = |format| {
            let event = written(format);
            let start = event.find("EventTime\":").unwrap() + 11;
            let end = event.find(",\"Resources").unwrap();
            event[start..end].to_owned()
        };
        assert_eq!(time(TimeFormat::Integer), "1601542800");
        assert_eq!(time(TimeFormat::Float), "1601542800.0");
        assert_eq!(time(TimeFormat::Milliseconds), "1601542800.5");
        assert_eq!(time(TimeFormat::Iso), "\"2020-10-01T09:00:00Z\"");
    }
}
