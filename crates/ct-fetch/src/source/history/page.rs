//! Parses a response of LookupEvents, which is a page of events.

use std::ops::Range;

use ct_core::json;
use ct_core::record::event::Event;
use serde::Deserialize;

use ct_aws::error::RequestError;
use ct_aws::lookup_events::RawResponse;

/// The maximum number of events on a page.
///
/// Source: CloudTrail API reference, "LookupEvents", `MaxResults`.
pub(crate) const PAGE_EVENTS: u8 = 50;

/// The approximate memory for an event without its record, in bytes.
const EVENT_BYTES: usize = size_of::<Event>() + 512;

/// A page: at most fifty events, newest first, and the token for the next page if there is one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Page {
    /// The events, in the order in which the service lists them.
    pub(crate) events: Vec<Event>,
    /// The token with which the next page is requested; `None` on the last page.
    #[serde(default)]
    pub(crate) next_token: Option<String>,
    /// The service's time when it sent the response, in Unix seconds; `None` if the response has no
    /// `Date` header.
    #[serde(skip)]
    pub(crate) date: Option<i64>,
}

impl Page {
    /// Parses a response with status 200.
    ///
    /// # Errors
    /// See [`Page::from_body`].
    pub(crate) fn from_response(answer: &RawResponse) -> Result<Self, RequestError> {
        let page = Self::from_body(&answer.body)?;
        Ok(Self {
            date: answer.date,
            ..page
        })
    }

    /// Returns the approximate memory that the page takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let record = |event: &Event| event.cloud_trail_event.as_ref().map_or(0, String::capacity);
        let records: usize = self.events.iter().map(record).sum();
        records + self.events.len() * EVENT_BYTES
    }

    /// Parses the body of a response with status 200.
    ///
    /// # Errors
    /// [`RequestError::BadAnswer`] if the body is not a page. Otherwise, an empty or truncated
    /// body, or a proxy's HTML, would look like the end of the listing. An invalid event is no
    /// error: the returned event contains the reason, and the other events are complete.
    pub(crate) fn from_body(body: &[u8]) -> Result<Self, RequestError> {
        let page = walk(body).or_else(|| walk(&without_half_pairs(body)));
        page.map_or_else(
            || {
                serde_json::from_slice(body)
                    .map_err(|error| RequestError::BadAnswer(error.to_string()))
            },
            Ok,
        )
    }
}

/// Parses a page, but leaves the records in it as text. The records are nine tenths of the bytes.
/// If serde decoded their escapes, this alone would take twice the CPU time of a whole run. Returns
/// `None` if the page is not in the expected format; serde must then parse it, or return the error.
fn walk(b: &[u8]) -> Option<Page> {
    let mut events: Option<Vec<Event>> = None;
    let mut next_token = None;
    let end = json::walk_object(b, json::space(b, 0), |key, at| match key {
        b"Events" => {
            let events = events.insert(Vec::new());
            json::walk_array(b, at, |at| {
                let (event, end) = walk_event(b, at)?;
                events.push(event);
                Some(end)
            })
        }
        b"NextToken" => {
            let end = json::value(b, at)?;
            next_token = serde_json::from_slice(&b[at..end]).ok()?;
            Some(end)
        }
        _ => json::value(b, at),
    })?;
    (json::space(b, end) == b.len()).then_some(Page {
        events: events?,
        next_token,
        date: None,
    })
}

/// Parses the event that begins at the position `at` of the page `b`. Returns the event, and the
/// position at which it ends.
fn walk_event(b: &[u8], at: usize) -> Option<(Event, usize)> {
    let mut record = None;
    let end = json::walk_object(b, at, |key, at| {
        let end = json::value(b, at)?;
        if key == b"CloudTrailEvent" {
            record = Some(at..end);
        }
        Some(end)
    })?;
    let event = read_event(
        &b[at..end],
        record.map(|value| value.start - at..value.end - at),
    );
    Some((
        event.unwrap_or_else(|reason| unreadable(&b[at..end], reason)),
        end,
    ))
}

/// Parses the event with the JSON text `b`. `record` is the position of the event's
/// `CloudTrailEvent` in `b`.
fn read_event(b: &[u8], record: Option<Range<usize>>) -> Result<Event, String> {
    let text = str::from_utf8(b).map_err(|_| "it is not UTF-8".to_owned())?;
    let Some(record) = record.filter(|value| &text[value.clone()] != "null") else {
        return serde_json::from_str(text).map_err(|error| error.to_string());
    };
    let written = text[record.clone()]
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let written = written.ok_or("its CloudTrailEvent is not a string")?;
    let rest = [&text[..record.start], "null", &text[record.end..]].concat();
    let event: Event = serde_json::from_str(&rest).map_err(|error| error.to_string())?;
    let unescaped = json::unescape(written);
    Ok(Event {
        cloud_trail_event: Some(unescaped.ok_or("its CloudTrailEvent has half a surrogate pair")?),
        ..event
    })
}

/// Returns an event for the invalid JSON text `b`, with those fields that can be read. `reason`
/// says why the text is invalid.
fn unreadable(b: &[u8], reason: String) -> Event {
    let (mut event_id, mut time) = (None, &b"null"[..]);
    json::walk_object(b, 0, |key, at| {
        let end = json::value(b, at)?;
        match key {
            b"EventId" => event_id = serde_json::from_slice(&b[at..end]).ok(),
            b"EventTime" => time = &b[at..end],
            _ => {}
        }
        Some(end)
    });
    Event::unreadable(event_id, time, reason)
}

