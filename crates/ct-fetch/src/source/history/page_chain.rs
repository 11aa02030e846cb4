//! A chain of pages of a listing. Each page is requested with the token in the previous page.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use ct_core::query::Category;
use ct_core::record::attribute::Attribute;
use ct_core::record::event::Event;
use ct_core::time::Window;
use serde_json::{Map, Value, json};

use crate::source::history::page::Page;

/// The parameters of a listing with LookupEvents.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LookupRequest {
    /// The window of the listing, including its first and its last second.
    pub(crate) window: Window,
    /// The attribute and the value by which the service selects events; `None` to list all events.
    /// LookupEvents accepts only one attribute.
    pub(crate) lookup: Option<(Attribute, String)>,
    /// Whether the service lists management events or Insights events.
    pub(crate) category: Category,
    /// The maximum number of events on a page, from 1 to 50; `None` for the service's default,
    /// which is 50.
    pub(crate) page_size: Option<u8>,
}

impl LookupRequest {
    /// Returns the same request, limited to events at or before `newest`, in Unix seconds. `None`
    /// adds no limit.
    ///
    /// The window of the new request ends one second after `newest`. Otherwise, the service may
    /// leave out an event whose time is a fraction of a second after `newest`.
    pub(crate) fn up_to(&self, newest: Option<i64>) -> Self {
        let (since, until) = (self.window.since(), self.window.until());
        let Some(newest) = newest else {
            return self.clone();
        };
        let end = newest.saturating_add(1);
        let end = until
            .map_or(end, |until| until.min(end))
            .max(since.unwrap_or(end));
        self.with_window(since, Some(end))
    }

    /// Returns the same request, limited to events at or after `oldest`, in Unix seconds. `None`
    /// means the start of the event history.
    pub(crate) fn from(&self, oldest: Option<i64>) -> Self {
        let until = self.window.until();
        self.with_window(oldest, until.max(until.and(oldest)))
    }

    fn with_window(&self, since: Option<i64>, until: Option<i64>) -> Self {
        Self {
            window: Window::new(since, until).expect("the window does not end before its start"),
            ..self.clone()
        }
    }

    /// Returns the body of a request without a token. `until` is the last second of the window.
    /// Leaves out parameters that are not set.
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

/// A chain of pages, and its progress.
///
/// If the window has no end, new events appear in the listing while its pages are requested. If the
/// service's tokens are positions in the listing, the service then lists older events twice.
/// Therefore, the end is fixed after the first page with events: the next request starts a new
/// chain, whose window ends at the time of the oldest event so far. If the new chain lists an event
/// again, the event is dropped.
#[derive(Debug)]
pub(crate) struct PageChain {
    request: LookupRequest,
    until: Option<i64>,
    token: Option<String>,
    done: bool,
    /// The hashes of all tokens of the chain so far. They take 8 bytes per page of 50 events.
    tokens: HashSet<u64>,
    hasher: RandomState,
    /// The time of the oldest event received so far, in Unix seconds.
    reached: Option<i64>,
    /// The returned events that a new chain from `reached` on would list again. For each key of an
    /// event: its time in Unix seconds, and how many times it was returned.
    given: HashMap<String, (i64, u32)>,
    /// The events that this chain may still list although an earlier chain returned them, in the
    /// same form as `given`.
    repeats: HashMap<String, (i64, u32)>,
    /// The newest second of this chain's window, in Unix seconds. Newer events are dropped. `None`
    /// for the first chain.
    newest: Option<i64>,
    /// How many new chains were started since the last new event.
    fruitless: u32,
}

/// The maximum number of new chains in a row that return no new event.
const FRUITLESS: u32 = 10;

/// The error that the service repeated a token of a chain, so that the chain would never end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RepeatedToken;

impl PageChain {
    /// Creates a chain. Its first page is not requested yet.
    #[must_use]
    pub(crate) fn new(request: LookupRequest) -> Self {
        let until = request.window.until();
        Self {
            request,
            until,
            token: None,
            done: false,
            tokens: HashSet::new(),
            hasher: RandomState::new(),
            reached: None,
            given: HashMap::new(),
            repeats: HashMap::new(),
            newest: None,
            fruitless: 0,
        }
    }

    /// Whether the last page of the chain has arrived.
    #[must_use]
    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    /// Returns the JSON body of the request for the next page.
    #[must_use]
    pub(crate) fn body(&self) -> Vec<u8> {
        let mut body = self.request.body(self.until);
        if let Some(token) = &self.token {
            body.insert("NextToken".to_owned(), json!(token));
        }
        Value::Object(body).to_string().into_bytes()
    }

    /// Accepts the page that was requested last. Returns its new events, newest first.
    ///
    /// # Errors
    /// If the chain already contained the token in the page.
    pub(crate) fn accept(&mut self, page: Page) -> Result<Vec<Event>, RepeatedToken> {
        // Treat an empty token as no token, like botocore.
        let next_token = page.next_token.filter(|token| !token.is_empty());
        if let Some(token) = &next_token
            && !self.tokens.insert(self.hasher.hash_one(token))
        {
            return Err(RepeatedToken);
        }
        self.token = next_token;
        self.done = self.token.is_none();
        let is_in_order = is_newest_first(&page.events);
        let events = page.events.into_iter();
        let events = events.filter(|event| self.is_new(event)).collect();
        if let (true, None, Some(reached)) = (is_in_order && !self.done, self.until, self.reached) {
            self.begin_at(reached);
        }
        Ok(events)
    }

    /// Starts a new chain because the token is no longer valid. Its window ends at the oldest event
    /// so far, or is the whole window if there are no events yet.
    ///
    /// Returns `false` if a new chain cannot help, because the last ten new chains found no new
    /// event.
    #[must_use]
    pub(crate) fn restart(&mut self) -> bool {
        self.fruitless += 1;
        if self.fruitless > FRUITLESS {
            return false;
        }
        match self.reached {
            Some(reached) => self.begin_at(reached),
            None => self.begin(),
        }
        true
    }

    fn begin_at(&mut self, second: i64) {
        self.until = self.request.up_to(Some(second)).window.until();
        self.newest = Some(second);
        self.begin();
    }

    fn begin(&mut self) {
        self.token = None;
        self.tokens.clear();
        self.repeats.clone_from(&self.given);
    }

    /// Records an event that the chain lists. Returns whether it is new: no earlier chain returned
    /// it.
    fn is_new(&mut self, event: &Event) -> bool {
        let second = event.second();
        // If tokens are positions, a page may begin with events that are newer than the last event
        // of the previous page.
        if let Some(second) = second
            && self.reached.is_none_or(|reached| second < reached)
        {
            self.reached = Some(second);
            self.given.retain(|_, (given, _)| *given <= second + 1);
        }
        let key = event.key();
        if let Some((_, number)) = self.repeats.get_mut(key.as_ref())
            && *number > 0
        {
            *number -= 1;
            return false;
        }
        if second > self.newest && self.newest.is_some() {
            return false;
        }
        self.fruitless = 0;
        let last = self.reached.unwrap_or_default();
        let second = second.unwrap_or(last);
        if second <= last + 1 {
            let given = self.given.entry(key.into_owned()).or_insert((second, 0));
            given.1 += 1;
        }
        true
    }
}

fn is_newest_first(events: &[Event]) -> bool {
    let seconds = events.iter().filter_map(Event::second);
    seconds.is_sorted_by(|newer, older| newer >= older)
}

#[cfg(test)]
mod tests;
