//! A chain of pages: each page of a listing is requested with the previous page's token.

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
    /// The window of the listing, including both ends. Requests contain the ends in whole seconds.
    pub(crate) window: Window,
    /// The attribute and value by which the service selects events; `None` for all events.
    /// LookupEvents accepts only one attribute.
    pub(crate) lookup: Option<(Attribute, String)>,
    /// Whether the service lists management events or Insights events.
    pub(crate) category: Category,
    /// The maximum number of events on a page, from 1 to 50; `None` for the service's default,
    /// which is 50.
    pub(crate) page_size: Option<u8>,
}

impl LookupRequest {
    /// Returns the same request, limited to events at or before `newest` (Unix seconds). `None`
    /// adds no limit.
    ///
    /// The window of the returned request ends one second after `newest`, because the service may
    /// place an event whose time has a fraction after the whole second.
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

    /// Returns the same request, which starts at `oldest` (Unix seconds). `None` means the start of
    /// the event history.
    pub(crate) fn from(&self, oldest: Option<i64>) -> Self {
        let until = self.window.until();
        self.with_window(oldest, until.max(until.and(oldest)))
    }

    fn with_window(&self, since: Option<i64>, until: Option<i64>) -> Self {
        Self {
            window: Window::new(since, until).expect("the end is not before the start"),
            ..self.clone()
        }
    }

    /// Returns the body of a request without a token. Leaves out parameters that are not set.
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
/// A listing without an end would grow at its newest end while its pages are requested. A service
/// whose tokens are positions would list events twice when the listing grows. Therefore, the end is
/// fixed after the first page with events: the next request starts a new chain, which ends at the
/// time of the oldest event seen and does not grow. Events that the new chain lists again are
/// dropped.
#[derive(Debug)]
pub(crate) struct PageChain {
    request: LookupRequest,
    until: Option<i64>,
    token: Option<String>,
    done: bool,
    /// The hashes of the chain's tokens so far, which take 8 bytes per page of 50 events.
    tokens: HashSet<u64>,
    hasher: RandomState,
    /// The time of the oldest event received so far, in Unix seconds.
    reached: Option<i64>,
    /// The returned events that a new chain from `reached` would list again. For each key: the
    /// second of the event, and how often the event was returned.
    given: HashMap<String, (i64, u32)>,
    /// The events of earlier chains that this chain may still list again, as in `given`.
    repeats: HashMap<String, (i64, u32)>,
    /// The second at which this chain was started, in Unix seconds. Newer events are dropped.
    /// `None` for the first chain.
    newest: Option<i64>,
    /// The number of new chains that were started since the last new event.
    fruitless: u32,
}

/// The maximum number of consecutive new chains that return no new event.
const FRUITLESS: u32 = 10;

/// The error for a service that repeats a token within a chain, so that the chain would never end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RepeatedToken;

impl PageChain {
    /// Creates a chain whose first page was not yet requested.
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

    /// Accepts the page that was requested last. Returns the new events on it, newest first.
    ///
    /// # Errors
    /// If the page's token repeats any earlier token of the chain.
    pub(crate) fn accept(&mut self, page: Page) -> Result<Vec<Event>, RepeatedToken> {
        // An empty token counts as no token, as in botocore.
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

    /// Starts a new chain because the token is no longer valid. The new chain begins at the oldest
    /// event seen, or at the start of the listing.
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

    /// Records an event of the chain. Returns whether no earlier chain returned the event.
    fn is_new(&mut self, event: &Event) -> bool {
        let second = event.second();
        // If tokens are positions, a page may begin with events that are newer than the end of the
        // previous page.
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