/// Replaces each unpaired high surrogate in the body by a low surrogate of the same length.
///
/// The JSON scanner stops at an unpaired high surrogate, so the whole page would be lost. An
/// unpaired low surrogate is invalid too, but it is noticed only when its string is decoded. So
/// only one event is lost.
fn without_half_pairs(body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    let mut at = 0;
    while let Some(backslash) = json::backslash(&body, at) {
        at = json::escape(&body, backslash).unwrap_or(backslash + 2);
        let is_high = matches!(json::hex4(&body, backslash + 2), Some(0xD800..=0xDBFF));
        if at == backslash + 2 && body.get(backslash + 1) == Some(&b'u') && is_high {
            body[backslash + 2..backslash + 4].copy_from_slice(b"DC");
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_events_and_a_token() {
        let page = Page::from_body(br#"{"Events":[{"EventId":"e-1"}],"NextToken":"t"}"#).unwrap();
        let event = Event {
            event_id: Some("e-1".to_owned()),
            ..Event::default()
        };
        assert_eq!(
            page,
            Page {
                events: vec![event],
                next_token: Some("t".to_owned()),
                date: None,
            }
        );
    }

    #[test]
    fn a_page_is_parsed_alike_with_and_without_serde() {
        let bodies = [
            r#"{"Events":[{"EventId":"e-1","EventTime":1.6E9,"CloudTrailEvent":"{\"a\":\"b\\\\c\u00e9\"}","Resources":[{"ResourceName":"x"}],"Odd":{"deep":[1]}}],"NextToken":"t\"1"}"#,
            r#" { "NextToken" : null , "Events" : [ ] , "ResponseMetadata" : { } } "#,
            r#"{"Events":[{"CloudTrailEvent":null},{"EventTime":"2020-10-01T09:00:00Z"},{}]}"#,
        ];
        for body in bodies {
            assert_eq!(
                walk(body.as_bytes()),
                Some(serde_json::from_str(body).unwrap()),
                "{body}"
            );
        }
    }

    #[test]
    fn an_invalid_page_is_never_an_empty_one() {
        for body in [
            "",
            "{}",
            "<html></html>",
            r#"{"Events":[{"EventId":"#,
            "null",
            r#"{"Events":null}"#,
        ] {
            assert!(
                matches!(
                    Page::from_body(body.as_bytes()),
                    Err(RequestError::BadAnswer(_))
                ),
                "{body}"
            );
        }
    }

    /// Parses a page in which `event` is between two valid events. Returns the parsed `event`.
    fn middle(event: &[u8]) -> Event {
        let good = |id: &str| Event {
            event_id: Some(id.to_owned()),
            cloud_trail_event: Some("{}".to_owned()),
            ..Event::default()
        };
        let body = [
            br#"{"Events":[{"EventId":"e-1","CloudTrailEvent":"{}"},"#,
            event,
            br#",{"EventId":"e-3","CloudTrailEvent":"{}"}],"NextToken":"t"}"#,
        ];
        let page = Page::from_body(&body.concat()).unwrap();
        let [first, middle, last] = page.events.try_into().unwrap();
        let others = (first, last, page.next_token);
        assert_eq!(others, (good("e-1"), good("e-3"), Some("t".to_owned())));
        middle
    }

    #[test]
    fn an_invalid_event_contains_the_reason_and_leaves_the_others_unaffected() {
        let events: [(&[u8], &str); 7] = [
            (
                br#"{"EventId":"e-2","EventTime":1.6E9,"CloudTrailEvent":{"a":1}}"#,
                "its CloudTrailEvent is not a string",
            ),
            (
                br#"{"EventId":"e-2","EventTime":1.6E9,"CloudTrailEvent":"\"\ud800\""}"#,
                "its CloudTrailEvent has half a surrogate pair",
            ),
            (
                br#"{"EventId":"e-2","EventTime":1.6E9,"CloudTrailEvent":"\"\uDBFF\u0041\""}"#,
                "its CloudTrailEvent has half a surrogate pair",
            ),
            (
                br#"{"EventId":"e-2","EventTime":1.6E9,"CloudTrailEvent":"\"\udc00\""}"#,
                "its CloudTrailEvent has half a surrogate pair",
            ),
            (
                b"{\"EventId\":\"e-2\",\"EventTime\":1.6E9,\"CloudTrailEvent\":\"\xff\"}",
                "it is not UTF-8",
            ),
            (
                b"{\"EventId\":\"e-2\",\"EventTime\":1.6E9,\"Username\":\"\xff\"}",
                "it is not UTF-8",
            ),
            (
                br#"{"EventId":"e-2","EventTime":1.6E9,"Username":1}"#,
                "invalid type: integer `1`, expected a string at line 1 column 47",
            ),
        ];
        for (event, reason) in events {
            let expected = Event::unreadable(Some("e-2".to_owned()), b"1.6E9", reason.to_owned());
            assert_eq!(middle(event), expected, "{}", event.escape_ascii());
        }
    }

    #[test]
    fn an_event_with_an_invalid_time_keeps_its_id() {
        let event = middle(br#"{"EventId":"e-2","EventTime":"soon","CloudTrailEvent":"{}"}"#);
        let reason = event.unreadable.unwrap();
        assert!(reason.starts_with("EventTime is not a time: "), "{reason}");
        assert_eq!(
            (event.event_id.as_deref(), event.event_time),
            (Some("e-2"), None)
        );
    }

    #[test]
    fn pairs_and_escaped_backslashes_are_unchanged() {
        let body = br#"["\ud83d\ude00 \\ud800 \ud800"]"#;
        assert_eq!(
            without_half_pairs(body),
            br#"["\ud83d\ude00 \\ud800 \uDC00"]"#
        );
    }
}
