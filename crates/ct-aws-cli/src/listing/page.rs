//! Reads a response of the service: a page of events. The fields of each event are put in the order
//! of the service model.

use std::borrow::Cow;

use memchr::memchr_iter;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::listing::timestamp::TimestampStyle;
use ct_aws::python::loads;
use ct_aws::python::value::{Map, Value};

/// The fields of an event, in the order of the service model.
const EVENT: [&str; 9] = [
    "EventId",
    "EventName",
    "ReadOnly",
    "AccessKeyId",
    "EventTime",
    "EventSource",
    "Username",
    "Resources",
    "CloudTrailEvent",
];

const RESOURCE: [&str; 2] = ["ResourceType", "ResourceName"];

/// A page of events, which borrow from the response body.
#[derive(Debug, PartialEq)]
pub(crate) struct EventPage<'a> {
    /// The events, or `None` if the response has no `Events`.
    pub(crate) events: Option<Vec<Value<'a>>>,
    /// The token of the next page from the service, or `None` on the last page. An empty token
    /// counts as absent.
    pub(crate) token: Option<String>,
}

/// Whether the records in events are parsed or stay verbatim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Records {
    /// All records are parsed.
    Read,
    /// A record stays verbatim if parsing it and writing it as JSON would give the same bytes.
    /// Parsing and writing records would take two thirds of a listing's CPU time.
    Kept,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow, rename = "Events")]
    events: Option<Vec<WireEvent<'a>>>,
    #[serde(borrow, rename = "NextToken")]
    token: Option<Value<'a>>,
}

/// The fields of an event, in the order of the service model.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireEvent<'a> {
    #[serde(borrow)]
    event_id: Option<Value<'a>>,
    #[serde(borrow)]
    event_name: Option<Value<'a>>,
    #[serde(borrow)]
    read_only: Option<Value<'a>>,
    #[serde(borrow)]
    access_key_id: Option<Value<'a>>,
    #[serde(borrow)]
    event_time: Option<Value<'a>>,
    #[serde(borrow)]
    event_source: Option<Value<'a>>,
    #[serde(borrow)]
    username: Option<Value<'a>>,
    #[serde(borrow)]
    resources: Option<Value<'a>>,
    #[serde(borrow)]
    cloud_trail_event: Option<&'a RawValue>,
}

impl<'a> EventPage<'a> {
    /// Parses the body of a response with status 200.
    ///
    /// # Errors
    /// A description of the problem. An empty body, HTML and a truncated page are errors.
    pub(crate) fn parse(
        body: &'a [u8],
        times: &TimestampStyle,
        records: Records,
    ) -> Result<Self, String> {
        let text = String::from_utf8_lossy(body);
        // An array is rejected here, because serde would accept it as the values of the fields in
        // order.
        if text.trim_start().starts_with('[') {
            return Err("the body is not a JSON object".to_owned());
        }
        let borrowed = match &text {
            Cow::Borrowed(text) => Self::of_wire(text, times, records),
            Cow::Owned(_) => Err("the body is not UTF-8".to_owned()),
        };
        // Python accepts some input that serde rejects. One unusual event must not make the whole
        // page invalid.
        borrowed.or_else(|reason| Self::of_odd(&text, times).ok_or(reason))
    }

    fn of_wire(text: &'a str, times: &TimestampStyle, records: Records) -> Result<Self, String> {
        let wire: Wire<'a> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let token = token(wire.token)?;
        let events = wire.events.map(|events| {
            let events = events
                .into_iter()
                .map(|event| shaped(event, times, records));
            events.collect::<Result<_, _>>()
        });
        Ok(Self {
            events: events.transpose()?,
            token,
        })
    }

    /// Parses a page that serde rejects because of duplicate keys, a null in a list, an unpaired surrogate or invalid
    /// UTF-8.
    fn of_odd(text: &str, times: &TimestampStyle) -> Option<Self> {
        let Value::Map(mut members) = loads::loads(text).ok()? else {
            return None;
        };
        let mut take = |name: &str| {
            let at = members.iter().position(|(key, _)| key == name)?;
            Some(members.swap_remove(at).1).filter(|value| *value != Value::Null)
        };
        let events = match take("Events") {
            None => None,
            Some(Value::List(events)) => {
                let events = events.into_iter().map(|event| odd(event, times));
                Some(events.collect::<Option<_>>()?)
            }
            Some(_) => return None,
        };
        Some(Self {
            events,
            token: token(take("NextToken")).ok()?,
        })
    }

