//! Pagination as in botocore's paginator: determines the next request, the part of a response to
//! print, and the position to resume from.

pub(crate) mod page;
pub(crate) mod starting_token;
pub(crate) mod timestamp;

use std::borrow::Cow;

use crate::cli_error::CliError;
use crate::listing::page::EventPage;
use crate::listing::starting_token::Position;
use ct_aws::python::dumps;
use ct_aws::python::value::{Map, Value, string_repr};

/// The limits of a listing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) starting_token: Option<String>,
    pub(crate) page_size: Option<i128>,
    /// The maximum number of events, or `None` for all events. A negative number omits that many
    /// events at the end of the first page, as a Python slice does.
    pub(crate) max_items: Option<i64>,
}

/// The state of a listing between two pages.
#[derive(Debug)]
pub(crate) struct Listing {
    params: Map<'static>,
    max_items: Option<i64>,
    printed: i64,
    /// The position at which the next requested page begins.
    position: Position,
    previous: Option<String>,
    is_first: bool,
    is_done: bool,
    resume: Option<Position>,
}

impl Listing {
    /// A listing that requests all pages.
    ///
    /// `params` contain the token of the first page. The first `skip` events of the first page are
    /// omitted.
    pub(crate) fn new(params: Map<'static>, skip: Option<i64>, limits: &Limits) -> Self {
        let token = params.iter().find_map(|(key, value)| match value {
            Value::String(token) if key == "NextToken" => Some(token.to_string()),
            _ => None,
        });
        let mut listing = Self {
            params,
            max_items: limits.max_items,
            printed: 0,
            position: Position { token, skip },
            previous: None,
            is_first: true,
            is_done: false,
            resume: None,
        };
        if let Some(size) = limits.page_size {
            ct_aws::python::value::insert(
                &mut listing.params,
                Cow::Borrowed("MaxResults"),
                Value::Int(size),
            );
        }
        listing
    }

    /// The parameters of the next request, or `None` after the last page.
    pub(crate) fn next(&self) -> Option<&Map<'static>> {
        (!self.is_done).then_some(&self.params)
    }

    /// Accepts the response to the request with the parameters from [`Listing::next`]. Returns the
    /// part of the page to print.
    ///
    /// The second element of the result is an error if the service returned the same token twice.
    pub(crate) fn accept<'a>(
        &mut self,
        mut page: EventPage<'a>,
    ) -> (EventPage<'a>, Result<(), CliError>) {
        let skipped = if self.is_first {
            self.position.skip.take().unwrap_or(0)
        } else {
            0
        };
        self.is_first = false;
        if let Some(events) = &mut page.events {
            let from = place(skipped, events.len());
            events.drain(..from);
        }
        let count = page.events.as_ref().map_or(0, Vec::len);
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        if let Some(max_items) = self.max_items
            && self.printed + count > max_items
        {
            let keep = max_items - self.printed;
            let events = page.events.get_or_insert_default();
            events.truncate(place(keep, events.len()));
            self.resume = Some(Position {
                token: self.position.token.clone(),
                skip: Some(keep + skipped),
            });
            self.is_done = true;
            return (page, Ok(()));
        }
        self.printed += count;
        let next = self.follow(page.token.clone());
        (page, next)
    }

    fn follow(&mut self, token: Option<String>) -> Result<(), CliError> {
        self.position = Position { token, skip: None };
        if self.position.token.is_none() {
            self.is_done = true;
        } else if self.max_items == Some(self.printed) {
            self.resume = Some(self.position.clone());
            self.is_done = true;
        } else if self.previous == self.position.token {
            let token = self.position.token.as_deref().unwrap_or_default();
            return Err(CliError::General(format!(
                "Error during pagination: The same next token was received twice: {{'NextToken': {}}}",
                string_repr(token)
            )));
        } else {
            self.previous.clone_from(&self.position.token);
            self.put_token();
        }
        Ok(())
    }

    /// The position to continue from after a truncated listing, or `None` if the listing is not truncated.
    pub(crate) fn resume(&self) -> Option<String> {
        self.resume.as_ref().map(Position::encode)
    }

    /// The position to continue from if the next page cannot be fetched, or `None` before the first page.
    pub(crate) fn interrupted(&self) -> Option<String> {
        (!self.is_first).then(|| self.position.encode())
    }

    fn put_token(&mut self) {
        match &self.position.token {
            Some(token) => ct_aws::python::value::insert(
                &mut self.params,
                Cow::Borrowed("NextToken"),
                Value::String(Cow::Owned(token.clone())),
            ),
            None => self.params.retain(|(key, _)| key != "NextToken"),
        }
    }
}

/// Converts `at`, a bound of a Python slice, to an index from 0 to `length`.
fn place(at: i64, length: usize) -> usize {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let at = if at < 0 {
        (at + length).max(0)
    } else {
        at.min(length)
    };
    usize::try_from(at).unwrap_or_default()
}

