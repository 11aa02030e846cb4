//! One answer of LookupEvents, read once.

use ct_core::event::Event;
use ct_core::json;
use serde::Deserialize;

use crate::fault::Fault;

/// At most fifty events, newest first, and the token for the next page where there is one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Page {
    /// In the service's order.
    pub events: Vec<Event>,
    /// Absent on the last page.
    #[serde(default)]
    pub next_token: Option<String>,
}

impl Page {
    /// Reads the body of a 200.
    ///
    /// # Errors
    /// [`Fault::BadAnswer`] when it is no page: an empty or cut body, or a proxy's HTML, must never
    /// be taken for the end of the listing.
    pub fn read(body: &[u8]) -> Result<Self, Fault> {
        if let Some(page) = std::str::from_utf8(body).ok().and_then(walk) {
            return Ok(page);
        }
        serde_json::from_slice(body).map_err(|error| Fault::BadAnswer(error.to_string()))
    }
}

/// Reads a page with the records cut out of it, which are nine tenths of its bytes: serde takes twice
/// the CPU time of a whole run for their escapes. `None` leaves all of it to serde, and to its errors.
fn walk(body: &str) -> Option<Page> {
    let b = body.as_bytes();
    let mut events: Option<Vec<Event>> = None;
    let mut next_token = None;
    let end = json::walk_object(b, json::space(b, 0), |key, at| match key {
        b"Events" => {
            let events = events.insert(Vec::new());
            json::walk_array(b, at, |at| {
                let (event, end) = walk_event(body, at)?;
                events.push(event);
                Some(end)
            })
        }
        b"NextToken" => {
            let end = json::value(b, at)?;
            next_token = serde_json::from_str(&body[at..end]).ok()?;
            Some(end)
        }
        _ => json::value(b, at),
    })?;
    (json::space(b, end) == b.len()).then_some(Page {
        events: events?,
        next_token,
    })
}

/// The event at `at` and the position after it.
fn walk_event(body: &str, at: usize) -> Option<(Event, usize)> {
    let b = body.as_bytes();
    let mut record = None;
    let end = json::walk_object(b, at, |key, at| {
        let end = json::value(b, at)?;
        if key == b"CloudTrailEvent" && b[at] == b'"' {
            record = Some(at..end);
        }
        Some(end)
    })?;
    let Some(record) = record else {
        return Some((serde_json::from_str(&body[at..end]).ok()?, end));
    };
    let rest = [&body[at..record.start], "null", &body[record.end..end]].concat();
    let event: Event = serde_json::from_str(&rest).ok()?;
    let text = json::unescape(&body[record.start + 1..record.end - 1])?;
    Some((
        Event {
            cloud_trail_event: Some(text),
            ..event
        },
        end,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_events_and_a_token() {
        let page = Page::read(br#"{"Events":[{"EventId":"e-1"}],"NextToken":"t"}"#).unwrap();
        let event = Event {
            event_id: Some("e-1".to_owned()),
            ..Event::default()
        };
        assert_eq!(
            page,
            Page {
                events: vec![event],
                next_token: Some("t".to_owned())
            }
        );
    }

    #[test]
    fn a_page_is_read_alike_with_and_without_serde() {
        let bodies = [
            r#"{"Events":[{"EventId":"e-1","EventTime":1.6E9,"CloudTrailEvent":"{\"a\":\"b\\\\c\u00e9\"}","Resources":[{"ResourceName":"x"}],"Odd":{"deep":[1]}}],"NextToken":"t\"1"}"#,
            r#" { "NextToken" : null , "Events" : [ ] , "ResponseMetadata" : { } } "#,
            r#"{"Events":[{"CloudTrailEvent":null},{"EventTime":"2020-10-01T09:00:00Z"},{}]}"#,
        ];
        for body in bodies {
            assert_eq!(
                walk(body),
                Some(serde_json::from_str(body).unwrap()),
                "{body}"
            );
        }
    }

    #[test]
    fn what_is_no_page_is_never_an_empty_one() {
        for body in [
            "",
            "{}",
            "<html></html>",
            r#"{"Events":[{"EventId":"#,
            "null",
            r#"{"Events":null}"#,
        ] {
            assert!(
                matches!(Page::read(body.as_bytes()), Err(Fault::BadAnswer(_))),
                "{body}"
            );
        }
    }
}