    /// Converts the page to a value in the form that the AWS CLI's parser returns.
    pub(crate) fn into_value(self) -> Value<'a> {
        whole(self.events, self.token)
    }
}

fn token(value: Option<Value<'_>>) -> Result<Option<String>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(token)) => {
            Ok(Some(token.into_owned()).filter(|token| !token.is_empty()))
        }
        Some(_) => Err("NextToken is not a string".to_owned()),
    }
}

/// An event of a page that serde rejects.
fn odd(event: Value<'static>, times: &TimestampStyle) -> Option<Value<'static>> {
    if event == Value::Null {
        return Some(event);
    }
    let mut members = only(event, &EVENT)?;
    for (name, value) in &mut members {
        match (name.as_ref(), &mut *value) {
            ("EventTime", _) => *value = printed(times, value.clone()),
            ("Resources", Value::List(items)) => {
                for item in items.iter_mut().filter(|item| **item != Value::Null) {
                    let kept = only(std::mem::replace(item, Value::Null), &RESOURCE)?;
                    *item = Value::Map(kept);
                }
            }
            ("Resources", _) => return None,
            _ => {}
        }
    }
    Some(Value::Map(members))
}

/// Formats the time `wire`. A value that is not a time stays unchanged.
fn printed<'a>(times: &TimestampStyle, wire: Value<'a>) -> Value<'a> {
    times.print(wire.clone()).unwrap_or(wire)
}

/// A response with the fields `Events` and `NextToken`. An absent field is omitted.
pub(crate) fn whole(events: Option<Vec<Value<'_>>>, token: Option<String>) -> Value<'_> {
    let mut members = Map::new();
    if let Some(events) = events {
        members.push((Cow::Borrowed("Events"), Value::List(events)));
    }
    if let Some(token) = token {
        members.push((Cow::Borrowed("NextToken"), Value::String(Cow::Owned(token))));
    }
    Value::Map(members)
}

fn shaped<'a>(
    event: WireEvent<'a>,
    times: &TimestampStyle,
    records: Records,
) -> Result<Value<'a>, String> {
    let record = event.cloud_trail_event.map(|raw| match records {
        Records::Kept if is_canonical(raw.get()) => Ok(Value::Written(raw.get())),
        Records::Kept | Records::Read => {
            serde_json::from_str(raw.get()).map_err(|error| error.to_string())
        }
    });
    let members = [
        ("EventId", event.event_id),
        ("EventName", event.event_name),
        ("ReadOnly", event.read_only),
        ("AccessKeyId", event.access_key_id),
        (
            "EventTime",
            event.event_time.map(|time| printed(times, time)),
        ),
        ("EventSource", event.event_source),
        ("Username", event.username),
        ("Resources", event.resources.map(resources).transpose()?),
        ("CloudTrailEvent", record.transpose()?),
    ];
    let present = members
        .into_iter()
        .filter_map(|(name, value)| Some((Cow::Borrowed(name), value?)));
    Ok(Value::Map(present.collect()))
}

/// Whether a JSON string has the same spelling as in JSON output, with only the mandatory escapes.
fn is_canonical(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.first() != Some(&b'"') {
        return false;
    }
    let mut escaped = None;
    memchr_iter(b'\\', bytes).all(|at| {
        if escaped == Some(at) {
            return true;
        }
        escaped = Some(at + 1);
        matches!(
            bytes.get(at + 1),
            Some(b'"' | b'\\' | b'n' | b'r' | b't' | b'b' | b'f')
        )
    })
}