/// The body of a request, as botocore serializes it.
pub(crate) fn body(params: &Map<'_>) -> String {
    dumps::spaced_ascii(&Value::Map(params.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::starting_token::Start;

    fn page(count: usize, token: Option<&str>) -> EventPage<'static> {
        let events = (0..count)
            .map(|at| Value::Int(i128::try_from(at).unwrap()))
            .collect();
        EventPage {
            events: Some(events),
            token: token.map(str::to_owned),
        }
    }

    fn limits(max_items: Option<i64>) -> Limits {
        Limits {
            starting_token: None,
            page_size: None,
            max_items,
        }
    }

    /// Decodes the position in a printed token.
    fn position(token: &str) -> Position {
        let start = Start::decode(token).unwrap();
        let mut params = Map::new();
        start.put(&mut params);
        let token = params.pop().map(|(_, token)| token.to_string());
        Position {
            token,
            skip: start.skip,
        }
    }

    fn accepted(listing: &mut Listing, page: EventPage<'static>) -> String {
        Value::List(listing.accept(page).0.events.unwrap()).to_string()
    }

    fn asked(listing: &Listing) -> Option<String> {
        listing.next().map(body)
    }

    #[test]
    fn pages_are_requested_until_there_is_no_token() {
        let mut listing = Listing::new(Map::new(), None, &Limits::default());
        let mut bodies = vec![asked(&listing)];
        for token in [Some("a"), Some("b"), None] {
            accepted(&mut listing, page(0, token));
            bodies.push(asked(&listing));
        }
        let bodies: Vec<_> = bodies.iter().map(Option::as_deref).collect();
        assert_eq!(
            bodies,
            [
                Some("{}"),
                Some(r#"{"NextToken": "a"}"#),
                Some(r#"{"NextToken": "b"}"#),
                None
            ]
        );
        assert_eq!(listing.resume(), None);
    }

    #[test]
    fn a_listing_truncated_inside_a_page_continues_there() {
        let mut listing = Listing::new(Map::new(), None, &limits(Some(4)));
        accepted(&mut listing, page(3, Some("a")));
        assert_eq!(accepted(&mut listing, page(3, Some("b"))), "[0]");
        assert_eq!(asked(&listing), None);
        let resume = listing.resume().unwrap();
        assert_eq!(
            position(&resume),
            Position {
                token: Some("a".to_owned()),
                skip: Some(1)
            }
        );

        let start = Start::decode(&resume).unwrap();
        let mut listing = Listing::new(start.params, start.skip, &limits(Some(1)));
        assert_eq!(asked(&listing).as_deref(), Some(r#"{"NextToken": "a"}"#));
        assert_eq!(accepted(&mut listing, page(3, Some("b"))), "[1]");
        let resume = listing.resume().unwrap();
        assert_eq!(
            position(&resume),
            Position {
                token: Some("a".to_owned()),
                skip: Some(2)
            }
        );
    }

    #[test]
    fn a_listing_truncated_between_pages_continues_with_the_next() {
        let mut listing = Listing::new(Map::new(), None, &limits(Some(3)));
        accepted(&mut listing, page(3, Some("a")));
        assert_eq!(asked(&listing), None);
        assert_eq!(
            position(&listing.resume().unwrap()),
            Position {
                token: Some("a".to_owned()),
                skip: None
            }
        );
    }

    #[test]
    fn every_request_carries_the_page_size() {
        let limits = Limits {
            page_size: Some(7),
            ..Limits::default()
        };
        let mut listing = Listing::new(Map::new(), None, &limits);
        assert_eq!(asked(&listing).as_deref(), Some(r#"{"MaxResults": 7}"#));
        accepted(&mut listing, page(1, Some("a")));
        assert_eq!(
            asked(&listing).as_deref(),
            Some(r#"{"MaxResults": 7, "NextToken": "a"}"#)
        );
    }

    #[test]
    fn the_same_token_twice_is_an_error() {
        let mut listing = Listing::new(Map::new(), None, &Limits::default());
        listing.accept(page(1, Some("a"))).1.unwrap();
        assert_eq!(
            listing.accept(page(1, Some("a"))).1,
            Err(CliError::General(
                "Error during pagination: The same next token was received twice: {'NextToken': 'a'}".to_owned()
            ))
        );
    }

    #[test]
    fn numbers_below_one_are_python_slice_bounds() {
        for (max_items, kept) in [(0, "[]"), (-1, "[0, 1]")] {
            let mut listing = Listing::new(Map::new(), None, &limits(Some(max_items)));
            assert_eq!(accepted(&mut listing, page(3, None)), kept);
            assert_eq!(position(&listing.resume().unwrap()).skip, Some(max_items));
        }
    }

    #[test]
    fn an_interrupted_listing_has_a_resume_position() {
        let mut listing = Listing::new(Map::new(), None, &Limits::default());
        assert_eq!(listing.interrupted(), None);
        accepted(&mut listing, page(1, Some("a")));
        assert_eq!(
            position(&listing.interrupted().unwrap()),
            Position {
                token: Some("a".to_owned()),
                skip: None
            }
        );
    }
}
