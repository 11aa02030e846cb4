//! One listing: a chain of pages, each asked for with the token the one before it gave.

use std::collections::HashSet;

use ct_core::attribute::Attribute;
use ct_core::event::Event;
use ct_core::query::Category;
use ct_core::time::Window;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::page::Page;

/// What one listing asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Inclusive at both ends, in whole seconds on the wire.
    pub window: Window,
    /// The one attribute LookupEvents can search by.
    pub lookup: Option<(Attribute, String)>,
    /// Management events or Insights.
    pub category: Category,
    /// 1 to 50; the service's own default is 50.
    pub page_size: Option<u8>,
}

impl Request {
    /// The body without a token: members the user did not ask for are not sent.
    fn body(&self, until: Option<i64>) -> Map<String, Value> {
        let mut body = Map::new();
        if let Some((attribute, value)) = &self.lookup {
            let lookup = json!([{ "AttributeKey": attribute.name(), "AttributeValue": value }]);
            body.insert("LookupAttributes".to_owned(), lookup);
        }
        if let Some(since) = self.window.since() {
            body.insert("StartTime".to_owned(), json!(since));
        }
        if let Some(until) = until {
            body.insert("EndTime".to_owned(), json!(until));
        }
        if self.category == Category::Insight {
            body.insert("EventCategory".to_owned(), json!("insight"));
        }
        if let Some(page_size) = self.page_size {
            body.insert("MaxResults".to_owned(), json!(page_size));
        }
        body
    }
}

/// Where a listing is.
#[derive(Debug)]
pub struct Listing {
    request: Request,
    until: Option<i64>,
    token: Option<String>,
    done: bool,
    /// The second of the oldest event so far.
    reached: Option<i64>,
    /// The event IDs of the second reached.
    seen: HashSet<String>,
    /// What a listing begun anew repeats: the IDs seen of the second it begins with.
    overlap: HashSet<String>,
    /// How often it has begun anew since the last new event.
    fruitless: u32,
}

/// How often in a row a listing may begin anew for nothing.
const FRUITLESS: u32 = 10;

/// The service gave the token it had just been given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SameToken;

impl Listing {
    /// Not asked for yet.
    #[must_use]
    pub fn new(request: Request) -> Self {
        let until = request.window.until();
        Self {
            request,
            until,
            token: None,
            done: false,
            reached: None,
            seen: HashSet::new(),
            overlap: HashSet::new(),
            fruitless: 0,
        }
    }

