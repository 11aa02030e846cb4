//! One answer of LookupEvents, read once.

use ct_core::event::Event;
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
        serde_json::from_slice(body).map_err(|error| Fault::BadAnswer(error.to_string()))
    }
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