fn resources(value: Value<'_>) -> Result<Value<'_>, String> {
    let Value::List(items) = value else {
        return Err("Resources is not a list".to_owned());
    };
    let items = items
        .into_iter()
        .map(|item| only(item, &RESOURCE).map(Value::Map));
    items
        .collect::<Option<_>>()
        .map(Value::List)
        .ok_or_else(|| "a resource is not an object".to_owned())
}

/// The fields `names` of `value`, in the order of `names`. A null value counts as absent. Returns
/// `None` if `value` is not an object.
fn only<'a>(value: Value<'a>, names: &[&'static str]) -> Option<Map<'a>> {
    let Value::Map(mut members) = value else {
        return None;
    };
    let mut kept = Map::with_capacity(members.len());
    for name in names {
        let found = members.iter_mut().find(|(key, _)| key == name);
        if let Some((_, value)) = found
            && *value != Value::Null
        {
            kept.push((Cow::Borrowed(*name), std::mem::replace(value, Value::Null)));
        }
    }
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<String, String> {
        EventPage::parse(body.as_bytes(), &TimestampStyle::Wire, Records::Read)
            .map(|page| page.into_value().to_string())
    }

    #[test]
    fn fields_are_in_the_models_order_and_unknown_fields_are_dropped() {
        assert_eq!(
            read(r#"{"NextToken":"t","Events":[{"CloudTrailEvent":"{}","Nope":{},"Username":null,"EventId":"1","EventTime":1.0,"Resources":[{"ResourceName":"n","ResourceType":"t","X":1}]}]}"#),
            Ok("{'Events': [{'EventId': '1', 'EventTime': 1.0, 'Resources': [{'ResourceType': 't', 'ResourceName': 'n'}], 'CloudTrailEvent': '{}'}], 'NextToken': 't'}".to_owned())
        );
    }

    #[test]
    fn absent_fields_stay_absent() {
        assert_eq!(read("{}"), Ok("{}".to_owned()));
        assert_eq!(
            read(r#"{"Events":[],"NextToken":""}"#),
            Ok("{'Events': []}".to_owned())
        );
    }

    #[test]
    fn a_body_that_is_not_a_page_is_an_error() {
        for body in [
            "",
            "<html>",
            r#"{"Events":[{"EventId":"x""#,
            "[]",
            r#"{"Events":[1]}"#,
        ] {
            assert!(read(body).is_err(), "{body}");
        }
    }

    #[test]
    fn an_unusual_event_keeps_its_values() {
        let utc = jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
        let iso = TimestampStyle::Iso(ct_core::time::LocalZone::of(&utc));
        let cases: [(&[u8], &str); 4] = [
            (br#"{"Events":[{"EventTime":"x"}]}"#, "[{'EventTime': 'x'}]"),
            (
                br#"{"Events":[null,{"EventId":"1","EventId":"2"}]}"#,
                "[None, {'EventId': '2'}]",
            ),
            (
                br#"{"Events":[{"Username":"a\ud83d","Resources":[null]}]}"#,
                "[{'Username': 'a\u{fffd}', 'Resources': [None]}]",
            ),
            (
                b"{\"Events\":[{\"EventId\":\"\xb0\"}]}",
                "[{'EventId': '\u{fffd}'}]",
            ),
        ];
        for (body, events) in cases {
            let page = EventPage::parse(body, &iso, Records::Read).unwrap();
            assert_eq!(Value::List(page.events.unwrap()).to_string(), events);
        }
    }

    #[test]
    fn a_record_already_spelled_as_in_the_output_is_not_parsed() {
        for (text, is_kept) in [
            (r#""{\"a\":\"관\\\\n\"}""#, true),
            (r#""\u00e9""#, false),
            (r#""a\/b""#, false),
            (r#""a\\u00e9""#, true),
            ("7", false),
        ] {
            let body = format!(r#"{{"Events":[{{"CloudTrailEvent":{text}}}]}}"#);
            let kept =
                EventPage::parse(body.as_bytes(), &TimestampStyle::Wire, Records::Kept).unwrap();
            let events = kept.events.unwrap();
            let record = events[0].get("CloudTrailEvent").unwrap();
            assert_eq!(matches!(record, Value::Written(_)), is_kept, "{text}");
            let read =
                EventPage::parse(body.as_bytes(), &TimestampStyle::Wire, Records::Read).unwrap();
            assert_eq!(
                json_of(&events[0]),
                json_of(&read.events.unwrap()[0]),
                "{text}"
            );
        }
    }

    fn json_of(value: &Value<'_>) -> String {
        let mut out = String::new();
        ct_aws::python::dumps::write(&mut out, value, 0);
        out
    }
}