    /// Whether the last page has come.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// The JSON body that asks for the next page.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        let mut body = self.request.body(self.until);
        if let Some(token) = &self.token {
            body.insert("NextToken".to_owned(), json!(token));
        }
        Value::Object(body).to_string().into_bytes()
    }

    /// Takes the page that was asked for, and gives its events, newest first.
    ///
    /// # Errors
    /// When its token is the one it was asked for with, which would go round for ever.
    pub fn accept(&mut self, page: Page) -> Result<Vec<Event>, SameToken> {
        // botocore, too, takes an empty token for none.
        let next_token = page.next_token.filter(|token| !token.is_empty());
        if next_token.is_some() && next_token == self.token {
            return Err(SameToken);
        }
        self.token = next_token;
        self.done = self.token.is_none();
        let events = page.events.into_iter();
        Ok(events.filter(|event| self.is_new(event)).collect())
    }

    /// Begins anew at the last second seen, or where it began, since the token no longer holds.
    ///
    /// `false` where that has not helped: nothing new has come in the last ten times.
    #[must_use]
    pub fn restart(&mut self) -> bool {
        self.fruitless += 1;
        if self.fruitless > FRUITLESS {
            return false;
        }
        self.token = None;
        self.until = self.reached.or(self.until);
        self.overlap.extend(self.seen.drain());
        true
    }

    /// Remembers the event, and tells whether it had not come before the listing was begun anew.
    fn is_new(&mut self, event: &Event) -> bool {
        let second = event.event_time.map(Timestamp::as_second);
        if second.is_some() && second != self.reached {
            self.reached = second;
            self.seen.clear();
        }
        self.seen.extend(event.event_id.clone());
        let is_new = event
            .event_id
            .as_ref()
            .is_none_or(|id| !self.overlap.remove(id));
        if is_new {
            self.fruitless = 0;
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing() -> Listing {
        let window = Window::new(Some(1_601_542_800), Some(1_601_679_000)).unwrap();
        let lookup = Some((Attribute::AccessKeyId, "AKIAIOSFODNN7EXAMPLE".to_owned()));
        Listing::new(Request {
            window,
            lookup,
            category: Category::Management,
            page_size: None,
        })
    }

    fn page(seconds_and_ids: &[(i64, &str)], next_token: Option<&str>) -> Page {
        let events = seconds_and_ids.iter().map(|&(second, id)| Event {
            event_id: Some(id.to_owned()),
            event_time: Some(Timestamp::from_second(second).unwrap()),
            ..Event::default()
        });
        Page {
            events: events.collect(),
            next_token: next_token.map(str::to_owned),
        }
    }

    fn ids(events: Result<Vec<Event>, SameToken>) -> Vec<String> {
        events
            .unwrap()
            .into_iter()
            .filter_map(|event| event.event_id)
            .collect()
    }

    #[test]
    fn only_what_was_asked_for_is_sent() {
        let body = String::from_utf8(listing().body()).unwrap();
        let expected = concat!(
            r#"{"EndTime":1601679000,"LookupAttributes":[{"AttributeKey":"AccessKeyId","#,
            r#""AttributeValue":"AKIAIOSFODNN7EXAMPLE"}],"StartTime":1601542800}"#
        );
        assert_eq!(body, expected);
        let window = Window::default();
        let plain = Request {
            window,
            lookup: None,
            category: Category::Insight,
            page_size: Some(10),
        };
        assert_eq!(
            Listing::new(plain).body(),
            br#"{"EventCategory":"insight","MaxResults":10}"#
        );
    }

    #[test]
    fn each_page_is_asked_for_with_the_token_of_the_one_before() {
        let mut listing = listing();
        listing.accept(page(&[], Some("t1"))).unwrap();
        assert!(
            String::from_utf8(listing.body())
                .unwrap()
                .contains(r#""NextToken":"t1""#)
        );
        listing.accept(page(&[], None)).unwrap();
        assert!(listing.is_done());
    }

    #[test]
    fn an_empty_token_ends_the_listing() {
        let mut listing = listing();
        listing.accept(page(&[], Some(""))).unwrap();
        assert!(listing.is_done());
    }

    #[test]
    fn the_same_token_twice_in_a_row_is_no_way_on() {
        let mut listing = listing();
        listing.accept(page(&[], Some("t1"))).unwrap();
        assert_eq!(
            listing.accept(page(&[(9, "a")], Some("t1"))),
            Err(SameToken)
        );
    }

    #[test]
    fn after_a_refused_token_the_listing_goes_on_from_the_last_second_without_repeating() {
        let mut listing = listing();
        listing
            .accept(page(&[(9, "a"), (8, "b"), (8, "c")], Some("t1")))
            .unwrap();
        assert!(listing.restart());
        let body: Value = serde_json::from_slice(&listing.body()).unwrap();
        assert_eq!(
            (&body["EndTime"], &body["NextToken"]),
            (&json!(8), &Value::Null)
        );
        let events = listing.accept(page(&[(8, "c"), (8, "b"), (8, "d"), (7, "e")], None));
        assert_eq!(ids(events), ["d", "e"]);
    }

    #[test]
    fn an_event_the_service_lists_twice_is_given_twice() {
        let events = listing().accept(page(&[(8, "b"), (8, "b")], None));
        assert_eq!(ids(events), ["b", "b"]);
    }

    #[test]
    fn beginning_anew_without_getting_on_is_given_up() {
        let mut listing = listing();
        for _ in 0..FRUITLESS {
            assert!(listing.restart());
        }
        assert!(!listing.restart());
        let _ = listing.accept(page(&[(1, "a")], Some("t")));
        assert!(listing.restart());
    }

    #[test]
    fn what_a_second_restart_repeats_is_known_too() {
        let mut listing = listing();
        let _ = listing.accept(page(&[(1, "a"), (1, "b"), (1, "c")], Some("t")));
        assert!(listing.restart());
        let again = listing.accept(page(&[(1, "a")], Some("u")));
        assert_eq!(ids(again), Vec::<String>::new());
        assert!(listing.restart());
        let rest = listing.accept(page(&[(1, "a"), (1, "b"), (1, "c"), (0, "d")], None));
        assert_eq!(ids(rest), ["d"]);
    }
}
